"""What many tickets have in common is told in one list a person: what changed rules made overdue, and reminders."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot.actions.notify import Notify
from bot.config import Config
from bot.db.models import Delivery
from tests.support.clocks import MONDAY, events, pass_time
from tests.support.house import Clock, House, running, text_of
from tests.support.story import ANNA, BEN, LEA, Furnished, address_of, last_mail, request, somebody

LOOSE = '[[policy]]\nname = "All"\nfirst_response = "20 days"\nresolution = "{}"\nwarn_at = [0.5]\n'
MANY = 23


@contextmanager
def desk(folder: Path, url: str, book: str, *, after: timedelta = timedelta()) -> Iterator[House]:
    """The desk with the shipped books and this one, some time after Monday morning."""
    path = folder / "own.toml"
    path.write_text(book, encoding="utf-8")

    def change(config: Config) -> Config:
        return replace(config, rules=replace(config.rules, books=(str(path),)))

    with running(Furnished(folder, url, change=change, clock=Clock(MONDAY + after))) as house:
        yield house


def notices(house: House, person: str) -> list[str]:
    """The notices that an agent was sent about promises, and lists."""
    about = ("sla_warning", "sla_breached", "overdue", "ticket_stale", "ticket_list")
    query = select(Delivery.notice).where(Delivery.recipient == address_of(person), Delivery.notice.in_(about))
    return house.read(lambda session: list(session.scalars(query.order_by(Delivery.id))))


@pytest.mark.covers("H8", "must:replan")
def test_what_stricter_rules_make_overdue_is_stored_for_each_ticket_and_told_in_one_list(
    tmp_path: Path, database_url: str
) -> None:
    with desk(tmp_path, database_url, LOOSE.format("10 days")) as house:
        numbers = [request(house, somebody(), f"The chair {place}") for place in range(MANY)]
    with desk(tmp_path, database_url, LOOSE.format("1 hour"), after=timedelta(hours=3)) as house:
        pass_time(house, seconds=1)
        for number in numbers:
            [breach] = events(house, number, "sla.breached")
            assert msgspec.json.decode(breach)["sla"]["retimed"] is True
        pass_time(house, minutes=2)
        assert [notices(house, person) for person in (ANNA, BEN, LEA)] == [["ticket_list"]] * 3
        mail = last_mail(house, ANNA)
        assert mail["Subject"] == f"Tickets past their time: {MANY}"
        told = text_of(mail)
        assert "Rules or calendars were changed" in told
        assert f"#{numbers[0]}" in told
        assert f"#{numbers[19]}" in told
        assert f"#{numbers[20]}" not in told
        assert "And 3 more" in told
        later = request(house, somebody(), "The desk")
        pass_time(house, hours=2)
        assert notices(house, ANNA) == ["ticket_list", "sla_breached"], "what time alone breaks is told by itself"
        assert msgspec.json.decode(events(house, later, "sla.breached")[0])["sla"]["retimed"] is False
    sooner = LOOSE.format("1 hour").replace("20 days", "30 minutes")
    with desk(tmp_path, database_url, sooner, after=timedelta(hours=6)) as house:
        pass_time(house, seconds=1)
        pass_time(house, minutes=2)
        assert notices(house, ANNA) == ["ticket_list", "sla_breached", "ticket_list"]
        assert last_mail(house, ANNA)["Subject"] == f"Tickets past their time: {MANY + 1}"


@pytest.mark.covers("H8", "must:replan")
def test_what_stricter_rules_bring_near_is_one_list_too_and_what_is_done_meanwhile_is_left_out(
    tmp_path: Path, database_url: str
) -> None:
    with desk(tmp_path, database_url, LOOSE.format("10 days")) as house:
        first, second = (request(house, somebody(), subject) for subject in ("The chair", "The lamp"))
    with desk(tmp_path, database_url, LOOSE.format("4 hours"), after=timedelta(hours=3)) as house:
        pass_time(house, seconds=1)
        house.ask("verb", **{"verb": "solve", "as": "anna", "ticket": first, "words": "A new one."})
        pass_time(house, minutes=2)
        assert notices(house, BEN) == ["ticket_list"]
        mail = last_mail(house, BEN)
        assert mail["Subject"] == "Tickets that are due soon: 1"
        assert f"#{second}" in text_of(mail)
        assert f"#{first}" not in text_of(mail)


def test_a_notice_that_no_list_can_stand_in_for_is_not_listed() -> None:
    with pytest.raises(ValueError, match="listed is for overdue, sla_breached, sla_warning, ticket_stale"):
        Notify(who="assignee", notice="note_added", listed=True)
