"""What of all that Slack sends is kept, and what is only answered; with recorded payloads."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.base import Act
from channels.slack.doors import is_answered
from channels.slack.intake import raw_of
from channels.slack.parse import parse
from channels.slack.settings import SlackSettings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads"
SETTINGS = SlackSettings(bot_tokens=("xoxb-1",))


def recorded(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return payload


def is_kept(body: dict[str, Any]) -> bool:
    return raw_of(body, SETTINGS, us="U0", received_at=NOW) is not None


@pytest.mark.parametrize("name", ["shortcut", "message_action", "block_suggestion", "block_actions_modal"])
def test_what_only_opens_or_helps_is_answered_and_not_kept(name: str) -> None:
    body = recorded(name)
    assert is_answered(body)
    assert not is_kept(body)


@pytest.mark.parametrize("name", ["block_actions_button", "block_actions_select", "block_actions_home"])
def test_what_does_something_is_kept(name: str) -> None:
    body = recorded(name)
    assert not is_answered(body)
    assert is_kept(body)


@pytest.mark.parametrize(
    ("command", "text", "answered"),
    [
        ("/ticket", "", True),
        ("/ticket", "  ", True),
        ("/helpdesk", "", True),
        ("/ticket", "It smokes", False),
        ("/desk", "", True),
        ("/desk", "log", True),
        ("/desk", "42 take", False),
    ],
)
def test_a_command_opens_a_form_only_without_words(command: str, text: str, *, answered: bool) -> None:
    body = recorded("slash_command") | {"command": command, "text": text}
    assert is_answered(body) is answered
    assert is_kept(body) is not answered


def test_a_modal_of_somebody_else_is_not_kept_and_ours_twice_is_one() -> None:
    body = recorded("view_submission")
    assert not is_kept(body)
    ours = body | {"view": body["view"] | {"callback_id": "fl:form"}}
    first, second = (raw_of(ours, SETTINGS, us="U0", received_at=NOW) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.key == second.key


def test_a_message_that_leaves_a_tombstone_is_deleted() -> None:
    body = recorded("message_changed_to_tombstone")
    watched = SlackSettings(bot_tokens=("xoxb-1",), watched=(body["event"]["channel"],))
    raw = raw_of(body, watched, us="U0", received_at=NOW)
    assert raw is not None
    assert raw.key.endswith(":1795356000.000100:deleted")
    assert parse(raw).act is Act.WITHDRAWN
