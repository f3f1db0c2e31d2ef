"""The schema: made from nothing, copied before it changes, refused when newer, and the same as the models."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from bot.config import ConfigError
from bot.db import schema, trigrams
from bot.db.models import Base


@pytest.fixture
def engine(bare_database_url: str) -> Iterator[Engine]:
    """An empty database of each kind."""
    level = {"isolation_level": "AUTOCOMMIT"} if bare_database_url.startswith("sqlite") else {}
    made = create_engine(bare_database_url, **level)
    yield made
    made.dispose()


def pretend(engine: Engine, version: str) -> None:
    """Say that the database has another version."""
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = :version"), {"version": version})


def is_of_models(name: str) -> bool:
    """Whether it is no part of the index of words, which is each kind of database's own."""
    return not name.startswith("ticket_words") and name not in trigrams.NAMES


def test_an_empty_database_is_brought_to_the_newest_schema(engine: Engine) -> None:
    assert schema.current(engine) is None
    with pytest.raises(ConfigError, match=r"database\.url: the schema is empty, .*run: firstline db upgrade"):
        schema.require_current(engine)
    assert schema.upgrade(engine)
    assert schema.current(engine) == schema.NEWEST
    schema.require_current(engine)
    assert not schema.upgrade(engine), "and once is enough"


def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    schema.upgrade(engine)
    with engine.connect() as connection:
        tables = {name for name in inspect(connection).get_table_names() if is_of_models(name)}
        assert tables == {*Base.metadata.tables, "alembic_version"}
        opts = {"compare_type": True, "include_object": lambda _what, name, *_: is_of_models(name)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.covers("bad:newer-schema")
def test_a_newer_schema_is_refused(engine: Engine) -> None:
    schema.upgrade(engine)
    pretend(engine, "9999")
    for use in (schema.upgrade, schema.require_current):
        with pytest.raises(ConfigError, match=r"database\.url: the schema 9999 is newer than .*install the newer"):
            use(engine)


def test_an_older_schema_on_a_server_is_refused(engine: Engine) -> None:
    schema.upgrade(engine)
    pretend(engine, "0000")
    with pytest.raises(ConfigError, match="the schema is 0000, this version needs"):
        schema.require_current(engine)


def test_an_embedded_database_is_copied_before_it_changes(tmp_path: Path) -> None:
    """The copy is whole, with what only the write-ahead log holds, and is made before anything is touched."""
    path = tmp_path / "firstline.db"
    engine = create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("create table alembic_version (version_num varchar(32) not null)")
        connection.exec_driver_sql("insert into alembic_version values ('0000')")
        connection.exec_driver_sql("create table kept (words text)")
        connection.exec_driver_sql("insert into kept values ('an old ticket')")
    with pytest.raises(Exception, match="0000"):
        schema.upgrade(engine)
    engine.dispose()
    (copy,) = tmp_path.glob("firstline-0000-*.backup")
    with closing(sqlite3.connect(copy)) as copied:
        assert copied.execute("select * from kept").fetchall() == [("an old ticket",)]
        assert copied.execute("pragma integrity_check").fetchall() == [("ok",)]
