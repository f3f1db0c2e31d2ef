"""A digest in a room of Slack: words, links to threads, pictures and tables; and one for a room that is gone."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db.models import Alarm
from tests.scenarios.slack.conftest import an_office
from tests.scenarios.slack.looking import the_card, words
from tests.support import databases
from tests.support.clocks import earlier_each_day
from tests.support.house import mail
from tests.support.slackserver import File, Message

DIGESTS = """
[[digest]]
name = "Gone"
cron = "HOUR"
period = "yesterday"
channel = "slack"
to = "C0GONE"
sections = ["volume"]

[[digest]]
name = "Here"
cron = "HOUR"
period = "yesterday"
channel = "slack"
to = "default"
sections = ["volume", "backlog"]
"""


@pytest.mark.covers("H16", "must:digest", "bad:digest-channel-gone")
def test_a_digest_stands_in_its_room_though_another_has_none(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path), extra=earlier_each_day(DIGESTS)) as office:
        office.house.send(mail(subject="The printer is on fire"))
        office.house.wait_until(lambda: office.house.audit(1), "the ticket")
        office.settle()
        card = the_card(office)
        office.house.clock.forward(timedelta(hours=25))
        office.house.store.wake("jobs")

        def there() -> Message | None:
            return next((one for one in office.desk.top_level() if "Here" in one.text), None)

        digest = office.house.wait_until(there, "the digest")
        assert digest is not None
        assert "Opened: 1" in words(digest)
        room, ts = office.desk.id, card.ts
        link = f"https://acme.slack.com/archives/{room}/p{ts.replace('.', '')}?thread_ts={ts}&cid={room}"
        assert link in str(digest.blocks)

        lea = office.workspace.person("lea", email="lea@example.org")
        office.workspace.join(office.desk, lea.id)
        lea.post(office.desk, "#report backlog today", thread=digest)
        names = ["volume.png", "backlog.png", "Here.csv"]

        def files() -> list[File]:
            below = [one for one in office.desk.messages.values() if one.thread_ts == digest.ts]
            return [file for one in below for file in one.files]

        office.house.wait_until(lambda: [file.name for file in files()] == names, "the pictures below it")
        assert [file.alt_txt.partition(":")[0] for file in files()] == [
            "Tickets opened (now, before)",
            "Open tickets (now, before)",
            "",
        ]

        def alarm() -> Alarm | None:
            return office.house.read(lambda session: session.scalar(select(Alarm).where(Alarm.name.like("delivery%"))))

        raised = office.house.wait_until(alarm, "the alarm")
        assert raised is not None
        assert raised.detail.startswith("the digest for C0GONE failed: ")

        def report() -> bool:
            return any("Open at the end: 1" in words(one) for one in lea.dm.messages.values() if "Report" in one.text)

        office.house.wait_until(report, "the report that Lea asked for below the digest")
