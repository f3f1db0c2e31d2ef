"""What people do with the desk's buttons, commands and page on Slack, each seen by themselves alone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import (
    as_seen,
    cards,
    elements,
    form,
    press,
    said_to,
    the_card,
    told,
    wait_for,
    words,
)
from tests.support.house import mail, text_of
from tests.support.slackserver import Person


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The office at work, on SQLite."""
    with an_office(tmp_path, f"sqlite:///{tmp_path}/desk.db") as there:
        yield there


def a_ticket(office: Office) -> None:
    office.house.send(mail())
    the_card(office)
    office.settle()


def shown(office: Office) -> dict[str, Any]:
    office.settle()
    return office.house.ticket(1)


def public(office: Office) -> list[str]:
    """What everybody in any room can read of what the desk said."""
    return [str(call["text"]) for call in office.server.calls("chat.postMessage", ok=True)]


def a_moment_after(office: Office, agent: Person) -> None:
    """The moment is over in which what an agent has pressed can be stopped."""
    told(office, agent, "This goes to Ada Lovelace")
    office.settle()
    office.house.clock.forward(timedelta(seconds=11))


@pytest.mark.covers("H2", "H5", "H14")
def test_a_card_says_who_what_by_when_and_what_is_related_and_passes_it_on(office: Office) -> None:
    office.house.ask("assets.import", rows=[{"number": "PC-0815", "kind": "laptop"}])
    a_ticket(office)
    office.house.verb("solve", 1, "A new cartridge")
    office.house.send(mail(subject="The printer is broken again", text="It is the one at PC-0815."))
    card = office.house.wait_until(lambda: cards(office)[1:], "the second card")[0]
    office.settle()
    for said in ("Requester: Ada Lovelace", "priority medium", "due ", "Nobody works on it", "Asset: PC-0815 laptop"):
        assert said in words(card)
    assert "#1 The printer is broken: A new cartridge" in words(card)
    press(office, office.anna, card, "Escalate")
    office.anna.submit(form(office, office.anna, "Escalate"), {"words": "It needs a technician"})
    office.house.wait_until(lambda: "Support level: 2" in words(card), "the card of the second level")
    office.house.wait_until(
        lambda: any("It needs a technician" in text_of(one) for one in office.house.mails_to("lea@example.org")),
        "the mail to who works there",
    )


@pytest.mark.covers("bad:slack-twice")
def test_menus_and_words_of_a_card_do_what_they_say_once(office: Office) -> None:
    a_ticket(office)
    menu = elements(the_card(office).blocks)["Assign"]
    assert [one["text"]["text"] for one in menu["options"]] == ["Anna Weber", "Ben Koch", "Lea Lund"]
    office.anna.choose(the_card(office), menu["action_id"], "do:1:assign:ben")
    office.house.wait_until(lambda: shown(office)["assignee"] == "Ben Koch", "the assignment")
    office.anna.choose(
        the_card(office), elements(the_card(office).blocks)["Priority"]["action_id"], "do:1:priority:high"
    )
    office.house.wait_until(lambda: shown(office)["priority"] == "high", "the priority")
    menu = elements(the_card(office).blocks)["Status"]
    assert [one["text"]["text"] for one in menu["options"]] == ["open", "waiting for the vendor", "closed"]
    office.anna.choose(the_card(office), menu["action_id"], "do:1:status:waiting_vendor")
    office.house.wait_until(lambda: shown(office)["status"] == "waiting_vendor", "the status")
    press(office, office.ben, the_card(office), "Solve")
    view = form(office, office.ben, "Solve")
    assert [block["label"]["text"] for block in view.given["blocks"]] == ["What helped? The requester reads this."]
    office.ben.submit(view, {"words": "A new cartridge"})
    office.server.deliver_again(office.server.deliveries[-1])
    a_moment_after(office, office.ben)
    office.house.wait_until(lambda: shown(office)["status"] == "solved", "the solution")
    wait_for(office, the_card(office), "A new cartridge")
    mails = [one for one in office.house.sink.messages if "A new cartridge" in text_of(one.message)]
    assert len(mails) == 1


@pytest.mark.parametrize("how", ["a button", "a command"])
def test_words_of_a_form_or_a_command_are_held_and_can_be_stopped(office: Office, how: str) -> None:
    a_ticket(office)
    if how == "a button":
        press(office, office.anna, the_card(office), "Solve")
        office.anna.submit(form(office, office.anna, "Solve"), {"words": "He broke it himself"})
    else:
        office.anna.command("/desk", "1 answer He broke it himself", channel=office.desk)
    held = told(office, office.anna, "This goes to Ada Lovelace on")
    assert "He broke it himself" in words(held)
    press(office, office.anna, held, "Stop")
    told(office, office.anna, "dropped on #1")
    office.house.clock.forward(timedelta(seconds=11))
    office.settle()
    assert shown(office)["status"] == "new"
    assert len(office.house.mails_to("ada@example.com")) == 1


def test_a_command_s_words_go_out_after_the_moment_and_stand_below_the_card(office: Office) -> None:
    a_ticket(office)
    office.anna.command("/desk", "1 answer Please try again\n#2 is the spare one", channel=office.desk)
    a_moment_after(office, office.anna)
    said_to(office, office.anna, "Answered on #1")
    assert "#2 is the spare one" in text_of(office.house.mails_to("ada@example.com", 2)[-1])
    wait_for(office, the_card(office), "Please try again")


def test_what_cannot_be_done_when_the_moment_is_over_is_given_back(office: Office) -> None:
    a_ticket(office)
    office.anna.command("/desk", "1 solve A new cartridge", channel=office.desk)
    told(office, office.anna, "This goes to Ada Lovelace")
    office.house.verb("solve", 1, "It had no paper.", who="ben")
    office.house.clock.forward(timedelta(seconds=11))
    refused = said_to(office, office.anna, "has this status already")
    assert "A new cartridge" in words(refused)


@pytest.mark.covers("bad:slack-gone")
def test_a_button_of_a_ticket_that_is_done_says_so(office: Office) -> None:
    a_ticket(office)
    old = as_seen(the_card(office))
    office.house.verb("solve", 1)
    press(office, office.anna, old, "Solve")
    assert "has this status already" in str(form(office, office.anna, "Solve").given["blocks"])
    office.anna.close(form(office, office.anna, "Solve"))
    elements(old.blocks)["More"]["value"] = "do:99:show"
    press(office, office.anna, old, "More")
    told(office, office.anna, "#99 is not there any more")
    office.house.verb("status", 1, "closed")
    press(office, office.anna, old, "Take")
    refused = told(office, office.anna, "#1 is yours already")
    assert words(refused) == "#1 is yours already"
    assert shown(office)["status"] == "closed"


def test_words_of_a_form_that_comes_too_late_are_given_back(office: Office) -> None:
    a_ticket(office)
    press(office, office.anna, the_card(office), "Solve")
    view = form(office, office.anna, "Solve")
    office.house.verb("solve", 1, "It had no paper.")
    office.anna.submit(view, {"words": "A new cartridge"})
    refused = told(office, office.anna, "has this status already")
    assert "Nothing was done with what you wrote:" in words(refused)
    assert "A new cartridge" in words(refused)
    assert "requester" not in words(refused)


@pytest.mark.covers("bad:slack-gone")
def test_a_button_of_a_merged_ticket_works_where_that_goes_on(office: Office) -> None:
    a_ticket(office)
    old = as_seen(the_card(office))
    office.house.send(mail(subject="The printer again"))
    office.house.wait_until(lambda: "#2" in str(public(office)), "another ticket")
    office.settle()
    office.house.verb("merge", 1, "2")
    press(office, office.anna, old, "Take")
    told(office, office.anna, "#2 is yours")
    assert office.house.ticket(2)["assignee"] == "Anna Weber"


def test_who_is_no_agent_is_told_so_alone_and_changes_nothing(office: Office) -> None:
    a_ticket(office)
    before = public(office)
    press(office, office.ada, the_card(office), "Take")
    told(office, office.ada, "This button is for the people who work on tickets")
    press(office, office.ada, the_card(office), "Solve")
    view = form(office, office.ada, "Solve")
    assert "for the people who work on tickets" in str(view.given["blocks"])
    assert view.given.get("submit") is None
    assert shown(office)["assignee"] is None
    assert public(office) == before


def test_agents_have_every_verb_and_see_its_answer_alone(office: Office) -> None:
    a_ticket(office)
    before = public(office)
    office.anna.command("/desk", "42 take", channel=office.offered)
    assert words(told(office, office.anna, "There is no ticket #42")) == "There is no ticket #42"
    office.anna.command("/desk", "1 take", channel=office.offered)
    told(office, office.anna, "#1 is yours")
    office.anna.command("/desk", "tickets")
    told(office, office.anna, "Open tickets")
    office.anna.command("/desk", "search broken", channel=office.desk)
    told(office, office.anna, "Tickets with")
    office.anna.command("/desk", "sovle 1", channel=office.desk)
    told(office, office.anna, "did you mean #solve")
    office.anna.command("/desk", "snooze 1 2031-01-01")
    told(office, office.anna, "on hold")
    office.anna.command("/desk", "away until 2031-01-01", channel=office.desk)
    told(office, office.anna, "you get no ticket mail until 2031-01-01")
    office.settle()
    assert [text for text in public(office) if text not in before and "yours" in text] == []
    assert office.anna.whispers != []
    assert office.ben.whispers == []


def test_a_form_completes_verbs_and_logs_a_call(office: Office) -> None:
    a_ticket(office)
    office.anna.command("/desk")
    view = form(office, office.anna, "Tell the desk")
    suggested = office.anna.suggest(view, "verb", "pri").wait()
    offered = suggested.payload["options"]
    assert offered[0]["value"] == "priority"
    office.anna.submit(view, {"verb": offered[0], "ticket": "1", "words": "critical"})
    told(office, office.anna, "critical")
    assert shown(office)["priority"] == "critical"
    office.anna.command("/desk", "log")
    view = form(office, office.anna, "Log a contact")
    office.anna.submit(view, {"for": "no address", "words": "The phone is dead"})
    office.settle()
    assert office.anna.modal is view
    office.anna.submit(view, {"for": "carl@example.com", "via": "walk_in", "words": "The phone is dead"})
    told(office, office.anna, "#2 is opened")
    assert office.house.ticket(2)["channel"] == "walk_in"


def test_requesters_may_look_at_what_is_theirs(office: Office) -> None:
    office.ada.command("/ticket", "The printer is on fire")
    office.house.wait_until(lambda: public(office), "a ticket")
    office.settle()
    office.ada.command("/desk", "mine", channel=office.offered)
    told(office, office.ada, "The printer is on fire")
    office.ada.command("/desk", "1 solve", channel=office.offered)
    told(office, office.ada, "This is for the people who work on tickets")
    office.ada.command("/desk")
    assert "for the people who work on tickets" in str(form(office, office.ada, "Tell the desk").given["blocks"])
    assert shown(office)["status"] == "new"
