"""Every contact is a ticket, every ticket has an owner, and every step of it can be read afterwards."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot.config import Config
from bot.db.models import Asset, Event, Person, Span
from bot.errors import NotDone
from tests.support.house import House, reply, running, text_of
from tests.support.story import (
    ANNA,
    Furnished,
    address_of,
    audit,
    deliver,
    deliveries,
    entry,
    last_mail,
    mails,
    request,
    said,
    somebody,
    writes,
)


def logged(house: House, person: str, **more: object) -> int:
    """A call that Anna notes down."""
    values = {"as": "anna", "for": address_of(person), "name": "Ada Lovelace", "via": "phone", "subject": "No sound"}
    number: int = house.ask("log", **(values | {"words": "The headset is silent."} | more))["number"]
    house.settle()
    return number


@pytest.mark.covers("H1")
@pytest.mark.parametrize(("via", "channel"), [("phone", "phone"), ("walk-in", "walk_in")])
def test_a_call_or_a_visit_is_recorded_and_confirmed_by_mail(shared: House, via: str, channel: str) -> None:
    ada = somebody()
    number = logged(shared, ada, via=via)
    ticket = shared.ticket(number)
    assert (ticket["channel"], ticket["status"], ticket["requester"]) == (channel, "new", "Ada Lovelace")
    (confirmation,) = mails(shared, ada)
    assert "The headset is silent." in text_of(confirmation)
    assert ("call" if via == "phone" else "dropping in") in text_of(confirmation)
    assert entry(shared, number, "opened").actor == "agent anna"
    fate = deliver(shared, reply(confirmation, "It is the left one.", sender=ada))
    assert fate.ticket == number, "the requester can go on by mail"


@pytest.mark.covers("H1")
def test_a_question_answered_at_once_is_one_step_and_one_mail(shared: House) -> None:
    ada = somebody()
    number = logged(shared, ada, solved=True)
    ticket = shared.ticket(number)
    assert (ticket["status"], ticket["owner"], ticket["assignee"]) == ("solved", "Anna Weber", "Anna Weber")
    (confirmation,) = mails(shared, ada)
    assert "settle it at once" in text_of(confirmation)
    assert deliveries(shared, number) == [("logged", address_of(ada))], "nobody is called to it"
    deliver(shared, reply(confirmation, "It is silent again.", sender=ada))
    assert shared.ticket(number)["status"] == "open"


@pytest.mark.covers("H1", "H18")
def test_only_agents_log_contacts(shared: House) -> None:
    ada = somebody()
    request(shared, ada)
    with pytest.raises(NotDone, match="may not log"):
        logged(shared, somebody(), **{"as": address_of(ada)})


@pytest.mark.covers("H2")
def test_a_ticket_knows_who_asks_how_to_reach_them_and_their_department(shared: House) -> None:
    ada, boss = somebody(), somebody("Bea Boss")
    rows = [
        {"email": address_of(ada), "name": "Ada Lovelace", "department": "Production", "manager": address_of(boss)},
        {"email": address_of(boss), "name": "Bea Boss", "vip": True},
    ]
    assert shared.ask("people.import", rows=rows) == {"new": 2, "changed": 0}
    assert shared.ask("people.import", rows=rows) == {"new": 0, "changed": 2}
    number = request(shared, ada)
    card = text_of(last_mail(shared, ANNA, number))
    assert "Department: Production" in card
    assert address_of(ada) in card
    found = shared.read(lambda session: session.scalars(select(Person).where(Person.department == "Production")).all())
    assert found[-1].manager_id is not None


@pytest.mark.covers("H2")
def test_machines_are_known_by_their_number_and_whose_they_are(shared: House) -> None:
    ada = somebody()
    rows = [{"number": f"PC-{address_of(ada)}", "kind": "laptop", "person": address_of(ada)}]
    assert shared.ask("assets.import", rows=rows) == {"new": 1, "changed": 0}
    changed = [{"number": f"PC-{address_of(ada)}", "description": "16 GB"}]
    assert shared.ask("assets.import", rows=changed) == {"new": 0, "changed": 1}
    query = select(Asset).where(Asset.number == f"PC-{address_of(ada)}")
    asset = shared.read(lambda session: session.scalars(query).one())
    assert (asset.kind, asset.description, asset.person_id is None) == ("laptop", "16 GB", False)


@pytest.mark.covers("H7")
def test_a_ticket_has_an_owner_from_the_first_moment(shared: House) -> None:
    number = request(shared)
    assert shared.ticket(number)["owner"] == "Anna Weber"
    assert shared.ticket(number)["assignee"] is None


@pytest.mark.covers("H7")
def test_without_any_agents_the_desk_itself_is_the_owner(tmp_path: Path) -> None:
    def nobody(config: Config) -> Config:
        return replace(config, agent=(), team=())

    with running(Furnished(tmp_path, f"sqlite:///{tmp_path}/firstline.db", change=nobody)) as house:
        ada = somebody()
        number = request(house, ada)
        assert len(mails(house, ada)) == 1
        assert house.ticket(number, who=address_of(ada))["owner"] == "IT Help"


@pytest.mark.covers("H9")
def test_the_audit_says_who_did_what_and_why_for_every_automatic_step(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#solve\nA new cable.")
    deliver(shared, reply(last_mail(shared, ada), "It is broken again.", sender=ada))
    steps = [(found.actor, found.action) for found in audit(shared, number)]
    for step in [
        ("requester Ada Lovelace", "opened"),
        ("agent anna", "taken"),
        ("agent anna", "status"),
        ("requester Ada Lovelace", "received"),
        ("rule A requester's answer reopens, thanks do not", "status"),
    ]:
        assert step in steps
    reopened = [
        found for found in audit(shared, number) if found.actor.startswith("rule ") and found.action == "status"
    ]
    (why,) = reopened
    assert why.details["before"] == "solved"
    assert why.details["after"] == "open"
    event = shared.read(lambda session: session.get(Event, why.event_id))
    assert event is not None
    assert event.name == "message.received"
    assert b"broken again" in event.facts
    assert event.books == shared.desk.books.hash


@pytest.mark.covers("H9")
def test_the_time_in_each_status_is_kept_without_a_gap(shared: House) -> None:
    number = request(shared)
    writes(shared, ANNA, number, "#wait\nWhich one?")
    writes(shared, ANNA, number, "#solve")
    query = select(Span).where(Span.ticket_id == number).order_by(Span.id)
    spans = shared.read(lambda session: session.scalars(query).all())
    assert [span.status for span in spans] == ["new", "open", "waiting_requester", "solved"]
    assert [span.ended_at for span in spans[:-1]] == [span.started_at for span in spans[1:]]
    assert spans[-1].ended_at is None


@pytest.mark.covers("H12")
@pytest.mark.parametrize("text", ["Thank you!", "Vielen Dank, läuft wieder!", "Merci beaucoup"])
def test_thanks_do_not_reopen_and_are_not_answered(shared: House, text: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#solve\nA new cable.")
    before = len(mails(shared, ada))
    deliver(shared, reply(last_mail(shared, ada), text, sender=ada))
    assert shared.ticket(number)["status"] == "solved"
    assert len(mails(shared, ada)) == before
    assert said(shared, number)[-1] == text
