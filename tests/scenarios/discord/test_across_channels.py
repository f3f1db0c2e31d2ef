"""Requesters and agents on different media: by mail and on Discord, in every direction."""

from email.message import EmailMessage

import pytest

from tests.scenarios.discord.conftest import Office
from tests.scenarios.discord.looking import components, press
from tests.support.house import mail, reply, text_of

ADA, LEA = "ada@example.com", "lea@example.org"


def mailed(office: Office, address: str, text: str) -> EmailMessage:
    """The mail to somebody that says so, once it is there."""

    def found() -> EmailMessage | None:
        mails = [one.message for one in list(office.house.sink.messages) if address in one.recipients]
        return next((one for one in mails if text in text_of(one)), None)

    there = office.house.wait_until(found, f"“{text}” by mail to {address}")
    assert there is not None
    return there


def test_a_question_by_mail_is_answered_below_its_card_and_goes_on_there_with_files(office: Office) -> None:
    asked = mail()
    asked.add_attachment(b"\x89PNG fire", maintype="image", subtype="png", filename="fire.png")
    office.house.send(asked)
    assert [one.filename for one in office.card().attachments] == ["fire.png"]
    thread = office.thread()
    manual = office.anna.upload("manual.pdf", b"%PDF-1.7", "application/pdf")
    written = office.anna.say(thread, "Page **3** helps", files=[manual])
    office.wait_for_mark(written, "⏳")
    office.hold_is_over()
    sent = mailed(office, ADA, "Page")
    assert [part.get_filename() for part in sent.iter_attachments()] == ["manual.pdf"]
    again = reply(sent, "It does not.", sender=f"Ada Lovelace <{ADA}>")
    again.add_attachment(b"\x89PNG smoke", maintype="image", subtype="png", filename="smoke.png")
    office.house.send(again)
    said = office.wait_for(thread, "It does not.")
    assert [one.filename for one in said.attachments] == ["smoke.png"]
    assert [user.id for user in said.mentions] == [office.anna.id]


@pytest.mark.both_databases
def test_a_question_on_discord_is_answered_by_an_agent_who_works_by_mail(office: Office) -> None:
    office.ada.send_dm("The lift is stuck")
    press(office.anna, office.card(), "Take")
    office.house.wait_until(lambda: "Take" not in components(office.card()), "the card")
    office.settle()
    office.house.verb("assign", 1, "lea", who="anna")
    told = mailed(office, LEA, "The lift is stuck")
    office.house.send(reply(told, "Somebody is on the way.", sender=f"Lea Lund <{LEA}>"))
    said = office.wait_for(office.ada.dm, "Somebody is on the way.")
    office.ada.send_dm("Thanks, but it is two lifts", reply_to=said)
    mailed(office, LEA, "two lifts")
    office.wait_for(office.thread(), "two lifts")


def test_what_was_said_is_changed_where_agents_see_it(office: Office) -> None:
    asked = office.ada.send_dm("The lift is stuck")
    thread = office.thread()
    more = office.ada.send_dm("On the third flor", reply_to=asked)
    told = office.wait_for(thread, "third flor")
    office.settle()
    office.ada.edit(more, "On the third floor")
    office.house.wait_until(lambda: "third floor" in told.content, "the change")


def test_a_solved_ticket_is_confirmed_or_opened_again_where_it_was_asked(office: Office) -> None:
    office.ada.send_dm("The lift is stuck")
    office.card()
    office.settle()
    office.house.verb("solve", 1, "It goes again.", who="anna")
    said = office.wait_for(office.ada.dm, "solved")
    office.ada.send_dm("No, it is stuck again", reply_to=said)
    office.house.wait_until(lambda: office.house.ticket(1)["status"] == "open", "the open ticket")
