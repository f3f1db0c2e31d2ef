"""How much a ticket matters: the matrix, what raises impact and urgency, and what an agent says by hand."""

from email.utils import parseaddr
from pathlib import Path

import pytest

from bot.cause import Cause
from bot.db.models import Asset, Ticket
from bot.db.tx import Tx
from bot.errors import NotDone
from bot.ids import new_id
from bot.judging.events import raise_event
from bot.judging.react import react
from rules.facts import Event
from tests.support.house import AGENTS, House, running, text_of
from tests.support.story import ANNA, audit, deliveries, last_mail, request, somebody, writes

MATRIX = """
[priority]
impact_medium = { high = "critical", medium = "low", low = "low" }
"""
KEEN = """
[[trigger]]
name = "Everything said is critical"
on = ["message.received", "note.added"]
then = [{ do = "set_priority", to = "critical" }]
"""


def weight(house: House, number: int) -> tuple[str, str, str]:
    """Impact, urgency and priority of a ticket."""

    def unit(tx: Tx) -> tuple[str, str, str]:
        ticket = tx.session.get_one(Ticket, number)
        return ticket.impact, ticket.urgency, ticket.priority

    return house.run(unit)


@pytest.mark.covers("H8")
@pytest.mark.parametrize(
    ("subject", "text", "weighs"),
    [
        ("The printer is broken", "It does not print any more.\n", ("medium", "medium", "medium")),
        ("Awaria drukarki", "Nie drukuje od rana, po przerwie też nie.\n", ("medium", "medium", "medium")),
        ("Drucker", "Bitte dringend: ich muss heute drucken.\n", ("medium", "high", "high")),
        ("URGENT: no sound", "The headset is silent.\n", ("medium", "high", "high")),
        ("Mail", "Seit acht Uhr ein Totalausfall, niemand kann arbeiten.\n", ("high", "medium", "high")),
        ("Réseau", "C'est une panne générale, merci de faire vite.\n", ("high", "medium", "high")),
        ("Outage", "An outage in hall 3. Please help, it is urgent!\n", ("high", "high", "critical")),
        ("Awaria sieci", "Pilne! Nikt nie może pracować.\n", ("high", "high", "critical")),
        ("Netværk", "Alle er ramt af nedbrud. Det haster.\n", ("high", "high", "critical")),
        ("Rete", "C'è una interruzione, è urgente.\n", ("high", "high", "critical")),
    ],
    ids=[
        "ordinary",
        "ordinary pl",
        "urgent de",
        "urgent subject",
        "outage de",
        "outage fr",
        "both en",
        "both pl",
        "both da",
        "both it",
    ],
)
def test_words_of_a_mail_weigh_it(shared: House, subject: str, text: str, weighs: tuple[str, str, str]) -> None:
    number = request(shared, somebody(), subject, text)
    assert weight(shared, number) == weighs
    changes = [found for found in audit(shared, number) if found.action in {"impact", "urgency", "priority"}]
    assert all(found.actor.startswith("rule ") and found.details["why"] for found in changes)
    assert (weighs[2] != "medium") == bool(changes), "an ordinary mail costs nothing"


@pytest.mark.covers("H8")
def test_a_vip_is_served_sooner(shared: House) -> None:
    ada = somebody()
    address = parseaddr(ada)[1]
    shared.ask("people.import", rows=[{"email": address, "vip": True}])
    assert weight(shared, request(shared, ada)) == ("medium", "high", "high")


@pytest.mark.covers("H8")
def test_a_critical_machine_raises_the_impact(shared: House) -> None:
    number = request(shared)
    press = f"P-{number}"
    shared.ask("assets.import", rows=[{"number": press, "kind": "press", "critical": True}])

    def unit(tx: Tx) -> None:
        ticket = tx.session.get_one(Ticket, number)
        ticket.asset_id = tx.session.query(Asset).filter_by(number=press).one().id
        cause = Cause(tx, shared.desk, f"test:{new_id()}")
        raise_event(cause, Event.TICKET_FIELDS_CHANGED, ticket)
        react(cause)

    shared.run(unit)
    assert weight(shared, number) == ("high", "medium", "high")


@pytest.mark.covers("H8")
def test_repeated_reports_of_the_same_machine_raise_the_impact(shared: House) -> None:
    numbers = [request(shared) for _ in range(3)]
    line = f"L-{numbers[0]}"
    shared.ask("assets.import", rows=[{"number": line, "kind": "line"}])

    def say_about(number: int) -> None:
        def unit(tx: Tx) -> None:
            ticket = tx.session.get_one(Ticket, number)
            ticket.asset_id = tx.session.query(Asset).filter_by(number=line).one().id
            cause = Cause(tx, shared.desk, f"test:{new_id()}")
            raise_event(cause, Event.TICKET_FIELDS_CHANGED, ticket)
            react(cause)

        shared.run(unit)

    for number in numbers[:-1]:
        say_about(number)
        assert weight(shared, number) == ("medium", "medium", "medium")
    say_about(numbers[-1])
    assert weight(shared, numbers[-1]) == ("high", "medium", "high")


@pytest.mark.covers("H8")
def test_an_agent_changes_impact_and_urgency_and_the_priority_follows(shared: House) -> None:
    number = request(shared)
    writes(shared, ANNA, number, "#impact high\n#urgency high\n")
    assert weight(shared, number) == ("high", "high", "critical")
    told = text_of(last_mail(shared, ANNA, number))
    assert "impact high" in told
    assert "urgency high" in told
    shared.verb("urgency", number, "low")
    assert weight(shared, number) == ("high", "low", "medium")
    with pytest.raises(NotDone, match="write one of: high, medium, low"):
        shared.verb("impact", number, "enormous")


@pytest.mark.covers("H8", "H9")
def test_what_an_agent_set_by_hand_stays_and_can_be_given_back(tmp_path: Path, database_url: str) -> None:
    book = tmp_path / "keen.toml"
    book.write_text(KEEN, encoding="utf-8")
    with running(House(tmp_path, database_url, extra=f'[rules]\nbooks = ["{book}"]\n{AGENTS}')) as house:
        number = request(house)
        house.verb("priority", number, "low")
        for words in ("One.", "Two."):
            house.ask("verb", **{"verb": "note", "as": "ben", "ticket": number, "words": words})
        assert house.ticket(number)["priority"] == "low"
        kept = [found for found in audit(house, number) if found.action == "priority_kept"]
        assert [(found.actor, found.details["after"]) for found in kept] == [
            ("rule Everything said is critical", "critical")
        ]
        house.verb("priority", number, "auto")
        assert house.ticket(number)["priority"] == "medium"
        house.ask("verb", **{"verb": "note", "as": "ben", "ticket": number, "words": "Three."})
        assert house.ticket(number)["priority"] == "critical"
        told = [found.action for found in audit(house, number)]
        assert told.index("priority_by_hand") < told.index("priority_kept") < told.index("priority_auto")


FLOOR = """
[[trigger]]
name = "Outage words from the shop floor are critical"
on   = ["ticket.opened"]
when = "any_word(text, 'outage', 'down', 'Ausfall', 'panne') and requester.department == 'Production'"
then = [
  { do = "set_priority", to = "critical" },
  { do = "escalate", tier = 2 },
  { do = "notify", who = "on_call", notice = "page" },
]
"""


@pytest.mark.covers("H8", "H9")
def test_what_a_rule_says_of_the_priority_goes_before_the_matrix(tmp_path: Path, database_url: str) -> None:
    book = tmp_path / "floor.toml"
    book.write_text(FLOOR, encoding="utf-8")
    with running(House(tmp_path, database_url, extra=f'[rules]\nbooks = ["{book}"]\n{MATRIX}{AGENTS}')) as house:
        ada = somebody()
        house.ask("people.import", rows=[{"email": parseaddr(ada)[1], "department": "Production"}])
        number = request(house, ada, text="Ausfall in Halle 3")
        assert weight(house, number) == ("high", "medium", "critical"), "the matrix makes it high"
        assert house.ticket(number)["tier"] == 2
        assert ("page", "lea@example.org") in deliveries(house, number)
        house.verb("impact", number, "low")
        assert house.ticket(number)["priority"] == "low", "what an agent says of it counts again"


@pytest.mark.covers("H8")
def test_the_matrix_is_the_configurations(tmp_path: Path, database_url: str) -> None:
    with running(House(tmp_path, database_url, extra=MATRIX + AGENTS)) as house:
        assert weight(house, request(house)) == ("medium", "medium", "low")
        assert weight(house, request(house, subject="Urgent")) == ("medium", "high", "critical")
