"""After the fix: is it solved, and how was it? Asked once, answered by a number, and never by the wrong person."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db.models import Question
from tests.support.clocks import desk_with, pass_time
from tests.support.house import House, reply, running
from tests.support.story import (
    ANNA,
    LEA,
    deliver,
    deliveries,
    last_mail,
    mails,
    request,
    said,
    somebody,
    words_of,
    writes,
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A desk whose clock is moved, with the shipped books."""
    with running(desk_with(tmp_path, f"sqlite:///{tmp_path}/firstline.db", "", shipped=True)) as started:
        yield started


def solved(house: House, who: str, words: str = "#solve\nI have put in new toner.\n") -> int:
    """A ticket that Anna has solved."""
    number = request(house, who)
    writes(house, ANNA, number, words)
    return number


def chooses(house: House, who: str, words: str) -> EmailMessage:
    """They answer the newest mail with these words; returns what they answered."""
    asked = last_mail(house, who)
    deliver(house, reply(asked, words, sender=who))
    return asked


def surveyed(house: House, who: str) -> int:
    """A ticket whose requester has said yes, and is asked for a mark."""
    number = solved(house, who)
    chooses(house, who, "1")
    assert to_requester(house, number)[-1] == "survey"
    return number


def to_requester(house: House, number: int) -> list[str]:
    return [notice for notice, _ in deliveries(house, number, "requester")]


def vote(house: House, number: int) -> tuple[str | None, str]:
    """The mark of a ticket and the words to it."""
    query = select(Question.answer, Question.comment).where(Question.ticket_id == number, Question.kind == "survey")
    row = house.read(lambda session: session.execute(query).one())
    return row.answer, row.comment


@pytest.mark.covers("H12", "H13")
def test_one_mail_has_the_agents_words_and_the_question_and_a_yes_asks_for_a_mark(shared: House) -> None:
    ada = somebody()
    number = solved(shared, ada)
    text = words_of(last_mail(shared, ada))
    assert "I have put in new toner." in text
    assert "Is it? If not, just answer here" in text
    assert "1 — Yes\n2 — No" in text
    chooses(shared, ada, "Yes!")
    assert shared.ticket(number)["status"] == "solved"
    text = words_of(last_mail(shared, ada))
    assert "How was it?" in text
    assert "1 — Very bad\n2 — Bad\n3 — All right\n4 — Good\n5 — Very good" in text
    chooses(shared, ada, "4: quick and friendly")
    assert vote(shared, number) == ("4", "quick and friendly")
    assert shared.ticket(number)["status"] == "solved", "a mark opens nothing"
    assert "4: quick and friendly" in said(shared, number)
    assert to_requester(shared, number) == ["acknowledgement", "solved", "survey"]


@pytest.mark.covers("H12")
def test_a_no_opens_it_again_at_the_same_agent_and_is_more_urgent(shared: House) -> None:
    ada = somebody()
    number = solved(shared, ada)
    chooses(shared, ada, "2")
    ticket = shared.ticket(number)
    assert (ticket["status"], ticket["assignee"], ticket["priority"]) == ("open", "Anna Weber", "high")
    assert "No" in words_of(last_mail(shared, ANNA, number)) or "2" in words_of(last_mail(shared, ANNA, number))
    assert "survey" not in to_requester(shared, number)


@pytest.mark.covers("H12")
def test_more_than_a_choice_is_a_message_as_ever(shared: House) -> None:
    ada = somebody()
    number = solved(shared, ada)
    chooses(shared, ada, "Yes, but now the second printer is broken too.")
    assert shared.ticket(number)["status"] == "open"
    assert "survey" not in to_requester(shared, number)


@pytest.mark.covers("H13")
def test_a_bad_mark_goes_to_the_lead_with_its_reason_and_can_be_changed(shared: House) -> None:
    ada = somebody()
    number = surveyed(shared, ada)
    survey = chooses(shared, ada, "1\nIt took a week.")
    notice = words_of(last_mail(shared, LEA, number))
    assert "a 1 of 5" in notice
    assert "> It took a week." in notice
    deliver(shared, reply(survey, "5", sender=ada))
    assert vote(shared, number) == ("5", "It took a week.")


@pytest.mark.covers("bad:survey-strangers")
def test_nobody_else_votes_and_a_vote_for_another_ticket_is_none(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Adams")
    number, other = surveyed(shared, ada), surveyed(shared, eve)
    deliver(shared, reply(last_mail(shared, ada), "1", sender=eve))
    assert vote(shared, number) == (None, "")
    assert vote(shared, other) == (None, "")


@pytest.mark.covers("H13")
def test_nobody_is_asked_twice_in_a_month(shared: House) -> None:
    ada = somebody()
    surveyed(shared, ada)
    number = solved(shared, ada)
    chooses(shared, ada, "1")
    assert to_requester(shared, number)[-1] == "solved"


@pytest.mark.covers("H12", "H13")
def test_silence_is_reminded_once_and_then_it_closes(house: House) -> None:
    ada = somebody()
    number = solved(house, ada)
    pass_time(house, days=3, hours=1)
    assert to_requester(house, number)[-1] == "solved_nudge"
    assert "1 — Yes\n2 — No" in words_of(last_mail(house, ada))
    pass_time(house, days=3)
    assert house.ticket(number)["status"] == "closed"
    assert len(to_requester(house, number)) == 3
    deliver(house, reply(mails(house, ada)[-1], "2", sender=ada))
    assert house.ticket(number)["status"] == "open", "a no counts after closing, too"


@pytest.mark.covers("H13", "bad:survey-over")
def test_a_survey_is_reminded_of_once_changes_for_a_week_and_then_stands(house: House) -> None:
    ada = somebody()
    number = surveyed(house, ada)
    pass_time(house, days=3, hours=1)
    pass_time(house, days=4)
    assert to_requester(house, number)[-2:] == ["survey", "survey_nudge"]
    survey = chooses(house, ada, "2")
    assert vote_of_newest(house, number) == "2"
    house.clock.forward(timedelta(days=6))
    deliver(house, reply(survey, "3", sender=ada))
    assert vote_of_newest(house, number) == "3"
    house.clock.forward(timedelta(days=2))
    deliver(house, reply(survey, "5", sender=ada))
    assert vote_of_newest(house, number) == "3", "it stands after a week"


def vote_of_newest(house: House, number: int) -> str | None:
    query = select(Question.answer).where(Question.ticket_id == number, Question.kind == "survey")
    return house.read(lambda session: session.scalars(query.order_by(Question.id.desc())).first())


@pytest.mark.covers("H12")
def test_who_solves_without_words_is_asked_what_helped_and_it_stays_inside(shared: House) -> None:
    ada = somebody()
    number = solved(shared, ada, "#solve\n")
    asked = words_of(last_mail(shared, ANNA, number))
    assert "What helped?" in asked
    heard = len(mails(shared, ada, number))
    writes(shared, ANNA, number, "#solve\nA new fuse.\n")
    assert shared.ticket(number)["status"] == "solved"
    assert "A new fuse." in said(shared, number, "note")
    assert len(mails(shared, ada, number)) == heard, "they have heard that it is solved"
    writes(shared, ANNA, number, "#solve\nAnother fuse.\n")
    assert "has this status already" in words_of(last_mail(shared, ANNA, number))
