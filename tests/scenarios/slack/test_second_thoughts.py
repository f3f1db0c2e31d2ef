"""What is changed, taken back or stopped after it was written: before it is said, and after."""

import zlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db.models import Event, Inbox, Message, Ticket
from tests.scenarios.slack.conftest import Office

HELD = timedelta(seconds=11)
NOT_YET = "Have you tried to turn it off and on?"


def posted(office: Office, text: str) -> list[str]:
    """The notifications of what the desk posted with this in them."""
    calls = office.server.calls("chat.postMessage", ok=True)
    return [call["text"] for call in calls if text in str(call["blocks"])]


def the_card(office: Office) -> str:
    calls = office.server.calls("chat.postMessage", ok=True)
    heads = [call for call in calls if call["channel"] == office.desk.id and "thread_ts" not in call.arguments]
    return str(heads[0].response["ts"]) if heads else ""


def asked(office: Office, text: str = "The printer on the third floor is broken") -> str:
    """Somebody asks; the card that is there then."""
    office.ada.post(office.ada.dm, text)
    return office.house.wait_until(lambda: the_card(office), "the card")


def held(office: Office) -> bool:
    """Whether words are marked as waiting."""
    return any(call["name"] == "hourglass_flowing_sand" for call in office.server.calls("reactions.add", ok=True))


@pytest.mark.covers("H7")
def test_what_is_changed_while_it_is_held_is_said_in_the_new_words(office: Office) -> None:
    card = asked(office)
    written = office.anna.post(office.desk, NOT_YET, thread=card)
    office.house.wait_until(lambda: held(office), "the hold")
    office.anna.edit(written, "Please hold the button for ten seconds.")
    office.settle()
    office.house.clock.forward(HELD)
    office.house.wait_until(lambda: posted(office, "ten seconds"), "the answer")
    assert not posted(office, NOT_YET)


@pytest.mark.parametrize("how", ["deleted", "a cross"])
def test_what_is_taken_back_while_it_is_held_is_never_said(office: Office, how: str) -> None:
    card = asked(office)
    written = office.anna.post(office.desk, NOT_YET, thread=card)
    office.house.wait_until(lambda: held(office), "the hold")
    if how == "deleted":
        office.anna.delete(written)
    else:
        office.anna.react(written, "x")
    office.settle()
    office.house.clock.forward(HELD)
    office.settle()
    assert not posted(office, NOT_YET)


def test_a_requester_s_change_is_shown_where_agents_work(office: Office) -> None:
    card = asked(office)
    more = office.ada.post(office.ada.dm, "It smells of smoke")
    relayed = office.house.wait_until(lambda: posted(office, "It smells of smoke"), "the relay")
    assert relayed
    office.ada.edit(more, "It smells of burnt plastic")
    changed = office.house.wait_until(
        lambda: [one for one in office.server.calls("chat.update", ok=True) if "burnt plastic" in str(one["blocks"])],
        "the change",
    )
    assert changed[0]["channel"] == office.desk.id
    assert changed[0]["ts"] != card


def test_what_its_author_deletes_is_blanked_everywhere_a_day_later(office: Office) -> None:
    asked(office)
    more = office.ada.post(office.ada.dm, "My password is hunter2")
    office.house.wait_until(lambda: posted(office, "hunter2"), "the relay")
    office.ada.delete(more)
    office.house.wait_until(
        lambda: [one for one in office.server.calls("chat.update", ok=True) if "deleted" in str(one["blocks"])],
        "the relay to change",
    )
    office.house.clock.forward(timedelta(days=1, minutes=1))
    office.house.wait_until(lambda: not _anywhere(office, "hunter2"), "all of it to be blanked")


def _anywhere(office: Office, word: str) -> list[str]:
    """Where the database has a word."""
    found = []
    with office.house.store.read() as session:
        found += ["message" for one in session.scalars(select(Message)) if word in one.words + one.text]
        found += ["event" for one in session.scalars(select(Event)) if word.encode() in one.facts]
        found += ["inbox" for one in session.scalars(select(Inbox)) if word in _payload(one)]
    return found


def _payload(row: Inbox) -> str:
    return zlib.decompress(row.payload).decode("utf-8", "replace")


@pytest.mark.covers("H7")
def test_what_becomes_a_note_while_it_is_held_is_never_said(office: Office) -> None:
    card = asked(office)
    written = office.anna.post(office.desk, "He forgot his password again", thread=card)
    office.house.wait_until(lambda: held(office), "the hold")
    office.anna.edit(written, "// He forgot his password again")
    office.house.wait_until(lambda: written.reactions.get("lock"), "the mark of a note")
    office.house.clock.forward(HELD)
    office.settle()
    assert not posted(office, "forgot his password")


@pytest.mark.covers("H7")
def test_the_sign_of_a_note_keeps_what_is_held_among_agents(office: Office) -> None:
    card = asked(office)
    written = office.anna.post(office.desk, "He forgot his password again", thread=card)
    office.house.wait_until(lambda: held(office), "the hold")
    office.anna.react(written, "lock")
    office.house.wait_until(lambda: "noted" in office.house.audit(1), "the note")
    office.house.clock.forward(HELD)
    office.settle()
    assert not posted(office, "forgot his password")


@pytest.mark.covers("H7")
def test_a_slip_in_a_verb_while_it_is_held_sends_nothing(office: Office) -> None:
    card = asked(office)
    written = office.anna.post(office.desk, "He forgot his password again", thread=card)
    office.house.wait_until(lambda: held(office), "the hold")
    office.anna.edit(written, "#noet\nHe forgot his password again")
    office.house.wait_until(lambda: any("#noet" in one.text for one in office.anna.whispers), "the refusal")
    office.house.clock.forward(HELD)
    office.settle()
    assert not posted(office, "forgot his password")


def test_a_verb_in_the_requester_s_own_thread_is_carried_out_and_says_nothing_twice(office: Office) -> None:
    asked(office)
    request = office.ada.post(office.watched, "No paper left")
    office.house.wait_until(lambda: posted(office, "No paper left"), "the second card")
    office.anna.post(office.watched, "#answer There is some in room 7", thread=request)
    office.anna.post(office.watched, "#solve", thread=request)
    office.house.wait_until(lambda: "solved" in _status(office), "the end")
    office.settle()
    there = [call for call in office.server.calls("chat.postMessage", ok=True) if call["channel"] == office.watched.id]
    assert not [call for call in there if "room 7" in str(call["blocks"])]


def _status(office: Office) -> list[str]:
    with office.house.store.read() as session:
        return list(session.scalars(select(Ticket.status).order_by(Ticket.id)))
