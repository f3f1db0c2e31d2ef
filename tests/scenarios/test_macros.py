"""Macros: what an agent has done by saying a name, by mail and on the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import ConfigError
from bot.errors import NotDone
from tests.support.clocks import desk_with, events
from tests.support.house import House, mail, running, text_of
from tests.support.story import (
    ANNA,
    audit,
    deliver,
    deliveries,
    last_mail,
    lines,
    mails,
    request,
    said,
    somebody,
    words_of,
    writes,
)

BOOK = '''
[[macro]]
name = "vpn-reset"
help = "Send the steps, and wait for the requester"
when = "status != 'closed'"
then = [
  { do = "reply", text = { de = "Bitte neu starten.", en = """
Hello {{ requester.first_name }}, please **restart** it. #{{ticket.number}}""" } },
  { do = "set_status", to = "waiting_requester" },
  { do = "add_tag", tag = "vpn" },
]

[[macro]]
name = "done"
then = [{ do = "set_status", to = "solved" }, { do = "add_note", text = "By macro." }]

[[macro]]
name = "soon"
then = [{ do = "reply", notice = "still_on_it" }]

[[macro]]
name = "again"
when = "status == 'closed'"
then = [{ do = "reopen" }]

[[trigger]]
name = "A macro is worth a tag"
on = ["macro.used"]
when = "actor.handle == 'anna'"
then = [{ do = "add_tag", tag = "by-macro" }]

[[trigger]]
name = "Say it at once"
on = ["ticket.opened"]
when = "any_word(text, 'opening')"
then = [{ do = "reply", text = "We are open from *nine* to five.\\n\\n{{ desk.name }}" }]
'''


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    with running(desk_with(tmp_path, database_url, BOOK, shipped=True)) as started:
        yield started


@pytest.mark.covers("H17", "H9", "must:macros")
def test_a_macro_answers_under_the_agents_name_and_does_the_rest(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    writes(house, ANNA, number, "#macro vpn-reset")
    ticket = house.ticket(number)
    assert (ticket["status"], ticket["assignee"], ticket["tags"]) == (
        "waiting_requester",
        "Anna Weber",
        ["by-macro", "vpn"],
    )
    answer = last_mail(house, ada)
    assert "Anna" in str(answer["From"])
    assert f"Hello Ada, please restart it. #{number}" in words_of(answer).replace("*", "")
    assert "Anna Weber" in words_of(answer)
    assert said(house, number, "message")[-1] == f"Hello Ada, please restart it. #{number}"
    assert lines(house, number, "message")[-1].role == "requester"
    entries = {entry.action: entry for entry in audit(house, number)}
    assert (entries["macro"].actor, entries["macro"].details) == ("agent anna", {"macro": "vpn-reset"})
    assert entries["answered"].actor == "agent anna"
    assert entries["answered"].event_id is not None
    assert entries["status"].details["why"] == "#macro vpn-reset"
    assert [len(events(house, number, name)) for name in ("macro.used", "agent.answered")] == [1, 1]
    assert "Done on" in text_of(last_mail(house, ANNA, number))


@pytest.mark.covers("must:macros", "H17")
def test_a_macro_speaks_the_requesters_language(house: House) -> None:
    eva = somebody("Eva Braun-Koch")
    text = "Guten Tag, mein Drucker geht leider nicht mehr. Können Sie mir bitte helfen? Vielen Dank und Grüße\n"
    number = request(house, eva, "Drucker kaputt", text)
    house.verb("macro", number, "vpn-reset")
    house.settle()
    assert "Bitte neu starten." in words_of(last_mail(house, eva))


@pytest.mark.covers("must:macros", "H12")
def test_what_a_macro_solves_the_agent_has_solved(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    house.verb("macro", number, "done")
    house.settle()
    ticket = house.ticket(number)
    assert (ticket["status"], ticket["assignee"]) == ("solved", "Anna Weber")
    assert [notice for notice, _ in deliveries(house, number, "requester")] == ["acknowledgement", "solved"]
    assert not any("By macro." in text_of(message) for message in mails(house, ada))


@pytest.mark.covers("must:macros")
def test_the_names_that_fit_are_listed_with_their_help(house: House) -> None:
    number = request(house)
    listed = house.verb("macro", number)
    assert listed["lines"] == [
        "#macro done",
        "#macro soon",
        "#macro vpn-reset — Send the steps, and wait for the requester",
    ]
    assert [found["name"] for found in listed["data"]] == ["done", "soon", "vpn-reset"]
    house.verb("status", number, "closed")
    assert house.verb("macro", number)["lines"] == ["#macro again", "#macro done", "#macro soon"]


@pytest.mark.covers("must:macros", "H17")
def test_a_notice_that_an_agent_asks_for_is_held_back_by_no_limit(house: House) -> None:
    ada = somebody()
    numbers = [request(house, ada) for _ in range(4)]
    assert "not_notified" in house.audit(numbers[-1]), "of one subject that is more than the limit"
    house.verb("macro", numbers[-1], "soon")
    house.settle()
    assert "still on it" in text_of(last_mail(house, ada, numbers[-1]))


@pytest.mark.covers("must:macros")
@pytest.mark.parametrize(
    ("name", "why"),
    [("vpn-rset", "did you mean vpn-reset?"), ("coffee", "`#macro` alone lists"), ("again", "is not for #")],
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_is_done(house: House, name: str, why: str) -> None:
    number = request(house)
    with pytest.raises(NotDone, match=why):
        house.verb("macro", number, name)
    writes(house, ANNA, number, f"#macro {name}")
    assert why in text_of(last_mail(house, ANNA, number)).replace("\r\n", " ")
    assert events(house, number, "macro.used") == []


@pytest.mark.covers("H11", "E14")
def test_a_rules_own_words_are_the_desks_and_go_to_no_machine(house: House) -> None:
    ada, robot = somebody(), somebody("Robot Monitor")
    number = request(house, ada, text="When is your opening?")
    words = "\n".join(words_of(message) for message in mails(house, ada))
    assert "We are open from nine to five." in words.replace("*", "")
    assert [notice for notice, _ in deliveries(house, number, "requester")] == ["own_words", "acknowledgement"]
    assert house.ticket(number)["status"] == "new", "and that is no answer of a human"
    deliver(house, mail(robot, "Monitor", "opening the valve\n", Auto_Submitted="auto-generated"))
    assert mails(house, robot) == []


@pytest.mark.covers("bad:rule-book", "H18")
@pytest.mark.parametrize(
    ("then", "why"),
    [
        ('{ do = "reply" }', "either a 'notice' or a 'text'"),
        ('{ do = "reply", text = "{{ requester.nam }}" }', "did you mean 'requester.name'"),
        ('{ do = "reply", text = "{{ ticket.__class__ }}" }', "there is no 'ticket.__class__'"),
        ('{ do = "reply", text = { xx = "Hm" } }', "there is no language 'xx'"),
        ('{ do = "reply", text = " " }', "there are no words"),
        ('{ do = "reply", notice = "note_added" }', "note_added"),
        ('{ do = "reply", notice = "nuge" }', "did you mean 'nudge'"),
    ],
)
def test_a_reply_that_cannot_be_said_is_refused_when_the_book_is_read(tmp_path: Path, then: str, why: str) -> None:
    book = f'[[macro]]\nname = "x"\nthen = [{then}]\n'
    with (
        pytest.raises(ConfigError, match=why),
        running(desk_with(tmp_path, f"sqlite:///{tmp_path}/firstline.db", book)),
    ):
        pass
