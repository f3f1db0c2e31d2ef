"""Pages and their cursors: https://docs.slack.dev/apis/web-api/pagination."""

import base64
from collections.abc import Sequence
from typing import TypeVar

from tests.support.slackserver.api.arguments import Arguments
from tests.support.slackserver.model import Message
from tests.support.slackserver.refused import Json, Refused

Item = TypeVar("Item")


def page(arguments: Arguments, everything: Sequence[Item], default: int = 100) -> tuple[Sequence[Item], Json]:
    """The part that was asked for, and the `response_metadata` that leads on."""
    start = int(_position(arguments, "next") or "0")
    end = start + _limit(arguments, default)
    leads_on = _cursor("next", str(end)) if end < len(everything) else ""
    return everything[start:end], {"response_metadata": {"next_cursor": leads_on}}


def page_of_history(arguments: Arguments, newest_first: Sequence[Message]) -> tuple[Sequence[Message], Json]:
    """The same, going on after the last message shown, whatever was posted or deleted meanwhile."""
    last = _position(arguments, "next_ts")
    left = [each for each in newest_first if each.ts < last] if last else newest_first
    return _of_messages(arguments, left, 100)


def page_of_thread(arguments: Arguments, oldest_first: Sequence[Message]) -> tuple[Sequence[Message], Json]:
    last = _position(arguments, "next_ts")
    return _of_messages(arguments, [each for each in oldest_first if each.ts > last], 1000)


def _of_messages(arguments: Arguments, left: Sequence[Message], default: int) -> tuple[Sequence[Message], Json]:
    shown = left[: _limit(arguments, default)]
    if len(shown) == len(left):
        return shown, {"has_more": False}
    leads_on = _cursor("next_ts", shown[-1].ts)
    return shown, {"has_more": True, "response_metadata": {"next_cursor": leads_on}}


def _limit(arguments: Arguments, default: int) -> int:
    limit = arguments.number("limit", default)
    if not 1 <= limit <= 1000:
        raise Refused("invalid_limit")
    return limit


def _cursor(kind: str, position: str) -> str:
    return base64.b64encode(f"{kind}:{position}".encode()).decode()


def _position(arguments: Arguments, kind: str) -> str:
    cursor = arguments.text("cursor")
    if not cursor:
        return ""
    try:
        name, _, position = base64.b64decode(cursor, validate=True).decode().partition(":")
    except ValueError:
        raise Refused("invalid_cursor") from None
    if name != kind:
        raise Refused("invalid_cursor")
    return position
