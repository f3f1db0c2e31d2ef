"""Statements are compiled once for all databases of a test process: a third of what a desk costs that one test starts.

SQLAlchemy keeps what it compiled per engine, and knows it again by the statement and by the dialect, which every
engine makes anew. Here all dialects of a kind are one: our engines differ in nothing but the address.
"""

from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

_COMPILED: dict[Any, Any] = {}


def share() -> None:
    """From now on, for all engines of this process."""
    DefaultDialect.__hash__ = _kind  # type: ignore[assignment,method-assign]
    DefaultDialect.__eq__ = _same_kind  # type: ignore[assignment,method-assign]
    event.listen(Engine, "engine_connect", _use)


def _kind(dialect: DefaultDialect) -> int:
    return hash(type(dialect))


def _same_kind(dialect: DefaultDialect, other: object) -> bool:
    return type(dialect) is type(other)


def _use(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_COMPILED)
