"""The channel port: what comes in, what goes out, and how either can fail.

Every medium speaks these words and no others, so the desk never learns what a platform is. The values are frozen
and serialisable: an `Incoming` is what a pure `parse` made of stored bytes, an `Outgoing` is kept word for word in
the outbox and rendered by its channel only when it is delivered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Protocol, runtime_checkable

from msgspec import Meta, Struct, field


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


REWORDED: Final = "reworded"
"""In the `meta` of what waited for an answer while its author edited it: what it says now, for `Channel.parse`."""


class Raw(Struct, frozen=True, kw_only=True):
    """One thing a source handed over, as it was.

    `key` is the same for every redelivery of the same thing and differs for anything else. `lane` groups what must be
    worked in order; it is a guess, cheap and total. `meta` holds what the wire said beside the payload (for mail:
    `mail_from`, `rcpt_to`, `peer`) and is JSON. One that is not `complete` is acknowledged as soon as it is durable,
    and worked only when its channel has fetched what it refers to (see `Completer`).
    """

    channel: str
    key: str
    lane: str
    payload: bytes
    received_at: datetime
    meta: Mapping[str, Any] = {}
    complete: bool = True


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
    """A file that came or goes with a message. `size` is in bytes, `sha256` is of the decoded content.

    `description` says what a picture shows, for who does not see it.
    """

    name: str
    type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""
    description: str = ""
    content: bytes = b""


class Withheld(StrEnum):
    """Why the bytes of a file are not here: it is too large, its platform does not give it out, or not its message."""

    TOO_LARGE = "too_large"
    NOT_GIVEN = "not_given"
    UNREADABLE = "unreadable"


class Uncopied(Struct, frozen=True):
    """A file whose bytes are not here; `most` bytes are taken. Where nobody knows its name, that is empty."""

    name: str
    why: Withheld
    most: int = 0


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


class Act(StrEnum):
    """What somebody did: said something; changed or took back what they had said; or did something with a message.

    `pressed` and `reacted` choose something below a message (without a sender, by the link that `about` is),
    `commanded` speaks to the desk alone, `filled_in` sends a form, and `looked` opens the page that the platform has
    for the desk.
    """

    SAID = "said"
    EDITED = "edited"
    WITHDRAWN = "withdrawn"
    REACTED = "reacted"
    UNREACTED = "unreacted"
    PRESSED = "pressed"
    COMMANDED = "commanded"
    FILLED_IN = "filled_in"
    LOOKED = "looked"


class PlaceKind(StrEnum):
    """What sort of place something was said in.

    With the desk alone; where agents work; where every message is a request; where the desk asks whether one is;
    anywhere else, where only what names the desk, or goes on a ticket's thread, is meant for it.
    """

    DIRECT = "direct"
    DESK = "desk"
    WATCHED = "watched"
    OFFERED = "offered"
    ELSEWHERE = "elsewhere"


class Place(Struct, frozen=True, kw_only=True):
    """Where something was said, on a platform of rooms and threads.

    `room` is the platform's id of the channel, `thread` that of the thread in it, or of the one that an answer would
    begin. `begins`: it stands in no thread yet; `called`: it names the desk. `meant` is the number of the ticket that
    it was found to be about, or `new`, where that was asked. `aside` is where the platform begins a thread for them
    alone, of what they asked for by a command or a form; empty where that goes on with the desk alone.
    """

    kind: PlaceKind
    room: str
    thread: str
    begins: bool = True
    called: bool = False
    meant: str = ""
    aside: str = ""


class Profile(Struct, frozen=True, kw_only=True):
    """What a platform vouches for of somebody: their mail address, language and zone.

    `external` is somebody of another organisation, who is a guest there: nobody's colleague, and never an agent.
    `roles` are those of the platform that make an agent of them (`AgentRole`); None where that is not known.
    """

    mail: str = ""
    language: str | None = None
    zone: str | None = None
    external: bool = False
    roles: tuple[str, ...] | None = None


class AgentRole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[discord.agent_roles]]`: whoever has this role of the platform is an agent there, as long as they have it.

    The rest means what it means in `[[agent]]`.
    """

    id: str
    tier: Annotated[int, Meta(ge=1, le=100)] = 1
    teams: tuple[str, ...] = ()
    capacity: Annotated[float, Meta(ge=0, le=10_000)] = 0.0
    rank: Annotated[int, Meta(ge=1, le=100)] = 1


class Incoming(Struct, frozen=True, kw_only=True):
    """A message without a medium.

    `text` is all of it as plain text; `reply` only the new words, with `quoted` and `signature` cut off for display.
    `thread` holds the channel's own ids of what this answers, the newest first; `tokens` the signed reply tokens found
    in it, unverified. `verified` says whether the channel vouches for the sender: True, False (checked, and failed) or
    None (nothing is known). `delivered_to` are the mailboxes that took it in on its way. `quiet` means that nothing
    automatic may answer. `above_marker` says whether `reply` stands wholly above our own cut marker (None: there is no
    marker). `choice` is the Choice that was pressed. `forwarded` is the message that this one may pass on.
    `refused_files` names the files that the channel's settings leave out, `uncopied_files` those whose bytes are not
    here, with the reason. Of one that is
    `too_large` only the beginning was read.

    On a platform of rooms, `place` is where it was said, and `profile` what that platform knows of the sender. `about`
    is the id of the message that an act other than saying something is about. A form that was filled in has its values
    in `fields`, by name; `category` is what it was for. `on_behalf_of` is whose message, or request, it is where that
    is somebody else's, and `their_profile` what the platform knows of them.
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
    uncopied_files: tuple[Uncopied, ...] = ()
    too_large: bool = False
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()
    act: Act = Act.SAID
    about: str = ""
    place: Place | None = None
    profile: Profile | None = None
    category: str = ""
    fields: Mapping[str, str] = {}
    on_behalf_of: Address | None = None
    their_profile: Profile | None = None


class Choice(Struct, frozen=True):
    """A button without a medium: `value` is what comes back as `Incoming.choice`, `label` is what people read.

    One with `options` is a list to choose from: the chosen option's value comes back. One that `asks` opens a form, in
    which that stands above the words: they come back as the text (see `Answers`).
    """

    value: str
    label: str
    options: tuple["Choice", ...] = ()
    asks: str = ""


REQUEST: Final = "request"
"""The value of a Choice, or the meaning of a sign, with which somebody opens a ticket."""
STOP: Final = "stop"
"""The meaning of a sign with which an agent takes back words that are held."""
KEEP: Final = "keep"
"""The meaning of a sign with which they keep such words internal."""
COMMAND: Final = "command"
"""The value of a Choice with which an agent tells the desk something by filling in a form."""


LOG: Final = "log"
"""The value of a Choice with which an agent writes down a phone call or a visit."""


class InputKind(StrEnum):
    """What is filled in: a line, words of several lines, one of some options, or somebody."""

    LINE = "line"
    WORDS = "words"
    OPTION = "option"
    PERSON = "person"


class Input(Struct, frozen=True, kw_only=True):
    """One thing to fill in. `value` is what stands there already; of somebody, it is their address.

    One that `leads` decides what else there is to fill in. One without `options` that is of that kind is completed
    while somebody types (`Answers.completed`).
    """

    name: str
    label: str
    kind: InputKind = InputKind.LINE
    hint: str = ""
    value: str = ""
    options: tuple[Choice, ...] = ()
    needed: bool = False
    leads: bool = False


class Form(Struct, frozen=True, kw_only=True):
    """What somebody fills in, in their language. One without inputs only says something."""

    title: str
    said: str = ""
    send: str = ""
    inputs: tuple[Input, ...] = ()


WORDS: Final = "words"
"""The input with what somebody has to say."""
CATEGORY: Final = "category"
"""The input with what it is about."""
FOR: Final = "for"
"""The input with whose request it is."""


class Asked(Struct, frozen=True, kw_only=True):
    """A form that somebody has just asked for, or is filling in.

    `opens` is the value of the Choice that opens it, `label` what that said; `filled` is what they have entered, by
    name. `author` is whose message it is about, where it is about one.
    """

    channel: str
    by: Address
    profile: Profile | None = None
    opens: str
    label: str = ""
    filled: Mapping[str, str] = {}
    author: Address | None = None


class Standing(StrEnum):
    """How a question stands: it can be answered, it is over, it was never asked, or the desk cannot look now."""

    OPEN = "open"
    OVER = "over"
    UNKNOWN = "unknown"
    LATER = "later"


class Ballot(Struct, frozen=True, kw_only=True):
    """A question as a page shows it to whom it was put, in their language.

    `asked` is Markdown. `chosen` and `commented` are their answer so far, which they may change while it is open;
    `comment` is the label of what can be written beside it, empty where nothing can. `said` is what there is to say of
    how it stands, `legend` and `send` label the choices and the button, `thanks` is said once the answer is kept, and
    `failed` where it could not be.
    """

    standing: Standing
    language: str
    title: str
    asked: str = ""
    choices: tuple[Choice, ...] = ()
    chosen: str = ""
    comment: str = ""
    commented: str = ""
    said: str = ""
    legend: str = ""
    send: str = ""
    thanks: str = ""
    failed: str = ""


COMMANDS: Final = "command"
"""The context in which the catalogues have what commands say and are called."""


def pgettext(context: str, text: str) -> str:  # noqa: ARG001  read by those who make the catalogues
    """A text of a channel's own in English, which `Answers.translated` says in other languages."""
    return text


class Answers(Protocol):
    """What the desk answers at once, inside an interaction: it only looks, and nothing of it is kept.

    None of it raises: where the desk cannot look, its form or ballot says so.
    """

    async def form(self, asked: Asked) -> Form:
        """What is to be filled in; without inputs, why nothing can be."""
        ...

    async def wrong(self, asked: Asked) -> Mapping[str, str]:
        """What is wrong with what was filled in, by the name of the input."""
        ...

    async def completed(self, asked: Asked, name: str, typed: str) -> tuple[Choice, ...]:
        """What may be meant by what was typed so far."""
        ...

    async def ballot(self, link: str, value: str) -> Ballot:
        """The question that a link is signed for (`Envelope.link`), for who wants to choose `value`."""
        ...

    def translated(self, texts: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """What commands say in English (`COMMANDS`), by text, in each other language by its code."""
        ...


@runtime_checkable
class Answering(Protocol):
    """A channel that wants answers at once."""

    def answer_with(self, answers: Answers) -> None:
        """Before `listen`: ask these."""
        ...


class Outgoing(Struct, frozen=True, kw_only=True):
    """What is to be said: Markdown, Choices and files. `automatic` is true of everything that no person wrote.

    `labels` are words by which a platform may sort it, such as the tags of a forum: a ticket's status and priority.
    """

    body: str
    subject: str = ""
    choices: tuple[Choice, ...] = ()
    files: tuple[Attachment, ...] = ()
    language: str = "en"
    automatic: bool = False
    labels: tuple[str, ...] = ()


class Envelope(Struct, frozen=True, kw_only=True):
    """Where an `Outgoing` goes, and all that is known of it when it is sent.

    `key` is stable over every attempt and is the platform's idempotency handle. `token` proves, when it comes back,
    which conversation and person it was given to. `thread` is the place on the platform (Slack `channel:ts`, a Discord
    thread id; empty for mail), `references` the ids this message answers, oldest first. `speaker` is the name of the
    person who speaks, empty for the desk itself. `sent_at` is when the delivery was queued. `link` proves the same as
    the token, and which message asked, to who follows a link in it; empty where it asks nothing. On a platform of
    rooms, `private` words are seen by `to` alone, wherever they stand, and `rings` are the addresses that are called by
    name.
    """

    key: str
    to: Address
    role: Role
    sent_at: datetime
    token: str = ""
    link: str = ""
    ticket: int = 0
    thread: str = ""
    references: tuple[str, ...] = ()
    speaker: str = ""
    copies: tuple[Address, ...] = ()
    private: bool = False
    rings: tuple[Address, ...] = ()


class Receipt(Struct, frozen=True, kw_only=True):
    """What the medium said when it accepted: its id of the message, its thread, and its own words.

    `link` is where the thread is opened in a browser, or in the platform's own program; empty where it has no address.
    """

    external_id: str
    thread: str = ""
    detail: str = ""
    link: str = ""


class ChannelError(Exception):
    """Something a channel could not do; the subclass says what the caller does next."""


class TemporaryFailure(ChannelError):
    """Not now: try again, not before `retry_after` seconds when the platform named a time."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class NotYet(TemporaryFailure):
    """Not before `retry_after` seconds: others are in front. Nothing was tried and nothing is wrong."""


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


@runtime_checkable
class Completer(Protocol):
    """A channel whose platform hands over names and links, where people and files are meant."""

    async def complete(self, raw: Raw) -> Raw:
        """The same with what it refers to in it. Raises TemporaryFailure, or PermanentFailure if it never will be."""
        ...


@runtime_checkable
class Rostered(Protocol):
    """A channel whose platform has roles that make agents, and can be asked who has them."""

    async def roles_of(self, address: str) -> tuple[str, ...]:
        """Those that somebody has now. Raises ChannelError."""
        ...


class Heard(Struct, frozen=True, kw_only=True):
    """All that was said from `since` to `until` was handed over, without a break."""

    since: datetime
    until: datetime


class Known(Struct, frozen=True):
    """A message that the desk has, and the address of who wrote it."""

    external_id: str
    author: str


class Found(Struct, frozen=True):
    """Something said that a history has. `change` is how it was edited since: for who had it as it was before."""

    said: Raw
    change: Raw | None = None


class History(Struct, frozen=True, kw_only=True):
    """What was said in a place, the oldest first, what was taken back there, and the threads that were begun there."""

    found: tuple[Found, ...] = ()
    gone: tuple[Raw, ...] = ()
    threads: tuple[str, ...] = ()


@runtime_checkable
class Historian(Protocol):
    """A channel that can be asked for what was said while it did not listen, since its platform soon gives up to."""

    def heard(self) -> Heard | None:
        """Since when it listens without a break, and until when that is sure; None while it does not. Cheap."""
        ...

    async def rooms(self, agents: Collection[str]) -> list[str]:
        """The rooms that are its own to know: those of its settings, and those in which it speaks with these agents.

        Agents are given by mail address. Raises ChannelError.
        """
        ...

    async def read_back(self, place: str, since: datetime, known: Collection[Known]) -> History:
        """What was said in a room or thread since then, under the keys that it would have had. Paced.

        Of what is `known` there since then, it finds out what is gone. Raises ChannelError.
        """
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
    """A channel that can also show projections. It bears a card every so many seconds, after some at once."""

    seconds_a_card: float

    async def project(self, projection: Projection) -> Receipt:
        """Show `projection` at its target, in place of any earlier version."""
        ...
