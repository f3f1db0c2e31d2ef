"""What rules do to a ticket: status, tags, notes; and what happens because of it."""

from pathlib import Path

import pytest

from bot.config import ConfigError
from tests.support.clocks import desk_with, events, pass_time
from tests.support.house import running, text_of
from tests.support.story import ANNA, audit, deliveries, last_mail, lines, mails, request, said, somebody

TAGGED = """
[[trigger]]
name = "{name}"
on = ["ticket.opened"]
when = "any_word(text, '{word}')"
then = [{then}]
"""


def on_word(**then: str) -> str:
    """A book with a rule for each word in a request."""
    return "".join(TAGGED.format(name=word, word=word, then=then[word]) for word in then)


@pytest.mark.covers("H9")
def test_a_rule_moves_a_ticket_as_the_table_of_transitions_says(tmp_path: Path, database_url: str) -> None:
    book = on_word(
        silent='{ do = "set_status", to = "closed" }',
        later='{ do = "set_status", to = "on_hold", for = "2 hours" }',
        vendor='{ do = "set_status", to = "waiting_vendor" }, { do = "set_status", to = "open" }',
        answered='{ do = "set_status", to = "waiting_requester" }, { do = "reopen" }',
    )
    with running(desk_with(tmp_path, database_url, book)) as house:
        closed = request(house, text="silent")
        assert house.ticket(closed)["status"] == "closed"
        assert len(events(house, closed, "ticket.closed")) == 1
        assert [entry.details["why"] for entry in audit(house, closed) if entry.action == "status"] == ["silent"]
        held = request(house, text="later")
        assert house.ticket(held)["status"] == "on_hold"
        pass_time(house, hours=2, minutes=1)
        assert house.ticket(held)["status"] == "open"
        assert house.ticket(request(house, text="vendor"))["status"] == "open"
        assert house.ticket(request(house, text="answered"))["status"] == "open"


@pytest.mark.covers("H9", "H11")
def test_what_a_rule_solves_is_told_to_the_requester_by_the_rule_for_that(tmp_path: Path, database_url: str) -> None:
    book = on_word(known='{ do = "set_status", to = "solved" }, { do = "set_status", to = "solved" }')
    with running(desk_with(tmp_path, database_url, book, shipped=True)) as house:
        ada = somebody()
        number = request(house, ada, text="known")
        ticket = house.ticket(number)
        assert (ticket["status"], ticket["assignee"]) == ("solved", None)
        assert [notice for notice, _ in deliveries(house, number, "requester")].count("solved") == 1
        assert "as solved" in text_of(last_mail(house, ada))


@pytest.mark.covers("H9", "H18")
def test_a_rule_tags_untags_and_notes(tmp_path: Path, database_url: str) -> None:
    tags = '{ do = "add_tag", tag = "a" }, { do = "add_tag", tag = "b" }, { do = "remove_tag", tag = "a" }'
    book = on_word(
        tags=tags + ', { do = "remove_tag", tag = "c" }',
        badge='{ do = "add_note", text = "Ask for the badge first." }',
    )
    with running(desk_with(tmp_path, database_url, book, shipped=True)) as house:
        number = request(house, text="tags")
        assert house.ticket(number)["tags"] == ["b"]
        assert house.audit(number).count("untagged") == 1
        ada = somebody()
        noted = request(house, ada, text="badge")
        assert said(house, noted, "note") == ["Ask for the badge first."]
        assert lines(house, noted, "note")[0].role == "desk"
        assert not any("badge first" in text_of(mail) for mail in mails(house, ada))
        to_anna = text_of(last_mail(house, ANNA, noted))
        assert "IT Help added an internal note" in to_anna.replace("\r\n", " ")


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize(
    ("then", "why"),
    [
        ('{ do = "set_status", to = "on_hold" }', "is for some time"),
        ('{ do = "set_status", to = "closed", for = "2 days" }', "is for some time"),
        ('{ do = "set_status", to = "on_hold", for = "a while" }', "is not a duration"),
        ('{ do = "set_status", to = "new" }', "not a possible value"),
        ('{ do = "add_note", text = " " }', "a note has words"),
    ],
)
def test_a_wrong_setting_of_an_action_is_refused_when_the_book_is_read(tmp_path: Path, then: str, why: str) -> None:
    with (
        pytest.raises(ConfigError, match=why),
        running(desk_with(tmp_path, f"sqlite:///{tmp_path}/firstline.db", on_word(x=then))),
    ):
        pass
