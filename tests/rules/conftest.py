"""Facts to judge: a mail from Production that opened a ticket."""

from datetime import UTC, datetime

import pytest

from rules.facts import (
    ActorFacts,
    ActorRole,
    DeskFacts,
    Event,
    Facts,
    Level,
    MessageFacts,
    MessageKind,
    PersonFacts,
    Priority,
    Status,
    TicketFacts,
)

TEXT = "Hello,\nthe STRASSE printer is down, error 0x80070005. Die Anlage hat einen Ausfall; café\u00a0fermé."


@pytest.fixture
def facts() -> Facts:
    return Facts(
        event=Event.TICKET_OPENED,
        at=datetime(2026, 11, 20, 12, tzinfo=UTC),
        ticket=TicketFacts(
            number=42,
            subject="Printer down",
            status=Status.NEW,
            priority=Priority.MEDIUM,
            impact=Level.LOW,
            urgency=Level.HIGH,
            tags=("vip", "line-3"),
            channel="email",
            owner="anna",
            created_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        ),
        message=MessageFacts(kind=MessageKind.HUMAN, text=TEXT, attachments=2, first=True),
        requester=PersonFacts(name="Tom", department="Production", vip=True),
        actor=ActorFacts(role=ActorRole.REQUESTER, name="Tom"),
        desk=DeskFacts(open=True, name="IT Service"),
    )
