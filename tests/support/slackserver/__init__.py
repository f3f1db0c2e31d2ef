"""A Slack server on this machine, for tests of anything that speaks to Slack.

It knows nothing of Firstline. It is written from Slack's documentation, validates through slack-sdk's models and the
documented limits besides, and answers with Slack's error codes, so that what passes here is not refused there. It
runs on 127.0.0.1 in a thread of its own: async tests, sync tests and other processes can use it.

    with SlackServer() as server:                      # or the fixtures of `slackserver.fixture`
        acme = server.workspace("Acme")
        anna = acme.person("anna", email="anna@acme.example", tz="Europe/Rome", locale="it-IT")
        help_channel = acme.channel("help", anna)      # the bot is in it, too

        client = AsyncWebClient(token=acme.token, base_url=server.base_url)
        app = AsyncApp(client=client, signing_secret=server.app.signing_secret)
        handler = AsyncSocketModeHandler(app, server.app.app_token.secret, web_client=client)
        await handler.connect_async()                  # or: await server.deliver_to("http://127.0.0.1:.../slack/events")

        message = anna.post(help_channel, "the printer is on fire")
        await server.quiet()                           # every payload was acknowledged, or given up
        assert server.calls("chat.postMessage")[0]["text"] == "Open a ticket?"

**The server.** `base_url`, `app` (ids, `signing_secret`, `app_token.secret`, `events`: what it subscribes to),
`workspace(name, scopes)`, `clock` (`stop`, `advance`, `run`), `calls(method)`, `deliveries`, `until`/`wait_until`,
`quiet`, `answer_within(seconds)`, `redeliver_now`, `deliver_again`, `cut_sockets`, `disconnect(reason)`,
`deliver_to(url)`/`deliver_elsewhere(url)`, `sockets.open`, `sockets.connections`.

**A workspace.** `token`, `bot`, `installation.token.scopes`, `person`, `guest` (Slack Connect), `channel`, `direct`,
`join`, `leave`, `archive`, `set_topic`, `change_user`, `revoke_token`, `uninstall`, `note` (a line of Slack's own).

**A person.** `post` (`thread=`, `files=`, `broadcast=`), `mention_bot`, `edit`, `delete`, `react`, `unreact`, `file`,
`command`, `shortcut`, `message_shortcut`, `open_home`, `press`, `choose`, `suggest`, `fill`, `submit`, `close`; and
what they see: `dm`, `modal`, `home`, `whispers`.

**A delivery.** `await` it (or `wait()`) for its `Answer`; `failures`, `acknowledged`, `lost`, `event_id`. Events that
are not acknowledged go again at once, after one minute and after five, on the server's clock; interactions do not.

**Faults.** `faults.add(method, fault, times)`, where `*` is any method and `download` that of a file:
`TooMany(retry_after)`, `Broken(status)`, `Refusal(error)`, `Slow(seconds)`, `Drop.BEFORE`, `Drop.AFTER`; `faults.pace
= True` holds chat.postMessage to one a second in each channel, and `faults.minute = 60` each other method to as many
calls in so many seconds as its tier allows; `faults.clear()`.
"""

from tests.support.slackserver.delivery import Answer, Delivery, NotDelivered
from tests.support.slackserver.faults import Broken, Drop, Fault, Refusal, Slow, TooMany
from tests.support.slackserver.model import Channel, File, Message, User, View
from tests.support.slackserver.person import Person
from tests.support.slackserver.refused import Json, NotPossible
from tests.support.slackserver.server import SlackServer
from tests.support.slackserver.workspace import ALL_SCOPES, Workspace

__all__ = [
    "ALL_SCOPES",
    "Answer",
    "Broken",
    "Channel",
    "Delivery",
    "Drop",
    "Fault",
    "File",
    "Json",
    "Message",
    "NotDelivered",
    "NotPossible",
    "Person",
    "Refusal",
    "SlackServer",
    "Slow",
    "TooMany",
    "User",
    "View",
    "Workspace",
]
