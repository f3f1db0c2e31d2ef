"""Markdown as parts of Slack's `rich_text`, each small enough for a block of its own.

Slack knows no list within an item and no block within a quotation: what lies within comes after, further in or with a
border, and an interrupted list counts on (`offset`).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct

from channels.rich.cutting import cut
from channels.rich.inline import Element, clean, in_bold, inlines, join, linked, parts, said, text, words
from channels.rich.limits import BLOCK, HEADER, INDENT, TEXT, size, weight
from channels.rich.tables import Cell, columns, table

NESTING: Final = 40
_EMPTY: Final = "\u00a0"
_RULE: Final = "―――"


class Part(Struct, frozen=True):
    """A part of a message: a `whole` block, or what lies in one. Those of one `group` belong together."""

    element: Element
    group: int
    whole: bool = False


Draw = Callable[[Sequence[Sequence[Cell]]], Element | None]
"""A table as a block, or None where it is to be columns of text."""


def read(source: str, draw: Draw = table) -> list[Part]:
    """The parts of Markdown: CommonMark with tables, in which a line break is one and HTML is words."""
    tokens = _parser().parse(clean(source))
    if any(token.level >= NESTING - 1 for token in tokens):
        return as_it_is(source)  # beyond its nesting limit markdown-it drops words
    return _Reader(draw).read(tokens)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """CommonMark, tables, strikethrough; without what makes words disappear or turns a signature into a heading."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": NESTING})
    parser.enable(["table", "strikethrough"]).disable(["reference", "lheading", "html_block", "html_inline"])
    parser.validateLink = _is_link  # type: ignore[method-assign]
    return parser


def _is_link(url: str) -> bool:
    return url.lower().startswith(("http://", "https://", "mailto:", "tel:", "cid:"))


def as_it_is(source: str) -> list[Part]:
    """The parts of a text in which nothing is markup."""
    shown = clean(source).strip("\n")
    return [Part(section(part), 0) for part in parts(linked([text(shown)]))] if shown.strip() else []


def section(elements: Sequence[Element]) -> Element:
    """A paragraph."""
    return {"type": "rich_text_section", "elements": list(elements)}


class _List:
    """A list that is open: how it counts, and whether its current item has words yet."""

    def __init__(self, token: Token) -> None:
        self.style = "ordered" if token.type == "ordered_list_open" else "bullet"
        start = token.attrGet("start")
        self.done = 0 if start is None else max(0, int(start) - 1)
        self.begun = False


class _Reader:
    """Goes through the tokens. `_within` holds what is open, the innermost last: a list, or None for a quotation."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._parts: list[Part] = []
        self._within: list[_List | None] = []
        self._group = 0
        self._heading = ""
        self._rows: list[list[Cell]] | None = None

    def read(self, tokens: Sequence[Token]) -> list[Part]:
        for token in tokens:
            if token.level == 0 and token.nesting >= 0:
                self._group += 1
            self._take(token)
        return self._parts

    def _take(self, token: Token) -> None:
        match token.type:
            case "inline" if self._rows is not None:
                self._rows[-1][-1].elements.extend(inlines(token.children or ()))
            case "inline":
                self._paragraph(inlines(token.children or ()))
            case "heading_open":
                self._heading = token.tag
            case "fence" | "code_block":
                self._preformatted(token.content.rstrip("\n"))
            case "hr":
                self._rule()
            case "blockquote_open":
                self._within.append(None)
            case "bullet_list_open" | "ordered_list_open":
                self._within.append(_List(token))
            case "list_item_open" | "list_item_close":
                self._item(token)
            case "blockquote_close" | "bullet_list_close" | "ordered_list_close":
                self._within.pop()
            case _:
                self._table(token)

    def _table(self, token: Token) -> None:
        match token.type:
            case "table_open":
                self._rows = []
            case "tr_open" if self._rows is not None:
                self._rows.append([])
            case "th_open" | "td_open" if self._rows is not None:
                style = str(token.attrGet("style") or "")
                self._rows[-1].append(Cell([], style.rpartition(":")[2], head=token.type == "th_open"))
            case "table_close" if self._rows is not None:
                rows, self._rows = self._rows, None
                block = None if self._within else self._draw(rows)
                if block is None:
                    self._preformatted(columns(rows))
                else:
                    self._add(block, whole=True)

    def _add(self, element: Element, *, whole: bool = False) -> None:
        self._parts.append(Part(element, self._group, whole))

    def _rule(self) -> None:
        if self._within:
            self._paragraph([text(_RULE)])
        else:
            self._add({"type": "divider"}, whole=True)

    def _item(self, token: Token) -> None:
        current = self._within[-1]
        if current is None:
            return
        if token.type == "list_item_close" and not current.begun:
            self._in_list(current, [text(_EMPTY)])
        current.done += token.type == "list_item_close"
        current.begun = False

    def _paragraph(self, elements: list[Element]) -> None:
        heading, self._heading = self._heading, ""
        if heading and not self._within and (header := _header(heading, elements)):
            self._add(header, whole=True)
            return
        if heading:
            elements = in_bold(elements)
        if not any(said(one).strip() for one in elements):
            return
        innermost = self._within[-1] if self._within else None
        if innermost is not None:
            self._in_list(innermost, elements)
        elif self._within:
            self._in_quote(elements)
        else:
            for part in parts(elements):
                self._add(section(part))

    def _in_list(self, current: _List, elements: list[Element]) -> None:
        """The words of an item; what goes on after its first paragraph stands below it, without a number."""
        for part in parts(elements):
            if current.begun:
                self._go_on(part)
                continue
            current.begun = True
            lists = sum(one is not None for one in self._within)
            element: Element = {"type": "rich_text_list", "style": current.style, "elements": [section(part)]}
            element["indent"] = min(lists - 1, INDENT)
            if current.style == "ordered" and current.done:
                element["offset"] = current.done
            self._add({**element, **self._border()})

    def _go_on(self, part: list[Element]) -> None:
        last = self._parts[-1].element
        if (
            last["type"] != "rich_text_list"
            or words(last) + words(section(part)) > TEXT
            or weight([last, part]) > BLOCK
        ):
            self._add(section(part))
        else:
            join(last["elements"][-1]["elements"], "\n", part)

    def _in_quote(self, elements: list[Element]) -> None:
        depth = sum(one is None for one in self._within)
        marks = "> " * (depth - 1)
        if marks:
            elements = [text(marks), *(_marked(one, marks) for one in elements)]
        for part in parts(elements):
            self._add({"type": "rich_text_quote", "elements": part})

    def _preformatted(self, source: str) -> None:
        """Code in as many pieces as it takes, each a block of code again."""
        current = self._within[-1] if self._within else None
        if current is not None:
            current.begun = True
        for piece in cut(clean(source), TEXT):
            code = piece.removesuffix("\n")
            if code.strip():
                self._add({"type": "rich_text_preformatted", "elements": [text(code)], **self._border()})

    def _border(self) -> Element:
        return {"border": 1} if None in self._within else {}


def _header(tag: str, elements: Sequence[Element]) -> Element | None:
    """A heading of the first two levels as Slack's own, which has words only."""
    title = " ".join("".join(map(said, elements)).split())
    if tag not in {"h1", "h2"} or not title or size(title) > HEADER or any(one["type"] == "link" for one in elements):
        return None
    return {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}


def _marked(element: Element, marks: str) -> Element:
    """With marks in front of every further line."""
    return {**element, "text": element["text"].replace("\n", f"\n{marks}")} if "text" in element else element
