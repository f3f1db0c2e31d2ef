"""Requesters and agents on different media: by mail and in Slack, in every direction."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from bot.db.models import Identity
from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import below, buttons, cards, held, marks, said_to, the_card, wait_for, words
from tests.support.house import mail, reply, text_of
from tests.support.slackserver import Message

HELD = timedelta(seconds=11)
ADA = "ada@example.com"
LEA = "lea@example.org"
ASKED = "Have you tried to turn it off and on?"


def to_ada(office: Office, text: str) -> list[EmailMessage]:
    """The mails to the requester that say so."""
    found = [one.message for one in list(office.house.sink.messages) if ADA in one.recipients]
    return [one for one in found if text in text_of(one)]


def mail_to_ada(office: Office, text: str) -> EmailMessage:
    return office.house.wait_until(lambda: to_ada(office, text), f"a mail that says “{text}”")[0]


def a_mail(office: Office, text: str = "The printer does not print.") -> Message:
    """Ada asks by mail; the card that is there then."""
    office.house.send(mail(text=text))
    return the_card(office)


def answer(office: Office, card: Message, text: str = ASKED) -> Message:
    """Anna's words below a card, once they are held."""
    return held(office, office.anna.post(office.desk, text, thread=card))


# ------------------------------------------------------------------------------------------ by mail, and Slack


@pytest.mark.covers("H7", "H11")
def test_a_question_by_mail_is_answered_below_its_card_and_goes_on_there(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    written = answer(office, card)
    assert not to_ada(office, ASKED)
    house.clock.forward(HELD)
    sent = mail_to_ada(office, ASKED)
    assert "Anna Weber" in str(sent["From"])
    house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    house.wait_until(lambda: "Works on it: Anna Weber" in words(the_card(office)), "the card")
    again = reply(sent, "Yes, twice.", sender="Ada Lovelace <ada@example.com>")
    again.add_attachment(b"\x89PNG smoke", maintype="image", subtype="png", filename="smoke.png")
    house.send(again)
    told = wait_for(office, card, "Yes, twice.")
    assert told.text.startswith(f"{office.anna.mention} ")
    house.wait_until(
        lambda: [file.name for one in office.desk.replies(card.ts) for file in one.files] == ["smoke.png"], "the file"
    )
    office.settle()
    assert len(cards(office)) == 1
    assert not [one for one in below(office, card) if ASKED in one]


def test_files_of_a_mail_stand_below_its_card_and_an_agents_files_go_with_the_answer(office: Office) -> None:
    house = office.house
    asked = mail()
    asked.add_attachment(b"\x89PNG fire", maintype="image", subtype="png", filename="fire.png")
    house.send(asked)
    card = the_card(office)
    house.wait_until(
        lambda: [file.name for one in office.desk.replies(card.ts) for file in one.files] == ["fire.png"], "the file"
    )
    manual = office.anna.file("manual.pdf", b"%PDF-1.7 how to", "application/pdf")
    office.anna.post(office.desk, "Page 3 helps.", thread=card, files=[manual])
    office.settle()
    house.clock.forward(HELD)
    sent = mail_to_ada(office, "Page 3 helps.")
    assert [(part.get_filename(), part.get_content()) for part in sent.iter_attachments()] == [
        ("manual.pdf", b"%PDF-1.7 how to")
    ]


@pytest.mark.covers("H7")
def test_what_is_refused_for_good_is_marked_and_its_reason_told_in_the_thread(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    office.settle()
    house.sink.refuse[ADA] = "550 5.1.1 No such user here"
    written = answer(office, card)
    house.clock.forward(HELD)
    house.wait_until(lambda: marks(written) == {"warning"}, "the mark")
    wait_for(office, card, "No such user here")


@pytest.mark.covers("H7")
def test_words_for_somebody_without_an_address_are_marked_and_the_thread_says_why(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    office.settle()
    house.run(lambda tx: tx.session.execute(delete(Identity).where(Identity.address == ADA)))
    written = answer(office, card)
    house.clock.forward(HELD)
    house.wait_until(lambda: marks(written) == {"warning"}, "the mark")
    wait_for(office, card, "the desk has no address of theirs there")
    office.settle()
    assert not to_ada(office, ASKED)


def test_verbs_below_a_card_are_carried_out_at_once(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    office.ben.post(office.desk, "#take", thread=card)
    house.wait_until(lambda: "Works on it: Ben Koch" in words(the_card(office)), "the card")
    office.ben.post(office.desk, "#priority high", thread=card)
    house.wait_until(lambda: "priority high" in words(the_card(office)), "the card")
    noted = office.ben.post(office.desk, "#note She called twice already.", thread=card)
    house.wait_until(lambda: marks(noted) == {"lock"}, "the mark")
    office.ben.post(office.desk, "#wait Which floor is it on?", thread=card)
    office.settle()
    house.clock.forward(HELD)
    mail_to_ada(office, "Which floor is it on?")
    house.wait_until(lambda: "waiting for the requester" in words(the_card(office)), "the card")
    office.ben.post(office.desk, "#solve It has a new drum.", thread=card)
    office.settle()
    house.clock.forward(HELD)
    mail_to_ada(office, "It has a new drum.")
    house.wait_until(lambda: "solved" in words(the_card(office)), "the card")
    assert list(buttons(the_card(office))) == ["Reopen"]
    assert not to_ada(office, "called twice")


@pytest.mark.parametrize("written", ["// She sounds cross.", "//She sounds cross."])
def test_words_behind_two_strokes_never_leave(office: Office, written: str) -> None:
    card = a_mail(office)
    noted = office.anna.post(office.desk, written, thread=card)
    office.house.wait_until(lambda: marks(noted) == {"lock"}, "the mark")
    office.house.clock.forward(timedelta(minutes=1))
    office.settle()
    assert not to_ada(office, "cross")
    assert "noted" in office.house.audit(1)


@pytest.mark.covers("H7")
def test_a_colleagues_words_are_a_note_until_they_press_send(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    office.anna.post(office.desk, "#take", thread=card)
    house.wait_until(lambda: "Works on it: Anna Weber" in words(the_card(office)), "the card")
    written = office.ben.post(office.desk, "Please hold the button for ten seconds.", thread=card)
    house.wait_until(lambda: marks(written) == {"lock"}, "the note")
    house.clock.forward(HELD)
    asked = said_to(office, office.ben, "your words stay a note")
    assert not to_ada(office, "ten seconds")
    office.ben.press(asked, buttons(asked)["Send it"])
    sent = mail_to_ada(office, "ten seconds")
    assert "Ben Koch" in str(sent["From"])
    house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    assert not [one for one in below(office, card) if "ten seconds" in one]


def test_a_colleagues_words_can_stay_a_note(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    office.anna.post(office.desk, "#take", thread=card)
    house.wait_until(lambda: "Works on it: Anna Weber" in words(the_card(office)), "the card")
    office.ben.post(office.desk, "Please hold the button for ten seconds.", thread=card)
    asked = said_to(office, office.ben, "your words stay a note")
    office.ben.press(asked, buttons(asked)["Leave it a note"])
    said_to(office, office.ben, "Dropped on #1")
    assert not to_ada(office, "ten seconds")


@pytest.mark.covers("H7")
def test_each_send_button_sends_the_words_that_it_stands_for(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    office.anna.post(office.desk, "#take", thread=card)
    house.wait_until(lambda: "Works on it: Anna Weber" in words(the_card(office)), "the card")
    first = office.ben.post(office.desk, "Please hold the button for ten seconds.", thread=card)
    asked = said_to(office, office.ben, "for ten seconds.")
    office.ben.post(office.desk, "Or is it the cable again?", thread=card)
    asked_again = said_to(office, office.ben, "Or is it the cable again?")
    office.ben.edit(first, "Please hold the red button for ten seconds.")
    house.wait_until(lambda: "draft_changed" in house.audit(1), "the change")
    office.ben.press(asked, buttons(asked)["Send it"])
    mail_to_ada(office, "the red button")
    office.settle()
    assert not to_ada(office, "the cable")
    office.ben.post(office.desk, "#cancel", thread=card)
    said_to(office, office.ben, "Dropped on #1")
    office.ben.press(asked_again, buttons(asked_again)["Send it"])
    said_to(office, office.ben, "not held back any more")
    office.settle()
    assert not to_ada(office, "the cable")


@pytest.mark.covers("H7")
def test_of_two_who_answer_in_the_same_moment_the_first_is_heard_and_the_other_asked(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    first = answer(office, card)
    second = office.ben.post(office.desk, "Is there paper in it?", thread=card)
    house.wait_until(lambda: marks(second) == {"hourglass_flowing_sand"}, "the hold")
    house.clock.forward(HELD)
    mail_to_ada(office, ASKED)
    house.wait_until(lambda: marks(first) == {"envelope"} and marks(second) == {"lock"}, "the marks")
    said_to(office, office.ben, "Anna Weber works on this ticket")
    office.settle()
    assert not to_ada(office, "Is there paper")
    assert "Works on it: Anna Weber" in words(the_card(office))


# ------------------------------------------------------------------------------------------ notes by default


@pytest.fixture
def careful_office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office in which words below a card are notes."""
    with an_office(tmp_path, database_url, settings='room_words = "note"') as there:
        yield there


def test_a_desk_can_have_words_be_notes_unless_they_begin_with_two_arrows(careful_office: Office) -> None:
    house, office = careful_office.house, careful_office
    card = a_mail(office)
    assert "begin with >>" in words(card)
    noted = office.anna.post(office.desk, "She sounds cross.", thread=card)
    house.wait_until(lambda: marks(noted) == {"lock"}, "the mark")
    sent = answer(office, card, ">> " + ASKED)
    house.clock.forward(HELD)
    house.wait_until(lambda: marks(sent) == {"envelope"}, "the mark")
    assert ">>" not in text_of(mail_to_ada(office, ASKED))
    assert not to_ada(office, "cross")


# ------------------------------------------------------------------------------------------ in Slack, and by mail


def to_lea(office: Office, text: str) -> EmailMessage:
    """The newest mail to the agent who works by mail that says so."""

    def found() -> list[EmailMessage]:
        mails = [one.message for one in list(office.house.sink.messages) if LEA in one.recipients]
        return [one for one in mails if text in text_of(one)]

    return office.house.wait_until(found, f"a mail to Lea that says “{text}”")[-1]


def from_lea(office: Office, to: EmailMessage, text: str) -> EmailMessage:
    """Lea's answer to a notice, from where senders are checked."""
    answered = reply(to, text, sender="Lea Lund <lea@example.org>")
    answered["Authentication-Results"] = "mx.example.org; dmarc=pass header.from=example.org"
    return answered


def given_to_lea(
    office: Office, text: str = "The printer does not print.", **more: Any
) -> tuple[Message, EmailMessage]:
    """Ada asks in Slack, and Lea, who works by mail, is given it; what Ada wrote, and the notice."""
    asked = office.ada.post(office.ada.dm, text, **more)
    the_card(office)
    office.house.verb("assign", 1, "lea", who="anna")
    return asked, to_lea(office, text)


@pytest.mark.covers("H7", "H11")
def test_a_request_in_slack_is_worked_by_mail_with_files_both_ways(office: Office) -> None:
    house = office.house
    smoke = office.ada.file("smoke.png", b"\x89PNG smoke", "image/png")
    asked, notice = given_to_lea(office, files=[smoke])
    answered = from_lea(office, notice, ASKED)
    answered.add_attachment(b"%PDF-1.7 how to", maintype="application", subtype="pdf", filename="manual.pdf")
    house.send(answered)
    said = house.wait_until(lambda: [one for one in office.ada.dm.replies(asked.ts) if ASKED in words(one)], "it")[0]
    assert "Lea Lund" in said.text
    house.wait_until(
        lambda: "manual.pdf" in [file.name for one in office.ada.dm.replies(asked.ts) for file in one.files], "the file"
    )
    wait_for(office, the_card(office), ASKED)
    log = office.ada.file("log.txt", b"out of toner")
    office.ada.post(office.ada.dm, "Yes, twice.", thread=asked, files=[log])
    told = to_lea(office, "Yes, twice.")
    assert [(part.get_filename(), part.get_content()) for part in told.iter_attachments()] == [
        ("log.txt", "out of toner")
    ]
    wait_for(office, the_card(office), "Yes, twice.")


@pytest.mark.parametrize(("pressed", "noted"), [("Yes", "remote_started"), ("No", "remote_declined")])
def test_who_asks_in_slack_presses_what_somebody_by_mail_answers_with_a_number(
    office: Office, pressed: str, noted: str
) -> None:
    asked, notice = given_to_lea(office)
    office.house.send(from_lea(office, notice, "#remote"))
    question = office.house.wait_until(
        lambda: [one for one in office.ada.dm.replies(asked.ts) if one.by_bot and "Yes" in buttons(one)], "the question"
    )[0]
    label = next(label for label in buttons(question) if label.startswith(pressed))
    office.ada.press(question, buttons(question)[label])
    office.house.wait_until(lambda: noted in office.house.audit(1), "the answer")


def test_who_asks_by_mail_answers_with_a_number_and_the_thread_says_so(office: Office) -> None:
    house = office.house
    card = a_mail(office)
    office.anna.post(office.desk, "#take", thread=card)
    office.anna.post(office.desk, "#remote", thread=card)
    question = mail_to_ada(office, "May they?")
    office.settle()
    house.send(reply(question, "1", sender="Ada Lovelace <ada@example.com>"))
    house.wait_until(lambda: "remote_started" in house.audit(1), "the answer")
    wait_for(office, card, "agree")


# ------------------------------------------------------------------------------------------ in Slack on both sides


@pytest.mark.both_databases
@pytest.mark.covers("H7", "H11")
def test_a_request_in_slack_is_worked_in_slack(office: Office) -> None:
    house = office.house
    asked = office.ada.post(office.ada.dm, "The printer does not print.")
    card = the_card(office)
    written = answer(office, card)
    house.clock.forward(HELD)
    house.wait_until(lambda: [one for one in office.ada.dm.replies(asked.ts) if ASKED in words(one)], "the answer")
    house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    office.ada.post(office.ada.dm, "Yes, twice.", thread=asked)
    told = wait_for(office, card, "Yes, twice.")
    assert told.text.startswith(f"{office.anna.mention} ")
    office.anna.post(office.desk, "#solve It has a new drum.", thread=card)
    office.settle()
    house.clock.forward(HELD)
    house.wait_until(lambda: "solved" in words(the_card(office)), "the card")
    office.ada.post(office.ada.dm, "It is broken again!", thread=asked)
    wait_for(office, card, "broken again")
    house.wait_until(lambda: "open" in words(the_card(office)) and "Solve" in buttons(the_card(office)), "the card")
    assert len(cards(office)) == 1


@pytest.mark.covers("H7")
def test_an_agent_who_answers_in_the_requesters_own_thread_answers_publicly(office: Office) -> None:
    house = office.house
    asked = office.ada.mention_bot(office.offered, "the printer does not print")
    card = the_card(office)
    office.settle()
    before = len(office.offered.replies(asked.ts))
    office.ben.post(office.offered, ASKED, thread=asked)
    told = wait_for(office, card, ASKED)
    assert "Ben Koch" in words(told)
    house.clock.forward(timedelta(minutes=1))
    office.settle()
    assert len(office.offered.replies(asked.ts)) == before + 1
    house.wait_until(lambda: "Works on it: Ben Koch" in words(the_card(office)), "the card")


@pytest.mark.covers("H7", "H18")
def test_a_bystander_in_the_requesters_thread_can_neither_open_it_again_nor_answer_for_them(office: Office) -> None:
    house = office.house
    bob = office.workspace.person("bob", email="bob@example.com")
    office.offered.members.append(bob.id)
    asked = office.ada.mention_bot(office.offered, "the printer does not print")
    card = the_card(office)
    office.anna.post(office.desk, "#take", thread=card)
    office.anna.post(office.desk, "#remote", thread=card)
    question = house.wait_until(
        lambda: [one for one in office.offered.replies(asked.ts) if one.by_bot and "Yes" in buttons(one)],
        "the question",
    )[0]
    office.settle()
    bob.press(question, buttons(question)["Yes"])
    office.settle()
    assert "remote_started" not in house.audit(1)
    office.ada.press(question, buttons(question)["Yes"])
    house.wait_until(lambda: "remote_started" in house.audit(1), "her own answer")
    office.anna.post(office.desk, "#solve It has a new drum.", thread=card)
    office.settle()
    house.clock.forward(HELD)
    house.wait_until(lambda: "solved" in words(card), "the card")
    bob.post(office.offered, "It is broken again!", thread=asked)
    wait_for(office, card, "It is broken again!")
    office.settle()
    assert "solved" in words(card)
    office.ada.post(office.offered, "Yes, it is!", thread=asked)
    house.wait_until(lambda: "solved" not in words(card), "her own words")


def test_a_guest_of_another_organisation_below_a_card_is_heard_as_a_note(office: Office) -> None:
    house = office.house
    bob = office.workspace.person("bob", email="bob@example.com")
    office.desk.members.append(bob.id)
    card = a_mail(office)
    bob.post(office.desk, "#solve I know that printer: it needs a drum.", thread=card)
    house.wait_until(lambda: "noted" in house.audit(1), "the note")
    office.settle()
    house.clock.forward(timedelta(minutes=1))
    office.settle()
    assert not to_ada(office, "drum")
    assert "solved" not in words(card)


def test_who_answers_below_a_card_whose_receipt_is_not_noted_yet_is_heard(office: Office) -> None:
    house = office.house
    for _ in range(3):
        house.send(mail(subject=f"Printer {_}"))
    card = house.wait_until(lambda: cards(office), "a card")[0]
    office.anna.post(office.desk, "#take", thread=card)
    house.wait_until(lambda: "Works on it: Anna Weber" in words(card), "the card")
