"""Words with styles and links, as Slack's `rich_text` has them: nothing that people wrote is ever read as markup.

In a text element Slack reads no markup at all: no `<!channel>`, no `@here`, no `*`, no `:tada:`.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from markdown_it.token import Token

from channels.rich.cutting import cut, end_of_piece
from channels.rich.limits import BLOCK, TEXT, URL, size, weight

Element = dict[str, Any]
"""A part of a message, as Slack writes it in JSON."""

UNSHOWN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_STYLES: Final = {"strong": "bold", "em": "italic", "s": "strike"}
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"`{}|\\^\[\]]+", re.IGNORECASE)
_AFTER_ADDRESS: Final = ".,;:!?'*_~…"
_CAN_BE_LINKED: Final = re.compile(
    r"https?://[^\s/?#.:@]+(?:[.:][^\s/?#.:@]+)*(?:[/?#]|$)|(?:mailto|tel):\S", re.IGNORECASE
)
_PICTURE_ID: Final = re.compile(r"\[cid:([^\]\[@\s]{1,200})(?:@[^\]\[\s]{0,200})?\]")


def clean(text: str) -> str:
    """`text` without what JSON or a screen cannot show: control characters are gone, a lone surrogate is `?`."""
    return UNSHOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).encode("utf-8", "replace").decode()


def text(shown: str, *styles: str) -> Element:
    """Words as they are, in some of the styles bold, italic, strike and code."""
    return {"type": "text", "text": shown, **_styled(styles)}


def user(user_id: str) -> Element:
    """The mention of somebody, which rings at theirs."""
    return {"type": "user", "user_id": user_id}


def said(element: Element) -> str:
    """What of an element people read."""
    return str(element.get("text") or element.get("url") or "")


def words(element: Element) -> int:
    """How many characters an element and all within it say."""
    return size(said(element)) if "elements" not in element else sum(map(words, element["elements"]))


def inlines(tokens: Iterable[Token]) -> list[Element]:
    """Markdown's inline tokens, the same styles side by side in one element, addresses as links."""
    return linked(_merged(_elements(tokens)))


def in_bold(elements: Iterable[Element]) -> list[Element]:
    """The same words, all of them bold."""
    return [{**one, "style": {**one.get("style", {}), "bold": True}} for one in elements]


def join(elements: list[Element], gap: str, more: Iterable[Element]) -> None:
    """Put `more` behind `elements`, after a gap; words of one style stay in one element."""
    for one in (text(gap), *more):
        last = elements[-1]
        if one["type"] == last["type"] == "text" and one.get("style") == last.get("style"):
            elements[-1] = {**last, "text": last["text"] + one["text"]}
        else:
            elements.append(one)


def parts(elements: Iterable[Element]) -> Iterator[list[Element]]:
    """A paragraph in parts that each fit into a block. No link is ever cut in two."""
    part: list[Element] = []
    length = cost = 0
    waiting = deque(_small(_affordable(list(elements))))
    while waiting:
        element = waiting.popleft()
        if length + words(element) <= TEXT and cost + weight(element) <= BLOCK:
            part.append(element)
            length, cost = length + words(element), cost + weight(element)
            continue
        if element["type"] == "text" and TEXT - length > TEXT // 3 and BLOCK - cost > 2 * TEXT:
            end = end_of_piece(element["text"], 0, TEXT - length)
            part.append({**element, "text": element["text"][:end]})
            element = {**element, "text": element["text"][end:]}
        yield part
        part, length, cost = [], 0, 0
        if said(element):
            waiting.appendleft(element)
    if part:
        yield part


def _affordable(elements: list[Element]) -> list[Element]:
    """The same without styles where they would take far more room than the words."""
    shown = "".join(map(said, elements))
    return [text(shown)] if weight(elements) > BLOCK + 3 * size(shown) else elements


def _small(elements: Iterable[Element]) -> Iterator[Element]:
    for element in elements:
        if element["type"] == "text":
            yield from ({**element, "text": piece} for piece in cut(element["text"], TEXT))
        else:
            yield element


def _elements(tokens: Iterable[Token]) -> Iterator[Element]:
    styles: Counter[str] = Counter()
    address = ""
    label: list[str] = []
    for token in tokens:
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if token.type == "link_open":
            address, label = str(token.attrGet("href")), []
        elif token.type == "link_close":
            yield _link(address, "".join(label), +styles)
            address = ""
        elif kind in _STYLES:
            styles[_STYLES[kind]] += token.nesting
        else:
            shown = _shown(token)
            if address:
                label.append(shown)
            elif token.type == "image" and not str(token.attrGet("src")).lower().startswith("cid:"):
                yield _link(str(token.attrGet("src")), shown, +styles)
            else:
                yield text(shown, *+styles, *(["code"] if token.type == "code_inline" else []))


def _shown(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    if token.type != "image":
        return token.content
    label = "".join(map(_shown, token.children or ()))
    return f"[{label}]" if label and str(token.attrGet("src")).lower().startswith("cid:") else label


def _link(address: str, label: str, styles: Iterable[str]) -> Element:
    """A link; or its words and address, where Slack would not take it."""
    label = " ".join(label.split())
    if _CAN_BE_LINKED.match(address) is None or size(address) > URL or size(label) > TEXT // 2:
        return text(f"{label} ({address})" if label and label != address else address, *styles)
    label_too = {"text": label} if label and label != address else {}
    return {"type": "link", "url": address, **label_too, **_styled(styles)}


def _styled(styles: Iterable[str]) -> Element:
    kept = dict.fromkeys(sorted(styles), True)
    return {"style": kept} if kept else {}


def _merged(elements: Iterable[Element]) -> list[Element]:
    merged: list[Element] = []
    for (kind, _), group in groupby(elements, lambda one: (one["type"], one.get("style"))):
        if kind != "text":
            merged.extend(group)
            continue
        same = list(group)
        shown = _PICTURE_ID.sub(r"[\1]", clean("".join(one["text"] for one in same)))
        if shown:
            merged.append({**same[0], "text": shown})
    return merged


def linked(elements: Iterable[Element]) -> list[Element]:
    """Addresses in words as links that show nothing but the address: Slack makes none of them itself."""
    found: list[Element] = []
    for element in elements:
        styles = element.get("style", {})
        if element["type"] != "text" or "code" in styles or "://" not in element["text"]:
            found.append(element)
            continue
        for piece, is_address in _by_address(element["text"]):
            found.append(_link(piece, "", styles) if is_address else text(piece, *styles))
    return found


def _by_address(shown: str) -> Iterator[tuple[str, bool]]:
    """The words in pieces, and of each whether it is an address."""
    start = 0
    for found in _ADDRESS.finditer(shown):
        address = found[0].rstrip(_AFTER_ADDRESS)
        if address.endswith(")") and address.count("(") < address.count(")"):
            address = address.rstrip(")" + _AFTER_ADDRESS)
        if shown[start : found.start()]:
            yield shown[start : found.start()], False
        yield address, True
        start = found.start() + len(address)
    if shown[start:]:
        yield shown[start:], False
