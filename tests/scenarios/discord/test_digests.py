"""A digest in a channel of Discord: words, and pictures and tables with them."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import an_office
from tests.support import databases
from tests.support.clocks import earlier_each_day
from tests.support.house import AGENTS, mail

DIGEST = """
[[digest]]
name = "Here"
cron = "HOUR"
period = "yesterday"
channel = "discord"
to = "default"
sections = ["volume", "hours"]
"""


LED_BY_ANNA = AGENTS.replace('name = "Anna Weber"', 'name = "Anna Weber"\nrole = "lead"')


@pytest.mark.covers("H16", "must:digest")
def test_a_digest_stands_in_the_channel_of_agents(tmp_path: Path) -> None:
    extra = earlier_each_day(DIGEST)
    with an_office(tmp_path, databases.embedded(tmp_path), extra=extra, agents=LED_BY_ANNA) as office:
        office.house.send(mail(subject="The printer is on fire"))
        card = office.card()
        office.settle()
        office.house.clock.forward(timedelta(hours=25))
        office.house.store.wake("jobs")
        digest = office.wait_for(office.desk, "**Here**")
        assert "Opened: **1**" in digest.content
        assert card.thread is not None
        assert f"https://discord.com/channels/{office.guild.id}/{card.thread.id}>)" in digest.content
        assert digest.thread is None
        assert [file.filename for file in digest.attachments] == ["volume.png", "hours.png", "Here.csv"]
        volume, hours, table = [file.description for file in digest.attachments]
        assert (volume or "").startswith("Tickets opened (")
        assert (hours or "").startswith("When tickets are opened.")
        assert not table

        office.anna.say(office.desk, "#report backlog today", reply_to=digest)
        report = office.wait_for(office.anna.dm, "**Report**")
        assert "Open at the end: **1**" in report.content
