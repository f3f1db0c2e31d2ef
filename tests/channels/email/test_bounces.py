import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.base import Bounce, Kind
from channels.email.bounces import status_of
from channels.email.parse import Mail, MailParser
from channels.email.settings import ParseSettings

FIXTURES = Path(__file__).parent / "fixtures"
PARSER = MailParser(ParseSettings(addresses=("help@example.org",)))


def read(name: str) -> Mail:
    return PARSER.mail((FIXTURES / f"{name}.eml").read_bytes(), received_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.covers("E20", "E24")
def test_a_report_names_everybody_with_action_and_status() -> None:
    assert read("e20-report").bounces == (
        Bounce(address="gone@example.com", action="failed", status="5.1.1"),
        Bounce(address="full@example.com", action="failed", status="5.2.2"),
    )


@pytest.mark.covers("E23")
@pytest.mark.parametrize(
    ("name", "original"),
    [("e20-report", "fl.7.AbCdEfGhIjKlMnOp@example.org"), ("e23-headers-only", "kept@example.org")],
)
def test_a_bounce_belongs_to_the_mail_it_encloses(name: str, original: str) -> None:
    mail = read(name)
    assert mail.original_message_id == original
    assert mail.thread[0] == original


def test_the_id_that_the_report_notes_counts_where_the_mail_has_none() -> None:
    payload = (FIXTURES / "e23-headers-only.eml").read_bytes()
    payload = payload.replace(b" <kept@example.org>", b"").replace(b"Reporting-MTA", b"X-Original-Message-ID: <n@x>\nA")
    assert PARSER.mail(payload).original_message_id == "n@x"


def test_the_token_of_the_bounced_mail_is_found() -> None:
    assert read("e20-report").tokens == ("AbCdEfGhIjKlMnOp",)


@pytest.mark.covers("E25")
def test_delayed_is_not_failed() -> None:
    assert read("e25-delayed").bounces == (Bounce(address="slow@example.com", action="delayed", status="4.4.1"),)


@pytest.mark.covers("E21")
def test_each_failed_recipient_has_its_own_status() -> None:
    mail = read("e21-failed-recipients")
    assert mail.bounces == (
        Bounce(address="joe@example.com", action="failed", status="5.1.1"),
        Bounce(address="jim@example.com", action="failed", status="5.2.2"),
    )
    assert mail.original_message_id == "asked@example.org"


NOTICES = {
    "qmail": (
        (
            "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver"
            " your message to the"
            " following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<joe@example.com>:\n192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 No such user\n\n"
            "--- Below this line is a copy of the message.\n\nReturn-Path: <help@example.org>\n"
        ),
        "failed",
        "5.1.1",
    ),
    "exim": (
        (
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be"
            " delivered to one or more of its\nrecipients. This is a permanent error. The following"
            " address(es) failed:\n\n"
            "  joe@example.com\n    host mx.example.com [192.0.2.9]\n    SMTP error from remote mail"
            " server after RCPT TO:"
            "<joe@example.com>:\n    550 mailbox unavailable\n"
        ),
        "failed",
        "5.0.0",
    ),
    "outlook": (
        (
            "Delivery has failed to these recipients or groups:\n\nJoe Doe (joe@example.com)<mailto:joe@example.com>\n"
            "The email address you entered couldn't be found.\n\nDiagnostic information for administrators:\n\n"
            "Generating server: mx.example.net\n\njoe@example.com\nRemote Server returned '550 5.1.10 RESOLVER.ADR"
            ".RecipientNotFound; Recipient not found'\n\nOriginal message headers:\n\nMessage-ID: <asked@example.org>\n"
        ),
        "failed",
        "5.1.10",
    ),
    "exchange-german": (
        (
            "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\njoe@example.com\n"
            "Die eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\n#550 5.1.1 RESOLVER.ADR.RecipNotFound ##\n"
        ),
        "failed",
        "5.1.1",
    ),
    "gmail": (
        (
            "** Address not found **\n\nYour message wasn't delivered to joe@example.com because the"
            " address couldn't be"
            " found, or is unable to receive mail.\n\nThe response was:\n550 5.1.1 The email account does not exist.\n"
        ),
        "failed",
        "5.1.1",
    ),
    "gmail-delayed": (
        (
            "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to joe@example.com."
            " Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.\n"
        ),
        "delayed",
        "",
    ),
    "postfix": (
        (
            "This is the mail system at host mx.example.net.\n\nI'm sorry to have to inform you that your message could"
            " not\nbe delivered to one or more recipients. It's attached below.\n\n<joe@example.com>: host"
            " mx.example.com[192.0.2.9] said: 554 5.7.1 Relay access denied (in\n    reply to RCPT TO command)\n"
        ),
        "failed",
        "5.7.1",
    ),
    "domino": (
        (
            "Your message\n\n  Subject: Your ticket\n\nwas not delivered to:\n\n  joe@example.com\n\nbecause:\n\n"
            "  User joe (joe@example.com) not listed in Domino Directory\n"
        ),
        "failed",
        "",
    ),
    "yahoo": (
        (
            "Sorry, we were unable to deliver your message to the following address.\n\n<joe@example.com>:\n"
            "554: delivery error: dd This user doesn't have a yahoo.com account (joe@example.com) [0]\n"
        ),
        "failed",
        "",
    ),
    "french": (
        "Votre message n'a pas pu être remis aux destinataires suivants :\n\njoe@example.com\nErreur : 5.1.1\n",
        "failed",
        "5.1.1",
    ),
    "polish": (
        "Wiadomość nie została dostarczona do następujących adresatów:\n\n  joe@example.com\n\n550 User unknown\n",
        "failed",
        "5.0.0",
    ),
}


@pytest.mark.parametrize("name", NOTICES)
def test_reports_in_words(name: str) -> None:
    text, action, status = NOTICES[name]
    mail = PARSER.mail(
        b"Return-Path: <>\nFrom: Mail System <mailer-daemon@mx.example.net>\nTo: help@example.org\nSubject: Hm\n"
        b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode()
    )
    assert mail.kind is Kind.BOUNCE
    assert [(b.address, b.action) for b in mail.bounces] == [("joe@example.com", action)]
    assert mail.bounces[0].status in (status, "5.0.0" if name == "yahoo" else status)


def labelled() -> list[object]:
    with (Path(__file__).parent / "notices.toml").open("rb") as file:
        return [pytest.param(notice, id=notice["name"]) for notice in tomllib.load(file)["notice"]]


@pytest.mark.parametrize("null_sender", [True, False])
@pytest.mark.parametrize("notice", labelled())
def test_notices_of_mail_systems(notice: dict[str, str], *, null_sender: bool) -> None:
    head = "Return-Path: <>\n" if null_sender else ""
    head += f"From: {notice['from']}\nTo: help@example.org\nSubject: {notice['subject']}\n"
    mail = PARSER.mail(f"{head}Content-Type: text/plain; charset=utf-8\n\n{notice['text']}".encode())
    assert mail.kind is Kind.BOUNCE
    assert mail.bounces == (Bounce(address="joe@example.com", action=notice["action"], status=notice["status"]),)


REPORTED = {
    "Postfix": (("Final-Recipient: rfc822; joe@example.com\nOriginal-Recipient: rfc822;joe@example.com\n"
                "Action: failed\n"
                "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown"), "failed", "5.1.1"),
    "Exchange Online": (("Final-Recipient: rfc822;joe@example.com\nAction: failed\nStatus: 5.1.10\n"
                        "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound"), "failed", "5.1.10"),
    "Domino": (("Final-Recipient: rfc822;joe@example.com\nAction: failed\nStatus: 5.1.1\n"
               "Diagnostic-Code: X-Notes; User joe not listed in Domino Directory"), "failed", "5.1.1"),
    "Exim": (("Action: failed\nFinal-Recipient: rfc822;joe@example.com\nStatus: 5.0.0\n"
             "Remote-MTA: dns; mx.example.com\nDiagnostic-Code: smtp; 550 mailbox unavailable"), "failed", "5.0.0"),
    "Gmail": (("Final-Recipient: rfc822; joe@example.com\nAction: delayed\nStatus: 4.4.1\n"
              "Last-Attempt-Date: Tue, 14 Mar 2023 01:12:00 -0700 (PDT)\n"
              "Will-Retry-Until: Thu, 16 Mar 2023 01:12:00 -0700 (PDT)"), "delayed", "4.4.1"),
    "Amazon SES": (("Action: failed\nFinal-Recipient: rfc822; joe@example.com\n"
                   "Diagnostic-Code: smtp; 550 5.7.1 blocked\nStatus: 5.7.1"), "failed", "5.7.1"),
    "SendGrid-like": (("Final-Recipient: rfc822; joe@example.com\nAction: failed\nStatus: 550\n"
                      "Diagnostic-Code: 550 5.1.1 unknown"), "failed", "5.1.1"),
    "sendmail": (("Final-Recipient: RFC822; joe@example.com\nX-Actual-Recipient: RFC822; joe@mx.example.com\n"
                 "Action: failed\nStatus: 5.2.2 (Mailbox full)"), "failed", "5.2.2"),
    "Communigate": ("Final-Recipient: rfc822;<joe@example.com>\nAction: Failed\nStatus: 5.1.1", "failed", "5.1.1"),
    "an address in UTF-8": ("Final-Recipient: utf-8;joe@example.com\nAction: failed\nStatus: 5.6.7",
                            "failed", "5.6.7"),
}  # fmt: skip


@pytest.mark.covers("E20")
@pytest.mark.parametrize("name", REPORTED)
def test_reports_of_mail_systems(name: str) -> None:
    group, action, status = REPORTED[name]
    mail = PARSER.mail(
        (
            "From: Mail System <mailer-daemon@mx.example.net>\nTo: help@example.org\nSubject: Hm\n"
            'Content-Type: multipart/report; report-type="delivery-status"; boundary=x\n\n--x\n\nSorry.\n'
            "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
            f"{group}\n\n--x--\n"
        ).encode()
    )
    assert mail.kind is Kind.BOUNCE
    assert mail.bounces == (Bounce(address="joe@example.com", action=action, status=status),)


def test_a_bounce_from_nobody_or_in_8_bits_is_read_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    text = NOTICES["qmail"][0].encode()
    for head in (b"Return-Path: <>\nSubject: failure notice\n\n", b"From: Postm\xe4ster <mailer-daemon@x.example>\n\n"):
        mail = PARSER.mail(head + text)
        assert [(b.address, b.status) for b in mail.bounces] == [("joe@example.com", "5.1.1")]
    assert not caplog.records


def test_a_bounce_of_nothing_but_lines_is_read_in_bearable_time() -> None:
    """The library asks each of its patterns about each line: half a megabyte of them took it ten seconds."""
    head = b"From: MAILER-DAEMON@mx.example.com\nSubject: failure notice\n\n<joe@example.com>: 5.1.1\n"
    began = time.process_time()
    mail = PARSER.mail(head + b"\n" * 450_000)
    assert time.process_time() - began < 2
    assert [bounce.address for bounce in mail.bounces] == ["joe@example.com"]


@pytest.mark.covers("E26")
def test_a_file_name_is_no_bounce() -> None:
    mail = read("e26-file-name")
    assert (mail.kind, mail.bounces) == (Kind.HUMAN, ())
    assert [file.name for file in mail.attachments] == ["delivery status.txt"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 unknown", "5.1.1"),
        ("said: 550 unknown", "5.0.0"),
        ("at 192.0.2.5.1.1", ""),
        ("450 later", "4.0.0"),
        ("", ""),
    ],
)
def test_status_codes(text: str, status: str) -> None:
    assert status_of(text) == status


def test_everybody_whom_a_notice_lists_is_found() -> None:
    notice = NOTICES["exim"][0] + "  jim@example.com\n    Unrouteable address\n"
    mail = PARSER.mail(
        b"Return-Path: <>\nFrom: mailer-daemon@mx.example.net\nTo: help@example.org\n"
        b"Subject: Mail delivery failed: returning message to sender\n\n" + notice.encode()
    )
    assert {bounce.address for bounce in mail.bounces} == {"joe@example.com", "jim@example.com"}
