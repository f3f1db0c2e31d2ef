"""Markdown as what Discord shows: nothing that people wrote is ever read as markup, and no piece is over its limit."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from channels.rich.cutting import cut
from channels.rich.inline import Element, said, text
from channels.rich.limits import size
from channels.rich.markdown import Part, read

PIECE: Final = 1_800
"""Characters of one piece; a message takes 2,000."""
_SMALL: Final = 600
_SPECIAL: Final = re.compile(r"([\\*_~`|<\[\]])")
_BEGINS: Final = re.compile(r"^([ \t\u00a0]*)(#{1,3}|-#|[-+]|>{1,3}|\d{1,9}[.)])(?=[ \t])", re.MULTILINE)
_NUMBER: Final = re.compile(r"\d{1,9}")
_EVERYBODY: Final = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_MARKS: Final = {"bold": "**", "italic": "*", "strike": "~~"}
_RULE: Final = "―――"


def escaped(words: str) -> str:
    """Words in which Discord reads no markup, no mention, no emoji and no time."""
    plain = _EVERYBODY.sub("@\u200b", _SPECIAL.sub(r"\\\1", words))
    return _BEGINS.sub(_begin, plain)


def _begin(found: re.Match[str]) -> str:
    number = _NUMBER.match(found[2])
    return f"{found[1]}{found[2][:-1]}\\{found[2][-1]}" if number else f"{found[1]}\\{found[2]}"


def contents(markdown: str) -> list[str]:
    """Markdown as the content of as few messages as it fits in."""
    packed: list[str] = []
    for piece, gap in _with_gaps(read(markdown, draw=lambda _rows: None)):
        if packed and size(packed[-1]) + len(gap) + size(piece) <= PIECE:
            packed[-1] += gap + piece
        else:
            packed.append(piece)
    return packed


def _with_gaps(parts: Sequence[Part]) -> Iterator[tuple[str, str]]:
    group = -1
    for part in parts:
        gap = "\n" if part.group == group else "\n\n"
        group = part.group
        for piece in _pieces(part.element):
            yield piece, gap
            gap = "\n"


def _pieces(element: Element) -> list[str]:
    """A part as it is shown; of one that is too large, in as many pieces as it takes."""
    match element["type"]:
        case "header":
            return [f"## {escaped(element['text']['text'])}"]
        case "divider":
            return [_RULE]
        case "rich_text_preformatted":
            return [_code(piece) for piece in cut(said(element["elements"][0]), PIECE - 100)]
        case "rich_text_quote":
            return _fitting(element["elements"], partial(_indented, first="> ", rest="> "))
        case "rich_text_list":
            return _list(element)
        case _:
            return _fitting(element["elements"], str)


def _list(element: Element) -> list[str]:
    border, indent = "> " if element.get("border") else "", "  " * int(element.get("indent", 0))
    found: list[str] = []
    for number, item in enumerate(element["elements"], int(element.get("offset", 0)) + 1):
        mark = f"{number}. " if element["style"] == "ordered" else "- "
        first, rest = f"{border}{indent}{mark}", f"{border}{indent}{' ' * len(mark)}"
        found += _fitting(item["elements"], partial(_indented, first=first, rest=rest))
    return found


def _indented(shown: str, first: str, rest: str) -> str:
    return first + shown.replace("\n", f"\n{rest}")


def _code(source: str) -> str:
    return "```\n" + source.replace("```", "`\u200b``").removesuffix("\n") + "\n```"


def _fitting(elements: Sequence[Element], wrap: Callable[[str], str]) -> list[str]:
    """Words as they are shown, in as few pieces as fit; only what is far too large is cut."""
    whole = wrap(_shown(elements))
    if size(whole) <= PIECE:
        return [whole]
    found: list[str] = []
    chunk: list[Element] = []
    for small in _small(elements):
        if chunk and size(wrap(_shown([*chunk, small]))) > PIECE:
            found.append(wrap(_shown(chunk)))
            chunk = []
        chunk.append(small)
    return [*found, wrap(_shown(chunk))]


def _small(elements: Sequence[Element]) -> Iterator[Element]:
    for one in elements:
        if size(_one(one)) <= PIECE // 2:
            yield one
        else:
            kept = {key: value for key, value in one.items() if key == "style"}
            yield from ({**text(piece), **kept} for piece in cut(said(one), _SMALL))


def _shown(elements: Sequence[Element]) -> str:
    return "".join(map(_one, elements)).strip("\n")


def _one(element: Element) -> str:
    if element["type"] == "link":
        return _link(str(element["url"]), str(element.get("text") or ""))
    words, styles = said(element), element.get("style", {})
    if "code" in styles:
        return _inline_code(words)
    marks = "".join(mark for style, mark in _MARKS.items() if style in styles)
    bare = words.strip()
    if not marks or not bare:
        return escaped(words)
    before, _, after = words.partition(bare)
    return f"{before}{marks}{escaped(bare)}{marks[::-1]}{after}"


def _inline_code(words: str) -> str:
    if "`" not in words:
        return f"`{words}`"
    parted = words.replace("``", "`\u200b`")
    return f"`` {parted} ``"


def _link(url: str, label: str) -> str:
    """A link with its words; where Discord would not take it, both side by side."""
    if _WEB.match(url) is None:
        address = url.partition(":")[2]
        return escaped(f"{label} ({address})" if label and label != address else address)
    safe = url.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    if not label or _WEB.search(label):
        return f"{escaped(label)} <{safe}>" if label and label != url else f"<{safe}>"
    return f"[{escaped(label)}](<{safe}>)"
