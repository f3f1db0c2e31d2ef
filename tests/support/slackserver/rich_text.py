"""Rich text as a Slack client makes it of what somebody types.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import re
import secrets

from tests.support.slackserver.refused import Json

_TOKEN = re.compile(r"<(?P<angle>[^<>\s][^<>]*)>|:(?P<emoji>[a-z0-9_+'-]+):|(?P<link>https?://[^\s<>|]+)")
_MENTIONS = (
    ("@", "user", "user_id"),
    ("#", "channel", "channel_id"),
    ("!subteam^", "usergroup", "usergroup_id"),
    ("!", "broadcast", "range"),
)
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def mentioned(text: str) -> list[str]:
    """The ids of the users that a text mentions."""
    return _MENTION.findall(text)


def typed(text: str) -> list[Json]:
    """The `blocks` of a message that somebody typed; `text` is in Slack's mrkdwn, escaped."""
    if not text:
        return []
    return [
        {
            "type": "rich_text",
            "block_id": block_id(),
            "elements": [{"type": "rich_text_section", "elements": elements(text)}],
        }
    ]


def block_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def elements(text: str) -> list[Json]:
    found: list[Json] = []
    end = 0
    for match in _TOKEN.finditer(text):
        found += _words(text[end : match.start()])
        found.append(_element(match))
        end = match.end()
    return found + _words(text[end:])


def _words(text: str) -> list[Json]:
    return [{"type": "text", "text": _unescaped(text)}] if text else []


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _element(match: re.Match[str]) -> Json:
    if match["emoji"]:
        return {"type": "emoji", "name": match["emoji"]}
    if match["link"]:
        return {"type": "link", "url": _unescaped(match["link"])}
    target, _, label = match["angle"].partition("|")
    for prefix, kind, name in _MENTIONS:
        if target.startswith(prefix):
            return {"type": kind, name: target.removeprefix(prefix)}
    link: Json = {"type": "link", "url": _unescaped(target)}
    return link | {"text": _unescaped(label)} if label else link


def escaped(text: str) -> str:
    """What a client does with the three special characters that somebody types."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
