"""Bringing a database to the schema this version needs, with a backup first where the database is embedded."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text

from bot.config import ConfigError
from bot.db import trigrams

MIGRATIONS: Final = Path(__file__).parent / "migrations"
NEWEST: Final = max(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current(engine: Engine) -> str | None:
    """The schema version that the database has; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
        return found


def upgrade(engine: Engine) -> bool:
    """Bring the database to `NEWEST`; True if anything was to be done. Raises ConfigError for a newer database."""
    migrated = _migrate(engine)
    return (engine.dialect.name == "postgresql" and trigrams.make(engine)) or migrated


def _migrate(engine: Engine) -> bool:
    version = current(engine)
    if version == NEWEST:
        return False
    refuse_newer(version)
    if version is not None and engine.dialect.name == "sqlite":
        backup(Path(engine.url.database or ""), version)
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect() as connection:
        settings.attributes["connection"] = connection
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        command.upgrade(settings, "head")
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
        connection.commit()
    return True


def require_current(engine: Engine) -> None:
    """Raise ConfigError unless the database has the schema that this version needs."""
    version = current(engine)
    refuse_newer(version)
    if version != NEWEST:
        msg = (
            f"database.url: the schema is {version or 'empty'}, this version needs {NEWEST}; run: firstline db upgrade"
        )
        raise ConfigError(msg)


def refuse_newer(version: str | None) -> None:
    """Raise ConfigError for a database that a newer version of the desk has used."""
    if version is not None and version > NEWEST:
        msg = (
            f"database.url: the schema {version} is newer than {NEWEST}, the newest this version knows;"
            " install the newer firstline again, or restore the backup made before the upgrade"
        )
        raise ConfigError(msg)


def backup(path: Path, version: str) -> Path:
    """A consistent copy of an embedded database beside it, in one step."""
    target = path.with_name(f"{path.stem}-{version}-{datetime.now(UTC):%Y%m%d%H%M%S}.backup")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target
