"""What scenarios say and look at: mails as programs send them, what became of each, and what the ticket says."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.config import Config
from bot.db.models import AuditEntry, Cursor, Delivery, Identity, Inbox, Message, Question
from bot.intake.catchup import EVERYWHERE
from tests.support.house import House, mail, reply, text_of

ANNA = "Anna Weber <anna@example.org>"
BEN = "Ben Koch <ben@example.org>"
LEA = "Lea Lund <lea@example.org>"
PROVEN = "mx.example.org; dmarc=pass header.from=example.org"
FORGED = "mx.example.org; dmarc=fail header.from=example.org"
MARKER = "##- Please write above this line -##"

_FATE = select(Inbox.id, Inbox.state, Inbox.outcome, Inbox.ticket_id)
_LATEST = _FATE.order_by(Inbox.id.desc()).limit(1)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Fate:
    """What became of a mail: the state and outcome of its inbox row, and the ticket it landed on."""

    id: int
    state: str
    outcome: str
    ticket: int | None


@dataclass(frozen=True)
class Line:
    """One message of a ticket."""

    kind: str
    role: str
    words: str
    flags: list[str]
    channel: str


@dataclass(frozen=True)
class Entry:
    """One line of a ticket's audit."""

    actor: str
    action: str
    details: dict[str, Any]
    event_id: int | None


class Furnished(House):
    """A house whose configuration is changed by a function before it is used."""

    def __init__(self, *arguments: Any, change: Callable[[Config], Config], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._change = change

    def config(self) -> Config:
        return self._change(super().config())


def somebody(name: str = "Ada Lovelace") -> str:
    """A new person with an address that no other test uses."""
    return f"{name} <{name.split(maxsplit=1)[0].lower()}{next(_numbers)}@example.com>"


def address_of(person: str) -> str:
    """The bare address of `Name <address>`."""
    return parseaddr(person)[1]


def deliver(house: House, message: EmailMessage | bytes, *, sender: str = "", to: str = "help@example.org") -> Fate:
    """Hand a mail to the desk and wait until it and all it caused is done."""
    house.send(message, sender=sender, to=to)
    fate = house.wait_until(lambda: latest(house), "the mail to be worked")
    assert fate is not None
    house.settle()
    return fate


def fate_of(house: House, inbox_id: int) -> Fate:
    """What became of the mail with this inbox row."""
    return Fate(*house.read(lambda session: session.execute(_FATE.where(Inbox.id == inbox_id)).one()))


def latest(house: House) -> Fate | None:
    """What became of the mail that came last; None while it waits."""
    row = house.read(lambda session: session.execute(_LATEST).one())
    return None if row.state == "new" else Fate(*row)


def request(house: House, sender: str = "", subject: str = "The printer is broken", text: str = "", **more: str) -> int:
    """A new request by mail; returns its number."""
    fate = deliver(house, mail(sender or somebody(), subject, text or "It does not print any more.\n", **more))
    assert (fate.state, fate.outcome) == ("done", "opened")
    assert fate.ticket is not None
    return fate.ticket


def mails(house: House, person: str, ticket: int | None = None) -> list[EmailMessage]:
    """What the sink has for somebody, about one ticket if that is given, in order of arrival."""
    address = address_of(person)
    found = [received for received in list(house.sink.messages) if address in received.recipients]
    return [received.message for received in found if ticket is None or f"[#{ticket}]" in received.subject]


def last_mail(house: House, person: str, ticket: int | None = None) -> EmailMessage:
    """The newest mail to somebody."""
    found = mails(house, person, ticket)
    assert found, f"there is no mail to {person} about {ticket}"
    return found[-1]


def writes(house: House, agent: str, ticket: int, text: str, **headers: str) -> Fate:
    """The agent answers the newest mail they have about the ticket, as a mail program would."""
    answer = reply(last_mail(house, agent, ticket), text, sender=agent)
    for name, value in headers.items():
        answer[name.replace("_", "-")] = value
    return deliver(house, answer)


def lines(house: House, ticket: int, kind: str = "") -> list[Line]:
    """What was said on a ticket, oldest first."""
    columns = (Message.kind, Message.role, Message.words, Message.flags, Message.channel)
    query = select(*columns).where(Message.ticket_id == ticket).order_by(Message.id)
    rows = house.read(lambda session: session.execute(query).all())
    return [Line(*row) for row in rows if not kind or row.kind == kind]


def said(house: House, ticket: int, kind: str = "") -> list[str]:
    """The words of a ticket's messages, oldest first."""
    return [line.words for line in lines(house, ticket, kind)]


def audit(house: House, ticket: int) -> list[Entry]:
    """A ticket's audit, in order."""
    columns = (AuditEntry.actor, AuditEntry.action, AuditEntry.details, AuditEntry.event_id)
    query = select(*columns).where(AuditEntry.ticket_id == ticket).order_by(AuditEntry.id)
    return [Entry(*row) for row in house.read(lambda session: session.execute(query).all())]


def entry(house: House, ticket: int, action: str) -> Entry:
    """The newest audit entry of one action."""
    return [found for found in audit(house, ticket) if found.action == action][-1]


def deliveries(house: House, ticket: int, role: str = "") -> list[tuple[str, str]]:
    """Notice and recipient of all that was queued for a ticket."""
    query = select(Delivery.notice, Delivery.recipient, Delivery.envelope).where(Delivery.ticket_id == ticket)
    rows = house.read(lambda session: session.execute(query.order_by(Delivery.id)).all())
    return [
        (row.notice, row.recipient) for row in rows if not role or msgspec.json.decode(row.envelope)["role"] == role
    ]


def wait_until_put_off(house: House, person: str, count: int) -> None:
    """Wait until so many deliveries to somebody were tried in vain, and none is under way."""
    query = select(Delivery.state).where(Delivery.recipient == address_of(person), Delivery.attempts > 0)
    house.wait_until(
        lambda: house.read(lambda session: list(session.scalars(query))) == ["queued"] * count, "the relay to be away"
    )


def wait_until_followed(house: House) -> None:
    """Wait until the desk has noted from when on it must ask a platform what it missed."""
    house.wait_until(lambda: house.read(lambda session: session.scalar(select(Cursor.until))), "the first cursor")


def wait_until_read(house: House) -> None:
    """Wait until all that was said on the platform until now is asked for."""
    now = datetime.now(UTC)
    query = select(Cursor.place, Cursor.until)

    def is_read(session: Session) -> bool:
        rows = session.execute(query).all()
        return [row.place for row in rows] == [EVERYWHERE] and rows[0].until > now

    house.wait_until(lambda: house.read(is_read), "the end of reading")


def identity(house: House, address: str) -> Identity:
    """The desk's row of a mail address."""
    return house.read(lambda session: session.scalars(select(Identity).where(Identity.address == address)).one())


def words_of(message: EmailMessage) -> str:
    """The plain text of a mail with the line ends of this machine."""
    return text_of(message).replace("\r\n", "\n")


def without_tokens(message: EmailMessage) -> EmailMessage:
    """The mail as it leaves a program that strips everything by which a desk could know it but its subject."""
    for name in ("In-Reply-To", "References"):
        del message[name]
    del message["To"]
    message["To"] = "help@example.org"
    text = text_of(message)
    message.set_content(re.sub(r"\[fl:\w+\]", "", text))
    return message


def token_of(message: EmailMessage) -> str:
    """The reply token that a mail of ours shows."""
    found = re.search(r"\[fl:(\w+)\]", text_of(message))
    assert found is not None
    return found[1]


def bounce(of: EmailMessage, *, action: str = "failed", status: str = "5.1.1", headers_only: bool = False) -> bytes:
    """The report of a mail server that could not deliver a mail (RFC 3464)."""
    recipient = address_of(str(of["To"]))
    original = "".join(f"{name}: {value}\n" for name, value in of.items() if name in {"From", "To", "Message-ID"})
    if not headers_only:
        original += f"Subject: {of['Subject']}\n\n{text_of(of)}"
    report = _REPORT.format(
        to=of.get("Reply-To", of["From"]),
        subject="Undelivered Mail Returned to Sender" if action == "failed" else "Delivery delayed",
        number=next(_numbers),
        recipient=recipient,
        action=action,
        status=status,
        type="text/rfc822-headers" if headers_only else "message/rfc822",
        original=original,
    )
    return report.replace("\n", "\r\n").encode()


_REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: {to}
Subject: {subject}
Message-ID: <report{number}@mx.example.com>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report;
\treport-type="delivery-status";
\tboundary="report"

--report
Content-Type: text/plain; charset=us-ascii

I could not deliver your message to {recipient}.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}

--report
Content-Type: {type}

{original}
--report--
"""


def vote(house: House) -> tuple[str | None, str]:
    """The mark that a requester gave, and what they wrote to it."""
    query = select(Question.answer, Question.comment).where(Question.kind == "survey")
    row = house.read(lambda session: session.execute(query).one_or_none())
    return (row.answer, row.comment) if row is not None else (None, "")
