"""The card that shows a new request to the first tier: enough to decide, and the three ways on."""

from pathlib import Path
from uuid import uuid4

import pytest

from bot.db.models import Ticket
from bot.db.tx import Tx
from tests.channels.email.test_look import measured
from tests.scenarios.test_fields import asset
from tests.support.house import House
from tests.support.story import ANNA, LEA, address_of, last_mail, mails, request, somebody, words_of, writes


@pytest.mark.covers("H6")
def test_the_card_says_what_one_needs_to_decide(shared: House) -> None:
    ada, known = somebody(), asset(shared, "laptop")
    shared.ask(
        "people.import",
        rows=[{"email": address_of(ada), "name": "Ada Lovelace", "department": "Production", "vip": True}],
    )
    number = request(shared, ada, "My laptop", f"It restarts by itself ({known}).\nOS: Windows 11\n")
    card = words_of(last_mail(shared, ANNA, number))
    for line in (
        f"- Requester: Ada Lovelace ({address_of(ada)}), VIP",
        "- Department: Production",
        "- Priority: ",
        "- Answer by: ",
        "- Category: Computer",
        f"- Asset: {known} laptop",
        "- System: Windows 11",
        "- Not known yet: Already tried, Error message",
        "> It restarts by itself",
    ):
        assert line in card
    assert card.count(known) == 2, "once for us, once in their words"
    for way in ("Answer: write above the line", "Ask: begin with #wait", "Pass on: begin with #escalate"):
        assert way in card
    assert mails(shared, LEA, number) == [], "it is shown to the first tier"


@pytest.mark.covers("H6", "H8")
def test_the_card_and_the_acknowledgement_say_what_the_rules_made_of_it(shared: House) -> None:
    ada, number = somebody(), f"MX-{uuid4().int % 10**8:08}"
    shared.ask("assets.import", rows=[{"number": number, "kind": "press", "critical": True}])
    shared.ask("people.import", rows=[{"email": address_of(ada), "name": "Ada Lovelace", "vip": True}])
    ticket = request(shared, ada, "Line 3 stands", f"The press {number} stopped.\n")
    found = shared.ticket(ticket)
    assert found["priority"] == "critical"
    card = words_of(last_mail(shared, ANNA, ticket))
    assert "- Priority: critical" in card
    assert f"- Asset: {number} press (critical)" in card


@pytest.mark.chromium
@pytest.mark.covers("H6")
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_card_and_the_form_fit_on_a_telephone(shared: House, tmp_path: Path, scheme: str) -> None:
    ada = somebody()
    earlier = request(shared, somebody(), "Laptop flickers in the docking station", "Odd.\n")
    shared.verb(
        "solve", earlier, "New firmware: https://intranet.example.org/a/long/way/to/the/firmware/of/docking/stations"
    )
    number = request(shared, ada, "Laptop flickers", "OS: Windows 11\nIt restarts by itself.\n")
    for mail in (last_mail(shared, ANNA, number), last_mail(shared, ada)):
        html = mail.get_body(("html",))
        assert html is not None
        for seen in measured(tmp_path, scheme, html.get_content()):
            assert seen["wide"] == seen["width"], "nothing sticks out"
            assert (seen["cut"], seen["faint"]) == ([], [])


@pytest.mark.covers("H6")
def test_each_of_the_three_ways_works_from_the_card(shared: House) -> None:
    answered, asked, passed = (request(shared, somebody(), "My laptop", "It restarts.\n") for _ in range(3))
    writes(shared, ANNA, answered, "Please bring it to us.")
    writes(shared, ANNA, asked, "#wait\nSince when?")
    writes(shared, ANNA, passed, "#assign lea")
    assert shared.ticket(answered)["status"] == "open"
    assert shared.ticket(asked)["status"] == "waiting_requester"
    assert shared.ticket(passed)["assignee"] == "Lea Lund"
    assert "- Category: Computer" in words_of(last_mail(shared, LEA, passed)), "and Lea sees what it is about"


@pytest.mark.covers("H6", "H14")
def test_similar_solved_tickets_stand_on_the_card_and_behind_a_verb(shared: House) -> None:
    earlier = request(shared, somebody(), "Zeppelin docking station flickers", "Nothing helps.\n")
    writes(shared, ANNA, earlier, "#solve\n\nNew firmware on the station.\nKind regards, Anna")
    number = request(shared, somebody(), "Flickers: my zeppelin", "Odd.\n")
    line = f"- #{earlier} Zeppelin docking station flickers: New firmware on the station."
    assert line in words_of(last_mail(shared, ANNA, number))
    found = shared.verb("similar", number)["data"]
    assert found[0] == {
        "number": earlier,
        "subject": "Zeppelin docking station flickers",
        "resolution": "New firmware on the station.",
    }
    writes(shared, ANNA, number, "#similar")
    assert "New firmware on the station." in words_of(last_mail(shared, ANNA, number))


@pytest.mark.covers("H14")
def test_the_same_machine_or_category_is_similar_and_five_are_enough(shared: House) -> None:
    known = asset(shared, "laptop")
    first = request(shared, somebody(), "Odd noise", f"From {known}\n")
    shared.verb("solve", first, "The fan.")
    for count in range(6):
        other = request(shared, somebody(), f"Nothing alike {count}", "It is slow.\n")
        shared.verb("category", other, "computer")
        shared.verb("solve", other, f"Rebuilt {count}.")
    number = request(shared, somebody(), "Smoke", f"{known} again, my laptop\n")
    found = shared.verb("similar", number)["data"]
    assert len(found) == 5
    assert first in [one["number"] for one in found], "the same machine counts for more than the category"
    assert [one["number"] for one in found] == sorted((one["number"] for one in found), reverse=True)


@pytest.mark.covers("H14", "H18")
def test_what_is_confidential_is_similar_to_nothing(shared: House) -> None:
    secret = request(shared, somebody(), "Quaggapassword reset", "Please.\n")
    shared.verb("solve", secret, "Set to hunter2.")

    def hide(tx: Tx) -> None:
        tx.session.get_one(Ticket, secret).confidential = True

    shared.run(hide)
    number = request(shared, somebody(), "Quaggapassword again", "Please.\n")
    assert secret not in [one["number"] for one in shared.verb("similar", number)["data"]]
    assert "hunter2" not in words_of(last_mail(shared, ANNA, number))


@pytest.mark.covers("H14", "H18")
def test_similar_tickets_are_shown_to_agents_only(shared: House) -> None:
    ada = somebody()
    earlier = request(shared, somebody(), "Wombat spooler stands", "Please.\n")
    shared.verb("solve", earlier, "Restarted the spooler.")
    number = request(shared, ada, "Wombat spooler stands", "Again.\n")
    assert "Restarted the spooler" not in "".join(words_of(one) for one in mails(shared, ada))
    with pytest.raises(Exception, match="may not use"):
        shared.verb("similar", number, who=address_of(ada))
