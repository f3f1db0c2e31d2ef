"""What was said while the desk was away is read from Discord's history: all of it, once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Cursor
from bot.intake.catchup import EVERYWHERE
from tests.scenarios.discord.conftest import Office
from tests.scenarios.discord.looking import words


def cursors(session: Session) -> list[str]:
    return list(session.scalars(select(Cursor.place)))


def catch_up(office: Office) -> None:
    """Wait until everything that was said until now is read, and worked."""
    now = datetime.now(UTC)

    def has_caught_up(session: Session) -> bool:
        rows = session.scalars(select(Cursor)).all()
        return [row.place for row in rows] == [EVERYWHERE] and rows[0].until > now

    office.house.wait_until(lambda: office.house.read(has_caught_up), "the end of reading")
    office.settle()


@pytest.mark.covers("must:discord-missed")
def test_ten_minutes_of_missed_traffic_are_read_from_the_history(office: Office) -> None:
    office.house.wait_until(lambda: office.house.read(cursors), "the first cursor")
    first = office.ada.send_dm("The printer is broken")
    office.wait_for(office.ada.dm, "#1")
    thread = office.thread()
    office.settle()
    office.house.stop()
    office.server.expire_sessions()
    office.ada.send_dm("It smells", reply_to=first)
    office.ada.say(office.watched, "The lift is stuck")
    noted = office.anna.say(thread, "// it is the old one")
    office.ada.edit(first, "The old printer is broken")
    office.house.start()
    office.house.wait_until(lambda: len(office.house.read(words)) == 3, "what was said")
    catch_up(office)
    assert sorted(office.house.read(words)) == ["It smells", "The lift is stuck", "The old printer is broken"]
    office.wait_for_mark(noted, "🔒")


@pytest.mark.covers("must:discord-missed")
def test_what_was_deleted_meanwhile_is_taken_back(office: Office) -> None:
    office.house.wait_until(lambda: office.house.read(cursors), "the first cursor")
    first = office.ada.send_dm("The printer is broken")
    office.wait_for(office.ada.dm, "#1")
    said = office.ada.send_dm("My password is swordfish", reply_to=first)
    office.house.wait_until(lambda: len(office.house.read(words)) == 2, "both")
    office.settle()
    office.house.stop()
    office.server.expire_sessions()
    office.ada.delete(said)
    office.house.start()
    office.house.wait_until(lambda: "withdrawn" in office.house.audit(1), "the end of it")
