"""What the desk does by itself stands in its books: switched off, changed, fed in a circle, or misused."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.config import Config, ConfigError
from tests.support.clocks import pass_time, states
from tests.support.house import House, running, text_of
from tests.support.story import (
    ANNA,
    LEA,
    Furnished,
    audit,
    deliveries,
    last_mail,
    mails,
    request,
    somebody,
    writes,
)

CIRCLE = """
[[trigger]]
name = "Up"
on = ["ticket.opened", "ticket.priority_changed"]
when = "priority != 'high'"
then = [{ do = "set_priority", to = "high" }]

[[trigger]]
name = "Down"
on = ["ticket.priority_changed"]
when = "priority == 'high'"
then = [{ do = "set_priority", to = "low" }]
"""


def chain(length: int) -> str:
    """A book in which each rule sets off the next."""
    levels = ("high", "low")
    begin = '{ do = "add_tag", tag = "step0" }, { do = "set_priority", to = "high" }'
    first = f'[[trigger]]\nname = "0"\non = ["ticket.opened"]\nthen = [{begin}]\n'
    return first + "".join(
        f'[[trigger]]\nname = "{n}"\non = ["ticket.priority_changed"]\n'
        f"when = \"'step{n - 1}' in ticket.tags\"\n"
        f'then = [{{ do = "add_tag", tag = "step{n}" }}, {{ do = "set_priority", to = "{levels[n % 2]}" }}]\n'
        for n in range(1, length)
    )


def with_book(folder: Path, book: str, *, shipped: bool = True, url: str = "") -> House:
    """A house with a book of its own."""
    path = folder / "own.toml"
    path.write_text(book, encoding="utf-8")

    def change(config: Config) -> Config:
        return replace(config, rules=replace(config.rules, shipped=shipped, books=(str(path),) if book else ()))

    return Furnished(folder, url or f"sqlite:///{folder}/firstline.db", change=change)


@pytest.mark.covers("H9")
def test_without_the_shipped_book_the_desk_does_nothing_by_itself(tmp_path: Path) -> None:
    with running(with_book(tmp_path, "", shipped=False)) as house:
        ada = somebody()
        number = request(house, ada)
        pass_time(house, days=60)
        assert list(house.sink.messages) == []
        assert deliveries(house, number) == []
        assert states(house, number) == []
        assert set(house.audit(number)) <= {"opened", "sla_warning", "sla_breached"}, "it only keeps account"
        house.ask("verb", **{"verb": "solve", "as": "anna", "ticket": number, "words": "A new cable."})
        house.settle()
        assert "A new cable." in text_of(last_mail(house, ada)), "but what an agent writes arrives"
        pass_time(house, days=60)
        assert (house.ticket(number)["status"], len(mails(house, ada))) == ("solved", 1)


@pytest.mark.covers("H8", "H9")
def test_a_book_of_ones_own_adds_to_the_shipped_one(tmp_path: Path) -> None:
    book = """
[[trigger]]
name = "A fire is critical"
on = ["ticket.opened"]
when = "any_word(message.text, 'fire', 'smoke')"
then = [{ do = "set_priority", to = "critical" }, { do = "add_tag", tag = "fire" }]
"""
    with running(with_book(tmp_path, book)) as house:
        ada = somebody()
        number = request(house, ada, text="There is smoke coming out.\n")
        ticket = house.ticket(number)
        assert (ticket["priority"], ticket["tags"]) == ("critical", ["fire"])
        assert len(mails(house, ada)) == 1
        changes = [(found.actor, found.action) for found in audit(house, number) if "fire" in found.actor]
        assert ("rule A fire is critical", "priority") in changes
        calm = request(house, somebody(), text="No sound.\n")
        assert house.ticket(calm)["priority"] == "medium"


@pytest.mark.covers("H9")
def test_two_rules_that_feed_each_other_come_to_rest(tmp_path: Path) -> None:
    with running(with_book(tmp_path, CIRCLE)) as house:
        ada = somebody()
        number = request(house, ada)
        assert len(mails(house, ada)) == 1
        fired = [found.actor for found in audit(house, number) if found.action == "priority"]
        assert fired == ["rule Up", "rule Down"], "each once for one cause"
        writes(house, ANNA, number, "#priority auto")
        assert house.ticket(number)["priority"] in {"high", "low"}


@pytest.mark.covers("H9")
def test_a_chain_of_rules_that_is_too_long_stops_with_one_alarm(tmp_path: Path) -> None:
    with running(with_book(tmp_path, chain(20))) as house:
        ada = somebody()
        number = request(house, ada)
        alarms = house.ask("status")["alarms"]
        assert [(alarm["name"], alarm["times"]) for alarm in alarms] == [(f"rules on #{number}", 1)]
        assert "rules feed each other" in alarms[0]["detail"]
        assert [found.action for found in audit(house, number)].count("chain_stopped") == 1
        assert len(house.ticket(number)["tags"]) < 20


RAISES = """
[[trigger]]
name = "Divide"
on = ["ticket.opened"]
when = "1 / (tier - 1) > 0 or any_word(text, 'printer')"
then = [{ do = "add_tag", tag = "divided" }]

[[trigger]]
name = "Others go on"
on = ["ticket.opened"]
then = [{ do = "add_tag", tag = "after" }]
"""


@pytest.mark.covers("bad:condition-raises", "H9")
def test_a_condition_that_cannot_be_worked_out_skips_its_rule(tmp_path: Path, database_url: str) -> None:
    with running(with_book(tmp_path, RAISES, url=database_url)) as house:
        numbers = [request(house, somebody()) for _ in range(2)]
        assert [house.ticket(number)["tags"] for number in numbers] == [["after"], ["after"]]
        failed = [
            found.details for number in numbers for found in audit(house, number) if found.action == "rule_failed"
        ]
        assert failed == [{"rule": "Divide", "error": "ZeroDivisionError: division by zero"}] * 2
        assert [alarm["name"] for alarm in house.ask("status")["alarms"]] == ["rule Divide"]
        alarms = house.wait_until(lambda: _alarms(house), "the alarm")
        house.settle()
        assert len(_alarms(house)) == len(alarms) == 1, "one alarm, however often it happens"


def _alarms(house: House) -> list[EmailMessage]:
    return [message for message in mails(house, LEA) if "Alarm" in str(message["Subject"])]


@pytest.mark.covers("H18")
@pytest.mark.parametrize("notice", ["ticket_opened", "note_added", "ticket_assigned", "verb_refused", "not_delivered"])
def test_a_book_cannot_send_an_internal_notice_to_the_requester(tmp_path: Path, notice: str) -> None:
    then = f'{{ do = "notify", who = "requester", notice = "{notice}" }}'
    book = f'[[trigger]]\nname = "Leak"\non = ["ticket.opened"]\nthen = [{then}]\n'
    with pytest.raises(ConfigError, match=notice), running(with_book(tmp_path, book)):
        pass


@pytest.mark.covers("H9")
def test_a_misspelt_notice_is_a_clear_error_at_the_start(tmp_path: Path) -> None:
    then = '{ do = "notify", who = "requester", notice = "acknowledgment" }'
    book = f'[[trigger]]\nname = "Ack"\non = ["ticket.opened"]\nthen = [{then}]\n'
    with pytest.raises(ConfigError, match="did you mean 'acknowledgement'"), running(with_book(tmp_path, book)):
        pass
