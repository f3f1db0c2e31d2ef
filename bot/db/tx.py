"""One transaction in progress: what is read and changed in it, and what it writes at its end."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

from msgspec import Struct
from sqlalchemy import CursorResult, Dialect, Executable, Table, UpdateBase, insert
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.types import TypeEngine

from bot.db.models import Base
from bot.db.types import Json, UtcDateTime

T = TypeVar("T")


class Tx:
    """One transaction in progress.

    Entities are read and changed through `session`, which never flushes by itself. New entities, append-only rows and
    plain updates are collected by `add`, `append` and `later`, and go out as one statement for all of a kind, parents
    before children. `note_fresh` remembers keys that are not written yet, so that a look-up by such a key can ask
    `settle` to write them first. `scratch` lives as long as the transaction and holds what units of one group share,
    such as people met. `awaited` says whether somebody waits for its end and has had to for long: what can go on in
    another transaction does so then.
    """

    def __init__(self, session: Session, now: datetime, awaited: Callable[[], bool] = lambda: False) -> None:
        self.session = session
        self.now = now
        self.awaited = awaited
        self.wakes: set[str] = set()
        self.scratch: dict[Any, Any] = {}
        self._new: defaultdict[Table, list[Base]] = defaultdict(list)
        self._rows: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
        self._later: defaultdict[UpdateBase, list[dict[str, Any]]] = defaultdict(list)
        self._fresh: set[object] = set()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.session.get_bind().dialect.name

    def add(self, entity: Base) -> None:
        """Write a new entity at the end of the transaction; it may still change until then, and after."""
        table = _TABLES[type(entity)]
        values = entity.__dict__
        for name, default in _DEFAULTS[table].items():
            if name not in values:
                values[name] = default() if callable(default) else default
        self._new[table].append(entity)

    def append(self, table: type[Base], **row: Any) -> None:  # noqa: ANN401  one row of any table
        """Write `row`, which nobody changes in this transaction, at the end of it. Give every column."""
        self._rows[_TABLES[table]].append(row)

    def insert_new(self, table: type[Base], row: Mapping[str, Any], unique: str) -> bool:
        """Write `row` now, unless there is one with the same `unique` columns (as SQL); True if it was written.

        Any other conflict is an error: it must not look as if the row were there.
        """
        connection = self.session.connection()
        statement, columns = _plain_insert(_TABLES[table], connection.dialect)
        values = tuple(write(row[name]) if write else row[name] for name, write in columns)
        return connection.exec_driver_sql(f"{statement} ON CONFLICT ({unique}) DO NOTHING", values).rowcount > 0

    def later(self, statement: UpdateBase, **parameters: Any) -> None:  # noqa: ANN401  values of any column
        """Run `statement`, a constant of its module, at the end of the transaction; all its uses as one."""
        self._later[statement].append(parameters)

    def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run a Core statement now, without what the ORM adds to one."""
        return self.session.connection().execute(statement, parameters)

    def note_fresh(self, *keys: object) -> None:
        """Remember that rows with these keys wait to be written."""
        self._fresh.update(keys)

    def settle(self, *keys: object) -> None:
        """Write what waits, if any of `keys` is among it (without keys: in any case)."""
        if not keys or not self._fresh.isdisjoint(keys):
            self.flush()

    def wake(self, *loops: str) -> None:
        """Name the loops (`desk`, `delivery`, `jobs`, `projections`) that have work once this is committed."""
        self.wakes.update(loops)

    def flush(self) -> None:
        """Write everything that waits: new rows table by table, then changed entities, then plain updates.

        What is new is the session's from then on, so that it is found by questions and can be changed.
        """
        entities = [entity for kind in self._new.values() for entity in kind]
        self._insert()
        for entity in entities:
            make_transient_to_detached(entity)
        self.session.add_all(entities)
        self._update()

    def finish(self) -> None:
        """Write the same at the very end, after which nobody asks the session for anything any more."""
        self._insert()
        self._update()

    def _update(self) -> None:
        self.session.flush()
        if self._later:
            connection = self.session.connection()
            for statement, parameters in self._later.items():
                text, binds = _plain(statement, connection.dialect)
                connection.exec_driver_sql(text, [binds.of(one) for one in parameters])
            self._later.clear()

    def _insert(self) -> None:
        self._fresh.clear()
        if not self._new and not self._rows:
            return
        connection = self.session.connection()
        dialect = connection.dialect
        for table in sorted(self._new.keys() | self._rows.keys(), key=_ORDER.__getitem__):
            statement, columns = _plain_insert(table, dialect)
            rows = [entity.__dict__ for entity in self._new.get(table, [])] + self._rows.get(table, [])
            connection.exec_driver_sql(
                statement,
                [tuple([write(row[name]) if write else row[name] for name, write in columns]) for row in rows],
            )
        self._new.clear()
        self._rows.clear()


Unit = Callable[[Tx], T]
"""A unit of work: runs in a transaction, perhaps more than once, and has no effect outside the database."""


Write = Callable[[Any], Any] | None
"""What turns a value into what the driver takes; None where it takes the value as it is."""


@cache
def _plain_insert(table: Table, dialect: Dialect) -> tuple[str, tuple[tuple[str, Write], ...]]:
    """The insert statement of a table in the driver's own words, and its columns in order.

    It takes a third of the time that the same statement takes through SQLAlchemy's executemany, which builds a
    dictionary of processed parameters for every row.
    """
    compiled = insert(table).compile(dialect=dialect)
    names = compiled.positiontup or list(compiled.binds)
    types = {column.name: column.type for column in table.columns}
    statement = str(compiled) if compiled.positiontup else str(compiled) % dict.fromkeys(names, "%s")
    return statement, tuple((name, _writer(types[name], dialect)) for name in names)


class _Binds(Struct, frozen=True):
    """What a statement is given each time: values by name, written for the driver; some are always the same."""

    named: bool
    writes: tuple[tuple[str, Write], ...]
    constant: Mapping[str, Any]

    def of(self, parameters: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        """One set of values, as the driver takes it."""
        given = {**self.constant, **parameters}
        if self.named:
            return {name: write(given[name]) if write else given[name] for name, write in self.writes}
        return tuple([write(given[name]) if write else given[name] for name, write in self.writes])


@cache
def _plain(statement: UpdateBase, dialect: Dialect) -> tuple[str, _Binds]:
    """A statement in the driver's own words, and what it takes: as with inserts, a third of the time."""
    compiled = statement.compile(dialect=dialect)
    names = compiled.positiontup or list(compiled.binds)
    constant = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    writes = tuple((name, _writer(compiled.binds[name].type, dialect)) for name in names)
    return str(compiled), _Binds(named=compiled.positiontup is None, writes=writes, constant=constant)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Write:
    """Our own types write by themselves: half of all values are moments, and SQLAlchemy calls three functions each."""
    if isinstance(kind, UtcDateTime | Json):
        return kind.writer(dialect)
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _default(column: Any) -> Callable[[], Any] | object:  # noqa: ANN401  a column of any type
    """What an entity has in a column that it was not given: the column's default, a fresh one each time, or None."""
    if column.default is None:
        return None
    if column.default.is_callable:
        return lambda: column.default.arg(None)
    return column.default.arg  # type: ignore[no-any-return]


_TABLES: Final[dict[type[Base], Table]] = {mapper.class_: mapper.local_table for mapper in Base.registry.mappers}  # type: ignore[misc]
_ORDER: Final = {table: position for position, table in enumerate(Base.metadata.sorted_tables)}
_DEFAULTS: Final = {table: {column.name: _default(column) for column in table.columns} for table in _ORDER}
