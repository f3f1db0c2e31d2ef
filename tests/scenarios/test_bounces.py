"""What comes back: it lands on its ticket, changes nothing there, and the address is spared for a while."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.db.models import Inbox
from bot.db.tx import Tx
from bot.intake import inbox
from channels.email.intake import raw_mail
from tests.support.house import House, mail, text_of
from tests.support.story import (
    ANNA,
    BEN,
    LEA,
    address_of,
    bounce,
    deliver,
    deliveries,
    entry,
    fate_of,
    identity,
    last_mail,
    lines,
    mails,
    request,
    somebody,
    writes,
)


@pytest.mark.covers("E20", "E23")
@pytest.mark.parametrize("headers_only", [False, True])
def test_a_report_lands_on_the_ticket_of_the_mail_it_is_about(shared: House, *, headers_only: bool) -> None:
    ada = somebody()
    number = request(shared, ada)
    fate = deliver(shared, bounce(last_mail(shared, ada), headers_only=headers_only), sender="<>")
    assert (fate.state, fate.outcome, fate.ticket) == ("done", "a delivery report", number)
    assert shared.ticket(number)["status"] == "new"
    assert (lines(shared, number)[-1].kind, lines(shared, number)[-1].role) == ("note", "desk")
    assert entry(shared, number, "bounced").details == {
        "address": address_of(ada),
        "report": "failed",
        "status": "5.1.1",
    }


@pytest.mark.covers("E20")
def test_a_report_that_is_released_is_still_a_report(shared: House) -> None:
    """An admin may write `inbox release` of a dead letter where `inbox retry` was meant: it is no request."""
    ada = somebody()
    number = request(shared, ada)
    report = bounce(last_mail(shared, ada))
    raw = raw_mail(report, mail_from="", rcpt_to=("help@example.org",), received_at=datetime.now(UTC))

    def unit(tx: Tx) -> None:
        inbox.put(raw)(tx)
        tx.session.execute(update(Inbox).where(Inbox.key == raw.key).values(state="dead"))

    shared.run(unit)
    row = shared.read(lambda session: session.scalars(select(Inbox.id).where(Inbox.key == raw.key)).one())
    shared.ask("inbox.release", **{"id": row, "as": "lea"})
    shared.settle()
    fate = fate_of(shared, row)
    assert (fate.state, fate.outcome, fate.ticket) == ("done", "a delivery report", number)


@pytest.mark.covers("E20", "H11")
def test_agents_are_told_of_a_mail_that_did_not_arrive(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    deliver(shared, bounce(last_mail(shared, ada)), sender="<>")
    told = text_of(last_mail(shared, ANNA, number))
    assert address_of(ada) in told
    assert "did not arrive" in told
    assert "5.1.1" in told


@pytest.mark.covers("E23")
def test_a_report_about_a_solved_ticket_does_not_reopen_it(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#solve\nA new cable.")
    deliver(shared, bounce(last_mail(shared, ada)), sender="<>")
    assert shared.ticket(number)["status"] == "solved"


@pytest.mark.covers("E24")
def test_a_permanent_failure_stops_automatic_mail_for_sixty_days_but_not_an_agents_words(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    deliver(house, bounce(last_mail(house, ada)), sender="<>")
    until = identity(house, address_of(ada)).undeliverable_until
    assert until is not None
    assert timedelta(days=59) < until - house.clock() <= timedelta(days=60)

    request(house, ada, "Another request")
    assert len(mails(house, ada)) == 1, "no acknowledgement"
    writes(house, ANNA, number, "Does this reach you?")
    writes(house, ANNA, number, "#solve\nI have called you.")
    assert [notice for notice, recipient in deliveries(house, number) if recipient == address_of(ada)] == [
        "acknowledgement",
        "answer",
        "solved",
    ]
    assert "I have called you." in text_of(last_mail(house, ada))

    house.clock.forward(timedelta(days=61))
    request(house, ada, "Two months later")
    assert "Two months later" in str(last_mail(house, ada)["Subject"])


@pytest.mark.covers("E24")
@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.2.2")])
def test_a_failure_that_may_pass_marks_nobody(shared: House, action: str, status: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    deliver(shared, bounce(last_mail(shared, ada), action=action, status=status), sender="<>")
    assert identity(shared, address_of(ada)).undeliverable_until is None
    assert entry(shared, number, "bounced").details["report"] == action


@pytest.mark.covers("E25")
def test_a_delay_on_a_closed_ticket_is_noted_and_leaves_it_closed(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#solve\nA new cable.")
    shared.verb("status", number, "closed")
    deliver(shared, bounce(last_mail(shared, ada), action="delayed", status="4.4.1"), sender="<>")
    assert shared.ticket(number)["status"] == "closed"
    assert lines(shared, number)[-1].kind == "note"


@pytest.mark.covers("E23", "H18")
def test_a_report_that_is_about_nothing_of_ours_marks_nobody(shared: House) -> None:
    ada = somebody()
    request(shared, ada)
    foreign = mail("help@example.org", "Never sent", to=address_of(ada))
    del foreign["From"]
    foreign["From"] = "help@example.org"
    fate = deliver(shared, bounce(foreign), sender="<>")
    assert (fate.state, fate.ticket) == ("done", None)
    assert identity(shared, address_of(ada)).undeliverable_until is None


@pytest.mark.covers("E23", "H18")
def test_a_requester_cannot_have_somebody_elses_address_marked(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve")
    request(shared, ada)
    request(shared, eve)
    forged = bounce(last_mail(shared, eve)).replace(address_of(eve).encode(), address_of(ada).encode())
    deliver(shared, forged, sender="<>")
    assert identity(shared, address_of(ada)).undeliverable_until is None


@pytest.mark.covers("E18")
def test_a_bare_report_without_any_structure_still_finds_its_ticket(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    reply_to = address_of(str(last_mail(shared, ada)["Reply-To"]))
    report = mail("MAILER-DAEMON@mx.example.com", "failure notice", "Sorry, it did not work out.\n", to=reply_to)
    fate = deliver(shared, report, sender="<>", to=reply_to)
    assert (fate.outcome, fate.ticket) == ("a delivery report", number)
    assert entry(shared, number, "bounced").details["address"] == address_of(ada)
    assert "did not arrive" in text_of(last_mail(shared, ANNA, number))


@pytest.mark.covers("E24", "H11")
def test_a_mail_to_an_agent_that_comes_back_raises_an_alarm_and_goes_round_no_further(house: House) -> None:
    number = request(house, somebody())
    card = last_mail(house, ANNA, number)
    told = [len(mails(house, agent, number)) for agent in (ANNA, BEN, LEA)]
    deliver(house, bounce(card), sender="<>")
    assert [len(mails(house, agent, number)) for agent in (ANNA, BEN, LEA)] == told
    assert "mail to anna" in [alarm["name"] for alarm in house.ask("status")["alarms"]]
    assert entry(house, number, "bounced").details["address"] == "anna@example.org"


@pytest.mark.covers("E24", "H11")
def test_an_address_that_the_relay_refuses_is_told_to_the_agents_once(house: House) -> None:
    ada = somebody()
    house.sink.refuse[address_of(ada)] = "550 5.1.1 No such user"
    number = request(house, ada)
    told = [text for message in mails(house, ANNA, number) if "did not arrive" in (text := text_of(message))]
    assert len(told) == 1
    assert "No such user" in told[0]
    assert entry(house, number, "not_delivered").details["address"] == address_of(ada)
    assert house.ask("status")["outbox_failed"] == 1
