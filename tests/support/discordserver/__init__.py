"""A Discord server on this machine, for tests of anything that speaks to Discord.

It knows nothing of Firstline. It is written from Discord's documentation, refuses what that says is refused, with
Discord's codes and in its form, and speaks over real sockets. It runs on 127.0.0.1 in a thread of its own: async tests,
sync tests and other processes can use it.

    with DiscordServer() as server:                    # or the fixtures of `discordserver.fixture`
        acme = server.guild("Acme")                    # the bot is in it
        anna = acme.person("anna")
        help_channel = acme.channel("help")

        discord.http.Route.BASE = server.api           # or however else your program is told
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway)
        await client.start(server.token)

        message = anna.say(help_channel, "the printer is on fire")
        await server.until(lambda: help_channel.messages[-1].author is server.app.bot)

**The server.** `api`, `gateway` and `token`; `app` (its `id`, `bot`, `commands`, the privileged intents `granted`);
`guild(name, bot_may)`, `person(name)`, `grant(*intents)`; `clock` (`stop`, `advance`, `run`), `archive_idle_threads`;
`calls(route, ok=)`, `invalid_requests`, `until`/`wait_until`, `connected`. A route is named as in
`POST /channels/{channel}/messages`.

**The gateway.** `cut_sockets`, `reconnect` (op 7), `invalidate(resumable=)` (op 9), `close_sockets(code)`,
`expire_sessions`, `repeat(event)`, `wait_until_received`; in `sockets`: how many `connections`, `identified`,
`resumed`, `heartbeats` there were, `refuse` the next so many, `acknowledges`, `heartbeat_seconds`, `sessions_left`,
`shards`, and `sessions` with all that was `sent`.

**A guild.** `person`, `other_bot`, `join`, `remove`, `role`, `give`, `take`, `rename`, `change_role`, `delete_role`;
`channel(private_to=)`, `forum(name, *tags)`, `allow`, `allow_bot`, `rename_channel`, `delete_channel`, `archive`,
`unarchive`; `add_bot`, `remove_bot`, `fail`, `recover`; `webhook_says`, `line` (one of Discord's own), `unfurl`,
`delete_message`, `purge`, `clear_reactions`. `guild.record` is what there is: members, roles, channels, `upload_bytes`,
`active_threads`.

**A person.** `say` (`reply_to=`, `files=`), `mention_bot`, `send_dm`, `edit`, `delete`, `react`, `unreact`, `upload`,
`send_sticker`, `send_poll`, `send_voice`, `forward`; `open_thread`, `create_post`, `join_thread`, `leave_thread`,
`add_to_thread`, `close_post`; `close_dms`, `open_dms`, `leave`; and what they see: `dm`, `ephemerals`, `modal`.

**Interactions.** `command("desk close", channel, ticket="7")`, `autocomplete`, `message_command`, `user_command`,
`press`, `choose`, `submit`, `close_modal`: each gives an `Interaction`; `await` it (or `wait()`) for the app's first
`Answer`. It has three real seconds for that, or what `answer_within` says, and fifteen minutes of the server's clock
for all that follows.

**A channel.** `messages`, the oldest first, each with its `content`, `embeds`, `components`, `attachments`,
`reactions`, `mentions`, `nonce`; `thread` is what a thread is: `archived`, `locked`, `members`.

**Faults.** `faults.add(route, fault, times)`, where `*` is any route and `download` that of an attachment:
`TooMany(retry_after, scope, code)`, `Banned()`, `Broken(status, after=)`, `Refusal(status, code)`, `Slow(seconds)`,
`Drop.BEFORE`, `Drop.AFTER`; `rates.on = True` holds the app to Discord's buckets, `rates.set(route, limit, seconds)` to
others. A mistake of the server itself is raised when it stops.
"""

from tests.support.discordserver.faults import Banned, Broken, Drop, Fault, Refusal, Slow, TooMany
from tests.support.discordserver.guild import Guild
from tests.support.discordserver.intents import Intent
from tests.support.discordserver.interactions import Answer, Interaction, Modal, Reply
from tests.support.discordserver.model import Attachment, Channel, Kind, Message, MessageKind, Role, Tag, User
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.person import Person
from tests.support.discordserver.refused import Json, NotPossible
from tests.support.discordserver.server import DiscordServer

__all__ = [
    "Answer",
    "Attachment",
    "Banned",
    "Broken",
    "Channel",
    "DiscordServer",
    "Drop",
    "Fault",
    "Guild",
    "Intent",
    "Interaction",
    "Json",
    "Kind",
    "Message",
    "MessageKind",
    "Modal",
    "NotPossible",
    "Permission",
    "Person",
    "Refusal",
    "Reply",
    "Role",
    "Slow",
    "Tag",
    "TooMany",
    "User",
]
