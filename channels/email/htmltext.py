"""Lines of text from a stream of HTML tags: what `html.to_text` writes with."""

import re
from collections.abc import Callable
from html import unescape

_SPACES = re.compile(r"[ \t\r\n\f]+")
_ATTRIBUTE = re.compile(r"([a-zA-Z_:][-a-zA-Z0-9_:.]*)\s*=\s*(\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++)")
_HIDDEN = re.compile(r"display:none|visibility:hidden|max-height:0(?![.\d]*[1-9])")
_TINY = re.compile(r"font-size:0(?:px|pt|em|%)?(?![.\d])")
_SIZED = re.compile(r"font-size:(?:[1-9]|0?\.[1-9]|[a-z])")
_OUTLOOK_RULE = re.compile(r"border-top:solid#(?:e1e1e1|b5c4df)")
_HEADER_IDS = (
    "divrplyfwdmsg",
    "appendonsend",
    "mail-editor-reference-message-container",
    "x_divrplyfwdmsg",
    "olk_src_body_section",
)
_SIGNATURE = re.compile(
    r"""(?:id|class)\s*=\s*["']?(?:x_)?(?:[^"'>]{0,80}\s)?(?:x_)?(?:gmail_signature(?!_prefix)|signature["'\s]|moz-signature
    |ms-outlook-mobile-signature|protonmail_signature_block|applemailsignature|composer_signature|sh-signature
    |ymail_android_signature|ymail_ios_signature|tutanota-?signature|mb_sig|front-signature|hs_signature)|data-marker\s*=\s*["']?__sig_""",
    re.VERBOSE,
)
# Word writes lists as paragraphs: a bullet or number and many no-break spaces (mso-list).
_WORD_BULLET = re.compile(
    r" ?(?:[\u00b7\u2022\u00a7\u00d8\u00fco\u2013-]|(\d{1,3}[.)]|[a-z][.)]))[ \xa0]{0,2}\xa0[ \xa0]+(?=\S)"
)
_HISTORY_HINT = re.compile(r"[:\d]|[-_]{4}")
_RULE = "_" * 32
_MAX_URL = 300
_MAX_DEPTH = 200  # of lists and tables; deeper ones flow as lines
_MAX_QUOTE = 20
_DATA_CELLS = 3  # in a row of what is no layout


def words(table: str) -> frozenset[str]:
    """The words of a table written as one text."""
    return frozenset(table.split())


_BLOCKS = words(
    "address article aside body center dd details dialog dir div dl dt fieldset figcaption figure footer form header"
    " html legend main menu nav section summary caption tbody thead tfoot"
)
_HEADINGS = words("h1 h2 h3 h4 h5 h6")
_VOID = words("area base br col embed hr img input link meta param source track wbr o:p")


class _Hidden:
    """An element whose text is not shown; what it wrote is taken back when it closes."""

    __slots__ = ("column", "depth", "line", "tag", "tiny")

    def __init__(self, tag: str, line: int, column: int, *, tiny: bool) -> None:
        self.tag = tag
        self.depth = 1
        self.line = line
        self.column = column
        self.tiny = tiny


class _Signature:
    """The element in which a mail program keeps the author's signature, and the lines it fills."""

    __slots__ = ("depth", "end", "start", "tag")

    def __init__(self, tag: str, start: int) -> None:
        self.tag = tag
        self.depth = 0
        self.start = start
        self.end = 0

    def reads_on(self, lines: list[str]) -> bool:
        """Whether words of the author stand below, so that the element does not end what they wrote."""
        below = next((line for line in lines[self.end :] if line.strip()), "")
        return bool(below) and not below.startswith(">") and not _HISTORY_HINT.search(below)


class Writer:
    """Takes tags and text in order; `result` gives the lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.parts: list[str] = []  # of the line being written
        self.bullet = ""
        self.quote = 0
        self.quote_begins = -1  # the line at which the latest quote begins
        self.quotes: list[bool] = []  # blockquotes open: whether each counts as a quote
        self.lists: list[int] = []  # next number, or -1 for bullets
        self.rows: list[list[int]] = []  # per open table: lines at which the cells of the current row begin
        self.hidden: list[_Hidden] = []
        self.signature: _Signature | None = None
        self.pre = 0
        self.head = False
        self.link: tuple[str, int, int] | None = None

    # Text

    def text(self, text: str) -> None:
        """Text between tags, entities already resolved."""
        if self.head:
            if text.isspace():
                return
            self.head = False
        if self.pre:
            first, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.parts.append(first)
            for line in rest:
                self.break_line()
                self.parts.append(line)
            return
        if text.isspace() and "\xa0" not in text:
            if self.parts:
                self.parts.append(" ")
            return
        self.parts.append(_SPACES.sub(" ", text))

    def end_line(self) -> None:
        """End the current line if something is on it."""
        parts = self.parts
        if not parts:
            return
        line = "".join(parts)
        parts.clear()
        if not self.pre:
            while "  " in line:
                line = line.replace("  ", " ")
            if line.isspace() and "\xa0" not in line:
                return
        if "\xa0" in line:
            if not self.pre and (bullet := _WORD_BULLET.match(line)):
                line = f"{bullet[1] or '-'} {line[bullet.end() :]}"
            line = line.replace("\xa0", " ")
        self.put(line)

    def put(self, line: str) -> None:
        """Write one line, with its bullet, indentation and quote marks."""
        line = line.rstrip() if self.pre else line.strip()
        if line == "--":
            line = "-- "
        if self.bullet and line:
            line, self.bullet = self.bullet + line, ""
        elif self.lists and line:
            line = "  " * min(len(self.lists), _MAX_DEPTH) + line
        if self.quote:
            line = ("> " * min(self.quote, _MAX_QUOTE) + line).rstrip()
        self.lines.append(line)

    def break_line(self) -> None:
        """End the current line, empty or not."""
        if self.parts:
            before = len(self.lines)
            self.end_line()
            if len(self.lines) > before:
                return
        self.put("")

    def blank_line(self) -> None:
        """End the current line and leave one empty, unless there is one, or nothing yet in the mail or the quote."""
        self.end_line()
        if len(self.lines) != self.quote_begins and self.lines and self.lines[-1].strip("> "):
            self.put("")

    # Tags

    def open(self, name: str, attributes: str) -> None:
        """An opening tag, its attributes as written."""
        style = ""
        if attributes:
            lowered = attributes.lower()
            if "style" in lowered:
                style = _SPACES.sub("", lowered)
            if _begins_history(lowered, style):
                self.rule()
            if self.signature is None and "sig" in lowered and not self.quote and _SIGNATURE.search(lowered):
                self.end_line()
                self.signature = _Signature(name, len(self.lines))
        if self.signature and not self.signature.end and name == self.signature.tag:
            self.signature.depth += 1
        if self.hidden or style:
            self._open_hidden(name, style)
        plain = _OPEN.get(name)
        if plain is not None:
            plain(self)
        else:
            reading = _OPEN_READING.get(name)
            if reading is not None:
                reading(self, attributes)

    def close(self, name: str) -> None:
        """A closing tag."""
        closer = _CLOSE.get(name)
        if closer is not None:
            closer(self)
        if self.hidden:
            self._close_hidden(name)
        if self.signature and not self.signature.end and name == self.signature.tag:
            self.signature.depth -= 1
            if not self.signature.depth:
                self.end_line()
                self.signature.end = len(self.lines)

    def _open_hidden(self, name: str, style: str) -> None:
        if name in _VOID:
            return
        for hidden in self.hidden[-3:]:
            if hidden.tag == name:
                hidden.depth += 1
            if hidden.tiny and _SIZED.search(style):
                hidden.depth = -1_000_000_000
        if _HIDDEN.search(style):
            self.hidden.append(_Hidden(name, len(self.lines), len(self.parts), tiny=False))
        elif _TINY.search(style):
            self.hidden.append(_Hidden(name, len(self.lines), len(self.parts), tiny=True))

    def _close_hidden(self, name: str) -> None:
        for hidden in self.hidden[-3:]:
            if hidden.tag == name:
                hidden.depth -= 1
        while self.hidden and self.hidden[-1].depth <= 0:
            hidden = self.hidden.pop()
            if hidden.depth == 0:
                if len(self.lines) > hidden.line:
                    del self.lines[hidden.line :]
                    self.parts.clear()
                else:
                    del self.parts[hidden.column :]

    def rule(self) -> None:
        """A drawn line, as Outlook puts above what it quotes."""
        self.end_line()
        if not self.lines or not self.lines[-1].endswith(_RULE):
            self.put(_RULE)

    def _delimit_signature(self) -> None:
        """Put "-- " (RFC 3676 section 4.3) above what the mail program marks as signature, if it ends the own words."""
        found = self.signature
        if found is None or not found.end or found.reads_on(self.lines):
            return
        above = [line for line in self.lines[: found.start] if line.strip()]
        inside = [line for line in self.lines[found.start : found.end] if line.strip()]
        if above and inside and "-- " not in (above[-1], inside[0]):
            self.lines.insert(found.start, "-- ")

    def result(self) -> str:
        """The text, with no more than one blank line in a row."""
        self.end_line()
        self._delimit_signature()
        out: list[str] = []
        blank = True
        for line in self.lines:
            if line.strip():
                out.append(line)
                blank = False
            elif not blank:
                out.append("")
                blank = True
        return "\n".join(out).strip("\n")


def _begins_history(attributes: str, style: str) -> bool:
    """Whether an element is where Outlook begins the mail it answers."""
    if "id=" in attributes and any(name in attributes for name in _HEADER_IDS):
        return True
    return "border-top:solid" in style and _OUTLOOK_RULE.search(style) is not None


def _values(attributes: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, written in _ATTRIBUTE.findall(attributes):
        value = written[1:-1] if written[0] in "\"'" else written
        found.setdefault(name.lower(), unescape(value) if "&" in value else value)
    return found


def _paragraph(writer: Writer, attributes: str) -> None:
    lowered = attributes.lower()
    if "mso" in lowered or "margin:0" in lowered or "margin: 0" in lowered or "margin-bottom:0" in lowered:
        writer.end_line()
    else:
        writer.blank_line()


def _close_paragraph(writer: Writer) -> None:
    if writer.parts and "".join(writer.parts).isspace():
        writer.break_line()
    writer.end_line()


def _open_pre(writer: Writer) -> None:
    writer.end_line()
    writer.pre += 1


def _close_pre(writer: Writer) -> None:
    writer.end_line()
    writer.pre = max(writer.pre - 1, 0)


def _open_quote(writer: Writer, attributes: str) -> None:
    writer.end_line()
    flat = attributes.lower().replace(" ", "")
    counts = "border:none" not in flat or "cite" in flat
    writer.quotes.append(counts)
    writer.quote += counts
    writer.quote_begins = len(writer.lines) if counts else -1


def _close_quote(writer: Writer) -> None:
    writer.end_line()
    if writer.quotes:
        writer.quote -= writer.quotes.pop()


def _open_list(writer: Writer) -> None:
    writer.end_line()
    writer.lists.append(-1)


def _open_numbers(writer: Writer, attributes: str) -> None:
    writer.end_line()
    start = _values(attributes).get("start", "1")
    writer.lists.append(int(start) if start.isdecimal() and len(start) < 7 else 1)


def _close_list(writer: Writer) -> None:
    writer.end_line()
    writer.bullet = ""
    if writer.lists:
        writer.lists.pop()


def _item(writer: Writer) -> None:
    writer.end_line()
    depth = min(max(len(writer.lists) - 1, 0), _MAX_DEPTH)
    number = writer.lists[-1] if writer.lists else -1
    writer.bullet = "  " * depth + ("- " if number < 0 else f"{number}. ")
    if number >= 0:
        writer.lists[-1] += 1


def _close_item(writer: Writer) -> None:
    writer.end_line()
    writer.bullet = ""


def _open_link(writer: Writer, attributes: str) -> None:
    writer.link = (_values(attributes).get("href", "").strip(), len(writer.lines), len(writer.parts))


def _close_link(writer: Writer) -> None:
    if writer.link is None:
        return
    (url, line, column), writer.link = writer.link, None
    text = "".join(writer.parts[column if line == len(writer.lines) else 0 :]).strip()
    if not text or not url:
        return
    scheme, _, rest = url.partition(":")
    scheme = scheme.lower()
    if scheme == "mailto":
        address = rest.partition("?")[0]
        if "@" in address and address.casefold() not in text.casefold():
            writer.parts.append(f" <{address}>")
    elif scheme in ("http", "https", "ftp") and not _same(text, url):
        writer.parts.append(f" <{_short(url)}>")


def _same(text: str, url: str) -> bool:
    return _plain(text) == _plain(url)


def _plain(url: str) -> str:
    url = url.casefold()
    for start in ("https://", "http://", "www."):
        url = url.removeprefix(start)
    return url.rstrip("/ ")


def _short(url: str) -> str:
    """The address, or its host and an ellipsis if nobody could read it."""
    if len(url) <= _MAX_URL:
        return url
    return "/".join(url.split("/", 3)[:3])[:_MAX_URL] + "/\u2026"


def _image(writer: Writer, attributes: str) -> None:
    if "alt" not in attributes.lower():
        return
    values = _values(attributes)
    alt = " ".join(values.get("alt", "").split())
    if alt and values.get("width") not in ("0", "1") and values.get("height") not in ("0", "1"):
        writer.parts.append(f"[{alt[:200]}]")


def _open_table(writer: Writer) -> None:
    writer.end_line()
    writer.rows.append([])


def _close_table(writer: Writer) -> None:
    _close_row(writer)
    if writer.rows:
        writer.rows.pop()


def _open_row(writer: Writer) -> None:
    _close_row(writer)


def _cell(writer: Writer) -> None:
    writer.end_line()
    if writer.rows and len(writer.rows) <= _MAX_DEPTH:
        writer.rows[-1].append(len(writer.lines))


def _close_row(writer: Writer) -> None:
    """Cells of one line stand beside each other, in a row of three or more cells also of two; longer ones flow."""
    writer.end_line()
    if not writer.rows or not writer.rows[-1]:
        return
    starts = writer.rows[-1]
    writer.rows[-1] = []
    first = starts[0]
    if len(writer.lines) - first > 3 * len(starts) or len(starts) < 2 or first > len(writer.lines):
        return
    cells = []
    for begin, end in zip(starts, [*starts[1:], len(writer.lines)], strict=True):
        solid = [line for line in writer.lines[begin:end] if line.strip("> ")]
        if len(solid) > (2 if len(starts) >= _DATA_CELLS else 1):
            return
        if solid:
            cells.append(" ".join(line.lstrip("> ") if writer.quote else line.strip() for line in solid))
    if len(cells) < 2 or sum(map(len, cells)) > 300:
        return
    del writer.lines[first:]
    writer.put((" " if cells[0].endswith(":") and len(cells) == 2 else " | ").join(cells))


def _head(writer: Writer) -> None:
    writer.head = True


def _close_head(writer: Writer) -> None:
    writer.head = False


_OPEN: dict[str, Callable[[Writer], None]] = {
    **dict.fromkeys(_BLOCKS, Writer.end_line),
    **dict.fromkeys(_HEADINGS, Writer.blank_line),
    "br": Writer.break_line,
    "hr": Writer.rule,
    "pre": _open_pre,
    "ul": _open_list,
    "li": _item,
    "table": _open_table,
    "tr": _open_row,
    "td": _cell,
    "th": _cell,
    "head": _head,
}
_OPEN_READING: dict[str, Callable[[Writer, str], None]] = {
    "p": _paragraph,
    "blockquote": _open_quote,
    "ol": _open_numbers,
    "a": _open_link,
    "img": _image,
}
_CLOSE: dict[str, Callable[[Writer], None]] = {
    **dict.fromkeys(_BLOCKS, Writer.end_line),
    **dict.fromkeys(_HEADINGS, Writer.blank_line),
    "p": _close_paragraph,
    "br": Writer.break_line,
    "pre": _close_pre,
    "blockquote": _close_quote,
    "ul": _close_list,
    "ol": _close_list,
    "li": _close_item,
    "a": _close_link,
    "table": _close_table,
    "tr": _close_row,
    "td": Writer.end_line,
    "th": Writer.end_line,
    "head": _close_head,
}
