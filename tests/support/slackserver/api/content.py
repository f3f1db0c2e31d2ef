"""The words, blocks and metadata of a message that the app sends."""

from dataclasses import dataclass
from typing import Any

from tests.support.slackserver import limits, rich_text
from tests.support.slackserver.api.arguments import Arguments
from tests.support.slackserver.blockkit import blocks as blockkit
from tests.support.slackserver.blockkit.stored import stored
from tests.support.slackserver.refused import Json, Refused


@dataclass(frozen=True)
class Content:
    text: str
    blocks: list[Json]
    attachments: list[Json]


def content(arguments: Arguments) -> Content:
    """What to post; Slack makes blocks of a text that came without any."""
    text, blocks, attachments = text_of(arguments), blocks_of(arguments), attachments_of(arguments)
    if not text.strip() and not blocks and not attachments:
        raise Refused("no_text")
    blockkit.check_message(blocks, text)
    blockkit.check_text(text)
    return Content(text, stored(blocks) if blocks else rich_text.typed(text), attachments)


def text_of(arguments: Arguments) -> str:
    """`text`, or `markdown_text` in its place."""
    markdown = arguments.text("markdown_text")
    if markdown and ("text" in arguments or "blocks" in arguments):
        raise Refused("markdown_text_conflict")
    if len(markdown) > limits.MARKDOWN_CHARACTERS:
        raise Refused("msg_too_long")
    return markdown or arguments.text("text")


def blocks_of(arguments: Arguments) -> Any:
    return arguments.json("blocks", "invalid_blocks_format")


def attachments_of(arguments: Arguments) -> list[Json]:
    attachments = arguments.json("attachments", "invalid_attachments") or []
    if not isinstance(attachments, list):
        raise Refused("invalid_attachments")
    if len(attachments) > limits.ATTACHMENTS:
        raise Refused("too_many_attachments")
    return attachments


def metadata(arguments: Arguments) -> Json | None:
    """https://docs.slack.dev/messaging/message-metadata: a type and a payload of plain values or objects of them."""
    given = arguments.json("metadata", "invalid_metadata_format")
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) - {"event_type", "event_payload", "entities"}:
        raise Refused("invalid_metadata_format")
    if not isinstance(given.get("event_type"), str) or not isinstance(given.get("event_payload"), dict):
        raise Refused("invalid_metadata_schema")
    if blockkit.size(given) > limits.METADATA_BYTES:
        raise Refused("metadata_too_large")
    return given
