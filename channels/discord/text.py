"""What a message of Discord says, as plain text: names in place of ids, times in place of stamps. Pure and total."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

_MARK: Final = re.compile(
    r"<(?:@!?(?P<user>\d{1,20})|@&(?P<role>\d{1,20})|\#(?P<channel>\d{1,20})"
    r"|a?:(?P<emoji>\w{1,32}):\d{1,20}|t:(?P<time>-?\d{1,13})(?::[tTdDfFR])?|/(?P<command>[^:<>]{1,100}):\d{1,20}"
    r"|(?P<link>https?://[^\s<>]{1,2000}))>"
)
_CODE: Final = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def text_of(message: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """All that a message says; `names` are those of users, roles and channels, by id."""
    known = {**names, **_mentioned(message)}
    found = [shown(str(message.get("content") or ""), known)]
    found += [f"[{sticker.get('name')}]" for sticker in message.get("sticker_items") or ()]
    found += [_poll(message["poll"])] if message.get("poll") else []
    found += [_forwarded(one.get("message") or {}, known) for one in message.get("message_snapshots") or ()]
    if (message.get("author") or {}).get("bot") or message.get("webhook_id"):
        found += [_embed(embed) for embed in message.get("embeds") or ()]
    return "\n\n".join(filter(None, (part.strip() for part in found)))


def shown(content: str, names: Mapping[str, str]) -> str:
    """Content with names for ids; what stands in code stays as it is."""
    parts = _CODE.split(content)
    parts[::2] = [_MARK.sub(lambda mark: _named(mark, names), part) for part in parts[::2]]
    return "".join(parts)


def _named(mark: re.Match[str], names: Mapping[str, str]) -> str:
    if user := mark["user"] or mark["role"]:
        return f"@{names[user]}" if user in names else mark[0]
    if channel := mark["channel"]:
        return f"#{names[channel]}" if names.get(channel) else mark[0]
    if mark["emoji"]:
        return f":{mark['emoji']}:"
    if mark["time"]:
        return _time(mark["time"]) or mark[0]
    return mark["link"] or f"/{mark['command']}"


def _time(stamp: str) -> str:
    try:
        return f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return ""


def _mentioned(message: Mapping[str, Any]) -> dict[str, str]:
    return {str(user.get("id")): name_of(user, user.get("member")) for user in message.get("mentions") or ()}


def name_of(user: Mapping[str, Any], member: Mapping[str, Any] | None = None) -> str:
    """How somebody is called: in the guild, else on Discord."""
    nick = (member or {}).get("nick")
    return str(nick or user.get("global_name") or user.get("username") or "")


def _poll(poll: Mapping[str, Any]) -> str:
    asked = str((poll.get("question") or {}).get("text") or "")
    answers = [str((one.get("poll_media") or {}).get("text") or "") for one in poll.get("answers") or ()]
    return "\n".join([asked, *(f"- {answer}" for answer in answers)])


def _forwarded(snapshot: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A message that somebody passes on; Discord does not say whose it was."""
    said = text_of({**snapshot, "author": {"bot": True}, "message_snapshots": ()}, names)
    return "\n".join(f"> {line}".rstrip() for line in said.splitlines())


def _embed(embed: Mapping[str, Any]) -> str:
    fields = [f"{one.get('name')}: {one.get('value')}" for one in embed.get("fields") or ()]
    said: Iterable[Any] = (embed.get("title"), embed.get("description"), *fields)
    return "\n".join(str(one) for one in said if one)
