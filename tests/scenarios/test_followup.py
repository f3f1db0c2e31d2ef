"""What happens when nothing happens: a nudge, then closing; status updates; reminders. And who is left alone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.db.models import Identity
from tests.support.clocks import desk_with, pass_time, states
from tests.support.house import House, mail, reply, running
from tests.support.story import (
    address_of,
    audit,
    deliver,
    deliveries,
    last_mail,
    mails,
    request,
    somebody,
    words_of,
)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    with running(desk_with(tmp_path, database_url, "", shipped=True)) as started:
        yield started


def ask(house: House, number: int, words: str = "Which floor?") -> None:
    """Anna asks the requester, and the ticket waits."""
    house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": number, "words": words})
    house.settle()


def to_requester(house: House, number: int) -> list[str]:
    """The notices that the requester was sent."""
    return [notice for notice, _ in deliveries(house, number, "requester")]


@pytest.mark.covers("H11", "H12")
def test_a_question_without_an_answer_is_asked_once_more_and_then_the_request_is_closed(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    ask(house, number)
    pass_time(house, days=2, hours=23)
    assert to_requester(house, number) == ["acknowledgement", "question"]
    pass_time(house, hours=2)
    nudge = words_of(last_mail(house, ada))
    assert f"about your request #{number}" in nudge
    assert "> Which floor?" in nudge
    assert "we close the request; an answer opens it again" in nudge
    pass_time(house, days=4, hours=23)
    assert house.ticket(number)["status"] == "waiting_requester"
    pass_time(house, hours=2)
    assert to_requester(house, number) == ["acknowledgement", "question", "nudge", "closed_unanswered"]
    assert "so we have closed it" in words_of(last_mail(house, ada))
    ticket = house.ticket(number)
    assert (ticket["status"], ticket["tags"]) == ("closed", [])
    deliver(house, reply(last_mail(house, ada), "The third.", sender=ada))
    assert house.ticket(number)["status"] == "open"


@pytest.mark.covers("H12")
def test_an_answer_ends_the_reminders_and_a_new_question_has_its_own(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    ask(house, number)
    pass_time(house, days=3, hours=1)
    assert house.ticket(number)["tags"] == ["nudged"]
    deliver(house, reply(last_mail(house, ada), "The third.", sender=ada))
    assert house.ticket(number)["tags"] == []
    ask(house, number, "Which room?")
    pass_time(house, days=2)
    assert to_requester(house, number).count("nudge") == 1
    pass_time(house, days=1, hours=1)
    assert to_requester(house, number).count("nudge") == 2
    assert "> Which room?" in words_of(last_mail(house, ada))


@pytest.mark.covers("H12")
def test_what_is_solved_is_asked_about_once_and_closes_unless_somebody_writes(house: House) -> None:
    numbers = {name: request(house, name) for name in (somebody(), somebody("Grace Hopper"))}
    for number in numbers.values():
        house.ask("verb", **{"verb": "solve", "as": "anna", "ticket": number, "words": "A new cable."})
    house.settle()
    (ada, quiet), (grace, loud) = numbers.items()
    before = len(mails(house, ada))
    pass_time(house, days=2, hours=23)
    deliver(house, reply(last_mail(house, grace), "It is broken again.", sender=grace))
    pass_time(house, days=2, hours=2)
    assert house.ticket(quiet)["status"] == "closed"
    assert len(mails(house, ada)) == before + 1
    assert "is solved. Is it?" in words_of(last_mail(house, ada))
    assert house.ticket(loud)["status"] == "open"


@pytest.mark.covers("H11")
def test_who_waits_long_for_a_first_answer_hears_that_the_request_is_not_forgotten(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    pass_time(house, days=2, hours=1)
    assert to_requester(house, number) == ["acknowledgement", "still_on_it"]
    assert "is not forgotten" in words_of(last_mail(house, ada))
    pass_time(house, days=4)
    assert to_requester(house, number).count("still_on_it") == 1
    pass_time(house, days=4)
    assert to_requester(house, number).count("still_on_it") == 2
    pass_time(house, days=8)
    assert to_requester(house, number).count("still_on_it") == 3, "and so on, each week"


@pytest.mark.covers("H11")
def test_who_was_answered_and_whose_ticket_is_open_hears_from_us_each_week_after_the_last_answer(house: House) -> None:
    ada = somebody()
    number = request(house, ada)

    def answer() -> None:
        house.ask("verb", **{"verb": "answer", "as": "anna", "ticket": number, "words": "I look into it."})
        house.settle()

    answer()
    pass_time(house, days=4)
    answer()
    pass_time(house, days=4)
    assert to_requester(house, number).count("still_on_it") == 0, "counted from the second answer"
    for heard in (1, 2, 3):
        pass_time(house, days=5, hours=1)
        assert to_requester(house, number).count("still_on_it") == heard
    deliver(house, reply(last_mail(house, ada), "Thank you!", sender=ada))
    pass_time(house, days=1)
    assert to_requester(house, number).count("still_on_it") == 3, "thanks are no question"
    deliver(house, reply(last_mail(house, ada), "When will it work again?", sender=ada))
    pass_time(house, days=2, hours=1)
    assert to_requester(house, number).count("still_on_it") == 4, "a question waits for two days"


@pytest.mark.covers("H11", "H19")
def test_who_waits_for_a_vendor_hears_so_too(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    house.ask("verb", **{"verb": "answer", "as": "anna", "ticket": number, "words": "I ask the maker."})
    house.verb("status", number, "waiting_vendor")
    pass_time(house, days=5, hours=1)
    assert to_requester(house, number).count("still_on_it") == 1


@pytest.mark.covers("H11", "E14")
def test_a_machine_gets_no_updates(house: House) -> None:
    robot = somebody("Robot Monitor")
    fate = deliver(house, mail(robot, "Disk full", "It is.\n", Auto_Submitted="auto-generated"))
    assert fate.ticket is not None
    pass_time(house, days=20)
    assert mails(house, robot) == []
    assert house.ticket(fate.ticket)["tags"] == ["no-updates"]


@pytest.mark.covers("H11")
def test_who_cannot_be_reached_is_not_nudged_and_not_closed_for_it(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    ask(house, number)
    until = house.clock() + timedelta(days=60)
    bounced = update(Identity).where(Identity.address == address_of(ada)).values(undeliverable_until=until)
    house.run(lambda tx: tx.execute(bounced).rowcount)
    pass_time(house, days=20)
    assert "nudge" not in to_requester(house, number)
    assert house.ticket(number)["status"] == "waiting_requester"


@pytest.mark.covers("H1", "H11")
def test_a_caller_with_an_address_is_kept_informed_by_mail(house: House) -> None:
    ada = somebody()
    number = house.ask(
        "log", **{"as": "anna", "for": address_of(ada), "subject": "No sound", "words": "No sound.", "via": "phone"}
    )["number"]
    pass_time(house, days=2, hours=1)
    assert to_requester(house, number) == ["logged", "still_on_it"]


@pytest.mark.covers("must:timers")
def test_a_merged_or_spam_ticket_has_no_clock_of_what_is_open(house: House) -> None:
    spam, merged, target = (request(house, somebody()) for _ in range(3))
    house.verb("spam", spam)
    house.verb("merge", merged, f"{target} confirm")
    for number in (spam, merged):
        assert {state for _, state in states(house, number)} == {"dropped"}
    assert {state for _, state in states(house, target)} == {"waiting"}
    pass_time(house, days=30)
    assert "still_on_it" not in to_requester(house, spam) + to_requester(house, merged)
    assert "rule_failed" not in [entry.action for entry in audit(house, target)]


@pytest.mark.covers("H11")
def test_much_said_about_one_ticket_does_not_make_a_machine_of_its_requester(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    for _ in range(2):
        house.verb("solve", number)
        house.verb("reopen", number)
    house.settle()
    refused = [entry.details["why"] for entry in audit(house, number) if entry.action == "not_notified"]
    assert refused == ["enough on this ticket"]
    ask(house, number)
    pass_time(house, days=3, hours=1)
    assert to_requester(house, number)[-1] == "nudge"
