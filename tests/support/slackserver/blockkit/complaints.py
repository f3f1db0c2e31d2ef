"""Small checks that every part of Block Kit shares. Each yields what is wrong, worded and placed as Slack does."""

from collections.abc import Collection, Iterator
from typing import Any

from tests.support.slackserver.refused import Json

Complaints = Iterator[str]

PLAIN = ("plain_text",)
PLAIN_OR_MARKDOWN = ("plain_text", "mrkdwn")


def at(message: str, pointer: str) -> str:
    return f"{message} [json-pointer:{pointer}]"


def fields(shape: Json, pointer: str, required: Collection[str], optional: Collection[str]) -> Complaints:
    for name in required:
        if shape.get(name) is None:
            yield at(f"missing required field: {name}", pointer)
    for name in shape:
        if name not in {"type", *required, *optional}:
            yield at(f"invalid additional property: {name}", pointer)


def length(text: str) -> int:
    """Characters, counted as what costs most: nobody says how Slack counts those outside the BMP."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def string(value: Any, pointer: str, longest: int, shortest: int = 0) -> Complaints:
    """A string within its length; None is somebody else's matter."""
    if value is None:
        return
    if not isinstance(value, str):
        yield at("must be a string", pointer)
    elif length(value) > longest:
        yield at(f"must be less than {longest + 1} characters", pointer)
    elif len(value) < shortest:
        yield at(f"must be more than {shortest - 1} characters", pointer)


def items(value: Any, pointer: str, most: int, fewest: int = 1) -> Complaints:
    """A list within its length; None is somebody else's matter."""
    if value is None:
        return
    if not isinstance(value, list):
        yield at("must be an array", pointer)
    elif len(value) > most:
        yield at(f"no more than {most} items allowed", pointer)
    elif len(value) < fewest:
        yield at(f"no less than {fewest} items required", pointer)


def listed(value: Any) -> list[Any]:
    """The parts of a list to look into; of what is none, nothing."""
    return value if isinstance(value, list) else []


def text(value: Any, pointer: str, longest: int, types: Collection[str] = PLAIN) -> Complaints:
    """A text object: https://docs.slack.dev/reference/block-kit/composition-objects/text-object."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield at("must be an object", pointer)
        return
    if value.get("type") not in types:
        yield at(f"must be a valid type: {' or '.join(types)}", pointer)
    yield from fields(value, pointer, ["text"], ["emoji"] if value.get("type") == "plain_text" else ["verbatim"])
    yield from string(value.get("text"), f"{pointer}/text", longest, 1)


def https(value: Any, pointer: str) -> Complaints:
    if isinstance(value, str) and not value.startswith("https://"):
        yield at("must be a valid https URL", pointer)


def url(value: Any, pointer: str) -> Complaints:
    yield from string(value, pointer, 3000, 1)
    if isinstance(value, str) and ":" not in value:
        yield at("must be a valid URL", pointer)
