"""Bulletins: everybody once, in their language, paced, with word to who sent it; stopped between two steps."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from bot import operations
from bot.cause import Cause
from bot.config import load_config
from bot.db.models import Delivery, Person
from bot.db.tx import Tx
from bot.errors import NotDone
from bot.followup import bulletins
from bot.followup.bulletins import STEP
from bot.loops.jobs import JobLoop
from bot.wiring import build_desk, open_store
from tests.support.house import AGENTS, CONFIG, Clock

TEXTS = {
    "en": {"subject": "Work on the network", "body": "It is **away** on Sunday."},
    "de": {"subject": "Arbeiten am Netz", "body": "Es ist am Sonntag **weg**."},
}
PACE = "[rules]\nshipped = false\n[bulletins]\nper_minute = 4\n"


class Bench:
    """A desk with ten people of two departments, and its jobs."""

    def __init__(self, folder: Path, url: str) -> None:
        path = folder / "config.toml"
        text = CONFIG.format(folder=folder / "var", url=url, relay_port=25)
        path.write_text(text + AGENTS + PACE, encoding="utf-8")
        config = load_config(path)
        self.clock = Clock()
        self.store = open_store(config, upgrade=True, clock=self.clock)
        self.desk = self.store.run(lambda tx: build_desk(config, tx))
        self.loop = JobLoop(self.store, self.desk)
        rows = [
            {"email": f"p{n}@example.com", "name": f"Person {n}", "department": "Sales" if n % 2 else "Works"}
            | ({"language": "de"} if n < 3 else {})
            for n in range(10)
        ]
        self.ask("people.import", rows=rows)

    def ask(self, operation: str, **arguments: Any) -> Any:
        return self.store.run(operations.unit(self.desk, operation, arguments))

    def send(self, **more: str) -> dict[str, Any]:
        row: dict[str, Any] = self.ask("bulletins.send", **{"as": "lea", "texts": TEXTS} | more)
        return row

    def work(self) -> None:
        while self.loop.work():
            pass

    def minute(self) -> None:
        self.clock.forward(STEP)
        self.work()

    def sent(self) -> dict[str, str]:
        """The subject that each address was sent."""
        query = select(Delivery.recipient, Delivery.outgoing).where(Delivery.notice == "bulletin")
        with self.store.read() as session:
            rows = session.execute(query).all()
        assert max(Counter(row.recipient for row in rows).values(), default=0) <= 1
        return {row.recipient: msgspec.json.decode(row.outgoing)["subject"] for row in rows}

    def told(self) -> list[str]:
        """What Lea was told."""
        query = select(Delivery.outgoing).where(Delivery.notice == "verb_result").order_by(Delivery.id)
        with self.store.read() as session:
            return [msgspec.json.decode(outgoing)["subject"] for outgoing in session.scalars(query)]


@pytest.fixture
def bench(tmp_path: Path, database_url: str) -> Iterator[Bench]:
    made = Bench(tmp_path, database_url)
    yield made
    made.store.close()


@pytest.mark.covers("must:bulletins")
def test_everybody_gets_it_once_in_their_language_so_many_a_minute(bench: Bench) -> None:
    assert bench.send()["total"] == 13, "ten people and three agents"
    bench.work()
    assert len(bench.sent()) == 4
    assert bench.ask("bulletins.list")[0]["sent"] == 4
    bench.work()
    assert len(bench.sent()) == 4, "not before the minute is over"
    for _ in range(4):
        bench.minute()
    sent = bench.sent()
    assert len(sent) == 13
    assert {sent[f"p{n}@example.com"] for n in range(3)} == {"Arbeiten am Netz"}
    assert {sent[f"p{n}@example.com"] for n in range(3, 10)} == {"Work on the network"}
    assert bench.told() == [
        "“Work on the network” begins to go out to 13 people",
        "“Work on the network” has gone out to 13 people; 0 cannot be reached",
    ]
    assert bench.ask("bulletins.list")[0]["state"] == "done"


@pytest.mark.covers("must:bulletins")
def test_what_is_stopped_goes_to_nobody_else(bench: Bench) -> None:
    row = bench.send(department="Sales")
    assert row["total"] == 5
    bench.work()
    assert bench.ask("bulletins.stop", **{"as": "lea", "id": row["id"]})["state"] == "stopped"
    for _ in range(3):
        bench.minute()
    assert len(bench.sent()) == 4
    assert bench.told()[-1] == "“Work on the network” is stopped: 4 of 5 people have it"
    with pytest.raises(NotDone, match="is stopped: 4 of 5 people have it"):
        bench.ask("bulletins.stop", **{"as": "lea", "id": row["id"]})


@pytest.mark.covers("must:bulletins")
@pytest.mark.parametrize(
    ("operation", "arguments", "why"),
    [
        ("send", {"as": "anna"}, "Anna Weber may not write to everybody; leads, managers and admins may"),
        ("send", {"as": "nobody"}, "there is no agent 'nobody'"),
        ("send", {"as": "lea", "department": "Space"}, "there is nobody in the department 'Space'"),
        ("send", {"as": "lea", "texts": {"xx": TEXTS["en"]}}, "there is no language 'xx'"),
        ("send", {"as": "lea", "texts": {"en": {"subject": "", "body": "x"}}}, "the text in en has no subject"),
        ("stop", {"as": "lea", "id": 5}, "there is no bulletin 5"),
        ("stop", {"as": "lea", "id": 10**25}, "there is no bulletin 1000"),
    ],
)
def test_what_cannot_be_sent_is_said_in_one_line(
    tmp_path: Path, operation: str, arguments: dict[str, Any], why: str
) -> None:
    bench = Bench(tmp_path, f"sqlite:///{tmp_path}/firstline.db")
    with pytest.raises(NotDone, match=why):
        bench.ask(f"bulletins.{operation}", **{"texts": TEXTS} | arguments)
    assert bench.sent() == {}
    bench.clock.forward(timedelta(hours=1))
    bench.work()
    assert bench.sent() == {}
    bench.store.close()


def test_it_is_in_force_for_some_days_for_those_whom_it_concerns_unless_it_is_stopped(bench: Bench) -> None:
    def in_force(number: int) -> list[str]:
        def unit(tx: Tx) -> list[str]:
            person = tx.session.scalars(select(Person).where(Person.name == f"Person {number}")).one()
            return [words.subject for words in bulletins.in_force(Cause(tx, bench.desk, "test:1"), person)]

        return bench.store.run(unit)

    bench.send(department="Sales")
    assert (in_force(1), in_force(3), in_force(2)) == (["Arbeiten am Netz"], ["Work on the network"], [])
    stopped = bench.send()
    assert len(in_force(3)) == 2
    bench.ask("bulletins.stop", **{"as": "lea", "id": stopped["id"]})
    assert (len(in_force(3)), len(in_force(2))) == (1, 0)
    bench.clock.forward(timedelta(days=3, minutes=1))
    assert in_force(3) == []
