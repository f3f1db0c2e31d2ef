"""Example values for notices: what they are tried and shown with."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.notice.markup import Md

NOW: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_LATER: Final = NOW + timedelta(days=1)
_ADA: Final = {"name": "Ada Lovelace", "first_name": "Ada", "address": "ada@example.org", "department": "Production"}
_DESK: Final = {"name": "IT Help", "address": "help@example.org", "emergency_phone": "555 0100"}
_TICKET: Final = {
    "number": 42,
    "subject": "The printer is on fire",
    "status": "open",
    "priority": "high",
    "opened_at": NOW,
    "tier": 1,
    "tags": ["printing"],
}


def full() -> dict[str, Any]:
    """Everything that a notice can say."""
    return bare() | {
        "desk": _DESK,
        "ticket": _TICKET,
        "requester": _ADA,
        "recipient": _ADA,
        "agent": {"name": "Anna Weber", "first_name": "Anna"},
        "author": {"name": "Ada Lovelace", "address": "ada@example.org"},
        "actor": {"name": "Anna Weber"},
        "words": "It burns.\n\nReally.",
        "summary": "It burns.",
        "answer_by": _LATER,
        "opens_at": _LATER,
        "via": "phone",
        "solved": True,
        "encrypted": True,
        "in_copy": False,
        "form": ["System"],
        "attachments": ["fire.png"],
        "refused": ["setup.exe"],
        "uncopied": ["disk.img (it is larger than 25 MB)"],
        "flags": ["unverified_address"],
        "owner": "Anna Weber",
        "assignee": "Ben Koch",
        "worker": {"name": "Ben Koch", "first_name": "Ben"},
        "go_on_at": _LATER,
        "team": "network",
        "reason": "It needs somebody on the spot",
        "mark": 2,
        "comment": "It took a week.",
        "address": "ada@example.org",
        "vip": True,
        "sla": {"target": "first_response", "policy": "Standard", "due_at": _LATER},
        "category": "Printer",
        "fields": [{"field": "System", "value": "Windows 11"}],
        "missing": ["Memory"],
        "asset": {"number": "PC-0815", "kind": "laptop", "critical": True},
        "similar": [{"number": 7, "subject": "It burns", "resolution": "Water."}],
        "history": [
            {"author": "Ada Lovelace", "at": NOW, "words": "It burns.", "kind": "message", "internal": False},
            {"author": "Anna Weber", "at": NOW, "words": Md("> Bring water."), "kind": "note", "internal": True},
        ],
    }


def bare() -> dict[str, Any]:
    """What every notice is given, with nothing known that need not be."""
    nobody = {"name": "", "first_name": "", "address": "ada@example.org", "department": ""}
    return {
        "now": NOW,
        "desk": {"name": "IT Help", "address": "", "emergency_phone": ""},
        "ticket": _TICKET | {"subject": "", "status": "new", "tags": []},
        "requester": nobody,
        "recipient": nobody,
        "agent": None,
    }
