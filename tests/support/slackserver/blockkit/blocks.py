"""Blocks: https://docs.slack.dev/reference/block-kit/blocks."""

import json
from collections.abc import Callable
from typing import Any, Literal

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from tests.support.slackserver import limits
from tests.support.slackserver.blockkit import complaints as c
from tests.support.slackserver.blockkit import elements as e
from tests.support.slackserver.blockkit import richtext
from tests.support.slackserver.blockkit.complaints import Complaints, at
from tests.support.slackserver.refused import Json, Refused

Surface = Literal["message", "modal", "home"]


def section(block: Json, pointer: str) -> Complaints:
    yield from c.fields(block, pointer, [], ["block_id", "text", "fields", "accessory", "expand"])
    if block.get("text") is None and not block.get("fields"):
        yield at("must define either `text` or `fields`", pointer)
    yield from c.text(block.get("text"), f"{pointer}/text", 3000, c.PLAIN_OR_MARKDOWN)
    yield from c.items(block.get("fields"), f"{pointer}/fields", 10)
    for number, each in enumerate(c.listed(block.get("fields"))):
        yield from c.text(each, f"{pointer}/fields/{number}", 2000, c.PLAIN_OR_MARKDOWN)
    if block.get("accessory") is not None:
        yield from e.element(block["accessory"], f"{pointer}/accessory", e.IN_SECTION)


def header(block: Json, pointer: str) -> Complaints:
    yield from c.fields(block, pointer, ["text"], ["block_id", "level"])
    yield from c.text(block.get("text"), f"{pointer}/text", 150)


def divider(block: Json, pointer: str) -> Complaints:
    yield from c.fields(block, pointer, [], ["block_id"])


def markdown(block: Json, pointer: str) -> Complaints:
    yield from c.fields(block, pointer, ["text"], ["block_id"])
    yield from c.string(block.get("text"), f"{pointer}/text", limits.MARKDOWN_CHARACTERS, 1)


def actions(block: Json, pointer: str) -> Complaints:
    yield from c.fields(block, pointer, ["elements"], ["block_id"])
    yield from c.items(block.get("elements"), f"{pointer}/elements", 25)
    for number, each in enumerate(c.listed(block.get("elements"))):
        yield from e.element(each, f"{pointer}/elements/{number}", e.IN_ACTIONS)


def context(block: Json, pointer: str) -> Complaints:
    yield from c.fields(block, pointer, ["elements"], ["block_id"])
    yield from c.items(block.get("elements"), f"{pointer}/elements", 10)
    for number, each in enumerate(c.listed(block.get("elements"))):
        if isinstance(each, dict) and each.get("type") == "image":
            yield from e.image(each, f"{pointer}/elements/{number}")
        else:
            yield from c.text(each, f"{pointer}/elements/{number}", 2000, c.PLAIN_OR_MARKDOWN)


def entry(block: Json, pointer: str) -> Complaints:
    optional = ["block_id", "dispatch_action", "hint", "optional"]
    yield from c.fields(block, pointer, ["label", "element"], optional)
    yield from c.text(block.get("label"), f"{pointer}/label", 2000)
    yield from c.text(block.get("hint"), f"{pointer}/hint", 2000)
    if block.get("element") is not None:
        yield from e.element(block["element"], f"{pointer}/element", e.INPUTS)


CHECKS: dict[str, Callable[[Json, str], Complaints]] = {
    "section": section,
    "header": header,
    "divider": divider,
    "markdown": markdown,
    "actions": actions,
    "context": context,
    "input": entry,
    "image": e.image,
    "rich_text": richtext.rich_text,
    "table": richtext.table,
}
ONLY_IN_MESSAGES = {"markdown", "table"}


def complaints(blocks: Any, surface: Surface, pointer: str = "/blocks") -> list[str]:
    """All that Slack would find wrong with these blocks, in its words."""
    most = limits.BLOCKS_IN_MESSAGE if surface == "message" else limits.BLOCKS_IN_VIEW
    found = list(c.items(blocks, pointer, most, 0 if surface == "message" else 1))
    for number, block in enumerate(c.listed(blocks)):
        found += _complaints_of_one(block, surface, f"{pointer}/{number}")
    return found or [*_repeated(c.listed(blocks), pointer), *_by_the_models(c.listed(blocks), pointer)]


def _complaints_of_one(block: Any, surface: Surface, pointer: str) -> Complaints:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in CHECKS or (kind in ONLY_IN_MESSAGES and surface != "message"):
        yield at(f"unsupported type: {kind}", f"{pointer}/type")
        return
    yield from c.string(block.get("block_id"), f"{pointer}/block_id", 255)
    yield from CHECKS[kind](block, pointer)


def _repeated(blocks: list[Json], pointer: str) -> Complaints:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            yield at(f"`block_id` {block_id} already exists", f"{pointer}/{number}/block_id")
        seen.add(block_id or "")
        yield from _repeated_actions(block, f"{pointer}/{number}")


def _repeated_actions(block: Json, pointer: str) -> Complaints:
    seen: set[str] = set()
    for number, each in enumerate(interactive_elements(block)):
        action_id = each.get("action_id")
        if action_id and action_id in seen:
            yield at(f"`action_id` {action_id} already exists", f"{pointer}/elements/{number}/action_id")
        seen.add(action_id or "")


def _by_the_models(blocks: list[Json], pointer: str) -> Complaints:
    """What slack-sdk knows besides; it knows no limits of rich text and of tables."""
    for number, block in enumerate(blocks):
        if block["type"] in {"rich_text", "table"}:
            continue
        try:
            model = Block.parse(block)
            if model is not None:
                model.to_dict()
        except SlackObjectFormationError as error:
            yield at(str(error), f"{pointer}/{number}")


def interactive_elements(block: Json) -> list[Json]:
    """The elements of a block that somebody can use."""
    found = [*c.listed(block.get("elements")), block.get("accessory"), block.get("element")]
    return [each for each in found if isinstance(each, dict) and each.get("type") in e.FIELDS]


def check_message(blocks: Any, text: str) -> None:
    """Refuse the blocks of a message that Slack refuses."""
    if blocks is None:
        return
    if not isinstance(blocks, list) or not all(isinstance(each, dict) for each in blocks):
        raise Refused("invalid_blocks_format")
    if found := complaints(blocks, "message"):
        raise Refused("invalid_blocks", found)
    if sum(each["type"] == "table" for each in blocks) > 1:
        raise Refused("invalid_attachments", ["only_one_table_allowed"])
    if characters([each for each in blocks if each["type"] == "table"]) > limits.TABLE_CHARACTERS:
        raise Refused("invalid_blocks", [c.at("the cells have too many characters", "/blocks")])
    if sum(len(each["text"]) for each in blocks if each["type"] == "markdown") > limits.MARKDOWN_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    if characters(blocks) > limits.BLOCK_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    check_text(text)


def check_text(text: str) -> None:
    if c.length(text) > limits.MESSAGE_TEXT:
        raise Refused("msg_too_long")


def characters(blocks: list[Json]) -> int:
    """How many characters people read in these blocks, which is what Slack seems to count."""
    return sum(c.length(each) for block in blocks for each in _texts(block))


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [each for part in value for each in _texts(part)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if isinstance(value.get("text"), str) else []
    return own + [each for part in value.values() for each in _texts(part)]


def size(value: Json) -> int:
    """Bytes on the wire."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
