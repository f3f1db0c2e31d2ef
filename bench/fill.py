"""Fills Firstline's database with a year of tickets: most are closed, and each has its whole history.

Every ticket leaves the rows that a real one leaves: the raw mail, the requester, two conversations, the request, the
acknowledgement and the answer with their deliveries, spans, events and audit entries. What is said repeats; ids,
addresses and subjects do not. The tables must exist and may hold tickets already.
"""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy import Connection, create_engine, func, insert, select

from bench.mails import STORIES, Mail, Story, mails
from bot.db.models import (
    AuditEntry,
    Base,
    Conversation,
    Delivery,
    Event,
    Identity,
    Inbox,
    Message,
    Person,
    Span,
    Ticket,
)

CHUNK = 1_000
YEAR = timedelta(days=365)
OPEN = 50
"""One ticket in so many is still open."""

AGENT = "anna"
"""Handle of the agent who has worked them all; the bench's configuration has her too."""

Rows = defaultdict[type[Base], list[dict[str, Any]]]


def fill(database_url: str, tickets: int) -> None:
    """Add this many tickets, the oldest a year old and the newest of today."""
    engine = create_engine(database_url)
    embedded = engine.dialect.name == "sqlite"
    now = datetime.now(UTC)
    letters = mails("filled", len(STORIES) * 3)
    with engine.connect() as connection:
        if embedded:
            connection.exec_driver_sql("PRAGMA synchronous = OFF")
        agent = _agent(connection, now - YEAR - timedelta(days=1))
        first = (connection.scalar(select(func.max(Ticket.id))) or 0) + 1
        connection.commit()
        for begin in range(0, tickets, CHUNK):
            rows: Rows = defaultdict(list)
            for index in range(begin, min(begin + CHUNK, tickets)):
                opened = now - YEAR + YEAR * index / tickets
                _History(rows, first + index, opened, agent, letters[index % len(letters)]).write()
            for model, values in rows.items():
                connection.execute(insert(model), values)
            if embedded:
                connection.exec_driver_sql("DELETE FROM ticket_words_due")
            connection.commit()
        if embedded:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _agent(connection: Connection, since: datetime) -> int:
    found = connection.scalar(select(Person.id).where(Person.handle == AGENT))
    if found is not None:
        return found
    number = next(_ids(since))
    row = {"id": number, "name": "Anna Berg", "handle": AGENT, "known": True, "created_at": since}
    connection.execute(insert(Person), [row])
    return number


def _ids(at: datetime) -> Iterator[int]:
    """Ids as `bot.ids` makes them, from a moment on."""
    return count(int(at.timestamp() * 1000) << 22)


class _History:
    """The rows of one ticket: written, acknowledged, taken, answered and closed, or still open."""

    def __init__(self, rows: Rows, number: int, opened: datetime, agent: int, letter: Mail) -> None:
        self.rows = rows
        self.number = number
        self.opened = opened
        self.answered = opened + timedelta(hours=2)
        self.agent = agent
        self.letter = letter
        self.story: Story = STORIES[letter.number % len(STORIES)]
        self.open = number % OPEN == 0
        self.ids = _ids(opened)
        self.requester = next(self.ids)
        self.external = f"filled.{number}@mail.people.example"
        self.address = f"filled.{number}@people.example"
        self.subject = f"{self.story.subject} ({number})"

    def write(self) -> None:
        text = "\n\n".join(self.story.paragraphs)
        self.person()
        inbox = self.inbox()
        self.ticket()
        mine, desk = self.conversation("requester"), self.conversation("desk")
        self.message(mine, "message", text, self.requester, inbox=inbox)
        acknowledgement = self.message(mine, "notice", "Thank you, we have your message.", None)
        answer = self.message(mine, "message", "It is repaired, please try again.\n\nAnna", self.agent)
        self.delivery(mine, "acknowledgement", self.address, acknowledgement)
        self.delivery(desk, "card", "anna@example.org", None)
        self.delivery(mine, "answer", self.address, answer)
        for status in ("new", "open") if self.open else ("new", "open", "solved", "closed"):
            self.span(status)
        self.event("ticket.opened", text)
        for name in ("ticket.taken", "agent.answered", "ticket.status_changed"):
            self.event(name, "")
        for action in ("opened", "acknowledged", "taken", "status", "answered"):
            self.audit(action)

    def add(self, model: type[Base], **row: Any) -> int:  # noqa: ANN401 (one row of any table)
        number = next(self.ids)
        self.rows[model].append({"id": number, **row})
        return number

    def person(self) -> None:
        name, language = self.story.name, self.story.language
        row = {"id": self.requester, "name": name, "language": language, "known": True, "created_at": self.opened}
        self.rows[Person].append(row)
        self.add(Identity, person_id=self.requester, channel="email", address=self.address)

    def inbox(self) -> int:
        return self.add(
            Inbox,
            channel="email",
            key=sha256(self.external.encode()).hexdigest(),
            lane=self.external,
            payload=zlib.compress(self.letter.content, 1),
            meta={"mail_from": self.address, "rcpt_to": ["help@example.org"], "peer": "192.0.2.1"},
            received_at=self.opened,
            state="done",
            outcome="opened",
            attempts=1,
            ticket_id=self.number,
        )

    def ticket(self) -> None:
        row: dict[str, Any] = {
            "id": self.number,
            "subject": self.subject,
            "status": "open" if self.open else "closed",
            "priority": "medium",
            "channel": "email",
            "language": self.story.language,
            "requester_id": self.requester,
            "owner_id": self.agent,
            "assignee_id": self.agent,
            "created_at": self.opened,
            "changed_at": self.answered,
            "answer_by": self.opened + timedelta(days=1),
            "answered_at": self.answered,
            "solved_at": None if self.open else self.answered,
        }
        self.rows[Ticket].append(row)

    def conversation(self, role: str) -> int:
        return self.add(
            Conversation,
            ticket_id=self.number,
            channel="email",
            role=role,
            speaks=role == "desk",
            references=[self.external],
        )

    def message(self, conversation: int, kind: str, words: str, author: int | None, inbox: int | None = None) -> int:
        number = next(self.ids)
        row: dict[str, Any] = {
            "id": number,
            "ticket_id": self.number,
            "conversation_id": conversation,
            "author_id": author,
            "kind": kind,
            "role": "requester",
            "channel": "email",
            "external_id": self.external if inbox else f"{number}@example.org",
            "subject": self.subject,
            "words": words,
            "text": words,
            "flags": [],
            "at": self.opened,
            "inbox_id": inbox,
        }
        self.rows[Message].append(row)
        return number

    def delivery(self, conversation: int, notice: str, recipient: str, message: int | None) -> None:
        words = f"{self.subject}\n\n{self.story.paragraphs[1]}"
        self.add(
            Delivery,
            key=f"filled-{self.number}-{notice}",
            ticket_id=self.number,
            conversation_id=conversation,
            message_id=message,
            channel="email",
            recipient=recipient,
            notice=notice,
            outgoing=json.dumps({"subject": self.subject, "body": words}).encode(),
            envelope=json.dumps({"to": recipient, "references": [self.external]}).encode(),
            state="sent",
            queued_at=self.opened,
            due_at=self.opened,
            attempts=1,
            external_id=f"filled-{self.number}-{notice}@example.org",
            rendered=words.encode(),
            sent_at=self.opened,
            root=f"inbox:{self.number}",
            depth=1,
        )

    def span(self, status: str) -> None:
        last = status == ("open" if self.open else "closed")
        self.add(
            Span,
            ticket_id=self.number,
            status=status,
            started_at=self.opened,
            ended_at=None if last else self.answered,
        )

    def event(self, name: str, text: str) -> None:
        facts = {"event": name, "ticket": {"number": self.number, "subject": self.subject}, "message": {"text": text}}
        self.add(
            Event,
            ticket_id=self.number,
            name=name,
            at=self.opened,
            facts=json.dumps(facts).encode(),
            books=sha256(b"filled").hexdigest(),
            cause=f"inbox:{self.number}",
            parent_id=None,
            root=f"inbox:{self.number}",
            depth=0,
        )

    def audit(self, action: str) -> None:
        self.add(
            AuditEntry,
            ticket_id=self.number,
            at=self.opened,
            actor="agent anna",
            action=action,
            details={"subject": self.subject},
            event_id=None,
        )
