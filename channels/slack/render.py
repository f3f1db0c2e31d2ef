"""From an `Outgoing` to the messages that Slack is to post: pure, and the same for the same arguments."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from channels.base import Attachment, Envelope, Outgoing
from channels.marker import without_marker
from channels.rich.cutting import excerpt
from channels.rich.inline import Element, clean
from channels.rich.markdown import as_it_is
from channels.slack import blocks
from channels.slack.limits import ALTERNATIVE, NOTIFICATION, VIEW_BLOCKS
from channels.slack.mrkdwn import escaped
from channels.slack.richtext import text_of_blocks

EVENT: Final = "firstline_delivery"
"""The type of our messages' metadata: `key` is the delivery's; `part`, `of` and `files` count what it posts."""
MOST: Final = 20
"""Messages; what would take more goes as words without any form."""
_QUOTED: Final = re.compile(r"^(?:>+ ?)+", re.MULTILINE)
_ITEM: Final = "· "
_LISTED: Final = re.compile(r"^ *- ", re.MULTILINE)
_USER: Final = re.compile(r"[UW][A-Z0-9]{2,30}")


class Message(Struct, frozen=True, kw_only=True):
    """What `chat.postMessage` is given, beside where; `text` is for notifications and screen readers."""

    text: str
    blocks: list[Element]
    metadata: dict[str, Any]


class File(Struct, frozen=True, kw_only=True):
    """A file that goes after the last message; `description` is for who does not see it."""

    name: str
    type: str
    content: bytes
    description: str = ""


class Rendered(Struct, frozen=True, kw_only=True):
    """All that one delivery posts, in order."""

    messages: list[Message]
    files: list[File] = []


def render(outgoing: Outgoing, envelope: Envelope) -> bytes:
    """The messages and files of a delivery, for `read`. The line to write above has no meaning here.

    Slack takes no file without content: such a one is named only.
    """
    files = [_file(file) for file in outgoing.files if file.content]
    return msgspec.json.encode(Rendered(messages=messages(outgoing, envelope), files=files))


def read(rendered: bytes) -> Rendered:
    """What `render` made."""
    return msgspec.json.decode(rendered, type=Rendered)


def messages(outgoing: Outgoing, envelope: Envelope, mentioned: Sequence[str] = ()) -> list[Message]:
    """What is to be posted, one at least; the first rings at those `mentioned`, which are Slack's ids of users.

    Raises ValueError where one of them is none: nobody else can be mentioned.
    """
    unknown = [user_id for user_id in mentioned if _USER.fullmatch(user_id) is None]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no id of a Slack user: give the id, such as U024BE7LH")
    head = [blocks.faint(envelope.speaker)] if clean(envelope.speaker).strip() else []
    head += [blocks.mentions(mentioned)] if mentioned else []
    said = blocks.body(without_marker(outgoing.body))
    if not said:
        said = blocks.packed(as_it_is(_in_place_of_words(outgoing)))
    said += [blocks.faint(f"{_file(file).name} (0 B)") for file in outgoing.files if not file.content and not file.size]
    offered = blocks.buttons(outgoing.choices, envelope.token)
    split = list(blocks.messages([*head, *said, *offered]))
    if len(split) > MOST:
        said = blocks.packed(as_it_is(text_of_blocks(said, {})))
        split = list(blocks.messages([*head, *said, *offered]))
    files = sum(bool(file.content) for file in outgoing.files)
    return [_message(split, number, envelope, mentioned, files=files) for number in range(len(split))]


def view(outgoing: Outgoing) -> list[Element]:
    """The same for somebody's page, which knows no tables and is one: what does not fit is left out before a button."""
    offered = blocks.buttons(outgoing.choices, "")
    said = blocks.body_of_view(without_marker(outgoing.body))
    return [*said[: VIEW_BLOCKS - len(offered)], *offered]


def ringing(said: Sequence[Message], user_ids: Sequence[str]) -> list[Message]:
    """The same messages, of which the first calls these people by name."""
    if not user_ids:
        return list(said)
    first = msgspec.structs.replace(
        said[0],
        text="".join(f"<@{user_id}> " for user_id in user_ids) + said[0].text,
        blocks=[blocks.mentions(user_ids), *said[0].blocks],
    )
    return [first, *said[1:]]


def _in_place_of_words(outgoing: Outgoing) -> str:
    words = clean(outgoing.subject).split() or clean(" ".join(file.name for file in outgoing.files)).split()
    return " ".join(words) or "…"


def _message(
    split: Sequence[list[Element]], number: int, envelope: Envelope, mentioned: Sequence[str], *, files: int
) -> Message:
    speaker = " ".join(clean(envelope.speaker).split())
    who = f"{excerpt(speaker, NOTIFICATION // 3)}: " if speaker else ""
    rings = "".join(f"<@{user_id}> " for user_id in mentioned) if number == 0 else ""
    payload = {"key": clean(envelope.key), "part": number + 1, "of": len(split)}
    payload |= {"files": files} if files else {}
    return Message(
        text=rings + escaped(who + _notification(split[number])),
        blocks=split[number],
        metadata={"event_type": EVENT, "event_payload": payload},
    )


def _notification(shown: Sequence[Element]) -> str:
    """The beginning of what blocks say, else what there is to press, on one line; never empty."""
    said: list[str] = []
    title = ""
    for block in shown:
        words = _read_out(block)
        if not words:
            continue
        said.append(f"{title} – {words.removeprefix(_ITEM)}" if title else words)
        title = said.pop() if block["type"] == "header" else ""
    labels = " / ".join(
        (one.get("text") or one["placeholder"])["text"]
        for block in shown
        if block["type"] == "actions"
        for one in block["elements"]
    )
    beginning = "\n\n".join([*said, title]).removeprefix(_ITEM)
    return excerpt(beginning, NOTIFICATION) or excerpt(labels, NOTIFICATION) or "…"


def _read_out(block: Element) -> str:
    """What a block of the message's own says, without the signs of quotations and lists."""
    if block["type"] == "context":
        return ""
    words = _QUOTED.sub("", text_of_blocks([_labels_only(block)], {}))
    return _LISTED.sub(_ITEM, words).strip()


def _labels_only(element: Element) -> Element:
    """Without where links go that say something, and without whom it rings at."""
    if element["type"] == "link" and "text" in element:
        return {"type": "text", "text": element["text"]}
    if element["type"] == "user":
        return {"type": "text", "text": ""}
    return {**element, "elements": [*map(_labels_only, element["elements"])]} if "elements" in element else element


def _file(file: Attachment) -> File:
    name = " ".join(clean(file.name).split()).replace("/", "_").replace("\\", "_")
    description = excerpt(clean(file.description), ALTERNATIVE)
    return File(name=name or "file", type=clean(file.type), description=description, content=file.content)
