"""Slack's own markup in plain words: who is mentioned, where links go, and `&amp;` as what was typed.

https://docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>` are escaped, and what stands in `<>` is a
mention, a link or a date. Stars and underscores stay as they were typed.
"""

import re
from collections.abc import Mapping
from typing import Final

from channels.rich.emoji import with_emoji

_SPECIAL: Final = re.compile(r"<([^<>]*)>")
_ENTITY: Final = re.compile("&(amp|lt|gt);")
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">"}
_SCHEME: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)


def plain(text: str, names: Mapping[str, str]) -> str:
    """`text` as people read it; `names` are those of the users, groups and channels, by their ids."""
    parts = _SPECIAL.split(text)
    parts[::2] = [unescaped(with_emoji(words)) for words in parts[::2]]
    parts[1::2] = [_special(inner, names) for inner in parts[1::2]]
    return "".join(parts)


def escaped(text: str) -> str:
    """Words for a text in which Slack reads `<!channel>` and `&amp;`: they come out as they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """`&amp;`, `&lt;` and `&gt;` as the signs that they stand for."""
    return _ENTITY.sub(lambda entity: _ENTITIES[entity[1]], text) if "&" in text else text


def link(address: str, label: str) -> str:
    """The words of a link, and where it goes if they do not say it."""
    where = _SCHEME.sub("", address, count=1) if address.lower().startswith(("mailto:", "tel:")) else address
    said = label.strip()
    if not said or not where or _bare(said) == _bare(where):
        return label or where
    return f"{label} <{where}>"


def _bare(address: str) -> str:
    return _SCHEME.sub("", address.casefold(), count=1).removeprefix("www.").rstrip("/ ")


def _special(inner: str, names: Mapping[str, str]) -> str:
    what, _, label = inner.partition("|")
    label = unescaped(label)
    if what.startswith("@"):
        return "@" + (names.get(what[1:]) or label.removeprefix("@") or what[1:])
    if what.startswith("#"):
        return "#" + (names.get(what[1:]) or label.removeprefix("#") or what[1:])
    if what.startswith("!"):
        return _command(what[1:], label, names)
    return link(unescaped(what), label)


def _command(what: str, label: str, names: Mapping[str, str]) -> str:
    name, _, rest = what.partition("^")
    if name == "subteam":
        return "@" + (names.get(rest) or label.removeprefix("@") or rest)
    if name == "date":
        return label or rest.partition("^")[0]
    return f"@{name}"
