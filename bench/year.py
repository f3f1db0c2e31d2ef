"""A year of tickets with what reports and ticks read of them: its rows are made by the database itself, all at once.

Of each ticket there are its row, the milestones of its life and the promise of a first answer; of one that is open also
a promise that runs; and beside them jobs whose time comes in the next weeks. `bench.fill` makes all rows of fewer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    String,
    Table,
    case,
    cast,
    create_engine,
    false,
    func,
    insert,
    literal,
    literal_column,
    select,
)

from bot.db.models import Base, Job, Milestone, Person, SlaTarget, Ticket
from bot.figures.milestones import FOREVER, Happened
from bot.timing.timers import KIND

YEAR: Final = 365 * 86_400
END: Final = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())
OPEN: Final = 20
"""One ticket in so many is still open."""
PLANNED: Final = 5
"""For so many tickets there is one job that waits for its time."""
PEOPLE: Final = 2_000
HOUR: Final = 3_600
_DAY: Final = 86_400
_AGENTS: Final = 20
_FILLED: Final = (Ticket, Milestone, SlaTarget, Job)
_OF_THE_FILL: Final = MetaData()
_NUMBERS: Final = (
    "requester",
    "priority",
    "category",
    "team",
    "channel",
    "agent",
    "escalated",
    "opened",
    "answered",
    "solved",
    "closed",
)
_MADE: Final = Table(
    "made",
    _OF_THE_FILL,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger) for name in _NUMBERS),
)
"""What was drawn for each ticket; where something is one of some words, which of them."""
_LIFE: Final = Table(
    "life",
    _OF_THE_FILL,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger),
    Column("place", BigInteger),
)
"""Which milestone of which ticket, in the order in which they happened."""
_LIVES: Final = (
    (_MADE.c.opened, _MADE.c.answered, "new", Happened.OPENED | Happened.CHANGED),
    (_MADE.c.answered, _MADE.c.solved, "open", Happened.ANSWERED),
    (_MADE.c.solved, _MADE.c.closed, "solved", Happened.DONE | Happened.CHANGED),
    (_MADE.c.closed, literal(FOREVER), "closed", Happened.CHANGED),
)
"""From when to when what is so, and what happened first. Of a ticket that is open, the second is the last."""


def fill(url: str, tickets: int) -> None:
    """Fill a database of this version that has nothing in it."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode = OFF")
            connection.exec_driver_sql("PRAGMA synchronous = OFF")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")  # what is made here fits together
        connection.commit()
        with _no_indexes(connection):
            connection.execute(insert(Person), [_person(number) for number in range(PEOPLE)])
            _draw(connection, tickets)
            for rows in (_tickets, _milestones, _first_answers, _promises, _jobs):
                rows(connection)
                connection.commit()
            _OF_THE_FILL.drop_all(connection)
        connection.commit()
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    engine.dispose()


@contextmanager
def _no_indexes(connection: Connection) -> Iterator[None]:
    """An index is made in one go faster than a row at a time."""
    indexes = [index for model in _FILLED for index in Base.metadata.tables[model.__tablename__].indexes]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def _person(number: int) -> dict[str, Any]:
    made_at = datetime.fromtimestamp(END - YEAR, UTC)
    department = ("Assembly", "Office", "Logistics", "Sales")[number % 4]
    return {"id": number, "name": f"Ada {number}", "department": department, "known": True, "created_at": made_at}


def _draw(connection: Connection, tickets: int) -> None:
    """Draw each ticket's lot, the same in every run."""
    _OF_THE_FILL.create_all(connection)
    numbers = select(cast(1, BigInteger).label("number")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < tickets))
    number = numbers.c.number
    opened = END - YEAR + _whole(number * YEAR, tickets)
    answered = opened + HOUR + _drawn(number, 1, 7 * HOUR)
    solved = opened + (9 + _drawn(number, 2, 81)) * HOUR
    rest = [_drawn(number, salt, among) for salt, among in enumerate((PEOPLE, 4, 5, 2, 3, _AGENTS, 10), 3)]
    drawn = select(number, *rest, opened, answered, solved, solved + 72 * HOUR)
    connection.execute(insert(_MADE).from_select(["number", *_NUMBERS], drawn))
    moments = [
        select(at.label("at"), _MADE.c.number, literal_column(str(place)).label("place")).where(
            _MADE.c.number % OPEN != 0 if place > 1 else literal(1) == 1
        )
        for place, (at, *_) in enumerate(_LIVES)
    ]
    every = moments[0].union_all(*moments[1:]).subquery()
    key = every.c.at * 4_194_304 + every.c.number % 1_000_000 * 4 + every.c.place
    ordered = select(key, every.c.number, every.c.place).order_by(key)
    connection.execute(insert(_LIFE).from_select(["id", "number", "place"], ordered))


def _drawn(number: ColumnElement[int], salt: int, among: int) -> ColumnElement[int]:
    """One of so many numbers, from 0 on: by multiplying with an odd number of its own, and from its upper bits."""
    mixed = number * (2_654_435_761 + 2 * 40_503 * salt) % 4_294_967_296
    return _whole(_whole(mixed, 65_536) * among, 65_536)


def _whole(number: ColumnElement[int], by: int) -> ColumnElement[int]:
    """A division without a rest, as both databases have it of whole numbers."""
    return number.op("/", precedence=8)(literal_column(str(by)))


def _one_of(column: ColumnElement[int], *words: str | None) -> ColumnElement[Any]:
    return case(dict(enumerate(words)), value=column)


def _moment(connection: Connection, seconds: ColumnElement[int]) -> ColumnElement[datetime]:
    """Seconds since 1970 as the database keeps moments."""
    if connection.dialect.name == "sqlite":
        return func.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00", seconds, "unixepoch")
    return func.to_timestamp(seconds)


_PRIORITY: Final = _one_of(_MADE.c.priority, "high", "medium", "medium", "low")
_IS_OPEN: Final = _MADE.c.number % OPEN == 0
_SHARED: Final[dict[str, Any]] = {
    "priority": _PRIORITY,
    "category": _one_of(_MADE.c.category, "network", "printer", "account", "software", None),
    "team": _one_of(_MADE.c.team, "field", "servicedesk"),
    "tier": literal(1),
    "channel": _one_of(_MADE.c.channel, "email", "slack", "phone"),
    "requester_id": _MADE.c.requester,
    "assignee_id": _MADE.c.agent,
    "escalated": case((_MADE.c.escalated == 0, 1), else_=0),
    "confidential": false(),
}


def _tickets(connection: Connection) -> None:
    opened = _moment(connection, _MADE.c.opened)
    columns = _SHARED | {
        "id": _MADE.c.number,
        "subject": literal("The printer on the third floor"),
        "status": case((_IS_OPEN, "open"), else_="closed"),
        "language": literal("en"),
        "owner_id": _MADE.c.agent,
        "created_at": opened,
        "changed_at": opened,
    }
    connection.execute(insert(Ticket).from_select(list(columns), select(*columns.values())))


def _milestones(connection: Connection) -> None:
    places = [_LIFE.c.place == place for place in range(len(_LIVES))]

    def by_place(values: list[Any]) -> ColumnElement[Any]:
        return case(*zip(places, values, strict=True))

    ends = by_place([end for _, end, *_ in _LIVES])
    columns = _SHARED | {
        "id": _LIFE.c.id,
        "ticket_id": _MADE.c.number,
        "at": by_place([at for at, *_ in _LIVES]),
        "until": case(((_LIFE.c.place == 1) & _IS_OPEN, FOREVER), else_=ends),
        "happened": by_place([int(happened) for *_, happened in _LIVES]),
        "status": by_place([status for *_, status, _ in _LIVES]),
        "department": _one_of(_MADE.c.requester % 4, "Assembly", "Office", "Logistics", "Sales"),
        "agent_id": case((_LIFE.c.place > 0, _MADE.c.agent)),
        "opened_at": _MADE.c.opened,
        "answered": _LIFE.c.place > 0,
        "void": false(),
        "seconds": case((_LIFE.c.place == 2, _whole(_MADE.c.solved - _MADE.c.opened, 3))),
    }
    lives = select(*columns.values()).join_from(_LIFE, _MADE, _LIFE.c.number == _MADE.c.number).order_by(_LIFE.c.id)
    connection.execute(insert(Milestone).from_select(list(columns), lives))


def _first_answers(connection: Connection) -> None:
    """The promise of a first answer, kept or not."""
    taken = _MADE.c.answered - _MADE.c.opened
    columns: dict[str, Any] = {
        "id": _MADE.c.number,
        "ticket_id": _MADE.c.number,
        "kind": literal("first_response"),
        "policy": literal("desk"),
        "priority": _PRIORITY,
        "book": literal("bench"),
        "state": case((taken < 6 * HOUR, "met"), else_="missed"),
        "started_at": _moment(connection, _MADE.c.opened),
        "due_at": _moment(connection, _MADE.c.opened + 6 * HOUR),
        "ended_at": _moment(connection, _MADE.c.answered),
        "used_seconds": taken,
    }
    connection.execute(insert(SlaTarget).from_select(list(columns), select(*columns.values())))


def _promises(connection: Connection) -> None:
    """What open tickets are promised, each at a moment of the next weeks."""
    first = select(func.count()).select_from(_MADE).scalar_subquery()
    columns: dict[str, Any] = {
        "id": first + _MADE.c.number,
        "ticket_id": _MADE.c.number,
        "kind": literal("resolution"),
        "policy": literal("desk"),
        "priority": _PRIORITY,
        "book": literal("bench"),
        "state": literal("running"),
        "started_at": _moment(connection, _MADE.c.opened),
        "due_at": _moment(connection, _soon(_MADE.c.number)),
    }
    connection.execute(insert(SlaTarget).from_select(list(columns), select(*columns.values()).where(_IS_OPEN)))


def _jobs(connection: Connection) -> None:
    """What is planned of open tickets, each for a moment of the next weeks."""
    columns: dict[str, Any] = {
        "id": _MADE.c.number,
        "key": literal("planned:").concat(cast(_MADE.c.number, String)),
        "kind": literal(KIND),
        "arguments": literal_column("'{}'"),
        "ticket_id": _MADE.c.number - _MADE.c.number % OPEN + OPEN,
        "due_at": _moment(connection, _soon(_MADE.c.number)),
        "state": literal("waiting"),
        "root": literal("bench"),
        "depth": literal(0),
    }
    planned = select(*columns.values()).where(_MADE.c.number % PLANNED == 0)
    connection.execute(insert(Job).from_select(list(columns), planned))


def _soon(number: ColumnElement[int]) -> ColumnElement[int]:
    """A moment between the day after tomorrow and a month from now."""
    return int(datetime.now(UTC).timestamp()) + 2 * _DAY + number % (28 * _DAY)
