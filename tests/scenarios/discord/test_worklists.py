"""The list of the morning on Discord: in the channel of agents without a thread, in a forum as a post."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import an_office
from tests.scenarios.discord.looking import choose, told
from tests.support import databases
from tests.support.house import mail

LISTS = "[worklists]\n"


def test_a_ticket_is_taken_from_the_teams_list(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path), extra=LISTS) as office:
        office.house.send(mail(subject="The printer is on fire"))
        office.card()
        office.settle()
        office.house.clock.forward(timedelta(hours=25))
        office.house.store.wake("jobs")
        listed = office.wait_for(office.desk, "support: 1 overdue, 0 due today")
        assert "#1" in listed.content
        assert listed.thread is None, "it is no ticket's card"
        choose(office.anna, listed, "Take …", "do:1:take")
        office.house.wait_until(lambda: office.house.ticket(1)["assignee"] == "Anna Weber", "the ticket in her hands")
        office.settle()
        office.house.clock.forward(timedelta(hours=24))
        office.house.store.wake("jobs")
        assert "#1" in told(office, office.anna, "Your tickets this morning: 1 overdue").content


@pytest.mark.covers("H10")
def test_in_a_forum_the_list_is_a_post(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path), extra=LISTS, forum=True) as office:
        office.house.send(mail(subject="The printer is on fire"))
        office.post()
        office.settle()
        office.house.clock.forward(timedelta(hours=25))
        office.house.store.wake("jobs")

        def post() -> str | None:
            said = [one.messages[0].content for one in office.guild.record.threads if one.messages]
            return next((words for words in said if "1 overdue, 0 due today" in words), None)

        assert "support" in str(office.house.wait_until(post, "the post"))
