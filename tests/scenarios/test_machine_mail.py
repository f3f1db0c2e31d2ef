"""Mail that no person wrote: it is kept, and nothing answers it by itself, so that no loop begins."""

from datetime import timedelta
from email import policy
from email.message import EmailMessage

import pytest

from tests.support.house import House, mail, reply, text_of
from tests.support.story import (
    ANNA,
    BEN,
    address_of,
    audit,
    deliver,
    last_mail,
    lines,
    mails,
    request,
    said,
    somebody,
    writes,
)


@pytest.fixture(scope="module")
def shared(embedded: House) -> House:
    """What is a machine's mail is seen in the mail, and is the same on every database."""
    return embedded


def opened(house: House, message: EmailMessage) -> int:
    """The number of the ticket that a mail opened, at which its sender was told nothing."""
    fate = deliver(house, message)
    assert (fate.state, fate.outcome) == ("done", "opened")
    assert fate.ticket is not None
    assert mails(house, str(message["From"])) == []
    assert mails(house, ANNA, fate.ticket), "an agent sees it all the same"
    return fate.ticket


@pytest.mark.covers("E01", "E02", "E03", "E04", "E06", "E07", "E13")
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Auto-Submitted", "auto-generated"),
        ("Auto-Submitted", "AUTO-REPLIED (zimbra; vacation)  "),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "DR, RN, OOF, AutoReply"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Autoreply", "yes"),
        ("List-Id", "The staff <staff.example.com>"),
        ("List-Unsubscribe", "<mailto:leave@example.com>"),
        ("X-Loop", "yes"),
    ],
)
def test_mail_with_a_machines_header_opens_a_ticket_and_is_not_answered(shared: House, header: str, value: str) -> None:
    message = mail(somebody())
    message[header] = value
    opened(shared, message)


@pytest.mark.covers("E01")
def test_auto_submitted_no_is_a_person(shared: House) -> None:
    ada = somebody()
    request(shared, ada, Auto_Submitted="  No  ")
    assert len(mails(shared, ada)) == 1


@pytest.mark.covers("E14")
@pytest.mark.parametrize("subject", ["Out of office AutoReply: The printer", "Automatische Antwort: Drucker"])
def test_an_absence_note_without_any_header_is_not_answered(shared: House, subject: str) -> None:
    opened(shared, mail(somebody(), subject, "I am away until Monday.\n"))


@pytest.mark.covers("E16")
@pytest.mark.parametrize("name", ["no-reply", "noreply", "abuse", "root", "do-not-reply"])
def test_addresses_that_nobody_reads_are_never_answered(shared: House, name: str) -> None:
    opened(shared, mail(f"Somebody <{name}@{address_of(somebody()).replace('@', '.')}>"))


@pytest.mark.covers("E18", "E19")
def test_mail_from_the_null_sender_is_not_answered(shared: House) -> None:
    ada = somebody()
    message = mail(ada, "Your parcel", "It is here.\n")
    shared.send(message.as_bytes(policy=policy.SMTP), sender="<>")
    shared.settle()
    assert mails(shared, ada) == []


@pytest.mark.covers("E12")
@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"X-Auto-Response-Suppress": "All", "X-MS-Exchange-Inbox-Rules-Loop": "ada@example.com"},
    ],
)
def test_an_absence_note_is_kept_on_the_ticket_and_does_not_reopen_it(shared: House, headers: dict[str, str]) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#solve\nA new cable.")
    before = len(mails(shared, ada))
    note = reply(last_mail(shared, ada, number), "I am away until Monday.", sender=ada, quote=False)
    for name, value in headers.items():
        note[name] = value
    told = len(mails(shared, ANNA, number))
    assert deliver(shared, note).ticket == number
    assert shared.ticket(number)["status"] == "solved"
    assert "I am away until Monday." in said(shared, number)
    assert len(mails(shared, ada)) == before
    assert len(mails(shared, ANNA, number)) == told, "nor is anybody bothered with it"


@pytest.mark.covers("E12")
def test_exchanges_inbox_rule_header_alone_is_a_person(shared: House) -> None:
    ada = somebody()
    request(shared, ada, X_MS_Exchange_Inbox_Rules_Loop="ada@example.com")
    assert len(mails(shared, ada)) == 1


@pytest.mark.covers("E15")
@pytest.mark.parametrize("token_in", ["ids", "address"])
def test_an_agents_absence_note_is_dropped_and_never_said_as_theirs(shared: House, token_in: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    note = reply(last_mail(shared, ANNA, number), "I am on holiday.", sender=ANNA, quote=False)
    note["Auto-Submitted"] = "auto-replied (vacation)"
    if token_in == "address":
        del note["In-Reply-To"]
        del note["References"]
    fate = deliver(shared, note, to=address_of(str(note["To"])))
    assert (fate.state, fate.ticket) == ("done", number)
    assert len(mails(shared, ada)) == before
    assert "I am on holiday." not in said(shared, number)
    assert shared.ticket(number)["assignee"] is None
    assert "auto_reply_dropped" in [found.action for found in audit(shared, number)]


# ------------------------------------------------------------------------------------------ loops


@pytest.mark.covers("E08")
def test_our_own_mail_that_comes_back_is_stopped_and_an_alarm_is_raised(house: House) -> None:
    request(house, somebody())
    (received, *_) = list(house.sink.messages)
    fate = deliver(house, received.content)
    assert fate.state == "done"
    assert fate.outcome.startswith("stopped")
    assert house.ask("status")["open_tickets"] == 1
    assert [alarm["name"] for alarm in house.ask("status")["alarms"]] == ["email loop"]


@pytest.mark.covers("E08")
def test_another_desks_mark_is_no_loop_but_its_mail_is_not_answered(shared: House) -> None:
    opened(shared, mail(somebody(), **{"X-Firstline-Loop": "support@example.net"}))


@pytest.mark.covers("E09")
def test_bulk_mail_with_an_id_of_ours_is_ignored(shared: House) -> None:
    message = mail(somebody(), Message_ID="<fl.abcdef.abcdefghijklmnop@example.org>", Precedence="bulk")
    assert deliver(shared, message).outcome.startswith("stopped")


@pytest.mark.covers("E09")
def test_an_id_that_only_looks_like_ours_opens_a_ticket_without_an_answer(shared: House) -> None:
    opened(shared, mail(somebody(), Message_ID="<fl.abcdef.abcdefghijklmnop@example.org>"))


@pytest.mark.covers("E10")
def test_a_message_whose_id_verifies_as_ours_is_stopped(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    acknowledgement = last_mail(shared, ada)
    copy = mail(ada, "Re: something", "A copy without our mark.\n", Message_ID=str(acknowledgement["Message-ID"]))
    assert deliver(shared, copy).outcome.startswith("stopped")
    assert len(said(shared, number, "message")) == 1


@pytest.mark.covers("E11")
def test_mail_from_one_of_our_own_mailboxes_is_kept_and_not_answered(shared: House) -> None:
    opened(shared, mail("Copier <it@example.org>", "Scan"))


# ------------------------------------------------------------------------------------------ caps


@pytest.mark.covers("E17")
def test_nobody_gets_more_than_ten_automatic_mails_in_three_hours(house: House) -> None:
    ada = somebody()
    for n in range(14):
        house.send(mail(ada, f"Request {n}"))
    house.settle()
    assert house.ask("status")["open_tickets"] == 14
    assert len(mails(house, ada)) == 10
    house.clock.forward(timedelta(minutes=181))
    request(house, ada, "Request 15")
    assert len(mails(house, ada)) == 11


@pytest.mark.covers("E17")
def test_a_third_request_under_the_same_subject_is_not_acknowledged(shared: House) -> None:
    ada = somebody()
    numbers = [request(shared, ada, "Alarm: disk full", f"Number {n}.\n") for n in range(4)]
    assert len(set(numbers)) == 4
    assert len(mails(shared, ada)) == 2
    request(shared, ada, "My chair squeaks")
    assert len(mails(shared, ada)) == 3


@pytest.mark.covers("E17")
def test_a_capped_person_still_gets_what_an_agent_writes(shared: House) -> None:
    ada = somebody()
    *_, number = [request(shared, ada, "Alarm: disk full", f"Number {n}.\n") for n in range(3)]
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, "We replace the disk today.")
    writes(shared, ANNA, number, "#solve\nThe disk is new.")
    answers = [text_of(message) for message in mails(shared, ada)[before:]]
    assert len(answers) == 2
    assert "We replace the disk today." in answers[0]
    assert "The disk is new." in answers[1]


@pytest.mark.covers("E17")
def test_a_requester_that_answers_every_mail_of_ours_is_not_answered_each_time(house: House) -> None:
    robot = somebody("Robo Responder")
    number = request(house, robot, "Hello")
    for n in range(5):
        deliver(house, reply(last_mail(house, robot, number), f"I received your message ({n}).", sender=robot))
    assert len(mails(house, robot)) == 1
    assert len(lines(house, number, "message")) == 6
    assert len(mails(house, BEN, number)) == 6, "but the agents hear of each"
