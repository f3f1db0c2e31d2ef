"""Four weeks on mail, Slack and Discord at once: changed clocks, a holiday, an agent who is away, and the end.

The weeks are those around the next change to winter time, so that the story is the same whenever it is played.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.db.models import Delivery, Question
from tests.scenarios.rooms.conftest import Offices, offices_at_work
from tests.scenarios.slack.looking import form, words
from tests.scenarios.slack.looking import press as press_on_slack
from tests.support import databases
from tests.support.clocks import pass_time
from tests.support.house import House, mail, reply
from tests.support.story import deliver, last_mail

BERLIN: Final = ZoneInfo("Europe/Berlin")
DAY: Final = timedelta(days=1)
GRACE: Final = "Grace Hopper <grace@example.com>"


def _next_change() -> date:
    """The next Sunday, some days from now, on which an hour comes twice."""
    day = datetime.now(BERLIN).date() + 5 * DAY
    while _offset(day) <= _offset(day + DAY):
        day += DAY
    return day


def _offset(day: date) -> timedelta:
    return datetime.combine(day, time(), BERLIN).utcoffset() or timedelta()


SUNDAY: Final = _next_change()
DIGEST: Final = SUNDAY + 22 * DAY
SETTINGS: Final = f"""
[worklists]

[calendar]
zone = "Europe/Berlin"
closed = ["{SUNDAY + DAY}"]
[calendar.hours]
mon = ["08:00-17:00"]
tue = ["08:00-17:00"]
wed = ["08:00-17:00"]
thu = ["08:00-17:00"]
fri = ["08:00-17:00"]
""" + "".join(
    f"""
[[digest]]
name = "weeks-{channel}"
cron = "0 9 {DIGEST.day} {DIGEST.month} *"
period = "30 days"
channel = "{channel}"
to = "{to}"
sections = ["volume"]
"""
    for channel, to in (("slack", "default"), ("discord", "default"), ("email", "lea@example.org"))
)


def until(house: House, day: date, hour: int) -> None:
    """Let time pass until that hour in Berlin, from one opening of the desk to the next."""
    wanted = datetime.combine(day, time(hour), BERLIN).astimezone(UTC)
    while (left := wanted - house.clock()) > timedelta():
        today = house.clock().astimezone(BERLIN)
        eight = datetime.combine(today.date() + (today.hour >= 8) * DAY, time(8, 1), BERLIN)
        pass_time(house, seconds=min(eight.astimezone(UTC) - house.clock(), left).total_seconds())


def sent(house: House, notice: str) -> list[tuple[str, datetime]]:
    """On which channels a notice was sent, and when on the wall in Berlin."""
    query = select(Delivery.channel, Delivery.queued_at).where(Delivery.notice == notice).order_by(Delivery.id)
    rows = house.read(lambda session: session.execute(query).all())
    return [(row.channel, row.queued_at.astimezone(BERLIN)) for row in rows]


def lists(house: House, channel: str) -> list[tuple[date, int]]:
    """On which days the lists on a channel came from the first Friday on, and at which hour."""
    came = {(at.date(), at.hour) for one, at in sent(house, "work_list") if one == channel}
    return sorted((day, hour) for day, hour in came if day > SUNDAY - 3 * DAY)


def told(house: House, notice: str) -> Counter[str]:
    """How often requesters were sent a notice, by channel."""
    return Counter(channel for channel, _ in sent(house, notice))


EACH: Final = {"email": 1, "slack": 1, "discord": 1}


def _ask(offices: Offices) -> None:
    """Thursday: a request on each medium, each with an agent who works elsewhere or here, and a time for all."""
    offices.slack.ada.post(offices.slack.ada.dm, "The door squeaks")
    offices.settle()
    offices.discord.ada.send_dm("The window is stuck")
    offices.settle()
    deliver(offices.house, mail(GRACE, "The chair wobbles"))
    for number, agent in ((1, "anna"), (2, "ben"), (3, "lea")):
        offices.house.verb("take", number, who=agent)
        offices.house.verb("expect", number, "9 business days", who=agent)


def _mark(offices: Offices) -> tuple[str | None, str]:
    query = select(Question.answer, Question.comment).where(Question.kind == "survey", Question.ticket_id == 3)
    row = offices.house.read(lambda session: session.execute(query).one())
    return row.answer, row.comment


@pytest.mark.soak  # 15 s of a processor: three media, four weeks, day by day
@pytest.mark.covers("H7", "H10", "H11", "H12", "H13", "H16", "must:weeks")
def test_four_weeks_on_every_medium(tmp_path: Path) -> None:
    with offices_at_work(tmp_path, databases.embedded(tmp_path), extra=SETTINGS) as offices:
        house = offices.house
        house.clock.forward(datetime.combine(SUNDAY - 3 * DAY, time(9), BERLIN).astimezone(UTC) - house.clock())
        _ask(offices)
        until(house, SUNDAY - 2 * DAY, 9)
        assert told(house, "where_it_stands") == EACH, "the times, grouped with who works on it"
        house.ask("verb", **{"verb": "away", "as": "anna", "argument": f"until {SUNDAY + 4 * DAY}"})
        until(house, SUNDAY + 5 * DAY, 9)
        friday, tuesday = SUNDAY - 2 * DAY, SUNDAY + 2 * DAY
        worked = [friday, *(tuesday + n * DAY for n in range(4))]
        assert [day for day, _ in lists(house, "email")] == worked, "not on the weekend, nor on the holiday"
        assert {hour for channel in EACH for _, hour in lists(house, channel)} == {8}, "also after the night"
        until(house, SUNDAY + 11 * DAY, 9)
        assert set(told(house, "still_on_it")) == set(EACH), "in the rhythm, on each medium"
        for number, agent in ((1, "anna"), (2, "ben"), (3, "lea")):
            words_ = f"Oil helped with {number}."
            house.ask("verb", **{"verb": "solve", "as": agent, "ticket": number, "words": words_})
        offices.settle()
        assert offices.everywhere("Oil helped with 1") == (2, 1, 0), "to Ada, and below the card on each platform"
        assert all(house.ticket(number)["expected_at"] is None for number in (1, 2, 3))
        until(house, SUNDAY + 16 * DAY, 18)
        assert told(house, "solved_nudge") == EACH
        _answer(offices)
        until(house, SUNDAY + 19 * DAY, 9)
        assert [house.ticket(number)["status"] for number in (1, 2, 3)] == ["open", "closed", "closed"]
        assert _mark(offices) == ("4", "quick and friendly")
        until(house, DIGEST, 10)
        offices.settle()
        assert told(house, "digest") == EACH


def _answer(offices: Offices) -> None:
    """On Slack no, on Discord nothing, by mail yes and a mark with words."""
    said = list(offices.slack.ada.dm.messages.values())
    nudge = next(one for one in reversed(said) if one.by_bot and "Oil helped" in words(one))
    press_on_slack(offices.slack, offices.slack.ada, nudge, "No")
    offices.slack.ada.submit(form(offices.slack, offices.slack.ada, "No"), {"words": "It squeaks still"})
    offices.settle()
    for answer in ("1\n", "4: quick and friendly\n"):
        deliver(offices.house, reply(last_mail(offices.house, GRACE, 3), answer, sender=GRACE))
