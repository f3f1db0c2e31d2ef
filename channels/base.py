"""The channel port: what comes in, what goes out, and how either can fail.

Every medium speaks these words and no others, so the desk never learns what a platform is. The values are frozen
and serialisable: an `Incoming` is what a pure `parse` made of stored bytes, an `Outgoing` is kept word for word in
the outbox and rendered by its channel only when it is delivered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal, Protocol, runtime_checkable

from msgspec import Struct, field


class Kind(StrEnum):
    """What sort of sender stands behind a message."""

    HUMAN = "human"
    MACHINE = "machine"
    BOUNCE = "bounce"
    LOOP = "loop"


class Role(StrEnum):
    """Whom a conversation is held with; only `desk` may ever see what is internal."""

    REQUESTER = "requester"
    DESK = "desk"
    VENDOR = "vendor"
    WATCHER = "watcher"


class Suspicion(StrEnum):
    """What a channel holds against a message: marked as spam, or from where nobody is known: to wait, or refused."""

    SPAM = "spam"
    UNKNOWN = "unknown"
    REFUSED = "refused"


ENCRYPTED: Final = "[This mail is encrypted. It cannot be read here and is attached as it came.]"
"""The text of a message that says nothing else; whoever reads it, reads it in their own language."""


class Raw(Struct, frozen=True, kw_only=True):
    """One thing a source handed over, as it was.

    `key` is the same for every redelivery of the same thing and differs for anything else. `lane` groups what must be
    worked in order; it is a guess, cheap and total. `meta` holds what the wire said beside the payload (for mail:
    `mail_from`, `rcpt_to`, `peer`) and is JSON.
    """

    channel: str
    key: str
    lane: str
    payload: bytes
    received_at: datetime
    meta: Mapping[str, Any] = {}


class Address(Struct, frozen=True):
    """Somebody's address on one channel (mail address, Slack user, Discord user) and the name shown with it."""

    address: str
    name: str = ""


class Mailboxes(Struct, frozen=True):
    """The desk's own addresses. `plus` parts a detail, such as a reply token, from a local part; '' where none can."""

    addresses: tuple[str, ...] = ()
    plus: str = "+"

    def split(self, address: str) -> tuple[str, str]:
        """Which of them mail to `address` comes to, in small letters, and the detail; '' and '' where it is no own one.

        An own address may have the sign of `plus` in it.
        """
        ours = {own.strip().lower() for own in self.addresses}
        local, at, domain = address.strip().rpartition("@")
        ends = [len(local), *(end for end, letter in enumerate(local) if letter == self.plus)]
        for end in ends:
            own = f"{local[:end]}{at}{domain}".lower()
            if own in ours:
                return own, local[end + 1 :]
        return "", ""

    def __contains__(self, address: str) -> bool:
        return bool(self.split(address)[0])


class Attachment(Struct, frozen=True, kw_only=True):
    """A file that came or goes with a message. `size` is in bytes, `sha256` is of the decoded content."""

    name: str
    type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""
    content: bytes = b""


class Bounce(Struct, frozen=True, kw_only=True):
    """What a delivery report says of one recipient: RFC 3464 `Action` and `Status` (empty where it does not say)."""

    address: str
    action: str = ""
    status: str = ""


class Forwarded(Struct, frozen=True, kw_only=True):
    """A message that somebody passes on: who wrote it and what, and above it the words of who passes it on.

    Where it shows only the name of who wrote it, the address of `sender` is empty.
    """

    sender: Address
    subject: str
    text: str
    cover: str


class Incoming(Struct, frozen=True, kw_only=True):
    """A message without a medium.

    `text` is all of it as plain text; `reply` only the new words, with `quoted` and `signature` cut off for display.
    `thread` holds the channel's own ids of what this answers, the newest first; `tokens` the signed reply tokens found
    in it, unverified. `verified` says whether the channel vouches for the sender: True, False (checked, and failed) or
    None (nothing is known). `delivered_to` are the mailboxes that took it in on its way. `quiet` means that nothing
    automatic may answer. `above_marker` says whether `reply` stands wholly above our own cut marker (None: there is no
    marker). `choice` is the Choice that was pressed. `forwarded` is the message that this one may pass on.
    `refused_files` names the files that the channel's settings leave out. Of one that is
    `too_large` only the beginning was read.
    """

    kind: Kind
    external_id: str
    sender: Address | None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    reply: str = ""
    quoted: str = ""
    signature: str = ""
    html: str | None = None
    language: str | None = None
    sent_at: datetime | None = None
    thread: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    verified: bool | None = None
    quiet: bool = False
    above_marker: bool | None = None
    choice: str | None = None
    forwarded: Forwarded | None = None
    bounces: tuple[Bounce, ...] = ()
    suspicion: Suspicion | None = None
    refused_files: tuple[str, ...] = ()
    too_large: bool = False
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()


class Choice(Struct, frozen=True):
    """A button without a medium: `value` is what comes back as `Incoming.choice`, `label` is what people read."""

    value: str
    label: str


class Outgoing(Struct, frozen=True, kw_only=True):
    """What is to be said: Markdown, Choices and files. `automatic` is true of everything that no person wrote."""

    body: str
    subject: str = ""
    choices: tuple[Choice, ...] = ()
    files: tuple[Attachment, ...] = ()
    language: str = "en"
    automatic: bool = False


class Envelope(Struct, frozen=True, kw_only=True):
    """Where an `Outgoing` goes, and all that is known of it when it is sent.

    `key` is stable over every attempt and is the platform's idempotency handle. `token` proves, when it comes back,
    which conversation and person it was given to. `thread` is the place on the platform (Slack `channel:ts`, a Discord
    thread id; empty for mail), `references` the ids this message answers, oldest first. `speaker` is the name of the
    person who speaks, empty for the desk itself. `sent_at` is when the delivery was queued.
    """

    key: str
    to: Address
    role: Role
    sent_at: datetime
    token: str = ""
    ticket: int = 0
    thread: str = ""
    references: tuple[str, ...] = ()
    speaker: str = ""
    copies: tuple[Address, ...] = ()


class Receipt(Struct, frozen=True, kw_only=True):
    """What the medium said when it accepted: its id of the message, its thread, and its own words."""

    external_id: str
    thread: str = ""
    detail: str = ""


class ChannelError(Exception):
    """Something a channel could not do; the subclass says what the caller does next."""


class TemporaryFailure(ChannelError):
    """Not now: try again, not before `retry_after` seconds when the platform named a time."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class PermanentFailure(ChannelError):
    """Never: trying again would give the same answer."""


class TooLarge(PermanentFailure):
    """Never as large as this: with less in it, it may go."""


class NoAnswer(ChannelError):
    """The connection ended after the message may have been accepted: ask `find` before sending again."""


class IntakeUnavailable(ChannelError):
    """The message could not be made durable (disk full, database away, too much in flight): do not acknowledge it."""


class Unparseable(ChannelError):
    """The payload cannot be read as a message at all: it becomes a dead letter."""


Take = Callable[[Raw], Awaitable[bool]]
"""Makes a `Raw` durable and returns True if it is new. Returns only after the commit; raises IntakeUnavailable."""

Parse = Callable[[Raw], Incoming]
"""Pure and total: any payload gives an `Incoming` or raises Unparseable. Picklable, so that it can run elsewhere."""


Render = Callable[[Outgoing, Envelope], bytes]
"""The bytes that a medium would send: the same for the same arguments, whatever they contain. Pure and picklable."""


class Channel(Protocol):
    """One medium. `parse` and `render` are pure; `listen`, `deliver` and `find` are what touches the network.

    `ready` is set while it listens; `places` says where, in lines for people.
    """

    name: str
    parse: Parse
    render: Render
    ready: asyncio.Event

    def places(self) -> list[str]:
        """Where it listens and where it delivers to, a line each."""
        ...

    async def listen(self, take: Take) -> None:
        """Hand every received thing to `take` and acknowledge it only after; runs until cancelled.

        On cancellation it stops accepting and lets what is being received finish. Raises OSError that names the setting
        when its address cannot be used.
        """
        ...

    async def deliver(self, rendered: bytes, envelope: Envelope) -> Receipt:
        """Send what `render` made. Raises TemporaryFailure, PermanentFailure or NoAnswer."""
        ...

    async def find(self, envelope: Envelope) -> Receipt | None:
        """The receipt of a message sent under this key, or None where it was not, or the medium cannot tell."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Source(Struct, frozen=True, kw_only=True):
    """How one source of a channel is, now: a mailbox, a listener.

    `brought` counts what came from it since the start, `reached` says whether it could be asked at all since then.
    `trouble` is why it cannot be reached, `kept` what is in it that cannot be taken in and stays there; both name the
    setting to look at, and are empty while all is well. `expect_every` is how many seconds of silence are too long; 0
    is for what past weeks say.
    """

    name: str
    brought: int = 0
    reached: bool = False
    trouble: str = ""
    kept: str = ""
    expect_every: float = 0.0


@runtime_checkable
class Watched(Protocol):
    """A channel that says how its sources are."""

    def sources(self) -> list[Source]:
        """All of them, as they are now; cheap, and callable from any thread."""
        ...


IsOurs = Callable[[str], bool]
"""Whether the source of this name is for this process, of all that share a database. It may change. Blocks."""


@runtime_checkable
class Dividable(Protocol):
    """A channel with sources that one process at a time is to read."""

    def divide(self, is_ours: IsOurs) -> None:
        """Before `listen`: read such a source only while `is_ours` says so, and ask again and again."""
        ...


UNSUBSCRIBE: Final = "unsubscribe"
"""The subject of a message with which somebody in copy leaves a ticket."""
CHECK_MARK: Final = "fl-check."
"""What the id of the thread begins with that a probe belongs to: the desk lets go of it without an alarm."""


class Check(Struct, frozen=True, kw_only=True):
    """One thing that `firstline check` tried: what was seen, or what to do about it.

    `state` is `good`, `bad`, or `note` for what works but could work better.
    """

    name: str
    state: Literal["good", "note", "bad"]
    said: str


@runtime_checkable
class Checker(Protocol):
    """A channel that can try out its servers. None of it raises for a server that is away: that is what it finds."""

    async def check(self) -> list[Check]:
        """Log in on every way in and out, and leave again."""
        ...

    async def send_probe(self, name: str) -> str:
        """Send a message to ourselves and return the lane that it will come back in; empty where nothing is sent.

        Raises ChannelError.
        """
        ...

    def look_at_probe(self, raw: Raw, name: str) -> list[Check]:
        """What the way back of that message shows."""
        ...


class Projection(Struct, frozen=True, kw_only=True):
    """The latest state of something shown in place (a desk card, a mark): `target` names the place."""

    target: str
    version: int
    outgoing: Outgoing
    state: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Projector(Protocol):
    """A channel that can also show projections."""

    async def project(self, projection: Projection) -> Receipt:
        """Show `projection` at its target, in place of any earlier version."""
        ...
