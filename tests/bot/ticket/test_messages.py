"""How messages are found again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine, insert

from bot.db.models import Base, Conversation, Message, Person, Ticket
from bot.ticket.messages import KNOWN_BELOW, below

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROOT = "JIRA.10512.1709629200000"


def filled(table: type[Base], **row: object) -> dict[str, object]:
    """A row with something in every column that must have something."""
    blank = {"DATETIME": NOW, "JSON": [], "INTEGER": 0, "BIGINT": 0, "BOOLEAN": False}
    needed = [column for column in table.__table__.columns if not column.nullable and column.name not in row]
    return {column.name: blank.get(_kind(column.type), "") for column in needed} | row


def _kind(type_: object) -> str:
    name = type(type_).__name__
    return {"UtcDateTime": "DATETIME", "Json": "JSON", "BigInteger": "BIGINT", "Boolean": "BOOLEAN"}.get(name, name)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """A database with many messages of which three are of one issue, and none analysed."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(insert(Person), [filled(Person, id=1)])
        connection.execute(insert(Ticket), [filled(Ticket, id=1, requester_id=1, owner_id=1)])
        connection.execute(insert(Conversation), [filled(Conversation, id=1, ticket_id=1)])
        ids = [f"{number:05}.{number}@mail.example.com" for number in range(3000)]
        ids += [f"{ROOT}.{count}.9@example.net" for count in range(3)]
        ids += [
            f"{ROOT}.9@example.com",
            f"{ROOT}0.1@example.net",
            f"{ROOT}@example.net",
            f"{ROOT.lower()}.1@example.net",
        ]
        rows = [
            filled(Message, id=number, ticket_id=1, conversation_id=1, external_id=id_, text="x" * 200)
            for number, id_ in enumerate(ids, 1)
        ]
        connection.execute(insert(Message), rows)
        yield connection
    engine.dispose()


@pytest.mark.covers("E43")
def test_ids_that_begin_alike_are_found_and_no_others(connection: Connection) -> None:
    found = connection.execute(KNOWN_BELOW, below(ROOT, "example.net")).all()
    assert [row.external_id for row in found] == [f"{ROOT}.{count}.9@example.net" for count in (2, 1, 0)]


@pytest.mark.covers("E43")
@pytest.mark.parametrize("analysed", [False, True], ids=["as it grew", "analysed"])
def test_an_index_finds_how_an_id_begins(connection: Connection, *, analysed: bool) -> None:
    if analysed:
        connection.exec_driver_sql("ANALYZE")
    statement = KNOWN_BELOW.params(**below(ROOT, "example.net"))
    written = statement.compile(connection, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"{explain} {written}"))
    assert "ix_message_external" in plan, plan
    assert "external_id>? AND external_id<?" in plan or "Index Cond: (((external_id)" in plan, plan
    assert "SCAN message" not in plan
    assert "Seq Scan on message" not in plan


def test_ids_are_compared_by_their_bytes_whatever_the_language_of_the_database(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        question = (
            "select collation_name from information_schema.columns"
            " where table_name = 'message' and column_name = 'external_id'"
        )
        assert connection.exec_driver_sql(question).scalar_one() == "C"
