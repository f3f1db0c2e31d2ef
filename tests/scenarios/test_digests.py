"""Digests by cron and reports on demand, by mail: what a manager gets, and what they can do with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.json import decode
from msgspec.structs import replace
from sqlalchemy import select

from bot.config import Config, DigestSettings
from bot.db.models import Alarm, Blob, Delivery
from channels.base import Outgoing
from tests.support import databases
from tests.support.clocks import MONDAY, pass_time
from tests.support.house import Clock, House, mail, reply, running, text_of
from tests.support.story import ANNA, LEA, Furnished, deliver, last_mail, mails, request, writes

PROVEN = "mx.example.org; dmarc=pass header.from=example.org"
DAILY = DigestSettings(name="Daily", cron="0 8 * * *", period="yesterday", to="lea@example.org")


def desk(folder: Path, url: str, *digests: DigestSettings) -> House:
    def change(config: Config) -> Config:
        return replace(config, digest=digests)

    return Furnished(folder, url, change=change, clock=Clock(MONDAY))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    broken = tmp_path / "words.md"
    broken.write_text("Subject: Ours\n\nAll is well.\n{{ name | louder }}\n", encoding="utf-8")
    quiet = replace(DAILY, name="Quiet", category="telephones", to="boss@example.org", language="de")
    with running(
        desk(tmp_path, databases.embedded(tmp_path), replace(DAILY, name="Ours", template=str(broken)), DAILY, quiet)
    ) as made:
        yield made


@pytest.mark.covers("H16", "must:digest", "bad:digest-template", "bad:empty-period")
def test_a_digest_comes_by_cron_and_leads_to_its_tickets(house: House) -> None:
    number = request(house, subject="The press =stands still")
    writes(house, ANNA, number, "I am on my way.")
    pass_time(house, hours=23)
    found = house.wait_until(lambda: [one for one in mails(house, LEA) if "Daily" in str(one["Subject"])], "the digest")
    words = text_of(found[-1])
    assert str(found[-1]["Subject"]) == "Daily: Monday, 23 November 2026"
    assert "Opened: 1 (before: 0)" in words
    assert f"#{number}" in words
    assert "The press =stands still: priority medium, open since" in words
    names = [part.get_filename() for part in found[-1].walk() if part.get_filename()]
    assert names == ["volume.png", "backlog.png", "hours.png", "Daily.csv"]
    link = next(word for word in words.split() if word.startswith(("(help+", "help+")))
    to, _, asked = link.strip("()").partition("?")
    assert asked == f"subject=%23{number}&body=%23show%20{number}"
    deliver(house, mail(LEA, f"#{number}", f"#show {number}"), to=to)
    house.wait_until(lambda: "I am on my way." in text_of(last_mail(house, LEA)), "the ticket")

    back = reply(found[-1], "#report backlog today", sender=LEA)
    deliver(house, back, to=str(found[-1]["Reply-To"]))
    reports = house.wait_until(lambda: [one for one in mails(house, LEA) if "Report" in str(one["Subject"])], "theirs")
    assert "Open at the end: 1" in text_of(reports[-1])

    ours = [one for one in mails(house, LEA) if str(one["Subject"]).startswith("Ours")]
    assert "Opened: 1" in text_of(house.wait_until(lambda: ours, "the digest in shipped words")[0])
    alarm = house.read(lambda session: session.scalars(select(Alarm).where(Alarm.name.like("template%"))).one())
    assert "words.md:4: No filter named 'louder'" in alarm.detail

    [quiet] = [one for one in house.sink.messages if "boss@example.org" in one.recipients]
    assert "Nichts" in text_of(quiet.message), "nothing happened to telephones, and that in German"
    assert not [part for part in quiet.message.walk() if part.get_filename()]

    sent = select(Delivery.outgoing, Delivery.rendered).where(Delivery.notice == "digest").order_by(Delivery.id)
    before = house.read(lambda session: session.execute(sent).all())
    pass_time(house, days=31)
    after = house.read(lambda session: session.execute(sent).all())
    newest = {file.sha256 for row in after[len(before) :] for file in decode(row.outgoing, type=Outgoing).files}
    held = house.read(lambda session: set(session.scalars(select(Blob.sha256))))
    assert held == newest != set(), "after a month their bytes are gone, but what the newest show too"
    assert [row.rendered is None for row in after if decode(row.outgoing, type=Outgoing).files] == [True] * 3 + [
        False
    ] * 2
    assert [row.outgoing for row in before] == [row.outgoing for row in after][: len(before)], "their words are not"


@pytest.mark.covers("must:report-verb")
def test_a_lead_asks_for_a_report_by_mail_and_an_agent_may_not(tmp_path: Path) -> None:
    with running(desk(tmp_path, databases.embedded(tmp_path))) as house:
        request(house)
        deliver(house, mail(LEA, "", "#report volume today", Authentication_Results=PROVEN))
        found = house.wait_until(
            lambda: [one for one in mails(house, LEA) if str(one["Subject"]).startswith("Report")], "the report"
        )
        assert "Tickets opened: 1; in the period before: 0." in text_of(found[0])
        deliver(house, mail(LEA, "", "#report volumes today", Authentication_Results=PROVEN))
        assert "is no report" in text_of(last_mail(house, LEA))
        deliver(house, mail(ANNA, "", "#report", Authentication_Results=PROVEN))
        assert "You may not use #report" in text_of(last_mail(house, ANNA))
