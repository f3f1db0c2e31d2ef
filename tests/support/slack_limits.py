"""What Slack documents of messages, as a check: https://docs.slack.dev/reference/block-kit and chat.postMessage."""

import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block

Json = Mapping[str, Any]

SIZES = {
    ("header", "text"): 150,
    ("section", "text"): 3000,
    ("section", "fields"): 2000,
    ("button", "text"): 75,
    ("context", "elements"): 3000,
}
COUNTS = {("actions", "elements"): 25, ("context", "elements"): 10, ("section", "fields"): 10}
IN_SECTIONS = {"text", "link", "user", "usergroup", "channel", "broadcast", "emoji", "date", "color", "team"}
IN_RICH_TEXT = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
CHARACTERS = 13_200


def size(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def check(message: Json) -> None:
    """Raises AssertionError for a message that Slack might refuse."""
    text, blocks = message["text"], message["blocks"]
    assert text.strip(), "no_text: a notification says nothing"
    assert size(text) <= 40_000, "msg_too_long"
    assert 0 < len(blocks) <= 50, "invalid_blocks: 1 to 50 of them"
    assert size(json.dumps(blocks, ensure_ascii=False)) < CHARACTERS, "msg_blocks_too_long"
    assert sum(block["type"] == "table" for block in blocks) <= 1, "only_one_table_allowed"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(set(ids)) == len(ids), "block_id is there twice"
    actions = [button["action_id"] for button in named(blocks, "action_id")]
    assert len(set(actions)) == len(actions), "action_id is there twice"
    for block in blocks:
        check_block(block)


def check_block(block: Json) -> None:
    """Raises AssertionError, or slack-sdk's error, for a block that Slack might refuse."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parsed = Block.parse(dict(block))
        assert parsed is not None, f"slack-sdk knows no block {block['type']!r}"
        parsed.to_dict()
    assert size(block.get("block_id", "")) <= 255
    for (kind, field), most in COUNTS.items():
        assert block["type"] != kind or len(block.get(field, ())) <= most
    CHECKS[block["type"]](block)


def _check_rich_text(block: Json) -> None:
    assert block["elements"], "missing elements"
    length = 0
    for element in block["elements"]:
        assert element["type"] in IN_RICH_TEXT
        length += _check_element(element)
    assert length <= 3000, "a block says too much"


def _check_element(element: Json) -> int:
    if element["type"] == "rich_text_list":
        assert element["style"] in {"bullet", "ordered"}
        assert 0 <= element.get("indent", 0) <= 8
        assert element.get("offset", 0) >= 0
        assert element["elements"]
        assert all(item["type"] == "rich_text_section" for item in element["elements"])
        return sum(map(_check_element, element["elements"]))
    assert element.get("border", 0) in {0, 1}
    assert element["elements"], f"{element['type']}: missing elements"
    if element["type"] == "rich_text_preformatted":
        assert {one["type"] for one in element["elements"]} <= {"text", "link"}
    return sum(map(_check_words, element["elements"]))


def _check_words(element: Json) -> int:
    assert element["type"] in IN_SECTIONS
    assert set(element.get("style", {})) <= {"bold", "italic", "strike", "code"}
    if element["type"] == "link":
        assert re.match(r"https?://[^\s/]|mailto:\S|tel:\S", element["url"], re.IGNORECASE), element["url"]
        assert size(element["url"]) <= 3000
        assert element.get("text", "-")
        return size(element.get("text", element["url"]))
    if element["type"] == "text":
        assert element["text"], "must be more than 0 characters"
        return size(element["text"])
    return 0


def _check_header(block: Json) -> None:
    _check_plain_text(block["text"], SIZES["header", "text"])


def _check_plain_text(text: Json, most: int) -> None:
    assert text["type"] == "plain_text"
    assert 0 < size(text["text"]) <= most


def _check_context(block: Json) -> None:
    assert block["elements"]
    for element in block["elements"]:
        _check_plain_text(element, SIZES["context", "elements"])


def _check_actions(block: Json) -> None:
    assert block["elements"]
    for button in block["elements"]:
        _check_plain_text(button["text"], SIZES["button", "text"])
        assert 0 < size(button["action_id"]) <= 255
        assert 0 < size(button.get("value", "-")) <= 2000


def _check_table(block: Json) -> None:
    rows = block["rows"]
    assert 0 < len(rows) <= 100
    assert len(block.get("column_settings", ())) <= 20
    cells = [cell for row in rows for cell in row]
    assert all(0 < len(row) <= 20 for row in rows)
    assert sum(size(json.dumps(cell, ensure_ascii=False)) for cell in cells) <= 10_000
    for cell in cells:
        if cell["type"] == "raw_text":
            assert cell["text"]
        else:
            _check_rich_text(cell)


def _check_nothing(_block: Json) -> None:
    pass


CHECKS = {
    "rich_text": _check_rich_text,
    "header": _check_header,
    "context": _check_context,
    "actions": _check_actions,
    "table": _check_table,
    "divider": _check_nothing,
}


def named(value: Any, name: str) -> Iterator[Json]:
    """All objects within a JSON value that have a field of this name."""
    if isinstance(value, Mapping):
        if name in value:
            yield value
        for inner in value.values():
            yield from named(inner, name)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from named(inner, name)


def types(value: Any) -> set[str]:
    """The types of all objects within a JSON value."""
    return {one["type"] for one in named(value, "type") if isinstance(one["type"], str)}
