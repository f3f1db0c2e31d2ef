"""The doors beside messages: commands, menus, the panel, and the forms that they open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import Office, an_office
from tests.scenarios.discord.looking import components, fill_in, private_thread, told, words

ASKED_ALWAYS = {"field__tried": "Everything", "field__error": "None"}
BOOK = """
[[category]]
name = "plotter"
title = "Plotters"
words = ["plotter"]

[[category.fields]]
name = "floor"
label = "Which floor"
required = true

[[category]]
name = "server"
title = "Servers"
words = ["server"]

{fields}
[[category]]
name = "badge"
title = "Badges"
words = ["badge"]
""".replace(
    "{fields}",
    "".join(
        f'[[category.fields]]\nname = "f{number}"\nlabel = "Field {number}"\nrequired = true\n\n' for number in range(6)
    ),
)


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office that knows two categories, and has a panel."""
    book = tmp_path / "ours.toml"
    book.write_text(BOOK, encoding="utf-8")
    extra = f'\n[rules]\nbooks = ["{book}"]\n'
    with an_office(tmp_path, database_url, extra=extra, panel=True) as there:
        there.house.wait_until(lambda: there.server.calls("PUT /applications/{application}/commands"), "the commands")
        yield there


def test_the_command_opens_the_form_of_its_category(office: Office) -> None:
    offered = office.ada.autocomplete("ticket", "category", "plott", office.offered).wait().choices
    assert [one["value"] for one in offered] == ["plotter"]
    office.ada.command("ticket", office.offered, category="plotter").wait()
    assert office.ada.modal is not None
    labels = [one["label"] for one in office.ada.modal.given["components"]]
    assert "Which floor" in labels
    fill_in(office.ada, words="The mouse is dead", field__floor="3", **ASKED_ALWAYS)
    thread = private_thread(office, office.offered)
    office.wait_for(thread, "#1")
    told(office, office.ada, f"<#{thread.id}>")
    shown = office.house.ticket(1)
    assert shown["category"] == "plotter"
    assert shown["fields"]["floor"] == "3"


def test_the_panel_has_a_button_for_each_category(office: Office) -> None:
    panel = office.house.wait_until(lambda: office.by_bot(office.panel), "the panel")[0]
    assert {"Plotters", "Badges"} <= components(panel).keys()
    office.ada.press(panel, components(panel)["Badges"]).wait()
    fill_in(office.ada, words="I need a key", **ASKED_ALWAYS)
    office.wait_for(private_thread(office, office.panel), "#1")
    assert office.house.ticket(1)["category"] == "badge"


def test_what_is_registered_is_not_registered_again_and_the_panel_stays(office: Office) -> None:
    office.house.wait_until(lambda: office.by_bot(office.panel), "the panel")
    office.house.stop()
    office.house.start()
    again = "GET /applications/{application}/commands"
    office.house.wait_until(lambda: len(office.server.calls(again)) == 2, "the second look")
    office.server.wait_until(lambda: office.server.connected)
    assert len(office.server.calls("PUT /applications/{application}/commands")) == 1
    assert len(office.by_bot(office.panel)) == 1


def test_a_messages_menu_opens_a_ticket_of_it_for_its_author(office: Office) -> None:
    said = office.ada.say(office.offered, "Thanks, the lift is stuck though")
    office.anna.message_command("Open a ticket", said).wait()
    fill_in(office.anna, **{"for": office.ada})
    office.house.wait_until(lambda: office.house.read(words), "the ticket")
    assert office.house.read(words) == ["Thanks, the lift is stuck though"]
    assert office.house.ticket(1)["requester"] == "Ada"


def test_a_form_without_words_says_so_and_keeps_what_was_typed(office: Office) -> None:
    office.ada.command("ticket", office.offered).wait()
    fill_in(office.ada, words="   ", category="badge")
    wrong = told(office, office.ada, "write some words")
    assert office.house.read(words) == []
    (pencil,) = components(wrong).values()
    assert office.ada.press(wrong, pencil).wait().acknowledged
    fill_in(office.ada, words="I need a key", **ASKED_ALWAYS)
    office.wait_for(private_thread(office, office.offered), "#1")
    assert office.house.ticket(1)["category"] == "badge"


def test_what_did_not_fit_into_the_form_is_filled_in_behind_a_button(office: Office) -> None:
    office.ada.command("ticket", office.offered, category="server").wait()
    assert office.ada.modal is not None
    assert len(office.ada.modal.given["components"]) == 5
    rack = {f"field__f{number}": str(number) for number in range(4)}
    fill_in(office.ada, words="It hums", **rack)
    thread = private_thread(office, office.offered)
    asked = office.wait_for(thread, "#1")
    assert office.ada.press(asked, components(asked)["Fill in"]).wait().acknowledged
    fill_in(office.ada, field__f4="4", field__tried="Everything")
    told(office, office.ada, "noted on #1")
    assert office.house.ticket(1)["fields"]["f4"] == "4"
    eve = office.guild.person("eve")
    office.ada.add_to_thread(thread, eve)
    answer = eve.press(asked, components(asked)["Fill in"]).wait()
    assert "people who work" in str(answer.data)


def test_a_person_without_an_agents_rights_learns_it_from_the_form(office: Office) -> None:
    answer = office.ada.command("desk", office.offered).wait()
    assert "people who work" in str(answer.data)
    assert office.ada.modal is None
