"""PostgreSQL's indexes of three-letter pieces, for finding tickets by words. SQLite's is made by the first migration.

They need the extension pg_trgm, which comes with most servers and which the owner of a database may install. Without it
everything works, and finding words reads all texts.
"""

from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

NAMES: Final = frozenset({"ix_message_pieces", "ix_ticket_pieces"})
MISSING: Final = (
    "finding words reads all texts, for the extension pg_trgm is missing;"
    " as an administrator of the server run: CREATE EXTENSION pg_trgm, then: firstline db upgrade"
)
_INDEXES: Final = (
    """
    CREATE INDEX IF NOT EXISTS ix_message_pieces ON message
    USING gin (lower(substr(text, 1, 100000)) {schema}.gin_trgm_ops)
    WHERE kind <> 'notice'
    """,
    """
    CREATE INDEX IF NOT EXISTS ix_ticket_pieces ON ticket
    USING gin (lower(subject) {schema}.gin_trgm_ops)
    """,
)
_AVAILABLE: Final = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'"
_SCHEMA: Final = (
    "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
    " WHERE e.extname = 'pg_trgm'"
)
_MADE: Final = (
    "SELECT count(*) FROM pg_indexes WHERE indexname IN ('ix_message_pieces', 'ix_ticket_pieces')"
    " AND schemaname = ANY (current_schemas(false))"
)


def make(engine: Engine) -> bool:
    """Make what is missing, as far as the server lets us; True if anything was made."""
    with engine.begin() as connection:
        if _are_made(connection) or not _has_extension(connection):
            return False
        schema = connection.execute(text(_SCHEMA)).scalar_one()
        for statement in _INDEXES:
            connection.execute(text(statement.format(schema=schema)))
    return True


def missing(session: Session) -> bool:
    """Whether words are found without an index."""
    connection = session.connection()
    return connection.dialect.name == "postgresql" and not _are_made(connection)


def _are_made(connection: Connection) -> bool:
    made: int = connection.execute(text(_MADE)).scalar_one()
    return made == len(NAMES)


def _has_extension(connection: Connection) -> bool:
    """Install the extension, where the server has it and its owner lets us."""
    if not connection.execute(text(_AVAILABLE)).scalar_one():
        return False
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except ProgrammingError:
        return False
    return True
