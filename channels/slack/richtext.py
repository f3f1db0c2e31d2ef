"""What a message on Slack says, as the desk keeps it: plain text with the lines that its author saw.

Reads what Slack and its clients send, and whatever else a payload may hold: nothing here raises, and nothing costs more
than the payload is long. Styles have no meaning for the desk and go; lists, quotations and links stay in signs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from channels.base import Address, Forwarded
from channels.rich.emoji import of_codes, of_name, with_emoji
from channels.rich.inline import clean
from channels.slack.mrkdwn import link, plain

Names = Mapping[str, str]
"""Names of users, groups and channels, by their ids."""
_DEEPEST: Final = 4
"""How many messages may lie within each other."""
_INDENT: Final = 20


def text_of(message: Mapping[str, Any], names: Names) -> str:
    """All words of a message: its blocks, else its text; then what it passes on or other programs attached, quoted."""
    return _message(message, names, _DEEPEST)


def text_of_blocks(blocks: Sequence[Any], names: Names) -> str:
    """What blocks say, a blank line between them."""
    said = (_block(block, names).rstrip() for block in _objects(blocks))
    return "\n\n".join(words for words in said if words.strip())


def passed_on(message: Mapping[str, Any], names: Names) -> Forwarded | None:
    """The message that this one shares, if any; the address of who wrote it is their id on Slack, where it is known."""
    for attachment in _objects(message.get("attachments")):
        if _is_shared(attachment):
            sender = Address(_string(attachment, "author_id"), _author(attachment))
            words = _inner(attachment, names, _DEEPEST - 1)
            return Forwarded(sender=sender, subject="", text=words, cover=_own_words(message, names))
    return None


def people_in(message: Mapping[str, Any]) -> set[str]:
    """The ids of the users, groups and channels that a message names: whose names `text_of` can use."""
    seen = _Seen()
    text_of(message, seen)
    return seen.ids


class _Seen(dict[str, str]):
    """Knows no name, and remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401  as in dict
        self.ids.add(key)
        return default


def _message(message: Mapping[str, Any], names: Names, deepest: int) -> str:
    parts = [_own_words(message, names)]
    if deepest:
        parts += [_attachment(one, names, deepest - 1) for one in _objects(message.get("attachments"))]
    return "\n\n".join(part for part in parts if part.strip())


def _own_words(message: Mapping[str, Any], names: Names) -> str:
    words = text_of_blocks(message.get("blocks") or (), names) or plain(_string(message, "text"), names)
    return words.strip("\n").rstrip()


def _attachment(attachment: Mapping[str, Any], names: Names, deepest: int) -> str:
    """A message that is passed on, with its author; or what a program attached. Of a link's preview the title only."""
    title = link(_string(attachment, "title_link"), _string(attachment, "title"))
    if not _is_shared(attachment) and (attachment.get("from_url") or attachment.get("original_url")):
        return _quoted(title)
    author = _author(attachment)
    lines = [f"{author}:" if author else "", plain(_string(attachment, "pretext"), names), title]
    lines += [_inner(attachment, names, deepest)]
    fields = _objects(attachment.get("fields"))
    lines += [f"{_string(field, 'title')}: {plain(_string(field, 'value'), names)}" for field in fields]
    said = "\n".join(line for line in lines if line.strip(": \n"))
    return _quoted(said or plain(_string(attachment, "fallback"), names))


def _is_shared(attachment: Mapping[str, Any]) -> bool:
    return bool(attachment.get("is_msg_unfurl") or attachment.get("is_share") or attachment.get("author_id"))


def _author(attachment: Mapping[str, Any]) -> str:
    return _string(attachment, "author_name") or _string(attachment, "author_subname")


def _inner(attachment: Mapping[str, Any], names: Names, deepest: int) -> str:
    inner = [_message(one, names, deepest) for one in _messages_in(attachment)] if deepest else []
    return "\n".join(one for one in inner if one) or plain(_string(attachment, "text"), names)


def _messages_in(attachment: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in _objects(attachment.get("message_blocks")):
        message = one.get("message")
        if isinstance(message, dict):
            yield message
    if attachment.get("blocks"):
        yield {"blocks": attachment["blocks"]}


def _quoted(words: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in words.split("\n")) if words.strip() else ""


# ----------------------------------------------------------------------------------------------- blocks


def _block(block: Mapping[str, Any], names: Names) -> str:
    kind = block.get("type")
    read = _BLOCKS.get(kind) if isinstance(kind, str) else None
    return read(block, names) if read else ""


def _section(block: Mapping[str, Any], names: Names) -> str:
    texts = (_text_object(one, names) for one in (block.get("text"), *_list(block.get("fields"))))
    return "\n".join(words for words in texts if words)


def _context(block: Mapping[str, Any], names: Names) -> str:
    texts = (_text_object(one, names) for one in _list(block.get("elements")))
    return " ".join(words for words in texts if words)


def _title(block: Mapping[str, Any], names: Names) -> str:
    return _text_object(block.get("text"), names)


def _table(block: Mapping[str, Any], names: Names) -> str:
    rows = (_list(row) for row in _list(block.get("rows")))
    return "\n".join(" | ".join(_cell(cell, names) for cell in row) for row in rows)


def _image(block: Mapping[str, Any], names: Names) -> str:
    return f"[{_text_object(block.get('title'), names) or _string(block, 'alt_text') or 'image'}]"


def _video(block: Mapping[str, Any], names: Names) -> str:
    return link(_string(block, "title_url"), _text_object(block.get("title"), names))


def _text_object(value: Any, names: Names) -> str:  # noqa: ANN401  JSON
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, dict):
        return ""
    words = _string(value, "text")
    if value.get("type") == "mrkdwn":
        return plain(words, names)
    return (words if value.get("emoji") is False else with_emoji(words)) or _string(value, "alt_text")


def _cell(value: Any, names: Names) -> str:  # noqa: ANN401  JSON
    if isinstance(value, dict) and value.get("type") == "rich_text":
        words = _rich_text(value, names)
    else:
        words = _text_object(value, names)
    return " ".join(words.split())


# -------------------------------------------------------------------------------------------- rich text


def _rich_text(block: Mapping[str, Any], names: Names) -> str:
    """Its elements below each other. Slack ends the words before a list or code with a line break of their own."""
    lines: list[str] = []
    for element in _objects(block.get("elements")):
        words = _element(element, names)
        bordered = element.get("border") and element.get("type") != "rich_text_quote"
        lines.append(_quoted(words) if bordered else words.removesuffix("\n"))
    return "\n".join(lines)


def _element(element: Mapping[str, Any], names: Names) -> str:
    match element.get("type"):
        case "rich_text_list":
            return _list_lines(element, names)
        case "rich_text_quote":
            return _quoted(_inline(element, names))
        case _:
            return _inline(element, names)


def _list_lines(element: Mapping[str, Any], names: Names) -> str:
    indent = "  " * min(max(_number(element.get("indent")), 0), _INDENT)
    first = max(_number(element.get("offset")), 0) + 1
    lines: list[str] = []
    for number, item in enumerate(_objects(element.get("elements")), first):
        marker = f"{number}. " if element.get("style") == "ordered" else "- "
        words = _inline(item, names).removesuffix("\n").replace("\n", f"\n{indent}{' ' * len(marker)}")
        lines.append(f"{indent}{marker}{words}".rstrip())
    return "\n".join(lines)


def _inline(element: Mapping[str, Any], names: Names) -> str:
    return "".join(_word(one, names) for one in _objects(element.get("elements")))


def _word(element: Mapping[str, Any], names: Names) -> str:
    kind = element.get("type")
    read = _WORDS.get(kind) if isinstance(kind, str) else None
    return read(element, names) if read else _string(element, "text") or _string(element, "fallback")


def _named(sign: str, field: str) -> Callable[[Mapping[str, Any], Names], str]:
    def read(element: Mapping[str, Any], names: Names) -> str:
        id_ = _string(element, field)
        return f"{sign}{names.get(id_) or id_}" if id_ else ""

    return read


def _link(element: Mapping[str, Any], _names: Names) -> str:
    return link(_string(element, "url"), _string(element, "text"))


def _emoji(element: Mapping[str, Any], _names: Names) -> str:
    name = _string(element, "name")
    return of_codes(_string(element, "unicode").lower()) or (of_name(name) if name else "")


def _date(element: Mapping[str, Any], _names: Names) -> str:
    fallback = _string(element, "fallback")
    try:
        return fallback or datetime.fromtimestamp(_number(element.get("timestamp")), UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):
        return ""


_Read = Callable[[Mapping[str, Any], Names], str]
_BLOCKS: Final[Mapping[str, _Read]] = {
    "rich_text": _rich_text,
    "section": _section,
    "header": _title,
    "markdown": _title,
    "context": _context,
    "table": _table,
    "image": _image,
    "video": _video,
}
_WORDS: Final[Mapping[str, _Read]] = {
    "link": _link,
    "user": _named("@", "user_id"),
    "usergroup": _named("@", "usergroup_id"),
    "team": _named("@", "team_id"),
    "channel": _named("#", "channel_id"),
    "broadcast": _named("@", "range"),
    "color": _named("", "value"),
    "emoji": _emoji,
    "date": _date,
}


# -------------------------------------------------------------------------------------- what may be there


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401  JSON
    return (one for one in _list(value) if isinstance(one, dict))


def _list(value: Any) -> Sequence[Any]:  # noqa: ANN401  JSON
    return value if isinstance(value, list | tuple) else ()


def _string(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return clean(found) if isinstance(found, str) else ""


def _number(value: Any) -> int:  # noqa: ANN401  JSON
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
