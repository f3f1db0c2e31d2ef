"""What was received, durable before anybody is told so. One row per key, whatever is made of it later."""

import zlib
from collections.abc import Collection
from typing import Any, Final, cast

from msgspec import Struct
from sqlalchemy import CursorResult, Row, Select, Table, bindparam, func, select, update
from sqlalchemy.orm import Session, aliased

from bot.db.models import Inbox, is_one_of
from bot.db.tx import Tx, Unit
from bot.ids import new_id
from channels.base import REWORDED, Raw

_NOTHING: Final = zlib.compress(b"")
FETCHING: Final = "fetching"
"""The state of an inbox row that is durable, and whose people and files are being fetched; and the loop that does."""

EARLY: Final = "early"
"""The state of an inbox row that is looked at again in a moment: see `bot.intake.later`."""

BLOCKING: Final = (FETCHING, EARLY)
"""What holds up the rest of its lane."""

_LANE_LENGTH: Final = 200
_BATCH_BYTES: Final = 8_000_000
_COMPRESSION: Final = 1


class Waiting(Struct, frozen=True):
    """An inbox row to be worked, with what was received.

    `attempts` says how often it was replayed before, `released` whether an admin lets it through as a requester's.
    """

    id: int
    raw: Raw
    attempts: int
    released: bool

    @property
    def cause(self) -> str:
        """What it is called as a cause. A replay is a new one: what the first said is said already."""
        return f"inbox:{self.id}.{self.attempts}" if self.attempts else f"inbox:{self.id}"


def put(raw: Raw) -> Unit[bool]:
    """A unit that makes `raw` durable; its result says whether it is new."""
    row = {
        "id": new_id(),
        "channel": raw.channel,
        "key": raw.key,
        "lane": raw.lane[:_LANE_LENGTH],
        "payload": zlib.compress(raw.payload, _COMPRESSION),
        "meta": raw.meta,
        "received_at": raw.received_at,
        "state": "new" if raw.complete else FETCHING,
        "outcome": "",
        "attempts": 0,
        "ticket_id": None,
        "fingerprint": None,
        "released": False,
    }

    def unit(tx: Tx) -> bool:
        tx.wake("desk" if raw.complete else FETCHING)
        return tx.insert_new(Inbox, row, unique='channel, "key"')

    return unit


def waiting(session: Session, limit: int, *, without: Collection[int] = ()) -> list[Waiting]:
    """The oldest rows to be worked, except `without`: `limit`, fewer if they are large. `claim` sees to the lanes."""
    return _read(session, _WAITING, {"most": limit, "without": list(without)})


def waiting_lanes(session: Session, limit: int, *, without: Collection[int] = ()) -> list[tuple[int, str]]:
    """The ids and lanes of the oldest rows to be worked, except `without`."""
    rows = session.connection().execute(_WAITING_LANES, {"most": limit, "without": list(without)})
    return [(row.id, row.lane) for row in rows]


def still_waiting(session: Session, inbox_ids: Collection[int]) -> list[Waiting]:
    """Those of these rows that are still to be worked, the oldest first; fewer if they are large."""
    return _read(session, _STILL_WAITING, {"ids": list(inbox_ids)})


def _read(session: Session, query: Select[Any], parameters: dict[str, Any]) -> list[Waiting]:
    found: list[Waiting] = []
    room = _BATCH_BYTES
    with session.connection().execute(query, parameters) as rows:
        for row in rows:
            found.append(Waiting(row.id, as_raw(row), row.attempts, row.released))
            room -= len(found[-1].raw.payload)
            if room < 0:
                break
    return found


def to_fetch(session: Session, limit: int, *, without: Collection[int] = ()) -> list[Waiting]:
    """The oldest rows whose people and files are still to be fetched, except `without`."""
    return _read(session, _TO_FETCH, {"most": limit, "without": list(without)})


def fetched(inbox_id: int, raw: Raw) -> Unit[None]:
    """A unit that puts what was fetched into a row, which can be worked now."""
    payload = zlib.compress(raw.payload, _COMPRESSION)

    def unit(tx: Tx) -> None:
        tx.later(_FETCHED, row_id=inbox_id, payload=payload, meta=raw.meta, of_lane=raw.lane[:_LANE_LENGTH])
        tx.wake("desk")

    return unit


def newest_waiting(session: Session) -> int:
    """The id of the newest row to be worked; 0 if there is none."""
    return session.scalar(select(func.max(Inbox.id)).where(is_one_of(Inbox.state, "new"))) or 0


def claim(tx: Tx, inbox_ids: Collection[int]) -> set[int]:
    """Take hold of rows for this transaction; leaves out those that are done, or that another process has.

    A row whose elder in its lane is left out is left out too.
    """
    rows = tx.execute(_CLAIM, {"ids": list(inbox_ids)}).all()
    held = {row.id for row in rows}
    return {row.id for row in rows if row.elder is None or row.elder in held}


def finish(
    tx: Tx, inbox_id: int, state: str, outcome: str, ticket_id: int | None = None, fingerprint: str | None = None
) -> None:
    """Record what became of a row: `done`, `dead` (a dead letter), `quarantine` or `dropped`."""
    tx.later(_FINISH, row_id=inbox_id, state=state, outcome=outcome, ticket_id=ticket_id, fingerprint=fingerprint)


def forget(tx: Tx, inbox_id: int) -> None:
    """Keep of a row only that it came: what it said is nobody's business here."""
    tx.later(_FORGET, row_id=inbox_id, nothing=_NOTHING)


def replay(tx: Tx, inbox_id: int) -> bool:
    """Put a dead letter, or one that was dropped, back to be worked again; False if there is none with this id."""
    return _again(tx, inbox_id)


def release(tx: Tx, inbox_id: int) -> bool:
    """Put it back to be taken in as a requester's, whoever it says it is from; False if there is none with this id."""
    return _again(tx, inbox_id, released=True)


def release_quarantined(tx: Tx, inbox_id: int) -> bool:
    """Put what is in quarantine back to be taken in; False if there is none with this id."""
    return _again(tx, inbox_id, states=("quarantine",), released=True)


def go_on(tx: Tx, inbox_id: int, waits: str, outcome: str | None = None, **noted: Any) -> bool:  # noqa: ANN401  JSON
    """Have a row worked again that waits in that state (and with that outcome), with what is `noted` beside it.

    False if it does not wait, so that whoever asks twice has it worked once.
    """
    row = tx.session.get(Inbox, inbox_id, with_for_update=tx.dialect == "postgresql")
    if row is None or row.state != waits or outcome not in {None, row.outcome}:
        return False
    row.meta = {**row.meta, **noted}
    row.state, row.outcome, row.attempts = "new", "", row.attempts + 1
    tx.wake("desk")
    return True


def unanswered(tx: Tx, channel: str, key: str, states: Collection[tuple[str, str]]) -> Inbox | None:
    """The row of that key, if it is in one of these states with that outcome; an empty outcome stands for any."""
    tx.flush()
    row = tx.session.scalar(select(Inbox).where(Inbox.channel == channel, Inbox.key == key).with_for_update())
    is_so = row is not None and any((row.state, said or row.outcome) == (state, row.outcome) for state, said in states)
    return row if is_so else None


def reword(row: Inbox, words: str) -> None:
    """Have it say other words than it came with, whenever it is worked."""
    row.meta = {**row.meta, REWORDED: words}


def take_back(row: Inbox) -> None:
    """Its author has deleted it before anything was made of it: it is not worked, and its words go."""
    row.meta = {name: value for name, value in row.meta.items() if name != REWORDED}
    row.state, row.outcome, row.payload = "dropped", "its author has taken it back", zlib.compress(b"")


def count_dead(tx: Tx, outcome: str, *, at_most: int) -> int:
    """How many dead letters have this outcome; stops to count at `at_most`."""
    tx.flush()
    found = select(Inbox.id).where(is_one_of(Inbox.state, "dead"), Inbox.outcome == outcome).limit(at_most)
    return len(tx.session.scalars(found).all())


def _again(
    tx: Tx,
    inbox_id: int,
    *,
    states: tuple[str, ...] = ("dead", "dropped"),
    **changes: Any,  # noqa: ANN401  values of any column
) -> bool:
    again = {"state": "new", "outcome": "", "attempts": Inbox.attempts + 1, "fingerprint": None, **changes}
    given_up = Inbox.state.in_(states) & (Inbox.payload != _NOTHING)
    done = tx.session.execute(update(Inbox).where(Inbox.id == inbox_id, given_up).values(**again))
    tx.wake("desk")
    return cast("CursorResult[Any]", done).rowcount > 0


def as_raw(row: Inbox | Row[Any]) -> Raw:
    """What was received, as it was."""
    return Raw(
        channel=row.channel,
        key=row.key,
        lane=row.lane,
        payload=zlib.decompress(row.payload),
        received_at=row.received_at,
        meta=row.meta,
    )


_elder = aliased(Inbox)
_HELD_UP: Final = (
    select(_elder.id)
    .where(_elder.lane == Inbox.lane, _elder.id < Inbox.id, is_one_of(_elder.state, *BLOCKING))
    .exists()
)
_WAITING: Final = (
    select(cast("Table", Inbox.__table__))
    .where(is_one_of(Inbox.state, "new"), ~_HELD_UP, Inbox.id.not_in(bindparam("without", expanding=True)))
    .order_by(Inbox.id)
    .limit(bindparam("most"))
)
_WAITING_LANES: Final = (
    select(Inbox.id, Inbox.lane)
    .where(is_one_of(Inbox.state, "new"), ~_HELD_UP, Inbox.id.not_in(bindparam("without", expanding=True)))
    .order_by(Inbox.id)
    .limit(bindparam("most"))
)
_TO_FETCH: Final = (
    select(cast("Table", Inbox.__table__))
    .where(
        is_one_of(Inbox.state, *BLOCKING),
        Inbox.state == FETCHING,
        Inbox.id.not_in(bindparam("without", expanding=True)),
    )
    .order_by(Inbox.id)
    .limit(bindparam("most"))
)
_STILL_WAITING: Final = (
    select(cast("Table", Inbox.__table__))
    .where(is_one_of(Inbox.state, "new"), Inbox.id.in_(bindparam("ids", expanding=True)))
    .order_by(Inbox.id)
)
_CLAIM: Final = (
    select(
        Inbox.id,
        select(func.max(_elder.id))
        .where(_elder.lane == Inbox.lane, _elder.id < Inbox.id, is_one_of(_elder.state, "new"))
        .scalar_subquery()
        .label("elder"),
    )
    .where(Inbox.id.in_(bindparam("ids", expanding=True)), Inbox.state == "new", ~_HELD_UP)
    .order_by(Inbox.id)
    .with_for_update(skip_locked=True, of=Inbox)
)
_FETCHED: Final = (
    update(cast("Table", Inbox.__table__))
    .where(Inbox.id == bindparam("row_id"), Inbox.state == FETCHING)
    .values(payload=bindparam("payload"), meta=bindparam("meta"), lane=bindparam("of_lane"), state="new")
)
_FORGET: Final = (
    update(cast("Table", Inbox.__table__)).where(Inbox.id == bindparam("row_id")).values(payload=bindparam("nothing"))
)
_FINISH: Final = (
    update(cast("Table", Inbox.__table__))
    .where(Inbox.id == bindparam("row_id"))
    .values(
        state=bindparam("state"),
        outcome=bindparam("outcome"),
        ticket_id=bindparam("ticket_id"),
        fingerprint=bindparam("fingerprint"),
    )
)
