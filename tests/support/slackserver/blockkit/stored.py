"""What Slack makes of accepted blocks and views before it shows them to anybody: what was left out is filled in."""

import copy
from typing import Any

from tests.support.slackserver.blockkit.blocks import interactive_elements
from tests.support.slackserver.refused import Json
from tests.support.slackserver.rich_text import block_id

AS_THEY_ARE = {"rich_text", "table", "markdown"}
DEFAULTS = {"plain_text": {"emoji": True}, "mrkdwn": {"verbatim": False}}


def stored_view(view: Json) -> Json:
    kept: Json = _explicit({name: value for name, value in view.items() if name != "blocks"})
    return kept | {"blocks": stored(view["blocks"])}


def stored(blocks: list[Json]) -> list[Json]:
    kept = [_explicit(each) if each["type"] not in AS_THEY_ARE else copy.deepcopy(each) for each in blocks]
    for block in kept:
        block.setdefault("block_id", block_id())
        for element in interactive_elements(block):
            element.setdefault("action_id", block_id())
    return kept


def _explicit(value: Any) -> Any:
    """The same with the defaults of every text object written out."""
    if isinstance(value, list):
        return [_explicit(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _explicit(part) for name, part in value.items()} | _defaults(value)


def _defaults(text: Json) -> Json:
    return {name: text.get(name, value) for name, value in DEFAULTS.get(str(text.get("type")), {}).items()}
