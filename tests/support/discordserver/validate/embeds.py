"""Embeds: https://discord.com/developers/docs/resources/message#embed-object-embed-limits."""

from typing import Final

from tests.support.discordserver.refused import Json
from tests.support.discordserver.validate.fields import Form

ALL_TOGETHER: Final = 6000
"""Characters of all embeds of a message."""


def check(form: Form) -> list[Json]:
    """The embeds of a message."""
    found = form.forms("embeds", 0, 10)
    if sum(_embed(each) for each in found) > ALL_TOGETHER:
        form.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {ALL_TOGETHER}")
    return [_complete(each.given) for each in found]


def _complete(given: Json) -> Json:
    """As Discord gives it back."""
    fields = [{"inline": False} | each for each in given.get("fields") or () if isinstance(each, dict)]
    return given | {"type": "rich"} | ({"fields": fields} if fields else {})


def _embed(embed: Form) -> int:
    """The characters in it, of the fields that count."""
    size = len(embed.text("title", 0, 256)) + len(embed.text("description", 0, 4096))
    embed.url("url")
    embed.number("color", 0, 0xFFFFFF)
    size += _part(embed, "footer", "text", 2048) + _part(embed, "author", "name", 256)
    for name in ("image", "thumbnail"):
        picture = embed.form(name)
        if picture is not None:
            picture.url("url", ("http", "https", "attachment"))
    return size + sum(_field(each) for each in embed.forms("fields", 0, 25))


def _part(embed: Form, name: str, text: str, most: int) -> int:
    part = embed.form(name)
    if part is None:
        return 0
    part.url("icon_url", ("http", "https", "attachment"))
    part.url("url")
    return len(part.text(text, 0, most, required=True))


def _field(field: Form) -> int:
    return len(field.text("name", 1, 256, required=True)) + len(field.text("value", 1, 1024, required=True))
