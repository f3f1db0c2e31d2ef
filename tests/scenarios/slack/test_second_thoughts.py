"""What is changed, taken back or stopped after it was written: before it is said, and after."""

import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db.models import Base, Inbox, Ticket
from tests.scenarios.slack.conftest import Office
from tests.scenarios.slack.looking import held, marks, posted, press, said_to, the_card, words
from tests.support.house import mail, text_of
from tests.support.slackserver import Message as SlackMessage
from tests.support.slackserver import Slow

HELD = timedelta(seconds=11)
NOT_YET = "Have you tried to turn it off and on?"


def asked(office: Office, text: str = "The printer on the third floor is broken") -> SlackMessage:
    """Somebody asks; the card that is there then."""
    office.ada.post(office.ada.dm, text)
    return the_card(office)


def rash(office: Office, text: str = NOT_YET) -> SlackMessage:
    """An agent's words below the card of a new ticket, held."""
    return held(office, office.anna.post(office.desk, text, thread=asked(office)))


@pytest.mark.covers("H7")
def test_what_is_changed_while_it_is_held_is_said_in_the_new_words(office: Office) -> None:
    written = rash(office)
    office.anna.edit(written, "Please hold the button for ten seconds.")
    office.settle()
    office.house.clock.forward(HELD)
    office.house.wait_until(lambda: posted(office, "ten seconds"), "the answer")
    assert not posted(office, NOT_YET)


@pytest.mark.parametrize("how", ["deleted", "a cross"])
def test_what_is_taken_back_while_it_is_held_is_never_said(office: Office, how: str) -> None:
    written = rash(office)
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
    assert changed[0]["ts"] != card.ts


def test_an_agent_s_change_of_what_was_said_is_shown_to_who_asked_in_slack(office: Office) -> None:
    written = rash(office)
    office.house.clock.forward(HELD)
    office.house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    office.anna.edit(written, "Please hold the button for ten seconds.")

    def shown() -> str:
        return " ".join(words(one) for one in office.ada.dm.messages.values() if one.by_bot)

    office.house.wait_until(lambda: "ten seconds" in shown(), "the change")
    assert NOT_YET not in shown()


def test_what_is_changed_while_it_is_being_sent_is_shown_in_the_new_words(office: Office) -> None:
    written = rash(office)
    office.server.faults.add("chat.postMessage", Slow(3.0))
    office.house.clock.forward(HELD)
    office.house.wait_until(lambda: [one for one in office.ada.dm.messages.values() if NOT_YET in words(one)], "it")
    office.anna.edit(written, "Please hold the button for ten seconds.")
    office.house.wait_until(
        lambda: [one for one in office.ada.dm.messages.values() if "ten seconds" in words(one)], "the change"
    )
    assert not [one for one in office.ada.dm.messages.values() if NOT_YET in words(one)]


def test_a_request_that_is_deleted_above_its_answers_is_taken_back_too(office: Office) -> None:
    request = office.ada.post(office.ada.dm, "My password is hunter2")
    the_card(office)
    office.house.wait_until(lambda: any(one.by_bot for one in office.ada.dm.replies(request.ts)), "an answer below it")
    office.ada.delete(request)
    office.house.wait_until(lambda: "withdrawn" in office.house.audit(1), "the deletion")


def test_an_agent_who_changes_what_went_out_by_mail_is_told_that_it_has(office: Office) -> None:
    office.house.send(mail())
    written = held(office, office.anna.post(office.desk, NOT_YET, thread=the_card(office)))
    office.house.clock.forward(HELD)
    office.house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    office.anna.edit(written, "Please hold the button for ten seconds.")
    said_to(office, office.anna, "have gone out by mail")
    office.settle()
    assert not [one for one in office.house.sink.messages if "ten seconds" in text_of(one.message)]


@pytest.mark.both_databases
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
    office.house.wait_until(lambda: "blanked" in office.house.audit(1), "the day after")
    assert _anywhere(office, "hunter2") == []


@pytest.mark.parametrize("secret", ["hunter2", "My password is hunter2,\nplease do not tell anybody & sleep well"])
def test_a_request_that_is_deleted_leaves_no_word_of_it_anywhere(office: Office, secret: str) -> None:
    """Not in its subject, in what rules knew, in the audit, in notices and lists, on the card, in what was pressed."""
    request = office.ada.post(office.ada.dm, secret)
    card = the_card(office)
    office.anna.command("/desk", "mine")
    office.anna.command("/desk", "1 take")
    press(office, office.anna, card, "More")
    office.ada.post(office.ada.dm, "It is urgent", thread=request)
    office.house.wait_until(lambda: posted(office, "It is urgent"), "the relay")
    said_to(office, office.anna, "hunter2")
    office.settle()
    office.ada.delete(request)
    office.house.wait_until(lambda: "hunter2" not in words(card), "the card to be without it")
    office.settle()
    assert "Request on Slack" in words(card)
    office.house.clock.forward(timedelta(days=1, minutes=1))
    office.house.wait_until(lambda: "blanked" in office.house.audit(1), "the day after")
    office.settle()
    assert _anywhere(office, "hunter2") == []
    assert office.house.ticket(1)["subject"].startswith("Request on Slack")
    office.house.wait_until(lambda: not _on_slack(office, "hunter2"), "what the app has said to be changed")
    assert "It is urgent" in str([entry["words"] for entry in office.house.ticket(1)["messages"]])


def test_the_same_words_of_others_and_of_another_message_stay(office: Office) -> None:
    words_of_all = "The printer does not print any more"
    twice = [office.ada.post(office.ada.dm, words_of_all)]
    card = the_card(office)
    twice.append(office.ada.post(office.ada.dm, words_of_all, thread=twice[0]))
    cleo = office.workspace.person("cleo", email="cleo@example.com")
    cleo.post(cleo.dm, words_of_all)
    answer = office.anna.post(office.desk, f"Hello Ada. {words_of_all}, you say?", thread=card)
    held(office, answer)
    office.house.clock.forward(HELD)
    office.house.wait_until(lambda: marks(answer) == {"envelope"}, "the answer to be sent")
    office.settle()
    office.ada.delete(twice[1])
    office.house.wait_until(lambda: "withdrawn" in office.house.audit(1), "what was taken back")
    office.house.clock.forward(timedelta(days=1, minutes=1))
    office.house.wait_until(lambda: "blanked" in office.house.audit(1), "the day after")
    office.settle()
    said = [entry["words"] for entry in office.house.ticket(1)["messages"]]
    assert [words_of_all in one for one in said].count(True) >= 2, said
    assert words_of_all in str(office.house.ticket(2)["messages"])
    assert words_of_all in words(card)
    assert _payloads_with(office, words_of_all) >= 2


def _payloads_with(office: Office, word: str) -> int:
    with office.house.store.read() as session:
        return sum(word in _readable(payload) for payload in session.scalars(select(Inbox.payload)))


def _on_slack(office: Office, word: str) -> list[str]:
    """What the app has said that anybody can still read there."""
    said = [one for channel in office.workspace.channels.values() for one in channel.messages.values() if one.by_bot]
    return [words(one) for one in said if word in words(one)]


def _anywhere(office: Office, word: str) -> list[str]:
    """The tables and columns in which the database has a word."""
    with office.house.store.read() as session:
        return [
            f"{table.name}.{column}: {_readable(value)}"
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table)).mappings()
            for column, value in row.items()
            if word in _readable(value)
        ]


def _readable(value: object) -> str:
    if isinstance(value, bytes):
        with suppress(zlib.error):
            value = zlib.decompress(value)
        assert isinstance(value, bytes)
        return value.decode("utf-8", "replace")
    return str(value)


def becomes_a_note(office: Office, written: SlackMessage) -> None:
    office.anna.edit(written, f"// {written.text}")
    office.house.wait_until(lambda: marks(written) == {"lock"}, "the mark of a note")


def is_locked(office: Office, written: SlackMessage) -> None:
    office.anna.react(written, "lock")
    office.house.wait_until(lambda: "noted" in office.house.audit(1), "the note")


def has_a_slip(office: Office, written: SlackMessage) -> None:
    office.anna.edit(written, f"#noet\n{written.text}")
    office.house.wait_until(lambda: any("#noet" in one.text for one in office.anna.whispers), "the refusal")


@pytest.mark.covers("H7")
@pytest.mark.parametrize("happens", [becomes_a_note, is_locked, has_a_slip])
def test_what_an_agent_stops_while_it_is_held_is_never_said(
    office: Office, happens: Callable[[Office, SlackMessage], None]
) -> None:
    happens(office, rash(office, "He forgot his password again"))
    office.house.clock.forward(HELD)
    office.settle()
    assert not posted(office, "forgot his password")


@pytest.mark.both_databases
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
