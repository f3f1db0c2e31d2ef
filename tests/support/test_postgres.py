from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, func, insert, select, text

from bot.db import schema
from bot.db.models import Base, Book

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_an_empty_database(bare_database_url: str, turn: int) -> None:
    engine = create_engine(bare_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mail (turn INTEGER)"))
        connection.execute(text("INSERT INTO mail VALUES (:turn)"), {"turn": turn})
        assert connection.execute(text("SELECT turn FROM mail")).scalars().all() == [turn]
    engine.dispose()


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_a_database_of_this_version_with_nothing_in_it(database_url: str, turn: int) -> None:
    engine = create_engine(database_url)
    book = {"content": "", "first_used_at": NOW, "in_force_at": NOW, "planned_at": None}
    schema.require_current(engine)
    with engine.begin() as connection:
        counts = {
            name: connection.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }
        assert set(counts.values()) == {0}
        connection.execute(insert(Book), book | {"hash": str(turn)})
    engine.dispose()


def test_the_server_is_ours_alone(postgres_database: str, postgres_url: str) -> None:
    assert postgres_database != postgres_url
    engine = create_engine(postgres_database)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW listen_addresses")).scalar_one() == ""
        assert connection.execute(text("SELECT current_database()")).scalar_one() in postgres_database
    engine.dispose()
