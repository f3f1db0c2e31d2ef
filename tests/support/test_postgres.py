import pytest
from sqlalchemy import create_engine, text


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_an_empty_database(database_url: str, turn: int) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mail (turn INTEGER)"))
        connection.execute(text("INSERT INTO mail VALUES (:turn)"), {"turn": turn})
        assert connection.execute(text("SELECT turn FROM mail")).scalars().all() == [turn]
    engine.dispose()


def test_the_server_is_ours_alone(postgres_database: str, postgres_url: str) -> None:
    assert postgres_database != postgres_url
    engine = create_engine(postgres_database)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW listen_addresses")).scalar_one() == ""
        assert connection.execute(text("SELECT current_database()")).scalar_one() in postgres_database
    engine.dispose()
