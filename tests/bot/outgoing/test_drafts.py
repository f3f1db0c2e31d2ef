"""What is held is said in the order in which it was written."""

from datetime import timedelta

from sqlalchemy import func, select, update

from bot import verbs
from bot.cause import Cause
from bot.db.models import Draft, Inbox, Job
from bot.db.tx import Tx
from bot.ids import new_id
from bot.intake import inbox
from bot.loops.jobs import JobLoop
from bot.outgoing import drafts
from bot.persons import people
from bot.ticket import lifecycle
from bot.ticket.messages import words_only
from channels.base import Address, Raw
from tests.support.media import NOW, Bench

HOLD = timedelta(seconds=10)


def heard(desk: Bench, key: str) -> int:
    """Something came in Anna's thread; the id of its row."""
    desk.store.run(inbox.put(Raw(channel="memory", key=key, lane="thread", payload=b"{}", received_at=NOW)))
    with desk.store.read() as session:
        return session.scalars(select(Inbox.id).where(Inbox.key == key)).one()


def work(desk: Bench, row: int | None = None) -> None:
    """Whatever is new was worked, or that row alone."""
    which = Inbox.id == row if row else Inbox.state == "new"
    desk.store.run(lambda tx: tx.session.execute(update(Inbox).where(which).values(state="done")))


def states(desk: Bench) -> list[str]:
    with desk.store.read() as session:
        return list(session.scalars(select(Draft.state).order_by(Draft.id)))


def hold_two(desk: Bench, first: int, second: int) -> None:
    def unit(tx: Tx) -> None:
        cause = Cause(tx, desk.desk, f"test:{new_id()}")
        ada = people.meet(tx, "memory", Address("ada", "Ada Lovelace"))
        ticket = lifecycle.open_ticket(cause, ada, words_only("It is broken."), channel="memory")
        (anna,) = desk.desk.directory.agents
        for row, words in ((first, "one"), (second, "two")):
            what = words_only(words)
            draft = drafts.hold(cause, anna, ticket, what, "held", request=verbs.read(words), release_after=HOLD)
            draft.inbox_id = row

    desk.store.run(unit)


def test_who_wrote_first_is_heard_first_though_their_words_have_to_wait(desk: Bench) -> None:
    """Something that came between the two may be the first one's second thoughts: it is not known yet."""
    first, between, second = heard(desk, "1"), heard(desk, "2"), heard(desk, "3")
    hold_two(desk, first, second)
    for row in (first, second):
        work(desk, row)
    loop = JobLoop(desk.store, desk.desk)
    desk.now[0] += HOLD
    loop.work()
    assert states(desk) == ["waiting", "waiting"]
    work(desk, between)
    desk.now[0] += timedelta(seconds=1)
    loop.work()
    assert states(desk) == ["released", "released"]


def test_words_that_cannot_be_said_at_all_do_not_hold_up_others_for_ever(desk: Bench) -> None:
    first, second = heard(desk, "1"), heard(desk, "2")
    work(desk)
    hold_two(desk, first, second)
    forgotten = update(Draft).where(Draft.inbox_id == first).values(release_at=NOW - timedelta(hours=1))
    oldest = select(func.min(Job.id)).where(Job.kind == "release_draft").scalar_subquery()
    given_up = update(Job).where(Job.id == oldest).values(state="dead")
    desk.store.run(lambda tx: (tx.session.execute(forgotten), tx.session.execute(given_up)))
    desk.now[0] += HOLD
    JobLoop(desk.store, desk.desk).work()
    assert states(desk) == ["waiting", "released"]
