"""A workspace: its people, its channels, its app; and what can happen in it.

Every change that Slack would tell the app about is told from here, whoever made it.
"""

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.support.slackserver import events, rich_text
from tests.support.slackserver.delivery import Delivery
from tests.support.slackserver.ids import new_id, new_secret
from tests.support.slackserver.model import Channel, File, Installation, Message, Token, User
from tests.support.slackserver.refused import Json
from tests.support.slackserver.shapes import user_object

if TYPE_CHECKING:
    from tests.support.slackserver.person import Person
    from tests.support.slackserver.state import State

ALL_SCOPES = frozenset({
    "app_mentions:read", "chat:write", "commands", "channels:history", "groups:history", "im:history", "im:write",
    "reactions:read", "reactions:write", "files:read", "files:write", "users:read", "users:read.email",
})  # fmt: skip
"""What the product asks for, and no more."""


class Workspace:
    """Made by `server.workspace(name)`, with the app installed."""

    def __init__(self, state: "State", name: str, scopes: Iterable[str] = ALL_SCOPES) -> None:
        self.state = state
        self.id = new_id("T")
        self.name = name
        self.domain = name.lower().replace(" ", "-")
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.deliveries: list[Delivery] = []
        self.edit_window: float | None = None
        """Seconds after which the workspace lets nobody edit a message any more."""
        self.installation = self._install(set(scopes))

    def _install(self, scopes: set[str]) -> Installation:
        bot_id = new_id("B")
        bot = self._add_user("firstline", real_name="Firstline", is_bot=True, bot_id=bot_id)
        token = Token(secret=new_secret("xoxb"), team_id=self.id, scopes=scopes)
        self.state.tokens[token.secret] = token
        return Installation(team_id=self.id, token=token, user=bot, bot_id=bot_id)

    # ------------------------------------------------------------------------------------ who and where

    @property
    def bot(self) -> User:
        return self.installation.user

    @property
    def token(self) -> str:
        """The bot's token, for the client under test."""
        return self.installation.token.secret

    def _add_user(self, name: str, **details: Any) -> User:
        details.setdefault("team_id", self.id)
        user = User(id=new_id("U"), name=name, **details)
        self.users[user.id] = user
        return user

    def person(self, name: str, **details: Any) -> "Person":
        """A new member; `details` are the fields of `User`."""
        from tests.support.slackserver.person import Person

        with self.state.lock:
            details.setdefault("real_name", name.title())
            details.setdefault("email", f"{name}@{self.domain}.example")
            return Person(self, self._add_user(name, **details))

    def other_bot(self, name: str, **details: Any) -> "Person":
        """Another app's bot; it posts like a person, and its messages carry its `bot_id`."""
        return self.person(name, **{"is_bot": True, "bot_id": new_id("B"), "email": "", **details})

    def guest(self, name: str, **details: Any) -> "Person":
        """Somebody of another organisation, here by Slack Connect."""
        return self.person(name, **{"team_id": new_id("T"), "is_stranger": True, **details})

    def channel(self, name: str, *members: "Person", private: bool = False, with_bot: bool = True) -> Channel:
        """A new channel with these members and, unless told otherwise, the bot."""
        with self.state.lock:
            channel = Channel(
                id=new_id("C"),
                kind="private" if private else "public",
                name=name,
                creator=members[0].id if members else self.bot.id,
                created=int(self.state.clock.now()),
                members=[each.id for each in members] + ([self.bot.id] if with_bot else []),
                is_ext_shared=any(each.user.team_id != self.id for each in members),
            )
            self.channels[channel.id] = channel
            return channel

    def direct(self, *users: str) -> Channel:
        """The direct conversation of exactly these users, made where there is none."""
        with self.state.lock:
            for channel in self.channels.values():
                if channel.kind in {"im", "mpim"} and set(channel.members) == set(users):
                    return channel
            channel = Channel(
                id=new_id("D" if len(set(users)) <= 2 else "G"),
                kind="im" if len(set(users)) <= 2 else "mpim",
                name=""
                if len(set(users)) <= 2
                else "mpdm-" + "--".join(self.users[each].name for each in users) + "-1",
                created=int(self.state.clock.now()),
                members=list(dict.fromkeys(users)),
            )
            self.channels[channel.id] = channel
            return channel

    # ----------------------------------------------------------------------------------------- messages

    def post(self, channel: Channel, message: Message) -> Message:
        """Put a message into a channel and tell of it."""
        with self.state.lock:
            parent = channel.messages.get(message.thread_ts)
            if parent is not None and not parent.thread_ts:
                parent.thread_ts = parent.ts
            channel.messages[message.ts] = message
            _note_shares(channel, message)
            self.tell(events.message_posted(self, channel, message), channel)
            if self.installation.user.id in rich_text.mentioned(message.text) and not message.by_bot:
                self._tell_mention(channel, message)
            return message

    def _tell_mention(self, channel: Channel, message: Message) -> None:
        if channel.kind != "im" and message.subtype in {"", "file_share", "thread_broadcast"}:
            self.tell(events.app_mention(self, channel, message), channel)

    def edit(self, channel: Channel, message: Message, by: str, text: str, blocks: list[Json]) -> None:
        with self.state.lock:
            before = events.inner_message(self, channel, message)
            message.text, message.blocks = text, blocks
            message.edited_by, message.edited_ts = by, self.state.clock.ts()
            self.tell(events.message_changed(self, channel, message, before), channel)

    def delete(self, channel: Channel, message: Message) -> None:
        """Remove a message; the first of a thread with replies leaves a tombstone, as at Slack."""
        with self.state.lock:
            before = events.inner_message(self, channel, message)
            if channel.replies(message.ts):
                message.subtype, message.text, message.user = "tombstone", "This message was deleted.", "USLACKBOT"
                message.blocks, message.files, message.by_bot, message.deleted = [], [], False, True
                message.client_msg_id, message.more = "", {"hidden": True}
                self.tell(events.message_changed(self, channel, message, before), channel)
                return
            del channel.messages[message.ts]
            self.tell(events.message_deleted(self, channel, message, before), channel)

    def react(self, channel: Channel, message: Message, user: str, name: str) -> None:
        with self.state.lock:
            message.reactions.setdefault(name, []).append(user)
            self.tell(events.reaction(self, "reaction_added", channel, message, user, name), channel)

    def unreact(self, channel: Channel, message: Message, user: str, name: str) -> None:
        with self.state.lock:
            message.reactions[name].remove(user)
            if not message.reactions[name]:
                del message.reactions[name]
            self.tell(events.reaction(self, "reaction_removed", channel, message, user, name), channel)

    def note(self, channel: Channel, subtype: str, user: str, text: str, **more: Any) -> Message:
        """A line that Slack itself writes: somebody joined, the topic is new, ..."""
        ts = self.state.clock.ts()
        return self.post(
            channel, Message(ts=ts, user=user, text=text, team_id=self.id, subtype=subtype, more=dict(more))
        )

    # ------------------------------------------------------------------------------------- the workspace

    def join(self, channel: Channel, user: str, inviter: str = "") -> None:
        with self.state.lock:
            if user in channel.members:
                return
            channel.members.append(user)
            self.tell(events.member_joined(self, channel, user, inviter), channel)
            self.note(channel, "channel_join", user, f"<@{user}> has joined the channel")

    def leave(self, channel: Channel, user: str) -> None:
        with self.state.lock:
            self.tell(events.member_left(self, channel, user), channel)
            channel.members.remove(user)

    def set_topic(self, channel: Channel, user: str, topic: str) -> None:
        with self.state.lock:
            channel.topic = topic
            self.note(channel, "channel_topic", user, f"<@{user}> set the channel topic: {topic}", topic=topic)

    def archive(self, channel: Channel, user: str) -> None:
        with self.state.lock:
            self.tell({"type": "channel_archive", "channel": channel.id, "user": user}, channel)
            channel.is_archived = True

    def change_user(self, user: User, **changes: Any) -> Delivery | None:
        """New values for fields of a user, and `user_change`."""
        with self.state.lock:
            for name, value in changes.items():
                setattr(user, name, value)
            with_email = "users:read.email" in self.installation.token.scopes
            shape = user_object(user, with_email=with_email, with_locale=True)
            return self.tell({"type": "user_change", "user": shape, "cache_ts": int(self.state.clock.now())})

    def revoke_token(self) -> None:
        """An administrator revokes the bot's token: every call is refused from here on, `tokens_revoked` is told."""
        with self.state.lock:
            self.tell({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot.id]}})
            self.installation.token.revoked = True

    def uninstall(self) -> None:
        with self.state.lock:
            self.revoke_token()
            self.tell({"type": "app_uninstalled"})
            self.installation.installed = False

    def add_file(self, user: str, name: str, content: bytes, mimetype: str, size: int | None = None) -> File:
        file = File(
            id=new_id("F"),
            name=name,
            title=name,
            user=user,
            team_id=self.id,
            created=int(self.state.clock.now()),
            mimetype=mimetype,
            content=content,
            size=len(content) if size is None else size,
            complete=True,
        )
        with self.state.lock:
            self.state.files[file.id] = file
        return file

    # ------------------------------------------------------------------------------------------ telling

    def tell(self, event: Json, channel: Channel | None = None) -> Delivery | None:
        """Send an event to the app, if it is subscribed, may see it and is there."""
        if not self.installation.installed or not events.may_see(self, event, channel):
            return None
        delivery = Delivery("events_api", copy.deepcopy(events.envelope(self, event, channel)))
        self.deliveries.append(delivery)
        self.state.dispatch(delivery)
        return delivery


def _note_shares(channel: Channel, message: Message) -> None:
    side = "public" if channel.kind == "public" else "private"
    for file in message.files:
        share = {"ts": message.ts, "channel_name": channel.name, "share_user_id": message.user}
        if message.thread_ts and message.thread_ts != message.ts:
            share["thread_ts"] = message.thread_ts
        file.shares.setdefault(side, {}).setdefault(channel.id, []).append(share)
        if channel.id not in file.channels:
            file.channels.append(channel.id)
