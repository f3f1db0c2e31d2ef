"""What was said on a ticket, kept with its files."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import Integer, String, bindparam, func, select

from bot.cause import Cause
from bot.db.models import Conversation, File, Message, Ticket
from bot.db.tx import Tx
from bot.ids import new_id
from bot.notice.markup import Md
from bot.ticket import files
from channels.base import Attachment, Incoming, Kind, Uncopied
from rules.facts import MAX_TEXT, MessageFacts, MessageKind
from rules.thanks import is_thanks

DOUBTS: Final = frozenset({"unverified_address", "not_on_ticket", "failed_authentication", "invalid_token", "watcher"})
"""Flags of a message that an agent is told of: reasons to look twice at who wrote it."""

_SHOWN: Final = 20_000
_LINE: Final = 160
_SIBLINGS: Final = 20
_KNOWN: Final = select(Message.external_id, Message.ticket_id, Message.role, Message.text).where(
    Message.external_id.in_(bindparam("ids", expanding=True))
)
_BELOW: Final = select(Message.id).where(
    Message.external_id >= bindparam("first"),
    Message.external_id < bindparam("beyond"),
    func.substr(Message.external_id, func.length(Message.external_id) - bindparam("length", type_=Integer) + 1)
    == bindparam("end", type_=String),
)
KNOWN_BELOW: Final = (
    select(Message.external_id, Message.ticket_id, Message.role, Message.text)
    .where(Message.id.in_(_BELOW))
    .order_by(Message.id.desc())
    .limit(_SIBLINGS)
)


class Said(Struct, frozen=True, kw_only=True):
    """What somebody said, wherever: `words` are the new ones, `text` is everything that came with them.

    `references` are the ids of the conversation on its platform up to and with this message, oldest first.
    `refused_files` names the files that came with it and were left out, `uncopied_files` those that could not be
    copied, with the reason. `markdown` says the words where they are more
    than words, such as somebody else's in a quote. `choice` is the Choice that was pressed, `asked_by` the key of the
    delivery whose link it was. `room` and `thread` are where it was said, on a platform of rooms.
    """

    words: str
    text: str
    subject: str = ""
    html: str | None = None
    external_id: str | None = None
    at: datetime | None = None
    kind: Kind = Kind.HUMAN
    language: str | None = None
    quiet: bool = False
    verified: bool | None = None
    flags: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()
    inbox_id: int | None = None
    references: tuple[str, ...] = ()
    refused_files: tuple[str, ...] = ()
    uncopied_files: tuple[Uncopied, ...] = ()
    markdown: Md | None = None
    choice: str | None = None
    asked_by: str = ""
    room: str = ""
    thread: str = ""


def words_only(words: str, *, files: tuple[Attachment, ...] = ()) -> Said:
    """Words typed for the desk itself, without a message around them."""
    return Said(words=words, text=words, files=files)


def from_incoming(incoming: Incoming, inbox_id: int, *, flags: tuple[str, ...] = ()) -> Said:
    """An incoming message as something said."""
    own = (incoming.external_id,) if incoming.external_id else ()
    return Said(
        words=incoming.reply or incoming.text,
        text=incoming.text,
        subject=incoming.subject,
        html=incoming.html,
        external_id=incoming.external_id or None,
        at=incoming.sent_at,
        kind=incoming.kind,
        language=incoming.language,
        quiet=incoming.quiet,
        verified=incoming.verified,
        flags=flags + incoming.problems,
        refused_files=incoming.refused_files,
        uncopied_files=incoming.uncopied_files,
        files=incoming.attachments,
        inbox_id=inbox_id,
        references=tuple(reversed(incoming.thread)) + own,
        choice=incoming.choice,
        room=incoming.place.room if incoming.place is not None else "",
        thread=incoming.place.thread if incoming.place is not None else "",
    )


def record(
    cause: Cause, ticket: Ticket, conversation: Conversation, what: Said, *, author: int | None, kind: str = "message"
) -> int:
    """Keep a message (`message`, `notice` or `note`) with its files; returns its id.

    It stays with its conversation, also where that is of a ticket that goes on in `ticket`.
    """
    message_id = new_id()
    cause.tx.append(
        Message,
        id=message_id,
        ticket_id=conversation.ticket_id,
        conversation_id=conversation.id,
        author_id=author,
        kind=kind,
        role=conversation.role,
        channel=conversation.channel,
        external_id=what.external_id,
        subject=what.subject,
        words=what.words,
        text=what.text,
        html=what.html,
        flags=what.flags,
        at=cause.now,
        sent_at=what.at,
        inbox_id=what.inbox_id,
    )
    cause.tx.note_fresh(("messages of", ticket.id), ("messages of", conversation.ticket_id))
    if what.external_id is not None:
        known = Known(what.external_id, conversation.ticket_id, conversation.role, what.text)
        known_by_id(cause.tx, {what.external_id})[what.external_id].append(known)
    if what.refused_files or what.uncopied_files:
        missing = [f"{file.name} ({file.why})" for file in what.uncopied_files]
        cause.audit("files_refused", ticket.id, names=[*what.refused_files, *missing])
    for file in what.files:
        _keep_file(cause, message_id, file, in_inbox=what.inbox_id is not None)
    return message_id


def last_at(cause: Cause, ticket_id: int, role: str) -> datetime:
    """When something was last said in a ticket's conversations of a role."""
    cause.tx.settle(("messages of", ticket_id))
    newest = select(func.max(Message.at)).where(Message.ticket_id == ticket_id, Message.role == role)
    return cause.tx.session.scalar(newest) or datetime.min.replace(tzinfo=UTC)


def shortened(words: str) -> str:
    """Words as a notice shows them: nobody reads megabytes in a mail, and all of it is on the ticket."""
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]} […]"


def first_line(words: str) -> str:
    """The first line that says something; of what was cut off a mark is left."""
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    return line if len(line) <= _LINE else f"{line[:_LINE].rstrip()} […]"


class Known(Struct, frozen=True):
    """A message we have, as its platform's id finds it. Ids are the senders': several messages may share one."""

    external_id: str
    ticket_id: int
    role: str
    text: str


def known_by_id(tx: Tx, external_ids: Iterable[str]) -> dict[str, list[Known]]:
    """The messages with these ids, by id. Asked of the database once in a transaction, and kept up to date in it."""
    known: dict[str, list[Known]] = tx.scratch.setdefault("messages by id", {})
    missing = set(external_ids) - known.keys() - {""}
    if missing:
        known.update({external_id: [] for external_id in missing})
        for row in tx.execute(_KNOWN, {"ids": list(missing)}):
            known[row.external_id].append(Known(row.external_id, row.ticket_id, row.role, row.text))
    return known


def known_below(tx: Tx, beginning: str, domain: str) -> list[Known]:
    """The messages whose id is `beginning`, a dot and more, at `domain`; the newest first."""
    tx.flush()
    rows = tx.execute(KNOWN_BELOW, below(beginning, domain))
    return [Known(row.external_id, row.ticket_id, row.role, row.text) for row in rows]


def below(beginning: str, domain: str) -> dict[str, str | int]:
    """What `KNOWN_BELOW` asks for. "/" is the next sign after a dot: the ids stand between the two in an index."""
    end = f"@{domain}"
    return {"first": f"{beginning}.", "beyond": f"{beginning}/", "end": end, "length": len(end)}


def facts_of(what: Said, *, first: bool, internal: bool = False) -> MessageFacts:
    """What rules may know of a message."""
    return MessageFacts(
        kind=MessageKind(what.kind),
        text=what.words[:MAX_TEXT],
        subject=what.subject,
        language=what.language,
        quiet=what.quiet,
        verified=what.verified,
        attachments=len(what.files),
        first=first,
        internal=internal,
        doubtful=not DOUBTS.isdisjoint(what.flags),
        thanks=is_thanks(what.words),
    )


def waits_for_answer(what: Said) -> bool:
    """Whether somebody asks for something: a human who is who they seem, with more than thanks."""
    return what.kind is Kind.HUMAN and DOUBTS.isdisjoint(what.flags) and not is_thanks(what.words)


def _keep_file(cause: Cause, message_id: int, file: Attachment, *, in_inbox: bool) -> None:
    """Note the file; its bytes are kept here only if no inbox row holds them."""
    cause.tx.append(
        File,
        id=new_id(),
        message_id=message_id,
        name=file.name,
        type=file.type,
        size=file.size,
        sha256=file.sha256,
        inline=file.inline,
    )
    if not in_inbox:
        files.keep(cause.tx, file)
