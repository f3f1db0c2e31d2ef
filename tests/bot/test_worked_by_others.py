"""What this process gives up after another could do it: what the other did stands."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.db.models import Inbox, Job
from bot.db.store import Store
from bot.due import jobs
from bot.intake import inbox
from bot.loops.desk import _bury_waiting
from channels.base import Raw

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url, clock=lambda: NOW)
    yield opened
    opened.close()


def test_a_row_that_was_worked_is_not_buried(store: Store) -> None:
    """A dead letter is there to be worked again: that would be twice."""
    store.run(inbox.put(Raw(channel="email", key="1", lane="a", payload=b"x", received_at=NOW)))
    with store.read() as session:
        (row,) = inbox.waiting(session, 10)
    store.run(lambda tx: inbox.finish(tx, row.id, "done", "opened"))
    store.run(_bury_waiting(row, "it broke"))
    with store.read() as session:
        assert session.get_one(Inbox, row.id).state == "done"


@pytest.mark.parametrize(("state", "attempts"), [("done", 0), ("waiting", 1)])
def test_a_job_that_was_done_has_not_failed(store: Store, state: str, attempts: int) -> None:
    job = Job(
        id=1, key="k", kind="wake_ticket", arguments={}, due_at=NOW, state=state, attempts=0, error="", root="", depth=0
    )
    store.run(lambda tx: tx.add(job))
    assert not store.run(lambda tx: jobs.failed(tx, 1, "it broke", NOW + timedelta(minutes=1)))
    with store.read() as session:
        found = session.get_one(Job, 1)
        assert (found.state, found.attempts) == (state, attempts)
