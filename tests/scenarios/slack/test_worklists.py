"""The list of the morning in a room and as a message to one agent, from which tickets are taken and looked at."""

from datetime import timedelta
from pathlib import Path

from tests.scenarios.slack.conftest import Office, an_office
from tests.scenarios.slack.looking import elements, words
from tests.support import databases
from tests.support.house import mail
from tests.support.slackserver import Channel, Message

LISTS = "[worklists]\n"


def the_list(office: Office, room: Channel) -> Message:
    """The newest list there."""

    def found() -> Message | None:
        said = [one for one in room.messages.values() if one.by_bot and "due today" in one.text]
        return said[-1] if said else None

    there = office.house.wait_until(found, "the list")
    assert there is not None
    return there


def test_a_team_has_its_list_in_its_room_and_who_takes_a_ticket_from_it_has_one_alone(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path), extra=LISTS) as office:
        office.house.send(mail(subject="The printer is on fire"))
        office.house.wait_until(lambda: office.house.audit(1), "the ticket")
        office.house.clock.forward(timedelta(hours=25))
        office.house.store.wake("jobs")
        listed = the_list(office, office.desk)
        assert "support: 1 overdue, 0 due today" in words(listed)
        assert "#1 The printer is on fire" in words(listed)
        menus = elements(listed.blocks)
        office.anna.choose(listed, menus["Take …"]["action_id"], "do:1:take")
        office.house.wait_until(lambda: office.house.ticket(1)["assignee"] == "Anna Weber", "the ticket in her hands")
        office.settle()
        office.house.clock.forward(timedelta(hours=24))
        office.house.store.wake("jobs")
        own = the_list(office, office.anna.dm)
        assert "Your tickets this morning: 1 overdue" in words(own)
        assert list(elements(own.blocks)) == ["Show …"], "nothing on it is free"
        ticket = elements(own.blocks)["Show …"]["options"][0]
        assert ticket["text"]["text"] == "#1 The printer is on fire"
        assert ticket["value"].startswith("do:1:show")
