"""Status updates: what a requester hears by itself, when not, and what they may ask at any time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from bot.config import Config
from bot.db.models import Person
from tests.support import databases
from tests.support.clocks import MONDAY, pass_time
from tests.support.house import Clock, House, reply, running
from tests.support.story import (
    Furnished,
    audit,
    deliver,
    deliveries,
    last_mail,
    request,
    somebody,
    words_of,
)

EVENING = MONDAY.replace(hour=19, minute=30)


@contextmanager
def desk(folder: Path, url: str, *, start: datetime = MONDAY) -> Iterator[House]:
    """The desk with the shipped books and quiet hours from eight in the evening to seven."""

    def change(config: Config) -> Config:
        return replace(config, updates=replace(config.updates, quiet="20:00-07:00"))

    with running(Furnished(folder, url, change=change, clock=Clock(start))) as house:
        yield house


def heard(house: House, number: int) -> list[str]:
    """The notices that the requester was sent, without the first."""
    found = [notice for notice, _ in deliveries(house, number, "requester")]
    assert found[0] == "acknowledgement"
    return found[1:]


@pytest.mark.covers("H6", "H11", "H17")
def test_who_asks_hears_who_works_on_it_and_what_it_waits_for_at_most_once_an_hour(
    tmp_path: Path, database_url: str
) -> None:
    with desk(tmp_path, database_url) as house:
        ada = somebody()
        number = request(house, ada)
        house.verb("take", number)
        pass_time(house, minutes=30)
        house.verb("status", number, "waiting_vendor")
        pass_time(house, minutes=29)
        assert heard(house, number) == [], "within an hour of the acknowledgement"
        pass_time(house, minutes=2)
        assert heard(house, number) == ["where_it_stands"]
        told = words_of(last_mail(house, ada))
        assert "waiting for the vendor" in told
        assert "We have asked somebody outside" in told
        assert "Kind regards,\nAnna Weber\nIT Help" in told
        pass_time(house, hours=2)
        house.verb("status", number, "on_hold 2026-12-04")
        pass_time(house, minutes=11)
        assert heard(house, number) == ["where_it_stands"] * 2
        assert "We go on with it on Friday 4 December" in words_of(last_mail(house, ada))


@pytest.mark.covers("H11")
def test_an_agents_own_words_say_more_than_an_update(tmp_path: Path, database_url: str) -> None:
    with desk(tmp_path, database_url) as house:
        number = request(house, somebody())
        house.verb("take", number)
        pass_time(house, minutes=5)
        house.ask("verb", **{"verb": "answer", "as": "anna", "ticket": number, "words": "Which floor?"})
        house.settle()
        pass_time(house, hours=3)
        assert heard(house, number) == ["answer"]


@pytest.mark.covers("H11")
def test_quiet_hours_hold_updates_and_nothing_else(tmp_path: Path, database_url: str) -> None:
    with desk(tmp_path, database_url, start=EVENING) as house:
        quiet, asked, solved, critical = (request(house, somebody(f"Person{n} Quiet")) for n in range(4))
        far = request(house, far_off := somebody("Grace Hopper"))
        house.run(
            lambda tx: (
                tx.execute(update(Person).where(Person.name == "Grace Hopper").values(zone="America/New_York")).rowcount
            )
        )
        for number in (quiet, far):
            house.verb("take", number)
        house.verb("priority", critical, "critical")
        house.verb("take", critical)
        pass_time(house, hours=2)
        house.ask("verb", **{"verb": "wait", "as": "anna", "ticket": asked, "words": "Which floor?"})
        house.ask("verb", **{"verb": "solve", "as": "anna", "ticket": solved, "words": ""})
        house.settle()
        assert heard(house, quiet) == []
        assert heard(house, asked) == ["question"]
        assert heard(house, solved) == ["solved"]
        assert heard(house, critical) == ["where_it_stands"]
        assert heard(house, far) == ["where_it_stands"], "it is afternoon where they live"
        assert "Anna Weber works on it." in words_of(last_mail(house, far_off))
        pass_time(house, hours=9)
        assert heard(house, quiet) == []
        pass_time(house, hours=1)
        assert heard(house, quiet) == ["where_it_stands"]


@pytest.mark.covers("H11")
@pytest.mark.parametrize("words", ["status?", "Status ?\n", "Stand?", "#status"])
def test_status_is_told_at_any_time_and_changes_nothing(tmp_path: Path, words: str) -> None:
    with desk(tmp_path, databases.embedded(tmp_path), start=EVENING + timedelta(hours=4)) as house:
        ada = somebody()
        number = request(house, ada)
        fate = deliver(house, reply(last_mail(house, ada), words, sender=ada))
        assert (fate.outcome, fate.ticket) == ("asked how it stands", number)
        assert heard(house, number) == ["where_it_stands"]
        told = words_of(last_mail(house, ada))
        assert "Nobody has begun yet" in told
        assert "You will hear from us by" in told
        assert house.ticket(number)["status"] == "new"
        assert "asked_how_it_stands" in [entry.action for entry in audit(house, number)]


@pytest.mark.covers("H11")
def test_status_of_what_is_solved_does_not_reopen_it_and_more_words_do(tmp_path: Path) -> None:
    with desk(tmp_path, databases.embedded(tmp_path)) as house:
        ada = somebody()
        number = request(house, ada)
        house.ask("verb", **{"verb": "solve", "as": "anna", "ticket": number, "words": "A new cable."})
        house.settle()
        deliver(house, reply(last_mail(house, ada), "status?", sender=ada))
        assert house.ticket(number)["status"] == "solved"
        assert "just answer here" in words_of(last_mail(house, ada))
        deliver(house, reply(last_mail(house, ada), "status? It is broken again.", sender=ada))
        assert house.ticket(number)["status"] == "open"
