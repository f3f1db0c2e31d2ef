"""What recurs, under processes that race for it and are killed at random moments: each moment has its effect once."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text, update

from bot.config import load_config
from bot.db.models import Job
from bot.wiring import open_store
from tests.support import databases
from tests.support.house import mail
from tests.support.mta import connect, hand_over
from tests.support.process import Process
from tests.support.sink import Sink
from tests.support.waiting import until

pytestmark = [pytest.mark.timeout(300), pytest.mark.covers("must:recurring")]
AGENT = """
[[agent]]
handle = "agent{number}"
name = "Agent {number}"
email = "agent{number}@example.org"
teams = ["many"]
"""
TEAM = """
[[team]]
name = "many"
"""
DONE = "select count(*) from job where kind = 'scheduled' and state = 'done'"


class Racing:
    """Processes with a work list for each of so many agents, and the database that they share."""

    def __init__(self, url: str, processes: list[Process], agents: int) -> None:
        self.processes = processes
        self.agents = agents
        self.engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def count(self, sql: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.scalar(text(sql)) or 0)

    def make_due(self) -> None:
        """The next moment of everything that recurs has come."""
        recurring = update(Job).where(Job.kind == "scheduled", Job.state == "waiting")
        with self.engine.connect() as connection:
            connection.execute(recurring.values(due_at=datetime.now(UTC) - timedelta(seconds=1)))

    def lists(self) -> list[int]:
        """How many lists were sent to each agent, in order."""
        sent = "select count(*) from delivery where notice = 'work_list' group by recipient order by count(*)"
        with self.engine.connect() as connection:
            return list(connection.scalars(text(sent)))


@contextmanager
def racing(folder: Path, url: str, agents: int, *names: str) -> Iterator[Racing]:
    more = TEAM + "".join(AGENT.format(number=number) for number in range(agents))
    with Sink() as sink, ExitStack() as stack:
        processes = [Process(folder, url, sink, name, more=more) for name in names]
        for process in processes:
            lists = process.path.read_text(encoding="utf-8").replace("agents = false", "agents = true", 1)
            process.path.write_text(lists.replace("teams = false", "teams = true", 1), encoding="utf-8")
        open_store(load_config(processes[0].path), upgrade=True).close()
        for process in processes:
            stack.enter_context(process)
        both = Racing(url, processes, agents)
        stack.callback(both.engine.dispose)
        yield both


def a_ticket_for_all(both: Racing) -> None:
    """One that nobody took: it is on the list of everybody in the team, each day anew."""
    with connect(both.processes[0].port) as connection:
        letter = mail("Ada <ada@example.com>", "The printer is on fire").as_bytes()
        assert hand_over(connection, letter, sender="ada@example.com") == 250
    until(lambda: both.count("select count(*) from ticket") == 1, "the ticket", seconds=30)


def go_through(both: Racing, rounds: int, *, within: float) -> None:
    """Have all of it due so many times; each time processes are killed, so soon at most, until all of it is done."""
    chance = random.Random(7)  # noqa: S311  the same moments in each run
    recurring = both.count("select count(*) from job where kind = 'scheduled' and state = 'waiting'")
    for number in range(1, rounds + 1):
        both.make_due()
        for victim in both.processes:
            time.sleep(within * chance.random())
            victim.kill()
            victim.__enter__()
        until(lambda: both.count(DONE) == number * recurring, "all of it to be done", seconds=120)  # noqa: B023
    assert both.count("select count(*) from job where kind = 'scheduled' and state = 'waiting'") == recurring
    assert both.lists() == [rounds] * (both.agents + 1), "each moment once, for each of them and Lea, who leads a team"


@pytest.mark.postgres
def test_what_is_due_is_done_once_by_two_that_are_killed(postgres_database: str, tmp_path: Path) -> None:
    with racing(tmp_path, postgres_database, 37, "North", "South") as both:
        a_ticket_for_all(both)
        go_through(both, 1, within=0.4)


@pytest.mark.soak
@pytest.mark.postgres
def test_a_thousand_that_are_due_are_done_once(postgres_database: str, tmp_path: Path) -> None:
    with racing(tmp_path, postgres_database, 97, "North", "South") as both:
        a_ticket_for_all(both)
        go_through(both, 10, within=1.5)


def test_what_is_due_is_done_once_by_one_that_is_killed(tmp_path: Path) -> None:
    with racing(tmp_path, databases.embedded(tmp_path), 37, "Alone") as one:
        a_ticket_for_all(one)
        go_through(one, 1, within=0.4)


@pytest.mark.soak
def test_a_thousand_that_are_due_are_done_once_by_one_that_is_killed(tmp_path: Path) -> None:
    with racing(tmp_path, databases.embedded(tmp_path), 97, "Alone") as one:
        a_ticket_for_all(one)
        go_through(one, 10, within=1.5)
