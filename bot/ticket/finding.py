"""Finding tickets by words.

The newest tickets are read as they are; of the others only those that an index of three-letter pieces names, or that
have messages which are not in it yet (`decisions/014`). It says which tickets may hold a word; whether they do, their
texts say.
"""

import string
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Function, Select, exists, func, literal_column, or_, select, true, union
from sqlalchemy import text as sql
from sqlalchemy.orm import InstrumentedAttribute

from bot.cause import Cause
from bot.db.models import Message, Person, Ticket, Watcher
from channels.base import Role

MOST_WORDS: Final = 20
"""How many words `find` takes: each is a condition of its own, and databases bear only so many."""
LIMIT: Final = 50
"""How many tickets are found at most."""
NEWEST: Final = 500
"""How many tickets are read without asking the index: where words are common, that is all."""
_GROWTH: Final = 4
_AT_ONCE: Final = 500
_LONGEST: Final = 200
"""How many letters of a word are looked for: databases bear only so many in a pattern."""
_PIECE: Final = 3
_MOST_PIECES: Final = 30
_INDEXED: Final[ColumnElement[int]] = literal_column("100000")
"""How many letters of a message the index has; the others are not looked at."""
_BY_PEOPLE: Final = Message.kind != literal_column("'notice'")
"""The condition of PostgreSQL's index, written out so that it is seen to be the same."""
_ASCII_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_PIECES: Final = sql(
    "SELECT DISTINCT rowid / 64 FROM ticket_words(:pieces) WHERE rowid >= :low * 64 AND rowid < :high * 64"
    " UNION SELECT ticket_id FROM ticket_words_due WHERE ticket_id >= :low AND ticket_id < :high"
)
"""The tickets with these pieces, of which each has 64 rows there, and those with messages that are not in it yet."""


class _Word(Struct, frozen=True):
    """A word that is looked for, and the small and capital forms in which a text may have it."""

    word: str
    forms: tuple[str, ...]

    @property
    def is_indexed(self) -> bool:
        return all(len(form) >= _PIECE for form in self.forms)


def find(cause: Cause, words: str, *, party: int | None = None) -> list[Ticket]:
    """Tickets that hold all `words` in subject, what people said or the requester's name; the newest first.

    A word is found inside others, small or capital. With `party`, the id of a person, only those they asked for or
    watch, and what is internal is not looked at.
    """
    cause.tx.flush()
    asked = [_word(word[:_LONGEST]) for word in words.replace("\0", " ").split()[:MOST_WORDS]]
    if party is not None:
        watched = select(Watcher.ticket_id).where(Watcher.person_id == party, Watcher.removed_at.is_(None))
        theirs = union(select(Ticket.id).where(Ticket.requester_id == party), watched)
        return _read(cause, Ticket.id.in_(theirs.subquery().select()), *(_told(cause, word) for word in asked))
    found: list[Ticket] = []
    for some in _stretches(cause, asked):
        found += _read(cause, some, *(_known(cause, word) for word in asked), most=LIMIT - len(found))
        if len(found) == LIMIT:
            break
    return found


def _word(word: str) -> _Word:
    """A database may know the case of ASCII letters only: the others are looked for small and capital."""
    forms = {form.translate(_ASCII_LOWER) for form in (word.lower(), word.capitalize(), word.upper())}
    return _Word(word, tuple(sorted(forms)))


def _read(cause: Cause, *conditions: ColumnElement[bool], most: int = LIMIT) -> list[Ticket]:
    return list(cause.tx.session.scalars(select(Ticket).where(*conditions).order_by(Ticket.id.desc()).limit(most)))


def _stretches(cause: Cause, asked: Sequence[_Word]) -> Iterator[ColumnElement[bool]]:
    """Which tickets may hold all these words, some at a time, the newest first."""
    session = cause.tx.session
    first, last = session.scalar(select(func.min(Ticket.id))) or 0, session.scalar(select(func.max(Ticket.id))) or 0
    nth = select(Ticket.id).order_by(Ticket.id.desc()).offset(NEWEST - 1).limit(1)
    low = session.scalar(nth) or first
    yield true() if low == first else Ticket.id >= low
    while low != first:
        high, low = low, max(low - _GROWTH * (last - low + 1), first)
        numbers = sorted(_in_all(cause, asked, low, high), reverse=True)
        for begin in range(0, len(numbers), _AT_ONCE):
            yield Ticket.id.in_(numbers[begin : begin + _AT_ONCE])


def _in_all(cause: Cause, asked: Sequence[_Word], low: int, high: int) -> set[int]:
    """The numbers of the tickets, from `low` and below `high`, that may hold each word: the longest tell most."""
    longest, *others = sorted(asked, key=lambda word: len(word.word), reverse=True)
    numbers = _may_hold(cause, longest, low, high)
    for word in others:
        if len(numbers) <= _AT_ONCE or not word.is_indexed:
            break
        numbers &= _may_hold(cause, word, low, high)
    return numbers


def _may_hold(cause: Cause, word: _Word, low: int, high: int) -> set[int]:
    """The tickets among these that may hold the word. SQLite has no pieces of one or two letters."""
    within = Ticket.id.between(low, high - 1)
    of_them = select(Ticket.id).where(within, Ticket.requester_id.in_(_people(cause, word)))
    if cause.tx.dialect == "sqlite" and word.is_indexed:
        pieces = {"pieces": _pieces(word), "low": low, "high": high}
        return {*cause.tx.session.scalars(_PIECES, pieces), *cause.tx.session.scalars(of_them)}
    about = select(Ticket.id).where(within, _holds(cause, Ticket.subject, word))
    spoken = select(Message.ticket_id).where(Message.ticket_id.between(low, high - 1), *_said(cause, word))
    return set(cause.tx.session.scalars(union(of_them, about, spoken)))


def _people(cause: Cause, word: _Word) -> Select[int]:
    return select(Person.id).where(_holds(cause, Person.name, word))


def _pieces(word: _Word) -> str:
    """The question for SQLite's FTS5: all pieces of one of the forms, each a string in quotes.

    https://sqlite.org/fts5.html#full_text_query_syntax
    """
    return " OR ".join(f"({' AND '.join(_quoted(form))})" for form in word.forms)


def _quoted(form: str) -> Iterator[str]:
    for begin in range(min(len(form) - _PIECE + 1, _MOST_PIECES)):
        piece = form[begin : begin + _PIECE].replace('"', '""')
        yield f'"{piece}"'


def _known(cause: Cause, word: _Word) -> ColumnElement[bool]:
    """Whether a ticket has the word, for those who see all of it."""
    return _has(cause, word, *_said(cause, word))


def _told(cause: Cause, word: _Word) -> ColumnElement[bool]:
    """Whether a ticket has the word where its requester sees it.

    An agent's mail quotes what is internal: only the new words of it were ever said.
    """
    return _has(cause, word, Message.kind == "message", Message.role != Role.DESK, _holds(cause, Message.words, word))


def _has(cause: Cause, word: _Word, *said: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(
        _holds(cause, Ticket.subject, word),
        exists().where(*_is(Message.ticket_id, Ticket.id), *said),
        exists().where(*_is(Person.id, Ticket.requester_id), _holds(cause, Person.name, word)),
    )


def _is(column: InstrumentedAttribute[int], value: InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
    """That they are the same. If it said no more, PostgreSQL would go through all rows at once, for a few tickets."""
    return column == value, column >= value


def _said(cause: Cause, word: _Word) -> tuple[ColumnElement[bool], ...]:
    """Whether a person's message holds the word, in as much of it as is indexed.

    SQLite copies what it cuts off, so it is asked for the beginning of those alone that hold the word somewhere.
    """
    beginning = _holds(cause, func.substr(Message.text, literal_column("1"), _INDEXED), word)
    somewhere = (_holds(cause, Message.text, word),) if cause.tx.dialect == "sqlite" else ()
    return (_BY_PEOPLE, *somewhere, beginning)


def _holds(cause: Cause, column: InstrumentedAttribute[str] | Function[Any], word: _Word) -> ColumnElement[bool]:
    """Whether the text holds the word, small or capital.

    SQLite's LIKE does not ask for the case of ASCII letters, and need not copy every text to make it small.
    """
    text = column if cause.tx.dialect == "sqlite" else func.lower(column)
    escaped = [form.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for form in word.forms]
    return or_(*(text.like(f"%{form}%", escape="\\") for form in escaped))
