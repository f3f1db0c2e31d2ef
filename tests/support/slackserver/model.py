"""What a workspace is made of. Plain records; what may be done with them is said elsewhere."""

from dataclasses import dataclass, field
from typing import Literal

from tests.support.slackserver.ids import new_id
from tests.support.slackserver.refused import Json

Kind = Literal["public", "private", "im", "mpim"]

CHANNEL_TYPE: dict[Kind, str] = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}
HISTORY_SCOPE: dict[Kind, str] = {
    "public": "channels:history",
    "private": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}
INFO_SCOPE: dict[Kind, str] = {
    "public": "channels:read",
    "private": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


@dataclass(kw_only=True)
class User:
    """A member, a bot's user or a guest. `team_id` differs from the workspace's for who comes by Slack Connect."""

    id: str
    team_id: str
    name: str
    real_name: str = ""
    display_name: str = ""
    email: str = ""
    title: str = ""
    tz: str = "Europe/Berlin"
    tz_offset: int = 3600
    locale: str = "en-US"
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_email_confirmed: bool = True
    deleted: bool = False
    bot_id: str = ""


@dataclass(kw_only=True)
class File:
    """A file: first only promised (`complete` is False), then uploaded, then shared."""

    id: str
    name: str
    title: str
    user: str
    team_id: str
    created: int
    mimetype: str = "application/octet-stream"
    content: bytes | None = None
    size: int = 0
    alt_txt: str = ""
    complete: bool = False
    deleted: bool = False
    external_stub: bool = False
    channels: list[str] = field(default_factory=list)
    shares: Json = field(default_factory=dict)
    """Where it was posted, as `files.info` shows it."""


@dataclass(kw_only=True)
class Message:
    """One message. `metadata` is kept apart, since only who asks for it gets it."""

    ts: str
    user: str
    text: str
    team_id: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    subtype: str = ""
    by_bot: bool = False
    metadata: Json | None = None
    files: list[File] = field(default_factory=list)
    edited_by: str = ""
    edited_ts: str = ""
    client_msg_id: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    more: Json = field(default_factory=dict)
    deleted: bool = False


@dataclass(kw_only=True)
class Channel:
    """A conversation of any kind, with all its messages by ts in the order of time."""

    id: str
    kind: Kind
    name: str = ""
    creator: str = ""
    created: int = 0
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    whispers: list[tuple[str, Message]] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    is_archived: bool = False
    is_ext_shared: bool = False

    def replies(self, thread_ts: str) -> list[Message]:
        return [each for each in self.messages.values() if each.thread_ts == thread_ts and each.ts != thread_ts]

    def top_level(self) -> list[Message]:
        """What the channel itself shows: no replies but those that were also sent to the channel."""
        return [
            each
            for each in self.messages.values()
            if not each.thread_ts or each.thread_ts == each.ts or each.subtype == "thread_broadcast"
        ]


@dataclass(kw_only=True)
class View:
    """A modal or a Home tab, as it is now."""

    id: str
    type: str
    user: str
    team_id: str
    given: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    values: Json = field(default_factory=dict)


@dataclass(kw_only=True)
class Token:
    """A bot's token (xoxb-) in one workspace, or the app's own for sockets (xapp-)."""

    secret: str
    team_id: str
    scopes: set[str]
    revoked: bool = False


@dataclass(kw_only=True)
class Installation:
    """The app in one workspace: its bot user and its token."""

    team_id: str
    token: Token
    user: User
    bot_id: str
    installed: bool = True


@dataclass(kw_only=True)
class Application:
    """The app under test."""

    id: str = field(default_factory=lambda: new_id("A"))
    name: str = "Firstline"
    signing_secret: str = ""
    verification_token: str = ""
    app_token: Token
    events: set[str] | None = None
    """The event types it subscribed to; None is all."""
    signature_age: float = 0.0
    """How many seconds ago requests claim to be signed; an app refuses what is older than five minutes."""
