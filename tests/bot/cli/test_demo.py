"""`firstline demo`: the story is a test of its own, and fails aloud."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.demo import mails
from bot.demo.show import Show
from bot.demo.stage import DESK, Failed, Stage
from bot.demo.story import Story
from tests.bot.cli.conftest import Run


@pytest.mark.covers("H1", "H2", "H7")
def test_the_story_goes_as_it_should(firstline: Run, tmp_path: Path) -> None:
    done = firstline("/nowhere/config.toml", "demo")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "All of it went as it should" in done.stdout
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir()), "it leaves nothing behind"


def test_a_desk_that_does_something_else_fails_the_story() -> None:
    with Stage("\n[rules]\nshipped = false\n") as stage, pytest.raises(Failed, match=r"mails to .* it sent: none"):
        Story(stage, Show()).play()


def test_a_refused_mail_fails_the_story(stage: Stage) -> None:
    with pytest.raises(Failed, match="550"):
        stage.receive(mails.request("ada@example.com", "nobody@example.org", "x", "y"))


def test_a_desk_that_cannot_start_fails_the_story() -> None:
    stage = Stage("\n[[agent]]\nhandle = 'cy'\nname = 'Cy'\nemail = 'cy@example.org'\nmedium = 'pigeon'\n")
    with pytest.raises(Failed, match="pigeon"), stage:
        pass
    assert not stage.folder.exists()


def test_a_reply_is_what_a_mail_program_writes() -> None:
    asked = mails.request("Ada <ada@example.com>", DESK, "Help", "It broke.")
    asked["Reply-To"] = "Ada <ada+token@example.com>"
    answer = mails.reply(asked, "Coming.")
    assert answer["To"] == "Ada <ada+token@example.com>"
    assert answer["Subject"] == "Re: Help"
    assert answer["In-Reply-To"] == answer["References"] == asked["Message-ID"]
    assert mails.text_of(answer) == "Coming.\n\nAda wrote:\n> It broke."


def test_a_bounce_is_a_delivery_report() -> None:
    asked = mails.request(DESK, "Ben <ben@example.net>", "Re: VPN", "Try again.")
    asked["Reply-To"] = "help+token@example.org"
    report = message_from_bytes(
        mails.bounce(asked, "550 5.1.1 no such user", "5.1.1").as_bytes(policy=policy.SMTP), policy=policy.default
    )
    assert isinstance(report, EmailMessage)
    assert report.get_content_type() == "multipart/report"
    assert [part.get_content_type() for part in report.iter_parts()] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    assert b"Final-Recipient: rfc822; ben@example.net" in report.as_bytes()
    assert asked["Message-ID"].encode() in report.as_bytes()
