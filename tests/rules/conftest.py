"""Facts to judge: a mail from Production that opened a ticket."""

from datetime import UTC, datetime

import pytest

from rules.facts import Facts, Level
from tests.support.facts import opened_by_mail

TEXT = "Hello,\nthe STRASSE printer is down, error 0x80070005. Die Anlage hat einen Ausfall; café\u00a0fermé."


@pytest.fixture
def facts() -> Facts:
    return opened_by_mail(
        datetime(2026, 11, 20, 12, tzinfo=UTC),
        TEXT,
        ticket={
            "number": 42,
            "subject": "Printer down",
            "impact": Level.LOW,
            "urgency": Level.HIGH,
            "tags": ("vip", "line-3"),
            "owner": "anna",
            "created_at": datetime(2026, 11, 20, 9, tzinfo=UTC),
        },
        message={"attachments": 2, "first": True},
        requester={"name": "Tom", "department": "Production", "vip": True},
    )
