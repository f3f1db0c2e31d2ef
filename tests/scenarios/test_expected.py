"""By when it will be done, which step is the oldest, and how all that somebody asked for stands."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.db.models import Person
from bot.db.tx import Tx
from bot.errors import NotDone
from tests.scenarios.test_updates import EVENING, desk, heard
from tests.support import databases
from tests.support.clocks import pass_time
from tests.support.house import House, mail
from tests.support.story import address_of, audit, deliver, last_mail, mails, request, somebody, words_of, writes

ANNA = "Anna Weber <anna@example.org>"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A desk on a working day, in the morning."""
    with desk(tmp_path, databases.embedded(tmp_path)) as house:
        yield house


@pytest.mark.covers("H11")
def test_a_new_expected_time_is_told_once_and_gone_when_it_is_solved(tmp_path: Path, database_url: str) -> None:
    with desk(tmp_path, database_url) as house:
        ada = somebody()
        number = request(house, ada)
        house.verb("take", number)
        house.verb("expect", number, "tomorrow 14:00")
        house.verb("expect", number, "Friday 9:30")
        assert heard(house, number) == [], "it waits for the hour after the acknowledgement"
        pass_time(house, hours=2)
        assert heard(house, number) == ["where_it_stands"]
        assert "We expect it to be done by Friday 27 November, 09:30" in words_of(last_mail(house, ada))
        assert house.ticket(number)["expected_at"] == "2026-11-27T08:30:00+00:00"
        house.verb("solve", number, "A new cable.")
        assert house.ticket(number)["expected_at"] is None
        assert [one.action for one in audit(house, number)].count("expected") == 2


@pytest.mark.covers("H11")
def test_in_quiet_hours_an_expected_time_waits_for_the_morning(tmp_path: Path) -> None:
    with desk(tmp_path, databases.embedded(tmp_path), start=EVENING) as house:
        number = request(house, somebody("Grace Hopper"))
        house.verb("expect", number, "tomorrow")
        pass_time(house, hours=3)
        assert heard(house, number) == []
        pass_time(house, hours=9)
        assert heard(house, number) == ["where_it_stands"]


def test_what_is_no_time_to_come_is_refused_and_none_takes_it_back(house: House) -> None:
    number = request(house)
    for written in ("yesterday", "2020-01-01", "8:00", "999999 weeks"):
        with pytest.raises(NotDone):
            house.verb("expect", number, written)
    house.verb("expect", number, "16:00")
    shown = house.verb("show", argument=str(number))
    assert "expected by: 23 Nov 16:00" in shown["lines"]
    house.verb("expect", number, "none")
    assert house.ticket(number)["expected_at"] is None


def test_an_agent_says_it_by_mail_in_their_own_zone(house: House) -> None:
    number = request(house)
    house.settle()
    writes(house, ANNA, number, "#expect tomorrow 10:00\n")
    assert house.ticket(number)["expected_at"] == "2026-11-24T09:00:00+00:00"
    assert "is expected to be done by 2026-11-24 10:00" in words_of(last_mail(house, ANNA, number))


@pytest.mark.covers("H11")
def test_who_waits_long_hears_which_step_is_the_oldest(house: House) -> None:
    ada, ben = somebody(), somebody("Ben Kern")
    waits, worked_on = request(house, ada), request(house, ben)
    house.verb("status", waits, "waiting_vendor")
    house.verb("take", worked_on)
    pass_time(house, hours=2)
    pass_time(house, days=8)
    for person in (ada, ben):
        assert "we are still on it" in words_of(last_mail(house, person))
    assert "The oldest step: we asked somebody outside on Monday 23 November" in words_of(last_mail(house, ada))
    assert "The oldest step: Anna Weber works on it since Monday 23 November" in words_of(last_mail(house, ben))


def _asks(person: str, subject: str, text: str) -> EmailMessage:
    return mail(person, subject, text)


@pytest.mark.covers("H11")
def test_status_as_a_mail_of_its_own_tells_how_all_stands_and_opens_nothing(house: House) -> None:
    ada = somebody()
    printer, chair = request(house, ada), request(house, ada, "The chair squeaks")
    house.verb("take", printer)
    house.verb("expect", printer, "Friday 9:30")
    for subject, text in (("status?", ""), ("Question", "Any news?\n\nThanks\nAda\n")):
        fate = deliver(house, _asks(ada, subject, text))
        assert (fate.outcome, fate.ticket) == ("asked how all stands", None)
    told = words_of(last_mail(house, ada))
    assert (
        f"#{printer} The printer is broken (open) – Anna Weber works on it. – We expect it to be done by Friday" in told
    )
    assert f"#{chair} The chair squeaks (new)" in told
    house.verb("solve", printer)
    house.verb("status", chair, "closed")
    deliver(house, _asks(ada, "Stand?", "Stand?"))
    assert "You have no open request with us." in words_of(last_mail(house, ada))


@pytest.mark.covers("H11")
def test_status_of_a_stranger_or_with_more_words_is_a_request(house: House) -> None:
    ada = somebody()
    assert deliver(house, _asks(ada, "status?", "status?")).outcome == "opened"
    assert deliver(house, _asks(ada, "status?", "The lamp is red.")).outcome == "opened"


@pytest.mark.covers("H11")
def test_what_goes_on_in_somebody_elses_request_is_told_by_its_own_number(house: House) -> None:
    ada, ben = somebody(), somebody("Ben Kern")
    theirs, hers = request(house, ben, "A secret of Ben"), request(house, ada)
    house.verb("merge", hers, f"{theirs} confirm")
    house.verb("take", theirs)
    deliver(house, _asks(ada, "status?", ""))
    told = words_of(last_mail(house, ada))
    assert f"#{hers} The printer is broken (open)" in told
    assert "secret" not in told


def test_a_machine_that_asks_again_and_again_is_answered_within_the_limit_only(house: House) -> None:
    ada = somebody()
    request(house, ada)
    for _ in range(12):
        deliver(house, _asks(ada, "status?", ""))
    told = [one for one in mails(house, ada) if "This is how your requests stand" in words_of(one)]
    assert len(told) == house.config().limits.notices_per_person


def _is(house: House, name: str, language: str | None, zone: str | None) -> None:
    change = update(Person).where(Person.name == name).values(language=language, zone=zone)

    def unit(tx: Tx) -> None:
        tx.execute(change)

    house.run(unit)


@pytest.mark.covers("H11", "bad:no-language-or-zone")
def test_who_has_no_language_or_zone_or_an_unknown_one_is_told_as_the_desk_speaks(tmp_path: Path) -> None:
    odd = {"None": (None, None), "Mars": ("xx", "Mars/Olympus"), "Empty": ("", "")}
    with desk(tmp_path, databases.embedded(tmp_path), start=EVENING) as house:
        people = {name: somebody(f"{name} Person") for name in odd}
        numbers = {name: request(house, who) for name, who in people.items()}
        for name, (language, zone) in odd.items():
            _is(house, f"{name} Person", language, zone)
            house.verb("expect", numbers[name], "tomorrow 14:00")
            house.ask("people.import", rows=[{"email": address_of(people[name])}])
        house.verb("bulletin", argument="Work on the network -- It is away on Sunday.", who="lea")
        pass_time(house, hours=3)
        assert [heard(house, number) for number in numbers.values()] == [[]] * 3, "the desk's quiet hours"
        pass_time(house, hours=10)
        for name, who in people.items():
            assert heard(house, numbers[name]) == ["where_it_stands"]
            told = [words_of(one) for one in mails(house, who)]
            there = "13:00 UTC" if name == "Mars" else "14:00 CET"
            assert any(f"We expect it to be done by Tuesday 24 November, {there}" in one for one in told)
            assert any("It is away on Sunday." in one for one in told)
