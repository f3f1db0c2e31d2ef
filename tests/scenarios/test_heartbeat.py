"""A source that is away, or silent when it should not be, is an alarm; and not only on the channel it is about."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from bot.config import AgentSettings, Config
from bot.db.models import Alarm, Arrival, Delivery
from bot.db.tx import Tx
from bot.intake.heartbeat import ENOUGH, WEEKS
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.house import Clock, House, mail, running
from tests.support.story import Furnished

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def up(house: House) -> dict[str, str]:
    return {alarm["name"]: alarm["detail"] for alarm in house.ask("status")["alarms"]}


def told_on(house: House, channel: str) -> int:
    """How many were told of an alarm on a channel."""
    query = select(Delivery.id).where(Delivery.channel == channel, Delivery.notice == "alarm")
    return len(house.read(lambda session: session.scalars(query).all()))


def past_weeks(house: House, *, messages: int, weeks: int = WEEKS) -> None:
    """On the last Mondays so many mails came between ten and eleven."""

    def unit(tx: Tx) -> None:
        for week in range(1, weeks + 1):
            hour = MONDAY.replace(hour=10, minute=0) - timedelta(days=7 * week)
            tx.add(Arrival(source="smtp", hour=hour, messages=messages, last_at=hour + timedelta(minutes=5)))

    house.run(unit)


def house_on_a_monday(folder: Path, url: str, *, expect_every: float = 0.0, console: bool = False) -> House:
    def change(config: Config) -> Config:
        email = dict(config.channels["email"])
        email["smtp"] = {**email["smtp"], "expect_every": expect_every}
        channels = {**config.channels, "email": email}
        agents = config.agent
        if console:
            channels["console"] = {"socket": str(folder / "console.sock"), "mailbox": str(folder / "console")}
            agents = (*agents, AgentSettings(handle="max", name="Max", email="max@example.org", medium="console"))
        return msgspec.structs.replace(config, channels=channels, agent=agents)

    return Furnished(folder, url, change=change, clock=Clock(MONDAY))


@pytest.mark.covers("must:heartbeat")
def test_silence_in_hours_that_are_busy_in_other_weeks(tmp_path: Path, database_url: str) -> None:
    with running(house_on_a_monday(tmp_path, database_url, console=True)) as house:
        past_weeks(house, messages=ENOUGH)
        house.clock.forward(timedelta(hours=2))
        house.wait_until(lambda: "silence of smtp" in up(house), "the alarm")
        assert "from Monday 10:00 to Monday 11:00 UTC" in up(house)["silence of smtp"]
        house.wait_until(lambda: told_on(house, "email") == 1, "the admin to be told by mail")
        assert told_on(house, "console") == 1, "and somebody where it is not silent"
        house.send(mail())
        house.wait_until(lambda: "silence of smtp" not in up(house), "the alarm to be over")


def test_silence_that_is_nothing_new(tmp_path: Path, database_url: str) -> None:
    with running(house_on_a_monday(tmp_path, database_url)) as house:
        past_weeks(house, messages=ENOUGH, weeks=WEEKS - 1)
        house.clock.forward(timedelta(hours=2))
        house.send(mail())
        house.wait_until(lambda: arrivals(house) == [(1, 11)], "the mail to be noted")
        assert up(house) == {}


def arrivals(house: House) -> list[tuple[int, int]]:
    """What came since the start: how many messages, and in which hour."""
    query = select(Arrival).where(Arrival.hour > MONDAY)
    return house.read(lambda session: [(row.messages, row.hour.hour) for row in session.scalars(query)])


def test_silence_longer_than_configured(tmp_path: Path, database_url: str) -> None:
    with running(house_on_a_monday(tmp_path, database_url, expect_every=3600.0)) as house:
        house.clock.forward(timedelta(minutes=61))
        house.wait_until(lambda: "silence of smtp" in up(house), "the alarm")
        assert up(house)["silence of smtp"] == "nothing came since 2026-03-02 09:30 UTC (expect_every)"


@pytest.mark.covers("E86", "must:heartbeat")
def test_a_mailbox_that_cannot_be_reached(tmp_path: Path, database_url: str, own_dovecot: Dovecot) -> None:
    box = {"host": "127.0.0.1", "port": own_dovecot.port, "tls": "none", "username": "help", "password": PASSWORD}

    def change(config: Config) -> Config:
        email = {**config.channels["email"], "mailbox": [box]}
        return msgspec.structs.replace(config, channels={**config.channels, "email": email})

    house = Furnished(tmp_path, database_url, change=change)
    own_dovecot.stop()
    with house.sink:
        house.start()
        name = "source mailbox help@127.0.0.1"
        house.wait_until(lambda: name in up(house), "the alarm")
        assert up(house)[name].startswith("email.mailbox.host: 127.0.0.1:")
        house.wait_until(lambda: told_on(house, "email") == 1, "the admin to be told")
        own_dovecot.start()
        house.wait_until(lambda: name not in up(house), "the alarm to be over")
        house.stop()


def test_the_alarm_of_a_mailbox_that_is_not_there_any_more_is_cleared(tmp_path: Path) -> None:
    """On SQLite. On a server it may be another process's."""

    def leftover(tx: Tx) -> None:
        tx.add(Alarm(name="source mailbox gone", detail="", raised_at=tx.now, last_at=tx.now, times=1))

    house = house_on_a_monday(tmp_path, f"sqlite:///{tmp_path}/firstline.db")
    with house.sink:
        house.start()
        house.run(leftover)
        house.stop()
        house.start()
        house.wait_until(lambda: not up(house), "it to be cleared")
        house.stop()
