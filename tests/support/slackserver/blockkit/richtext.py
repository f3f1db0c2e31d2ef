"""Rich text and tables: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block and .../table-block."""

from typing import Any

from tests.support.slackserver.blockkit import complaints as c
from tests.support.slackserver.blockkit.complaints import Complaints, at
from tests.support.slackserver.refused import Json

LEAVES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text",), ("style",)),
    "link": (("url",), ("text", "unsafe", "style")),
    "emoji": (("name",), ("unicode", "style", "skin_tone")),
    "user": (("user_id",), ("style",)),
    "usergroup": (("usergroup_id",), ("style",)),
    "channel": (("channel_id",), ("style",)),
    "broadcast": (("range",), ("style",)),
    "date": (("timestamp", "format"), ("url", "fallback", "style")),
    "color": (("value",), ("style",)),
    "team": (("team_id",), ("style",)),
}
STYLES = {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"}


def rich_text(block: Json, pointer: str) -> Complaints:
    yield from c.fields(block, pointer, ["elements"], ["block_id"])
    yield from c.items(block.get("elements"), f"{pointer}/elements", 1000)
    for number, part in enumerate(c.listed(block.get("elements"))):
        yield from container(part, f"{pointer}/elements/{number}")


def container(part: Any, pointer: str) -> Complaints:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "rich_text_list":
        yield from bullets(part, pointer)
    elif kind in {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}:
        extra = {"rich_text_preformatted": ("border", "language"), "rich_text_quote": ("border",)}.get(kind, ())
        yield from c.fields(part, pointer, ["elements"], extra)
        yield from c.items(part.get("elements"), f"{pointer}/elements", 1000)
        for number, each in enumerate(c.listed(part.get("elements"))):
            yield from leaf(each, f"{pointer}/elements/{number}", code=kind == "rich_text_preformatted")
    else:
        yield at(f"unsupported type: {kind}", f"{pointer}/type")


def bullets(part: Json, pointer: str) -> Complaints:
    yield from c.fields(part, pointer, ["style", "elements"], ["indent", "offset", "border"])
    yield from c.items(part.get("elements"), f"{pointer}/elements", 1000)
    if part.get("style") not in {"bullet", "ordered"}:
        yield at("must be one of: bullet, ordered", f"{pointer}/style")
    if not 0 <= int(part.get("indent", 0)) <= 8:
        yield at("must be between 0 and 8", f"{pointer}/indent")
    for number, each in enumerate(c.listed(part.get("elements"))):
        if not isinstance(each, dict) or each.get("type") != "rich_text_section":
            yield at("must be a rich_text_section", f"{pointer}/elements/{number}")
        else:
            yield from container(each, f"{pointer}/elements/{number}")


def leaf(part: Any, pointer: str, *, code: bool = False) -> Complaints:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in LEAVES or (code and kind not in {"text", "link"}):
        yield at(f"unsupported type: {kind}", f"{pointer}/type")
        return
    required, optional = LEAVES[kind]
    yield from c.fields(part, pointer, required, optional)
    if kind in {"text", "link"}:
        name = "text" if kind == "text" else "url"
        yield from c.string(part.get(name), f"{pointer}/{name}", 100_000, 1)
    style = part.get("style", {})
    if not isinstance(style, dict) or not set(style) <= STYLES:
        yield at("must be a valid style", f"{pointer}/style")
    if kind == "broadcast" and part.get("range") not in {"here", "channel", "everyone"}:
        yield at("must be one of: here, channel, everyone", f"{pointer}/range")


def table(block: Json, pointer: str) -> Complaints:
    yield from c.fields(block, pointer, ["rows"], ["block_id", "column_settings"])
    yield from c.items(block.get("rows"), f"{pointer}/rows", 100)
    yield from c.items(block.get("column_settings"), f"{pointer}/column_settings", 20, 0)
    for number, row in enumerate(c.listed(block.get("rows"))):
        yield from c.items(row, f"{pointer}/rows/{number}", 20)
        for column, each in enumerate(c.listed(row)):
            yield from cell(each, f"{pointer}/rows/{number}/{column}")
    for number, setting in enumerate(c.listed(block.get("column_settings"))):
        if setting is not None and setting.get("align", "left") not in {"left", "center", "right"}:
            yield at("must be one of: left, center, right", f"{pointer}/column_settings/{number}/align")


def cell(part: Any, pointer: str) -> Complaints:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "raw_text":
        yield from c.fields(part, pointer, ["text"], [])
        yield from c.string(part.get("text"), f"{pointer}/text", 100_000, 1)
    elif kind == "rich_text":
        yield from rich_text(part, pointer)
    else:
        yield at(f"unsupported type: {kind}", f"{pointer}/type")
