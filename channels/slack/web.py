"""Slack's web methods, and what their failures mean to the desk."""

import json
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from channels.base import ChannelError, NoAnswer, NotYet, PermanentFailure, TemporaryFailure

TOKEN_TROUBLE: Final = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
"""Errors that an administrator mends; until then everything waits."""

_PASSING: Final = frozenset(
    {
        "accesslimited",
        "service_unavailable",
        "team_added_to_org",
        "external_channel_migrating",
    }
)
_TOO_MANY: Final = frozenset({"ratelimited", "rate_limited"})
_PAUSE: Final = 30.0
"""Seconds to wait where Slack wants fewer calls, and does not say when."""
_UNCLEAR: Final = frozenset({"fatal_error", "internal_error", "request_timeout"})
"""Slack's own trouble: what was asked may have been done all the same."""

_TAKE_JSON: Final = ("chat.", "views.", "reactions.", "conversations.open")
"""The methods that take JSON; the others take a form only."""

_SECONDS: Final = 20


class TokenTrouble(TemporaryFailure):
    """The token does not work until an administrator has mended it."""


def client(token: str, api: str) -> AsyncWebClient:
    """Calls the methods of one workspace. It never repeats a call by itself: the outbox does, and asks before."""
    return AsyncWebClient(token=token, base_url=api, timeout=_SECONDS, retry_handlers=[])


async def call(client_: AsyncWebClient, method: str, /, **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401  JSON
    """What Slack answers. Raises TemporaryFailure, PermanentFailure or NoAnswer, with Slack's own word for it."""
    answer = await _asked(client_, method, arguments)
    return answer.data if isinstance(answer.data, dict) else {}


async def scopes(client_: AsyncWebClient) -> frozenset[str]:
    """What the token may do, as Slack says with every answer. Raises ChannelError."""
    answer = await _asked(client_, "auth.test", {})
    given = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes", "")
    return frozenset(filter(None, (scope.strip() for scope in str(given).split(","))))


async def _asked(client_: AsyncWebClient, method: str, arguments: Mapping[str, Any]) -> AsyncSlackResponse:
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        if method.startswith(_TAKE_JSON):
            return await client_.api_call(method, json=given)
        return await client_.api_call(method, params={name: _written(value) for name, value in given.items()})
    except SlackApiError as error:
        raise failure(method, error) from error
    except (aiohttp.ClientConnectorError, ConnectionRefusedError) as error:
        raise TemporaryFailure(f"slack.api: cannot be reached: {error}") from error
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
        raise NoAnswer(f"{method}: the connection ended: {type(error).__name__} {error}") from error


def _written(value: Any) -> Any:  # noqa: ANN401  JSON
    return json.dumps(value) if isinstance(value, list | dict) else value


def failure(method: str, error: SlackApiError) -> ChannelError:
    """What an error of Slack's means: try again, not at all, or find out first whether it was done."""
    response = error.response
    data = response.data if isinstance(response.data, dict) else {}
    word = str(data.get("error") or f"HTTP {response.status_code}")
    needed = f" (needed: {data['needed']})" if data.get("needed") else ""
    said = f"{method}: {word}{needed}"
    if response.status_code == 429 or word in _TOO_MANY:
        return NotYet(said, retry_after=_retry_after(response.headers) or _PAUSE)
    if word in _PASSING:
        return TemporaryFailure(said)
    if word == "missing_scope":
        return TemporaryFailure(f"slack.bot_tokens: {said}; add it under OAuth & Permissions, install the app again")
    if word in TOKEN_TROUBLE:
        return TokenTrouble(f"slack.bot_tokens: {said}; mend the app's installation or its token")
    if response.status_code >= 500 or word in _UNCLEAR:
        return NoAnswer(said)
    return PermanentFailure(said)


def _retry_after(headers: Mapping[str, Any]) -> float | None:
    """Seconds to wait, as the header says; its name may be in small letters, and its value in a list."""
    given = {name.lower(): value for name, value in headers.items()}.get("retry-after")
    first = given[0] if isinstance(given, list) and given else given
    try:
        return float(str(first))
    except ValueError:
        return None
