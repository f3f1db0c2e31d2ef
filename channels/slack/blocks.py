"""Blocks from the parts of a text, and messages from blocks: as few as can be, each within Slack's limits."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from channels.base import Choice
from channels.rich.cutting import shortened
from channels.rich.inline import Element, clean, join, text, words
from channels.rich.limits import BLOCK, HEADER, TEXT, weight
from channels.rich.markdown import Part, read
from channels.slack.limits import BLOCKS, BUTTONS, ID, LABEL, MESSAGE, VALUE
from channels.slack.menus import menu, plain

PRESSED: Final = "fl:choice:"
"""What the `action_id` of a Choice's button begins with; its number, from 1, comes after."""
OPENS: Final = "fl:opens:"
"""The same of one that opens a form."""
_ROW: Final = re.compile(r"fl:\d{1,4}:(.*)", re.DOTALL)
BETWEEN_PARAGRAPHS: Final = "\n\n"


def body(markdown: str) -> list[Element]:
    """Markdown as blocks. Paragraphs that follow each other share one."""
    return packed(read(markdown))


def body_of_view(markdown: str) -> list[Element]:
    """The same for a dialog or somebody's Home, which know no table blocks."""
    return packed(read(markdown, draw=lambda _rows: None))


def packed(parts: Iterable[Part]) -> list[Element]:
    """The blocks that parts make up: as few as can be, and what belongs together in one as far as it fits."""
    packer = _Packer()
    for part in parts:
        packer.add(part)
    return packer.blocks


class _Packer:
    """Puts parts into blocks. `_length` and `_cost` are of the last one, `_group` is what it may still take in."""

    def __init__(self) -> None:
        self.blocks: list[Element] = []
        self._group = -1
        self._paragraphs = False
        self._length = self._cost = 0

    def add(self, part: Part) -> None:
        if part.whole:
            self.blocks.append(part.element)
            self._group, self._paragraphs = -1, False
            return
        length, cost = words(part.element) + len(BETWEEN_PARAGRAPHS), weight(part.element)
        another = part.element["type"] == "rich_text_section" and (self._paragraphs or part.group != self._group)
        fits = self._has_room(length, cost)
        if fits and another and self._paragraphs:
            join(self.blocks[-1]["elements"][-1]["elements"], BETWEEN_PARAGRAPHS, part.element["elements"])
        elif fits and part.group == self._group:
            _append(self.blocks[-1]["elements"], part.element)
        else:
            self.blocks.append({"type": "rich_text", "elements": [part.element]})
            self._length = self._cost = 0
        self._group, self._paragraphs = part.group, another
        self._length, self._cost = self._length + length, self._cost + cost

    def _has_room(self, length: int, cost: int) -> bool:
        """Whether the last block does. Its cost is only summed up, and worked out where that would be too much."""
        if self._cost + cost >= BLOCK and self._cost:
            self._cost = weight(self.blocks[-1])
        return self._length + length < TEXT and self._cost + cost < BLOCK


def _append(elements: list[Element], new: Element) -> None:
    """`new` behind the others: as a further item of the last list, if it is one."""
    last = elements[-1]
    if new["type"] == last["type"] == "rich_text_list" and _counts_on(last, new):
        last["elements"] += new["elements"]
    elif new["type"] == last["type"] == "rich_text_quote":
        join(last["elements"], BETWEEN_PARAGRAPHS, new["elements"])
    else:
        elements.append(new)


def _counts_on(last: Element, new: Element) -> bool:
    if any(last.get(name) != new.get(name) for name in ("style", "indent", "border")):
        return False
    following: int = last.get("offset", 0) + len(last["elements"])
    return last["style"] == "bullet" or bool(following == new.get("offset", 0))


def header(title: str) -> Element:
    """A title; never longer than Slack takes."""
    return {"type": "header", "text": plain(title, HEADER)}


def faint(line: str) -> Element:
    """A line of small words, such as who speaks."""
    return {"type": "context", "elements": [plain(line, HEADER)]}


def mentions(user_ids: Iterable[str]) -> Element:
    """A line that rings at these people."""
    elements = [part for user_id in user_ids for part in ({"type": "user", "user_id": user_id}, text(" "))]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements[:-1]}]}


def buttons(choices: Sequence[Choice], token: str) -> list[Element]:
    """A button a Choice, in as many rows as it takes.

    What was pressed is in the button's `value`, and the token in the `block_id`, where `token_in` finds it.
    """
    rows: list[list[Element]] = []
    room = 0
    for number, choice in enumerate(choices, 1):
        button = _button(number, choice)
        if not rows or len(rows[-1]) == BUTTONS or weight(button) > room:
            rows.append([])
            room = BLOCK
        rows[-1].append(button)
        room -= weight(button)
    ids = (f"fl:{number}:{clean(token)}"[:ID] for number in range(1, len(rows) + 1))
    return [{"type": "actions", "block_id": id_, "elements": row} for id_, row in zip(ids, rows, strict=True)]


def token_in(block_id: str) -> str:
    """The token in the id of a row of `buttons`, `fl:<row>:<token>`; empty in any other id."""
    found = _ROW.fullmatch(block_id)
    return found[1] if found else ""


def _button(number: int, choice: Choice) -> Element:
    if choice.options:
        return menu(choice.options, title=choice.label) | {"action_id": f"{PRESSED}{number}"}
    value = shortened(clean(choice.value), VALUE)
    return {
        "type": "button",
        "action_id": f"{OPENS if choice.asks else PRESSED}{number}",
        "text": plain(choice.label, LABEL),
        **({"value": value} if value else {}),
    }


def messages(blocks: Iterable[Element]) -> Iterator[list[Element]]:
    """Blocks in as few messages as they fit in: one table each, and no title alone at the end."""
    message: list[Element] = []
    for block in blocks:
        if message and not _has_room(message, block):
            title = [message.pop()] if message[-1]["type"] == "header" and len(message) > 1 else []
            yield message
            message = title
        message.append(block)
    if message:
        yield message


def _has_room(message: Sequence[Element], block: Element) -> bool:
    if block["type"] == "table" and any(one["type"] == "table" for one in message):
        return False
    return len(message) < BLOCKS and weight([*message, block]) <= MESSAGE
