"""What somebody's page asks of the database costs a page, however many tickets are open."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Select, create_engine, insert

from bot.db.models import Base, Ticket
from bot.talk.homes import of_assignee, of_owner, of_requester
from tests.bot.ticket.test_messages import filled

LEAD, AGENT, ADA = 100_001, 100_002, 100_003


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """50,000 open tickets, all of which the lead answers for; an agent works on all but the last ten."""
    folder: Path = tmp_path_factory.mktemp("homes")
    engine = create_engine(f"sqlite:///{folder}/homes.db")
    Base.metadata.create_all(engine)
    rows = [
        filled(
            Ticket,
            id=number,
            status="open",
            requester_id=ADA if number % 10_000 == 0 else number,
            owner_id=LEAD,
            assignee_id=AGENT if number <= 49_990 else None,
        )
        for number in range(1, 50_001)
    ]
    with engine.connect() as connection:
        connection.execute(insert(Ticket), rows)
        connection.exec_driver_sql("ANALYZE")
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "index", "numbers"),
    [
        (of_requester(ADA), "ix_ticket_requester", [10_000, 20_000, 30_000, 40_000, 50_000]),
        (of_assignee(AGENT), "ix_ticket_assignee", list(range(1, 16))),
        (of_owner(LEAD), "ix_ticket_owner", list(range(49_991, 50_001))),
    ],
)
def test_an_index_answers_it_in_its_order(
    connection: Connection, statement: Select[Ticket], index: str, numbers: list[int]
) -> None:
    written = statement.compile(connection, compile_kwargs={"literal_binds": True})
    plan = "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}"))
    assert index in plan, plan
    assert "SCAN ticket" not in plan, plan
    assert [row.id for row in connection.execute(statement)] == numbers
