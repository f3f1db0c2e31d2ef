"""What ordinary mail programs, mail servers and absence assistants send."""

import zlib
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import Parser
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_REPORT: Final = """\
From: Mail Delivery System <mailer-daemon@mail.example.net>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain; charset=us-ascii

Your message to {recipient} could not be delivered:

{words}

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {words}

--=_report
Content-Type: text/rfc822-headers

{headers}

--=_report--
"""


def request(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """A new mail."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=_domain(sender))
    mail.set_content(text)
    return mail


def reply(to: EmailMessage, text: str) -> EmailMessage:
    """An answer: above what is answered, quoted, to the address that the mail asks for (RFC 5322 section 3.6.4)."""
    quoted = "\n".join(f"> {line}".rstrip() for line in text_of(to).splitlines())
    name = parseaddr(to["From"])[0]
    mail = request(to["To"], to["Reply-To"] or to["From"], _re(to["Subject"]), f"{text}\n\n{name} wrote:\n{quoted}\n")
    mail["In-Reply-To"] = to["Message-ID"]
    mail["References"] = " ".join([*(to["References"] or "").split(), to["Message-ID"]])
    return mail


def absence(to: EmailMessage, text: str) -> EmailMessage:
    """What an absence assistant answers (RFC 3834)."""
    mail = request(to["To"], to["Reply-To"] or to["From"], f"Automatic reply: {to['Subject']}", text)
    mail["In-Reply-To"] = mail["References"] = to["Message-ID"]
    mail["Auto-Submitted"] = "auto-replied"
    return mail


def bounce(of: EmailMessage, words: str, status: str) -> EmailMessage:
    """The report of a mail server that could not deliver (RFC 3464)."""
    kept = ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To")
    report = _REPORT.format(
        to=of["Reply-To"],
        date=format_datetime(datetime.now(UTC)),
        id=make_msgid(domain="mail.example.net"),
        recipient=parseaddr(of["To"])[1],
        words=words,
        status=status,
        headers="\n".join(f"{name}: {of[name]}" for name in kept),
    )
    return Parser(policy=policy.default).parsestr(report)


def text_of(mail: EmailMessage) -> str:
    """The mail's plain text."""
    body = mail.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n").strip() if body is not None else ""


def files_of(mail: EmailMessage) -> list[str]:
    """The names of what is attached."""
    return [str(part.get_filename()) for part in mail.iter_attachments() if part.get_filename()]


def picture() -> bytes:
    """A small grey PNG: all that the demo needs of a photograph."""
    side = 16
    pixels = zlib.compress((b"\0" + b"\x80" * side) * side)
    head = side.to_bytes(4) * 2 + b"\x08\0\0\0\0"
    return _PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def _re(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]
