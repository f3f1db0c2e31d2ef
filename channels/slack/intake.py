"""What Slack hands over that is meant for the desk, as something to make durable.

A message has the same key however often and on whatever way it comes: as an event, as a mention of us, out of a room's
history, which knows no event ids.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from channels.base import PlaceKind, Raw
from channels.slack import forms
from channels.slack.doors import is_answered
from channels.slack.ids import Where
from channels.slack.settings import SlackSettings

_encode: Final = msgspec.json.Encoder().encode
_KINDS: Final = {"block_actions": "action", "view_submission": "form", "command": "command"}
"""What is kept of what people do with buttons and forms, by Slack's name for it."""
_SAID: Final = frozenset({"", "file_share", "thread_broadcast", "me_message", "bot_message"})
"""The subtypes of messages in which somebody says something; the others are about the room."""


def raw_of(body: Mapping[str, Any], settings: SlackSettings, *, us: str, received_at: datetime) -> Raw | None:
    """What Slack sent, whatever it is; None if it is not for the desk, which is the user `us` there."""
    if "event" in body:
        return _raw_event(body, settings, us=us, received_at=received_at)
    kind = _KINDS.get(str(body.get("type", "command"))) if not is_answered(body) else None
    if kind == "form" and (body.get("view") or {}).get("callback_id") != forms.CALLBACK:
        return None
    return _raw_interaction(kind, body, settings, us=us, received_at=received_at) if kind else None


def _raw_event(body: Mapping[str, Any], settings: SlackSettings, *, us: str, received_at: datetime) -> Raw | None:
    event = dict(body.get("event") or {})
    team = str(body.get("team_id") or event.get("team") or "")
    kind = str(event.get("type", ""))
    if kind in {"message", "app_mention"}:
        return _raw_message(team, event, settings, us=us, received_at=received_at)
    if kind in {"reaction_added", "reaction_removed"}:
        return _raw_reaction(team, body, event, settings, us=us, received_at=received_at)
    if kind == "app_home_opened" and event.get("tab", "home") == "home":
        key, lane = f"{body.get('event_id')}", f"{team}:home:{event.get('user')}"
        return _raw("event", team, event, key=key, lane=lane, received_at=received_at, meta={})
    return None


def _raw_interaction(
    kind: str, body: Mapping[str, Any], settings: SlackSettings, *, us: str, received_at: datetime
) -> Raw:
    """A button, a form or a command, as Slack sent it. `kind`: action, form or command."""
    team = str((body.get("team") or {}).get("id") or body.get("team_id") or "")
    room = str((body.get("channel") or {}).get("id") or body.get("channel_id") or "")
    user = str((body.get("user") or {}).get("id") or body.get("user_id") or "")
    message = body.get("message") or {}
    if kind == "form":
        key = f"form:{(body.get('view') or {}).get('id')}"  # sent twice, it is one form
    else:
        action = (body.get("actions") or [{}])[0]
        key = f"{kind}:{body.get('trigger_id')}:{action.get('action_id', '')}"
    thread = str(message.get("thread_ts") or message.get("ts") or "")
    lane = f"{team}:{room}:{thread}" if thread else f"{team}:{user}"
    meta = {"place": settings.kind_of(room), "us": us}
    return _raw(kind, team, body, key=key, lane=lane, received_at=received_at, meta=meta)


def _is_ours(event: Mapping[str, Any], us: str) -> bool:
    """Whether the desk itself said this."""
    return bool(event.get("user") == us or (event.get("bot_profile") or {}).get("user_id") == us)


def _raw_message(
    team: str, event: dict[str, Any], settings: SlackSettings, *, us: str, received_at: datetime
) -> Raw | None:
    event = _as_deleted(event)
    subtype, room = str(event.get("subtype") or ""), str(event.get("channel", ""))
    change = {"message_changed": "message", "message_deleted": "previous_message"}.get(subtype)
    if change is None and subtype not in _SAID:
        return None
    message = dict(event.get(change) or {}) if change else event
    if _is_ours(message, us) or not message.get("ts") or not _is_for_us(room, message, settings, us):
        return None
    where = Where(team, room, str(message["ts"]))
    key = str(where)
    if subtype == "message_changed":
        edited = message.get("edited")
        if not edited or message.get("text") == (event.get("previous_message") or {}).get("text"):
            return None  # a link that Slack looked at
        key = f"{where}:{edited.get('ts')}"
    elif subtype == "message_deleted":
        key = f"{where}:deleted"
    meta = {"place": settings.kind_of(room), "us": us}
    lane = lane_of(where, message, settings)
    return _raw("event", team, event, key=key, lane=lane, received_at=received_at, meta=meta)


def _as_deleted(event: dict[str, Any]) -> dict[str, Any]:
    """The same; a message below which a thread hangs is deleted by leaving a tombstone, which is said as a change."""
    left = (event.get("message") or {}).get("subtype")
    if event.get("subtype") != "message_changed" or left != "tombstone":
        return event
    return {**event, "subtype": "message_deleted", "deleted_ts": event["message"].get("ts")}


def _is_for_us(room: str, message: Mapping[str, Any], settings: SlackSettings, us: str) -> bool:
    """Whether it may be: it stands where the desk works or is written to, in a thread, or names the desk."""
    if settings.kind_of(room) is not PlaceKind.ELSEWHERE:
        return True
    return message.get("thread_ts", message["ts"]) != message["ts"] or f"<@{us}>" in str(message.get("text", ""))


def lane_of(where: Where, message: Mapping[str, Any], settings: SlackSettings) -> str:
    """What is worked in order: all that is said, and done, in a thread; of what is said to us alone, all of it."""
    is_direct = settings.kind_of(where.room) is PlaceKind.DIRECT
    return str(where.at("" if is_direct else _thread_of(message)))


def _thread_of(message: Mapping[str, Any]) -> str:
    return str(message.get("thread_ts") or message["ts"])


def _raw_reaction(
    team: str,
    body: Mapping[str, Any],
    event: dict[str, Any],
    settings: SlackSettings,
    *,
    us: str,
    received_at: datetime,
) -> Raw | None:
    item = event.get("item") or {}
    emoji = str(event.get("reaction", "")).partition("::")[0]
    if item.get("type") != "message" or emoji not in settings.emojis or event.get("user") == us:
        return None
    where = Where(team, str(item.get("channel")), str(item.get("ts")))
    meta = {"place": settings.kind_of(where.room), "us": us, "means": settings.meaning(emoji)}
    key = f"{where}:{emoji}:{event['user']}"  # a history, which has no event_id, says the same of it
    if event["type"] == "reaction_removed":
        key = str(body.get("event_id") or f"{key}:removed:{event.get('event_ts')}")
    return _raw("event", team, event, key=key, lane=str(where), received_at=received_at, meta=meta)


def _raw(
    kind: str,
    team: str,
    body: Mapping[str, Any],
    *,
    key: str,
    lane: str,
    received_at: datetime,
    meta: Mapping[str, Any],
) -> Raw:
    payload = _encode({"kind": kind, "team": team, "body": body})
    return Raw(
        channel="slack", key=key, lane=lane, payload=payload, received_at=received_at, meta=dict(meta), complete=False
    )
