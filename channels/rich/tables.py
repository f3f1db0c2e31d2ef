"""Tables: Slack's own where one fits (100 rows of 20 cells), else columns of preformatted text."""

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from msgspec import Struct

from channels.rich.inline import Element, in_bold, said
from channels.rich.limits import BLOCK, TABLE_COLUMNS, TABLE_ROWS, size, weight

WIDEST: Final = 40
"""Columns of text to which the cells of a preformatted table are filled up."""
_CELLS: Final = 4_000
_NOTHING: Final = "\u00a0"


class Cell(Struct):
    """A cell's words and how they are aligned (left, center, right; or empty)."""

    elements: list[Element]
    align: str = ""
    head: bool = False

    @property
    def words(self) -> str:
        """What it says, on one line."""
        return " ".join("".join(map(said, self.elements)).split())


def table(rows: Sequence[Sequence[Cell]]) -> Element | None:
    """Slack's block; None where it is too large for that."""
    if not 0 < len(rows) <= TABLE_ROWS or not 0 < max(map(len, rows)) <= TABLE_COLUMNS:
        return None
    if sum(size(cell.words) for row in rows for cell in row) > _CELLS:
        return None
    settings = [{"align": cell.align or "left", "is_wrapped": True} for cell in rows[0]]
    block = {"type": "table", "column_settings": settings, "rows": [[_cell(cell) for cell in row] for row in rows]}
    return block if weight(block) <= BLOCK else None


def _cell(cell: Cell) -> Element:
    if not cell.words:
        return {"type": "raw_text", "text": _NOTHING}
    if not cell.head and all(one["type"] == "text" and "style" not in one for one in cell.elements):
        return {"type": "raw_text", "text": cell.words}
    elements = in_bold(cell.elements) if cell.head else cell.elements
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def columns(rows: Sequence[Sequence[Cell]]) -> str:
    """The rows below each other, the first underlined; as lines of text of one width."""
    lines = [[cell.words for cell in row] for row in rows]
    widths = [min(WIDEST, max(map(_width, column))) for column in zip_longest(*lines, fillvalue="")]
    first, *rest = ["  ".join(map(_filled, line, widths)).rstrip() for line in lines]
    return "\n".join([first, "─" * (sum(widths) + 2 * len(widths) - 2), *rest])


def _filled(words: str, width: int) -> str:
    return words + " " * (width - _width(words))


def _width(words: str) -> int:
    """Columns of a screen: letters of East Asia and pictures take two, accents none."""
    if words.isascii():
        return len(words)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in words
    )
