"""What was said while the desk was away is read from Discord's history: all of it, once."""

import pytest

from tests.scenarios.discord.conftest import Office
from tests.scenarios.discord.looking import words
from tests.support.story import wait_until_followed, wait_until_read


@pytest.mark.covers("must:discord-missed")
def test_ten_minutes_of_missed_traffic_are_read_from_the_history(office: Office) -> None:
    wait_until_followed(office.house)
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
    wait_until_read(office.house)
    office.settle()
    assert sorted(office.house.read(words)) == ["It smells", "The lift is stuck", "The old printer is broken"]
    office.wait_for_mark(noted, "🔒")


@pytest.mark.covers("must:discord-missed")
def test_what_was_deleted_meanwhile_is_taken_back(office: Office) -> None:
    wait_until_followed(office.house)
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
