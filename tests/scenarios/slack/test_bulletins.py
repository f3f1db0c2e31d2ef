"""A bulletin that an agent sends on Slack: one message says how far it is, and on the Home page it stands at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.followup.bulletins import STEP
from tests.scenarios.slack.conftest import Office, a_side
from tests.scenarios.slack.looking import words
from tests.support import databases
from tests.support.house import House, running
from tests.support.slackserver import Message, SlackServer

PACE = "[bulletins]\nper_minute = 2\n"


def minute(office: Office) -> None:
    office.house.clock.forward(STEP + timedelta(seconds=1))
    office.house.store.wake("jobs")
    office.settle()


def progress(office: Office, text: str) -> Message:
    """The one message to Anna that says how far it is, once it says so."""

    def found() -> Message | None:
        said = [one for one in office.anna.dm.messages.values() if one.by_bot and "No net" in words(one)]
        own = [one for one in said if " people" in words(one)]
        assert len(own) <= 1, "it is kept current in place"
        return next((one for one in own if text in words(one)), None)

    there = office.house.wait_until(found, f"“{text}”")
    assert there is not None
    return there


@pytest.mark.covers("must:bulletins")
def test_one_message_is_kept_current_and_readers_see_who_wrote(tmp_path: Path) -> None:
    with SlackServer() as server:
        side = a_side(server)
        lead = side.toml.replace('handle = "anna"', 'handle = "anna"\nrole = "lead"')
        house = House(tmp_path, databases.embedded(tmp_path), extra=lead + PACE)
        with running(house):
            server.wait_until(lambda: len(server.sockets.open) >= 2)
            office = Office(house=house, **vars(side))
            office.ada.post(office.ada.dm, "The printer is broken")
            office.settle()
            rows = [{"email": f"p{n}@example.com", "name": f"Person {n}"} for n in range(2)]
            house.ask("people.import", rows=[*rows, {"email": "ada@example.com", "name": "Ada Lovelace"}])
            office.ada.open_home()
            office.settle()
            office.anna.command("/desk", "bulletin No net on Sunday -- It comes back at **noon**.", channel=office.desk)
            first = progress(office, "begins to go out to 6 people")
            minute(office)
            assert progress(office, "2 of 6 people have it") is first
            minute(office)
            minute(office)
            minute(office)
            assert progress(office, "has gone out to 6 people") is first
            got = [one for one in office.ada.dm.messages.values() if one.by_bot and "No net" in words(one)]
            assert len(got) == 1
            assert "Anna Weber, IT Help" in words(got[0])
            home = office.house.wait_until(lambda: "No net on Sunday" in str(office.ada.home), "her page")
            assert home
