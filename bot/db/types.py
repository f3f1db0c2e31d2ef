"""Column types that keep what Python means on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import TIMESTAMP, BigInteger, Integer, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_encoder = msgspec.json.Encoder()

Id = BigInteger().with_variant(Integer, "sqlite")
"""64 bits; on SQLite by the name that makes such a key the row's own address."""


ForeignId = String(300).with_variant(String(300, collation="C"), "postgresql")
"""An id that a platform gave: compared byte by byte on both databases, so that an index finds how one begins."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment. ISO 8601 text of fixed width on SQLite, so that it sorts; timestamptz on PostgreSQL."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use the database's own type where it has one."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401  SQLAlchemy's signature
        """Write UTC; raises ValueError for a naive value."""
        return self.writer(dialect)(value)

    def writer(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """What writes a value for this database."""
        return _utc if dialect.name == "postgresql" else _iso

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002  SQLAlchemy's signature
        """Read an aware moment in UTC."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A msgspec value or plain data, as JSON text. Reads back as plain data."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002  SQLAlchemy's signature
        """Encode."""
        return _json(value)

    def writer(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002  as the other type has it
        """What writes a value for this database."""
        return _json

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002  SQLAlchemy's signature
        """Decode."""
        return None if value is None else msgspec.json.decode(value)


def _utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        msg = f"naive datetime {value!r}: every stored moment needs its zone"
        raise ValueError(msg)
    return value.astimezone(UTC)


@lru_cache(64)
def _iso(value: datetime | None) -> str | None:
    """Of the moments that a transaction writes nearly all are its own."""
    utc = _utc(value)
    return None if utc is None else utc.isoformat(timespec="microseconds")


def _json(value: Any) -> str | None:  # noqa: ANN401  whatever the column holds
    return None if value is None else _encoder.encode(value).decode()
