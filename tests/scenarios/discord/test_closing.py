"""After the fix, on Discord: is it solved, and how was it, by buttons where the conversation is."""

from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import Office, an_office
from tests.scenarios.discord.looking import components, fill_in, press
from tests.support import databases
from tests.support.story import vote


@pytest.mark.both_databases
@pytest.mark.covers("H12", "H13")
def test_a_yes_asks_for_a_mark_in_place_and_a_form_for_the_reason(office: Office) -> None:
    office.ada.send_dm("The printer is broken")
    office.card()
    office.house.verb("solve", 1, "There is new toner in it.")
    press(office.ada, office.wait_for(office.ada.dm, "There is new toner in it."), "Yes")
    survey = office.wait_for(office.ada.dm, "How was it?")
    press(office.ada, survey, "Bad")
    office.house.wait_until(lambda: vote(office.house) == ("2", ""), "the mark")
    thanks = office.wait_for(office.ada.dm, "Your answer about")
    assert office.ada.press(thanks, components(thanks)["Say why"]).wait().acknowledged
    fill_in(office.ada, words="It took a week")
    office.house.wait_until(lambda: vote(office.house) == ("2", "It took a week"), "the reason")
    press(office.ada, survey, "Good")
    office.house.wait_until(lambda: vote(office.house) == ("4", "It took a week"), "the other mark")


@pytest.mark.covers("H12")
def test_a_no_asks_for_a_word_and_opens_it_again(office: Office) -> None:
    office.ada.send_dm("The printer is broken")
    office.card()
    office.house.verb("solve", 1, "There is new toner in it.")
    told = office.wait_for(office.ada.dm, "There is new toner in it.")
    assert office.ada.press(told, components(told)["No"]).wait().acknowledged
    fill_in(office.ada, words="It still smells")
    office.house.wait_until(lambda: office.house.ticket(1)["status"] == "open", "the ticket to be open")
    assert office.house.ticket(1)["priority"] == "high"


@pytest.mark.covers("H12", "H13")
def test_a_number_with_a_word_in_the_direct_message_is_a_mark(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path)) as office:
        office.ada.send_dm("The printer is broken")
        office.card()
        office.house.verb("solve", 1, "There is new toner in it.")
        press(office.ada, office.wait_for(office.ada.dm, "There is new toner in it."), "Yes")
        survey = office.wait_for(office.ada.dm, "How was it?")
        office.settle()
        office.ada.send_dm("4, quick and friendly", reply_to=survey)
        office.house.wait_until(lambda: vote(office.house) == ("4", "quick and friendly"), "the mark")
