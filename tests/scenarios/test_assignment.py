"""Who gets a ticket: by hand, in the same moment, and from the desk."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import event, select

from bot import operations
from bot.actions import actions
from bot.cause import Cause
from bot.config import Config
from bot.db.models import Delivery, Ticket
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.errors import NotDone
from bot.judging.events import tags_of
from bot.notice.sendable import sendable
from bot.persons import people
from bot.ticket import assignment, tickets
from bot.wiring import build_desk, open_store
from rules.assignment import Strategy
from rules.loader import load
from rules.problems import RuleBookError
from tests.support.house import AGENTS, Clock, House, mail, running, text_of
from tests.support.story import (
    ANNA,
    BEN,
    Furnished,
    audit,
    deliver,
    deliveries,
    entry,
    last_mail,
    mails,
    request,
    somebody,
    writes,
)

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
BOOK = """
[[trigger]]
name = "A printer"
on = ["ticket.opened"]
when = "any_word(subject, 'printer')"
then = [{ do = "add_tag", tag = "printer" }]

[[trigger]]
name = "Give it out"
on = ["ticket.opened"]
when = "status == 'new' and not any_word(subject, 'later', 'fire')"
then = [{ do = "assign", by = ["sticky", "skill", "language", "least_busy"] }]

[[trigger]]
name = "Call whoever is on call"
on = ["ticket.opened"]
when = "any_word(subject, 'fire')"
then = [
  { do = "set_priority", to = "critical" },
  { do = "escalate", tier = 2 },
  { do = "notify", who = "on_call", notice = "page" },
]

[[trigger]]
name = "Somebody in person"
on = ["ticket.priority_changed"]
when = "priority == 'low'"
then = [{ do = "assign", to = "ben" }]
"""
STAFF = """
[[agent]]
handle = "anna"
name = "Anna Weber"
email = "anna@example.org"
teams = ["support"]
capacity = 3
hours = { mon = ["08:00-18:00"], tue = ["08:00-12:00", "13:00-18:00"] }

[[agent]]
handle = "ben"
name = "Ben Koch"
email = "ben@example.org"
teams = ["support"]
skills = ["Printer"]
languages = ["pl", "en"]
hours = { mon = ["08:00-18:00"] }

[[agent]]
handle = "cleo"
name = "Cleo Reserve"
email = "cleo@example.org"
teams = ["support"]
rank = 2
hours = { mon = ["08:00-18:00"] }

[[agent]]
handle = "lea"
name = "Lea Lund"
email = "lea@example.org"
tier = 2
teams = ["support"]
role = "admin"
"""
ROTA = 'on_call = ["ben", "cleo"]\non_call_from = "2026-11-23"\n'


def at_work(folder: Path, url: str, clock: Clock, *, rota: str = "", staff: str = STAFF) -> House:
    """A house in which the desk gives tickets out."""
    path = folder / "assign.toml"
    path.write_text(BOOK, encoding="utf-8")

    def change(config: Config) -> Config:
        return replace(config, rules=replace(config.rules, books=(str(path),)))

    return Furnished(folder, url, clock=clock, extra=rota + staff, change=change)


def holder(house: House, number: int) -> tuple[str | None, str]:
    """The handles of who works on it and who owns it."""
    ticket = house.read(lambda session: session.get_one(Ticket, number))
    handles = {person: agent.handle for person, agent in house.desk.directory.by_person.items()}
    assignee = handles.get(ticket.assignee_id, "gone") if ticket.assignee_id else None
    return assignee, handles.get(ticket.owner_id, "gone")


@pytest.mark.covers("H5", "H7")
def test_the_desk_gives_tickets_out(tmp_path: Path, database_url: str) -> None:
    with running(at_work(tmp_path, database_url, Clock(MONDAY))) as house:
        ada = somebody()
        first = request(house, ada, "No sound")
        assert holder(house, first) == ("anna", "anna"), "who is given a new one owns it"
        assert {name for name, _ in deliveries(house, first)} == {"ticket_assigned", "acknowledgement"}
        assert holder(house, request(house, subject="Still no sound"))[0] == "ben", "the less busy"
        assert holder(house, request(house, subject="The printer"))[0] == "ben", "the skill"
        polish = "Dzień dobry, od wczoraj nie mam dźwięku w komputerze. Proszę o pomoc.\n"
        assert holder(house, request(house, subject="Brak dźwięku", text=polish))[0] == "ben", "the language"
        house.verb("solve", first)
        house.verb("priority", request(house, subject="Later 1"), "high")
        assert holder(house, request(house, ada, "Again no sound"))[0] == "anna", "who solved this person's last one"
        for _ in range(2):
            request(house, subject="Sound")
        anna = [holder(house, request(house, subject=f"More {n}"))[0] for n in range(4)].count("anna")
        assert anna <= 3, "she has no room for more"
        assert entry(house, first, "assigned").actor == "rule Give it out"
        house.verb("away", None, "until 2026-12-01", who="anna")
        house.verb("away", None, "until 2026-12-01", who="ben")
        assert holder(house, request(house, subject="Nobody of rank one")) == ("cleo", "cleo")
        own = deliver(house, mail("Cleo Reserve <cleo@example.org>", "Mine", "My own.\n"))
        assert own.ticket is None or holder(house, own.ticket)[0] != "cleo"
        house.clock.forward(timedelta(hours=12))
        assert holder(house, request(house, subject="At night"))[0] == "lea", "nobody is at work: the lead"
        later = request(house, subject="Later 2")
        house.verb("priority", later, "low", who="lea")
        assert holder(house, later)[0] == "ben", "a rule may name somebody"


@pytest.mark.covers("H5")
def test_all_who_could_have_it_are_known_by_one_question(house: House) -> None:
    number = request(house)
    asked: list[str] = []
    here: list[int] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if threading.get_ident() == here[0]:
            asked.append(statement)

    def unit(tx: Tx) -> None:
        here[:] = [threading.get_ident()]
        cause = Cause(tx, house.desk, "test:1")
        ticket = tickets.get(cause, number)
        assert ticket is not None
        tags_of(cause, ticket.id)
        people.person(tx, ticket.requester_id)
        event.listen(house.store.engine, "before_cursor_execute", note)
        assignment.pick(cause, ticket, [Strategy.SKILL, Strategy.LEAST_BUSY], tier=1, team=None)
        event.remove(house.store.engine, "before_cursor_execute", note)

    house.run(unit)
    assert len([statement for statement in asked if "ticket.priority" in statement]) == 1
    assert [
        statement for statement in asked if "ticket.priority" not in statement and "advisory" not in statement
    ] == []


@pytest.mark.covers("H5")
@pytest.mark.postgres
def test_two_processes_that_give_tickets_out_at_once_choose_by_turns(tmp_path: Path, postgres_database: str) -> None:
    with running(at_work(tmp_path, postgres_database, Clock(MONDAY))) as house:
        config = house.config()
        apart = open_store(config, upgrade=False, clock=house.clock)
        other = apart.run(lambda tx: build_desk(config, tx))
        first, second = (request(house, subject=f"Later {n}") for n in range(2))
        one_has, both_have = threading.Event(), threading.Event()

        def give(desk: Desk, number: int) -> Unit[None]:
            def unit(tx: Tx) -> None:
                cause = Cause(tx, desk, f"test:{number}")
                ticket = tickets.get(cause, number)
                assert ticket is not None
                assignment.assign(cause, ticket, [Strategy.ROUND_ROBIN])
                both_have.set() if one_has.is_set() else one_has.set()
                both_have.wait(0.5)

            return unit

        with ThreadPoolExecutor(2) as both:
            here = both.submit(house.store.run, give(house.desk, first))
            assert one_has.wait(10)
            there = both.submit(apart.run, give(other, second))
            here.result(10)
            there.result(10)
        apart.close()
        assert [holder(house, number)[0] for number in (first, second)] == ["anna", "ben"]


PLANT = """
[calendars.plant]
zone = "Europe/Berlin"
hours = { mon = ["05:00-09:00"] }
"""


@pytest.mark.covers("H5")
def test_an_agent_may_work_in_the_hours_of_a_calendar(tmp_path: Path, database_url: str) -> None:
    staff = STAFF.replace('hours = { mon = ["08:00-18:00"], tue = ["08:00-12:00", "13:00-18:00"] }', 'hours = "plant"')
    half_past_eight = Clock(MONDAY - timedelta(hours=2, minutes=30))
    with running(at_work(tmp_path, database_url, half_past_eight, staff=staff + PLANT)) as house:
        assert holder(house, request(house, subject="In the morning"))[0] == "anna"
        house.clock.forward(timedelta(hours=1))
        assert [holder(house, request(house, subject=f"After nine {n}"))[0] for n in range(2)] == ["ben", "ben"]


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize(
    ("action", "said"),
    [
        ('{ do = "assign" }', 'write either to = "HANDLE" or by = ["least_busy"]'),
        ('{ do = "assign", by = ["least_bussy"] }', "'least_bussy' is not a possible value"),
        ('{ do = "escalate", tier = 2, team = "network" }', "write either tier or team"),
        ('{ do = "escalate", tier = "2" }', "escalate: this is a text, and must be a whole number"),
        ('{ do = "escalate", tier = 0 }', "escalate: Expected 'int' >= 1"),
        ('{ do = "notify", who = "on_cal", notice = "page" }', "did you mean 'on_call'?"),
        ('{ do = "notify", who = "requester", notice = "escalated" }', "the notice 'escalated' is for agents only"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_what_is_wrong(action: str, said: str) -> None:
    book = f'[[trigger]]\nname = "It"\non = ["ticket.opened"]\nthen = [{action}]\n'
    with pytest.raises(RuleBookError) as error:
        load([("own.toml", book)], actions(), sendable({}))
    assert said in str(error.value)
    assert "own.toml:4" in str(error.value)


@pytest.mark.covers("H5")
def test_who_is_on_call_is_called_and_gets_what_nobody_else_can(tmp_path: Path, database_url: str) -> None:
    with running(at_work(tmp_path, database_url, Clock(MONDAY), rota=ROTA)) as house:
        burning = request(house, subject="Fire in the server room")
        assert [one for one in deliveries(house, burning) if one[0] in {"page", "escalated", "ticket_opened"}] == [
            ("page", "ben@example.org"),
            ("escalated", "lea@example.org"),
            ("escalated", "anna@example.org"),  # who is accountable
        ]
        page = last_mail(house, BEN, burning)
        assert str(page["Subject"]).startswith("On call, critical: Fire in the server room")
        assert len(text_of(page)) < 1_500
        house.clock.forward(timedelta(hours=12))
        assert holder(house, request(house, subject="At night"))[0] == "ben", "on call, whatever their hours"
        house.verb("away", None, "until 2026-12-24", who="ben")
        assert holder(house, request(house, subject="At night again"))[0] == "cleo", "who is next, if they are away"
        house.verb("back", who="ben")
        house.clock.forward(timedelta(days=6, hours=12))
        assert ("page", "cleo@example.org") in deliveries(house, request(house, subject="Fire")), "a week later"


@pytest.mark.covers("must:two-takers", "H7")
def test_of_two_who_take_it_in_the_same_moment_one_gets_it_and_the_other_is_told(
    tmp_path: Path, database_url: str
) -> None:
    with running(House(tmp_path, database_url)) as house:
        # On PostgreSQL a second process, with a database connection of its own; SQLite has one writer by design.
        config = house.config()
        apart = house.store if database_url.startswith("sqlite") else open_store(config, upgrade=False)
        desks = {"anna": (house.store, house.desk), "ben": (apart, apart.run(lambda tx: build_desk(config, tx)))}
        for number in [request(house, subject=f"Round {n}") for n in range(8)]:
            start = threading.Barrier(2)

            def take(who: str, number: int = number, start: threading.Barrier = start) -> str:
                store, desk = desks[who]
                start.wait(10)
                try:
                    arguments = {"verb": "take", "as": who, "ticket": number, "argument": ""}
                    store.run(operations.unit(desk, "verb", arguments))
                except NotDone as refused:
                    return str(refused)
                return "taken"

            with ThreadPoolExecutor(2) as both:
                answers = list(both.map(take, ("anna", "ben")))
            assert answers.count("taken") == 1
            winner, loser = ("Anna Weber", answers[1]) if answers[0] == "taken" else ("Ben Koch", answers[0])
            assert f"{winner} works on #{number}" in loser
            assert house.ticket(number)["assignee"] == winner
            assert [found.action for found in audit(house, number)].count("taken") == 1
        if apart is not house.store:
            apart.close()


@pytest.mark.covers("must:two-takers")
def test_by_mail_too_the_second_is_told_who_has_it(house: House) -> None:
    number = request(house)
    for who in (ANNA, BEN):
        writes(house, who, number, "#take")
    told = house.read(
        lambda session: session.scalars(
            select(Delivery.recipient).where(Delivery.ticket_id == number, Delivery.notice == "verb_refused")
        ).all()
    )
    assert told == ["ben@example.org"]
    assert "Anna Weber works on" in text_of(last_mail(house, BEN, number))


@pytest.mark.covers("H7")
def test_the_tickets_of_an_agent_who_left_are_the_leads(tmp_path: Path, database_url: str) -> None:
    house = House(tmp_path, database_url)
    with running(house):
        ada = somebody()
        first, second, done = (request(house, ada, subject) for subject in ("One", "Two", "Three"))
        writes(house, ANNA, first, "#take")
        writes(house, BEN, second, "#take")
        house.verb("assign", second, "anna", who="ben")
        writes(house, ANNA, done, "#take")
        house.verb("solve", done)
        house._extra = AGENTS.replace('handle = "anna"', 'handle = "zoe"').replace("anna@", "zoe@")
        before = len(mails(house, "lea@example.org"))
        house.stop()
        house.start()
        house.settle()
        assert holder(house, first) == (None, "lea")
        assert holder(house, second) == (None, "ben"), "what she did not own keeps its owner"
        assert holder(house, done) == ("gone", "gone"), "what is done stays as it was"
        told = house.mails_to("lea@example.org", before + 1)[before:]
        assert len(told) == 1, "one list"
        assert f"#{first}" in text_of(told[0])
        assert f"#{second}" not in text_of(told[0])
        house.stop()
        house.start()
        house.settle()
        assert len(mails(house, "lea@example.org")) == before + 1
