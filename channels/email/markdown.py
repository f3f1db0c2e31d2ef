"""Markdown as mail needs it: HTML whose styles stand in the elements, and plain text that reads as if typed.

One parse serves both. A line break is a line break, as it is on Slack and Discord. HTML in the source is text;
pictures from elsewhere become links (nothing remote is loaded when a mail is read), only `cid:` pictures are shown.
"""

import re
from functools import lru_cache
from html import escape
from itertools import pairwise, zip_longest
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

NESTING = 40
CACHED_CHARACTERS = 500

_BEGINS = r"[ \t#>+*_=~`|:<-]|\d+[.)]"
_ODD = r"\|[ \t]*$|[\t\r\0\x0b\x0c\x1c-\x1f\x85\u2028\u2029]"
_BLOCKY = re.compile(rf"^(?:{_BEGINS})|{_ODD}|\A\n*\Z", re.MULTILINE)
"""What may begin something other than a paragraph, at the start of a line, and white space that is read in odd ways."""
_PLAIN_LIST = re.compile(rf"(?!(?s:.*?)(?m:{_ODD}))- (?!{_BEGINS}).+(?:\n- (?!{_BEGINS}).+)*")
"""A list of single lines, in none of which another block begins."""
_BLANK_LINES = re.compile(r"\n{2,}")
_MARKUP = re.compile(r"[`*_~\[\]!<&]")
_STRONG_WORD = re.compile(r"(?:(?<=[ \n])|\A)\*\*(#?[^\W_]+)\*\*(?=[ \n.,;:!?)]|\Z)")
_ESCAPE_OR_BREAK = re.compile(r"\\([!-/:-@\[-`{-~])| *\\?\n *")
_LINK = re.compile(r"(?:https?|mailto|tel|cid):", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)

_MONOSPACE = "font-family:ui-monospace,Consolas,Menlo,monospace;font-size:14px;background:#f3f4f6"
_PRE = f"margin:0 0 16px;padding:12px;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;{_MONOSPACE}"
_CELL = "padding:6px 10px;border:1px solid #d0d4da;vertical-align:top;overflow-wrap:normal;word-break:normal"
_BLOCKS = {
    "paragraph_open": '<p style="margin:0 0 16px">',
    "paragraph_close": "</p>\n",
    "blockquote_open": (
        '<blockquote style="margin:0 0 16px;padding:0 0 0 14px;border-left:3px solid #d0d4da;color:#57606a">\n'
    ),
    "blockquote_close": "</blockquote>\n",
    "bullet_list_close": "</ul>\n",
    "ordered_list_close": "</ol>\n",
    "list_item_open": '<li style="margin:0 0 4px">',
    "list_item_close": "</li>\n",
    "table_open": (
        '<div style="overflow-x:auto;margin:0 0 16px"><table cellspacing="0" style="border-collapse:collapse">\n'
    ),
    "table_close": "</table></div>\n",
    "tr_open": "<tr>",
    "tr_close": "</tr>\n",
    "th_close": "</th>",
    "td_close": "</td>",
    "hr": '<hr style="border:0;border-top:1px solid #d0d4da;margin:24px 0">\n',
}
_BULLETS = '<ul style="margin:{margin};padding-left:24px">\n'
_OUTER_MARGIN = "0 0 16px"
_INLINES = {
    "em_open": "<em>",
    "em_close": "</em>",
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "s_open": "<s>",
    "s_close": "</s>",
    "softbreak": "<br>\n",
    "hardbreak": "<br>\n",
}
_UNDERLINES = {"h1": "=", "h2": "-"}
_HEADINGS = {"h1": "22px", "h2": "19px", "h3": "17px", "h4": "16px", "h5": "16px", "h6": "16px"}


class Rendered(NamedTuple):
    """The same words twice."""

    html: str
    text: str


def render(source: str) -> Rendered:
    """`source` as HTML (a fragment) and as plain text (no line wrapped, no blank line at the end)."""
    return _block_by_block(source) or _parsed(source)


def _block_by_block(source: str) -> Rendered | None:
    """Nothing but paragraphs and plain lists, as nearly every notice is, most of them the same in each; else None.

    Two lists in a row would be one, so that is left to the parser.
    """
    blocks = _BLANK_LINES.split(source.strip("\n"))
    if any(one.startswith("- ") and other.startswith("- ") for one, other in pairwise(blocks)):
        return None
    rendered = []
    for block in blocks:
        known = _remembered_block(block) if len(block) <= CACHED_CHARACTERS else _block(block)
        if known is None:
            return None
        rendered.append(known)
    return Rendered("".join(block.html for block in rendered), "\n\n".join(block.text for block in rendered))


def _block(block: str) -> Rendered | None:
    """One paragraph or plain list; None if it may be something else."""
    if _BLOCKY.search(block) is None:
        inline = _inline(block.strip())
        return Rendered(f"{_BLOCKS['paragraph_open']}{inline.html}</p>\n", _trimmed(inline.text))
    if _PLAIN_LIST.fullmatch(block) is None:
        return None
    items = [_inline(line[2:].strip()) for line in block.split("\n")]
    html = "".join(f"{_BLOCKS['list_item_open']}{item.html}\n</li>\n" for item in items)
    text = "\n".join(f"- {item.text}".rstrip() for item in items)
    return Rendered(f"{_BULLETS.format(margin=_OUTER_MARGIN)}{html}</ul>\n", text)


_remembered_block = lru_cache(maxsize=2000)(_block)


def _parsed(source: str) -> Rendered:
    tokens = _parser().parse(source)
    if any(token.level >= NESTING - 1 for token in tokens):
        return _as_it_is(source)  # beyond its nesting limit markdown-it drops words
    text = _TextWriter()
    html: list[str] = []
    for token in tokens:
        inline = _inline(token.content) if token.type == "inline" else _NOTHING
        html.append(inline.html if token.type == "inline" else _block_html(token))
        text.write(token, inline.text)
    return Rendered("".join(html), "\n".join(text.lines))


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n"))


_NOTHING = Rendered("", "")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """CommonMark with tables and strikethrough, less what would make words of people's own text disappear.

    A reference definition is not shown at all and a line of dashes makes a heading of the line above it (a signature):
    both are left out. Inline text is parsed by `_inline`, when it has any markup.
    """
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": NESTING})
    parser.enable(["table", "strikethrough"]).disable(["reference", "lheading", "html_block", "html_inline"])
    parser.core.ruler.disable(["inline", "text_join"])
    parser.validateLink = _is_link  # type: ignore[method-assign]
    return parser


def _is_link(url: str) -> bool:
    return _LINK.match(url) is not None


def _as_it_is(source: str) -> Rendered:
    html = escape(source, quote=False).replace("\n", "<br>\n")
    return Rendered(f"{_BLOCKS['paragraph_open']}{html}</p>\n", source.strip("\n"))


def _inline(content: str) -> Rendered:
    plain, *strong = _STRONG_WORD.split(content)
    if not any(_MARKUP.search(_ESCAPE_OR_BREAK.sub("", words)) for words in (plain, *strong[1::2])):
        return _with_strong_words(plain, strong) if strong else _plain_inline(content)
    return _remembered_inline(content) if len(content) <= CACHED_CHARACTERS else _parsed_inline(content)


def _plain_inline(content: str) -> Rendered:
    """Inline text in which everything that could be markup is escaped: most of it."""
    words = _ESCAPE_OR_BREAK.sub(_literal, content).strip(" ")
    return Rendered(escape(words, quote=False).replace("\n", "<br>\n"), words)


def _with_strong_words(plain: str, strong: list[str]) -> Rendered:
    """The same with single words in bold, such as a ticket's number; `strong` is a word and what follows, by turns."""
    html, text = "", ""
    for place, written in enumerate((plain, *strong)):
        words = written if place % 2 else _ESCAPE_OR_BREAK.sub(_literal, written)
        text += words
        escaped = escape(words, quote=False).replace("\n", "<br>\n")
        html += f"<strong>{escaped}</strong>" if place % 2 else escaped
    return Rendered(html.strip(" "), text.strip(" "))


def _literal(match: re.Match[str]) -> str:
    return match.group(1) or "\n"


def _parsed_inline(content: str) -> Rendered:
    parser = _parser()
    tokens: list[Token] = []
    parser.inline.parse(content, parser, {}, tokens)
    html: list[str] = []
    text: list[str] = []
    link_starts: list[tuple[int, str]] = []
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                html.append(escape(token.content, quote=False))
                text.append(token.content)
            case "code_inline":
                code = escape(token.content, quote=False)
                html.append(f'<code style="padding:1px 4px;border-radius:4px;{_MONOSPACE}">{code}</code>')
                text.append(token.content)
            case "link_open":
                html.append(_link_open(str(token.attrGet("href"))))
                link_starts.append((len(text), str(token.attrGet("href"))))
            case "link_close":
                html.append("</a>")
                start, url = link_starts.pop()
                text.append(_where_to("".join(text[start:]), url))
            case "image":
                picture = _image(token)
                html.append(picture.html)
                text.append(picture.text)
            case kind:
                html.append(_INLINES[kind])
                text.append("\n" if kind.endswith("break") else "")
    return Rendered("".join(html), "".join(text))


_remembered_inline = lru_cache(maxsize=2000)(_parsed_inline)


def _link_open(url: str) -> str:
    return f'<a href="{escape(url)}" style="color:#0b57d0">'


def _where_to(label: str, url: str) -> str:
    """What plain text says after a link's label: nothing where the label already is the address.

    A mail address stands by itself; of a mail with a subject and words it is the whole link, for programs that open it.
    """
    bare = _SCHEME.sub("", url)
    if label.strip() in (url, bare):
        return ""
    only_address = url.lower().startswith(("mailto:", "tel:")) and "?" not in url
    return f" ({bare if only_address else url})"


def _image(token: Token) -> Rendered:
    url = str(token.attrGet("src"))
    label = "".join(child.content for child in token.children or ())
    if url.lower().startswith("cid:"):
        html = f'<img src="{escape(url)}" alt="{escape(label)}" style="max-width:100%;height:auto;border:0">'
        return Rendered(html, f"[{label}]" if label else "")
    label = label or url
    return Rendered(f"{_link_open(url)}{escape(label, quote=False)}</a>", label + _where_to(label, url))


def _block_html(token: Token) -> str:
    kind = token.type
    if token.hidden:
        return "\n" if kind == "paragraph_close" else ""
    if kind in ("fence", "code_block"):
        return f'<pre style="{_PRE}"><code style="{_MONOSPACE}">{escape(token.content, quote=False)}</code></pre>\n'
    if kind in _BLOCKS:
        return _BLOCKS[kind]
    return _block_with_attributes(token)


def _block_with_attributes(token: Token) -> str:
    html = ""  # thead and tbody
    match token.type:
        case "heading_open":
            html = f'<{token.tag} style="margin:24px 0 12px;line-height:1.3;font-size:{_HEADINGS[token.tag]}">'
        case "heading_close":
            html = f"</{token.tag}>\n"
        case "bullet_list_open":
            html = _BULLETS.format(margin=_list_margin(token))
        case "ordered_list_open":
            start = token.attrGet("start")
            first = "" if start is None else f' start="{start}"'
            html = f'<ol{first} style="margin:{_list_margin(token)};padding-left:28px">\n'
        case "th_open":
            html = f'<th align="left" style="{_CELL};background:#f3f4f6;{token.attrGet("style") or ""}">'
        case "td_open":
            html = f'<td style="{_CELL};{token.attrGet("style") or ""}">'
    return html


def _list_margin(token: Token) -> str:
    """A list within a list keeps close to its item."""
    return "4px 0 0" if token.level > 1 else _OUTER_MARGIN


class _TextWriter:
    """Blocks as lines of plain text.

    `_prefixes` holds, for every container that is open, what goes in front of its first line and of all others;
    `_gap` says that a blank line is due before the next one.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._prefixes: list[tuple[str, str]] = []
        self._numbers: list[int | None] = []
        self._gap = False
        self._underline = ""
        self._table: list[list[str]] | None = None

    def write(self, token: Token, inline: str) -> None:
        match token.type:
            case "inline":
                self._words(inline)
            case "paragraph_close":
                self._gap = not token.hidden
            case "heading_open":
                self._underline = _UNDERLINES.get(token.tag, "")
            case "heading_close":
                self._gap = True
            case "hr":
                self._block("-" * 40)
            case "fence" | "code_block":
                self._block("\n".join(f"    {line}".rstrip() for line in token.content.rstrip("\n").split("\n")))
            case "table_open":
                self._table = []
            case "tr_open" if self._table is not None:
                self._table.append([])
            case "table_close" if self._table is not None:
                rows, self._table = self._table, None
                self._block(_columns(rows))
            case _:
                self._container(token)

    def _container(self, token: Token) -> None:
        match token.type:
            case "blockquote_open":
                self._open("> ", "> ")
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                start = token.attrGet("start")
                self._numbers.append(1 if start is None else int(start))
            case "list_item_open":
                self._open_item()
            case "list_item_close":
                self._prefixes.pop()
            case "blockquote_close":
                self._prefixes.pop()
                self._gap = True
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
                self._gap = self._gap or not self._numbers

    def _open_item(self) -> None:
        number = self._numbers[-1]
        marker = "- "
        if number is not None:
            marker = f"{number}. "
            self._numbers[-1] = number + 1
        self._open(marker, " " * len(marker))

    def _open(self, first: str, rest: str) -> None:
        self._blank_line_if_due()
        self._prefixes.append((first, rest))

    def _blank_line_if_due(self) -> None:
        if self._gap and self.lines:
            self.lines.append("".join(rest for _, rest in self._prefixes).rstrip())
        self._gap = False

    def _words(self, words: str) -> None:
        if self._table is not None:
            self._table[-1].append(words.replace("\n", " "))
        elif self._underline:
            self._block(f"{words}\n{self._underline * min(len(words), 72)}")
            self._underline = ""
        else:
            self._lines(words)

    def _block(self, text: str) -> None:
        self._lines(text)
        self._gap = True

    def _lines(self, text: str) -> None:
        self._blank_line_if_due()
        for line in text.split("\n"):
            self.lines.append(("".join(first for first, _ in self._prefixes) + line).rstrip())
            self._prefixes = [(rest, rest) for _, rest in self._prefixes]


def _columns(rows: list[list[str]]) -> str:
    """A table's rows below each other, its header underlined."""
    widths = [max(len(cell) for cell in column) for column in zip_longest(*rows, fillvalue="")]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * sum(widths, 2 * len(widths) - 2), *lines[1:]])
