"""After the fix, on Slack: is it solved, and how was it, by buttons where the conversation is."""

from pathlib import Path

import pytest

from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import form, press, words
from tests.support import databases
from tests.support.slackserver import Message
from tests.support.story import vote


def asked(office: Office, text: str) -> Message:
    """What the desk says to Ada with these words, and buttons."""

    def found() -> Message | None:
        said = [one for one in office.ada.dm.messages.values() if one.by_bot and text in words(one)]
        return next((one for one in said if any(block["type"] == "actions" for block in one.blocks)), None)

    there = office.house.wait_until(found, f"“{text}” with buttons")
    assert there is not None
    return there


def solved(office: Office) -> Message:
    office.ada.post(office.ada.dm, "The printer is broken")
    office.settle()
    office.house.verb("solve", 1, "There is new toner in it.")
    return asked(office, "There is new toner in it.")


@pytest.mark.covers("H12", "H13")
def test_a_yes_asks_for_a_mark_in_place_and_a_form_for_the_reason(office: Office) -> None:
    press(office, office.ada, solved(office), "Yes")
    survey = asked(office, "How was it?")
    press(office, office.ada, survey, "Bad")
    office.house.wait_until(lambda: vote(office.house) == ("2", ""), "the mark")
    press(office, office.ada, asked(office, "Your answer about"), "Say why")
    office.ada.submit(form(office, office.ada, "Say why"), {"words": "It took a week"})
    office.house.wait_until(lambda: vote(office.house) == ("2", "It took a week"), "the reason")
    press(office, office.ada, survey, "Good")
    office.house.wait_until(lambda: vote(office.house) == ("4", "It took a week"), "the other mark")
    assert office.house.ticket(1)["status"] == "solved"


@pytest.mark.covers("H12")
def test_a_no_asks_for_a_word_and_opens_it_again(office: Office) -> None:
    press(office, office.ada, solved(office), "No")
    office.ada.submit(form(office, office.ada, "No"), {"words": "It still smells"})
    office.house.wait_until(lambda: office.house.ticket(1)["status"] == "open", "the ticket to be open")
    assert office.house.ticket(1)["priority"] == "high"
    assert "It still smells" in str(office.house.ticket(1))


@pytest.mark.covers("H12", "H13")
def test_a_number_with_a_word_below_the_question_is_a_mark_and_what_answers_an_agent_is_none(
    tmp_path: Path,
) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path)) as office:
        asked_first = office.ada.post(office.ada.dm, "The printer is broken")
        office.settle()
        office.house.verb("solve", 1, "There is new toner in it.")
        asked(office, "There is new toner in it.")
        office.settle()
        office.ada.post(office.ada.dm, "yes", thread=asked_first)
        asked(office, "How was it?")
        office.settle()
        office.ada.post(office.ada.dm, "4, quick and friendly", thread=asked_first)
        office.house.wait_until(lambda: vote(office.house) == ("4", "quick and friendly"), "the mark")
        office.settle()
        assert office.house.ticket(1)["status"] == "solved"
        office.ada.post(office.ada.dm, "2", thread=asked_first)
        office.house.wait_until(lambda: vote(office.house) == ("2", "quick and friendly"), "the other mark")
        office.house.verb("answer", 1, "How many are there?")
        asked_more = office.house.wait_until(
            lambda: [one for one in office.ada.dm.messages.values() if "How many are there?" in words(one)], "that"
        )
        assert asked_more
        office.settle()
        office.ada.post(office.ada.dm, "3", thread=asked_first)
        office.settle()
        assert vote(office.house) == ("2", "quick and friendly"), "that is for the agent"
