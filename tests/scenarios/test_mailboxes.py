"""Mail out of a mailbox, through the whole desk: one ticket for each mail, whichever way and however often it came."""

from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import func, select

from bot.config import Config
from bot.db.models import File, Ticket
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.dovecot import running as running_dovecot
from tests.support.house import House, mail, running, text_of
from tests.support.story import Furnished


def tickets(house: House) -> int:
    return house.read(lambda session: session.scalar(select(func.count(Ticket.id)))) or 0


def octets(message: EmailMessage, *trace: str) -> bytes:
    """The mail as a server keeps it, with the headers it put in front."""
    return "".join(f"{line}\r\n" for line in trace).encode() + message.as_bytes()


@pytest.fixture
def user() -> str:
    return f"help-{uuid4().hex[:12]}"


def alarms(house: House) -> dict[str, str]:
    return {alarm["name"]: alarm["detail"] for alarm in house.ask("status")["alarms"]}


def with_mailbox(
    folder: Path, dovecot: Dovecot, user: str, *, url: str, max_size: int = 2_000_000, **changes: object
) -> House:
    """A house whose desk also looks into a mailbox."""
    box = {"host": "127.0.0.1", "port": dovecot.port, "tls": "none", "username": user, "password": PASSWORD, **changes}

    def change(config: Config) -> Config:
        given = config.channels["email"]
        roomy = {**given["smtp"], "bytes_in_flight": 4 * max_size}
        email = {**given, "mailbox": [box], "max_size": max_size, "smtp": roomy}
        return msgspec.structs.replace(config, channels={**config.channels, "email": email})

    return Furnished(folder, url, change=change)


@pytest.mark.covers("must:smtp-and-imap")
def test_the_same_mail_by_smtp_and_imap_is_one_ticket(
    tmp_path: Path, database_url: str, dovecot: Dovecot, user: str
) -> None:
    message = mail()
    with running(with_mailbox(tmp_path, dovecot, user, url=database_url)) as house:
        house.send(octets(message, "Received: from a by b; Mon, 1 Jan 2026 10:00:00 +0000"))
        dovecot.put(
            user, octets(message, "Return-Path: <ada@example.com>", "Received: from c by d; 1 Jan 2026 10:00 +0000")
        )
        house.wait_until(lambda: dovecot.count(user, folder="Firstline") == 1, "the mail to be moved")
        house.settle()
        assert tickets(house) == 1
        assert len(house.mails_to("ada@example.com")) == 1
        assert not house.ask("status")["alarms"]


@pytest.mark.covers("E75", "bad:mail-over-the-limit-in-a-mailbox")
def test_a_mail_over_the_limit_is_answered_and_can_be_taken_in_later(
    tmp_path: Path, database_url: str, dovecot: Dovecot, user: str
) -> None:
    large = octets(mail("Ada <ada@example.com>", "Ein Foto", "Der Drucker im dritten Stock geht nicht.\n" * 80_000))
    house = with_mailbox(tmp_path, dovecot, user, url=database_url)
    with house.sink:
        house.start()
        dovecot.put(user, large)
        (told,) = house.mails_to("ada@example.com")
        assert "zu groß" in text_of(told)
        house.wait_until(lambda: dovecot.count(user, "FLAGGED", "Firstline") == 1, "it to be kept")
        assert tickets(house) == 0
        assert list(alarms(house)) == [f"too large in {user}@127.0.0.1"]
        assert "a mail from ada@example.com is too large" in alarms(house)[f"too large in {user}@127.0.0.1"]
        house.stop()
        roomy = with_mailbox(tmp_path, dovecot, user, url=database_url, max_size=8_000_000)
        with dovecot.session(user, "Firstline") as client:
            client.copy("1", "INBOX")
        with running(roomy):
            roomy.wait_until(lambda: tickets(roomy) == 1, "it to be a ticket")


@pytest.mark.covers("bad:mailbox-quota")
def test_a_mailbox_over_quota_is_an_alarm_and_everything_is_taken_in_once(
    tmp_path: Path, database_url: str, user: str
) -> None:
    """The server has no MOVE, and no room for copies: until somebody deletes something."""
    first, second = octets(mail(subject="First")), octets(mail(subject="Second"))
    with running_dovecot(capability="IMAP4rev1 IDLE UIDPLUS", quota=50_000) as server:
        server.put(user, octets(mail(text="old\n" * 6_000)), folder="Sent")
        server.put(user, octets(mail(text="large\n" * 1_400)), first)
        house = with_mailbox(tmp_path, server, user, url=database_url, poll=1.0)
        alarm = f"source mailbox {user}@127.0.0.1"
        with running(house):
            house.wait_until(lambda: alarm in alarms(house), "the alarm")
            assert "email.mailbox.after: " in alarms(house)[alarm]
            assert "quota" in alarms(house)[alarm].lower()
            assert server.count(user) == 2
            server.put(user, second)
            house.wait_until(lambda: tickets(house) == 3, "what comes later to be taken in all the same")
            house.wait_until(lambda: server.count(user, folder="Firstline") == 1, "it to be moved: it fits")
            assert alarm in alarms(house)
            server.empty(user, "Sent")
            house.wait_until(lambda: server.count(user, folder="Firstline") == 3, "all to be moved")
            house.wait_until(lambda: alarm not in alarms(house), "the alarm to be over")
            house.settle()
            assert (tickets(house), server.count(user)) == (3, 0)
            assert len(house.mails_to("ada@example.com")) == 3


def test_a_restart_between_taking_and_marking_doubles_nothing(
    tmp_path: Path, database_url: str, dovecot: Dovecot, user: str
) -> None:
    house = with_mailbox(tmp_path, dovecot, user, url=database_url, after="seen")
    dovecot.put(user, octets(mail()))
    with house.sink:
        house.start()
        house.wait_until(lambda: dovecot.count(user, "SEEN") == 1, "the mail to be marked")
        house.settle()
        house.stop()
        with dovecot.session(user) as client:
            client.store("1", "-FLAGS", r"(\Seen)")
        house.start()
        house.wait_until(lambda: dovecot.count(user, "SEEN") == 1, "the mail to be marked again")
        house.settle()
        assert tickets(house) == 1
        house.stop()


def test_another_uidvalidity_doubles_nothing(
    tmp_path: Path, database_url: str, own_dovecot: Dovecot, user: str
) -> None:
    message = octets(mail())
    with running(with_mailbox(tmp_path, own_dovecot, user, url=database_url, after="seen")) as house:
        own_dovecot.put(user, message)
        house.wait_until(lambda: own_dovecot.count(user, "SEEN") == 1, "the mail to be marked")
        own_dovecot.stop()
        own_dovecot.start()
        own_dovecot.renumber(user)
        own_dovecot.put(user, message, octets(mail(subject="Another")))
        house.wait_until(lambda: own_dovecot.count(user, "SEEN") == 3, "all to be marked")
        house.settle()
        assert tickets(house) == 2


SIGNATURE_IMAGE = 20_000_000


def with_a_signature_image() -> bytes:
    """A mail as Outlook sends it where somebody put a photograph into their signature."""
    message = mail("Ada <ada@example.com>", "The printer", "It smokes.\n")
    message.add_alternative('<p>It smokes.</p><p>Ada<br><img src="cid:logo@example.com"></p>', subtype="html")
    html = message.get_body(("html",))
    assert html is not None
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * (SIGNATURE_IMAGE // 256)
    html.add_related(picture, maintype="image", subtype="png", cid="<logo@example.com>", filename="image001.png")
    return octets(message)


@pytest.mark.covers("bad:signature-image")
def test_a_signature_image_of_20_megabytes(tmp_path: Path, dovecot: Dovecot, user: str) -> None:
    """Over the limit that the desk comes with it is kept, its sender and the admins are told; below one it is taken."""
    url = f"sqlite:///{tmp_path}/firstline.db"
    with running(with_mailbox(tmp_path, dovecot, user, url=url, max_size=25_000_000)) as house:
        dovecot.put(user, with_a_signature_image())
        (told,) = house.mails_to("ada@example.com")
        assert "25 MB" in text_of(told).replace("\xa0", " ")
        house.wait_until(lambda: dovecot.count(user, "FLAGGED", "Firstline") == 1, "it to be kept")
        assert f"too large in {user}@127.0.0.1" in alarms(house)
        assert "too large in" in text_of(house.mails_to("lea@example.org")[0]), "and somebody is told"
    with running(with_mailbox(tmp_path, dovecot, user, url=url, max_size=40_000_000)) as house:
        with dovecot.session(user, "Firstline") as client:
            client.copy("1", "INBOX")
        (card,) = house.mails_to("anna@example.org")
        assert "It smokes." in text_of(card)
        assert "image001.png" not in [part.get_filename() for part in card.iter_attachments()], "none is sent around"
        house.settle()
        assert tickets(house) == 1
        kept = house.read(lambda session: session.scalars(select(File).where(File.name == "image001.png")).one())
        assert kept.size >= SIGNATURE_IMAGE - 256
