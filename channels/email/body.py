"""Which parts of a mail are what it says, and which are files that came with it.

The running text is a row of blocks in the order of the mail; a block is one thing said as plain text, as HTML, or as
both (multipart/alternative). Everything else is a file: nothing that was sent is left out, except the signature of a
signed mail (E79) and machine variants of a text that is there anyway.
"""

import html as html_entities
import re
from typing import NamedTuple
from urllib.parse import unquote

from msgspec import structs

from channels.base import ENCRYPTED, Attachment
from channels.email import attachments, calendars, cms, html, mime, tnef
from channels.email.scan import Part, Scan
from channels.email.uuencode import EncodedFile

LONGEST_HTML = 2_000_000
_DEEPEST_SIGNED = 3  # signed messages inside each other that are opened

_PLAIN = frozenset(("text/plain", "text/markdown", "text/x-markdown", "text/enriched", "text/richtext", "text/x-plain"))
_HTML = frozenset(("text/html", "text/xhtml", "application/xhtml+xml"))
_SIGNATURES = frozenset(
    f"application/{kind}" for kind in ("pgp-signature", "x-pgp-signature", "pkcs7-signature", "x-pkcs7-signature")
)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
_VARIANTS = frozenset(("text/x-amp-html", "text/watch-html", "text/x-watch-html"))


class Block(NamedTuple):
    """One stretch of the running text; None where the mail does not have it in that form."""

    plain: str | None
    html: str | None


class Body(NamedTuple):
    """All a mail says, and its files. `html` is as it came: not sanitised."""

    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    problems: tuple[str, ...]


def read(data: bytes, root: Part, *, outlook: bool = False) -> Body:
    """What the mail says. `outlook` tells that it came from Outlook, whose plain text may have doubled line breaks."""
    reader = _Reader(data, outlook=outlook)
    reader.root(root)
    source = reader.html()
    text = reader.text()
    references = _references(source or "") if reader.files else frozenset()
    files = [attachments.from_part(data, part, references) for part in reader.files]
    files += [attachments.attachment(f.name, "application/octet-stream", f.content) for f in map(_safe, reader.encoded)]
    files += reader.extracted
    if not text.strip() and source is None:
        text = _invitation(data, reader.files) or (ENCRYPTED if reader.encrypted else "")
    names = attachments.unique_names(file.name for file in files)
    named = tuple(_renamed(file, name) for file, name in zip(files, names, strict=True))
    return Body(text, source, named, tuple(dict.fromkeys(reader.problems)))


def _renamed(file: Attachment, name: str) -> Attachment:
    return file if file.name == name else structs.replace(file, name=name)


def _safe(file: EncodedFile) -> EncodedFile:
    return file._replace(name=attachments.safe_name(file.name) or "file.bin")


_CID = re.compile(r"""\bcid:([^"'\s<>)]{1,500})""", re.IGNORECASE)
_SOURCE = re.compile(r"""\b(?:src|background)\s*=\s*["']?(?!cid:|data:)([^"'\s<>]{1,500})""", re.IGNORECASE)


def _references(source: str) -> frozenset[str]:
    """What the HTML shows of the mail's own parts: Content-IDs, and locations (RFC 2557)."""
    if not source:
        return frozenset()
    found = {unquote(html_entities.unescape(cid)) for cid in _CID.findall(source)}
    return frozenset(found.union(html_entities.unescape(place) for place in _SOURCE.findall(source)))


def _invitation(data: bytes, files: list[Part]) -> str:
    for part in files:
        if part.type == "text/calendar":
            return calendars.to_text(mime.plain_text(data, part).text)
    return ""


class _Reader:
    """Walks the parts and sorts them into blocks and files."""

    def __init__(self, data: bytes, *, outlook: bool, depth: int = 0) -> None:
        self.data = data
        self.outlook = outlook
        self.depth = depth
        self.encrypted = False
        self.spare: list[Block] = []  # what a winmail.dat says, for a mail that says nothing else
        self.blocks: list[Block] = []
        self.files: list[Part] = []
        self.encoded: list[EncodedFile] = []
        self.extracted: list[Attachment] = []
        self.problems: list[str] = []

    def root(self, root: Part) -> None:
        """Read the whole mail. A mail whose only text is marked as a file, but not as an attachment, says that text."""
        if not root.children and not root.opaque and _is_text(root) and not _is_attached(root):
            self._text(root)
            return
        self.part(root)
        if not any((block.plain or "").strip() or block.html for block in self.blocks):
            self._promote()
        if not any((block.plain or "").strip() or block.html for block in self.blocks):
            self.blocks = self.spare or self.blocks

    def _promote(self) -> None:
        candidates = [part for part in self.files if _is_text(part) and part.disposition.value == "inline"]
        if candidates:
            self.files.remove(candidates[0])
            self._text(candidates[0])

    def part(self, part: Part) -> None:
        if part.opaque:
            self.files.append(part)
        elif part.type == "multipart/alternative":
            self._alternative(part)
        elif part.type == "multipart/signed":
            self._signed(part)
        elif part.type == "multipart/encrypted":
            self.encrypted = True
            self.files += part.children
        elif part.type.startswith("multipart/"):
            self._mixed(part)
        elif part.type in cms.TYPES:
            self._cryptographic(part)
        elif part.type in tnef.TYPES or mime.filename(part).lower() == "winmail.dat":
            self._tnef(part)
        elif _is_text(part) and not _is_file(part):
            self._text(part)
        else:
            self.files.append(part)

    def _mixed(self, part: Part) -> None:
        before = len(self.blocks)
        for child in part.children:
            self.part(child)
        self.blocks[before:] = _paired(self.blocks[before:])

    def _signed(self, part: Part) -> None:
        """E79: the first part is what was signed (RFC 1847); its signature is no file."""
        for index, child in enumerate(part.children):
            if index == 0 or child.type not in _SIGNATURES:
                self.part(child)

    def _cryptographic(self, part: Part) -> None:
        """S/MIME (RFC 8551 section 3.5.2): a signed mail is what was signed, anything else is encrypted."""
        signed = cms.signed_content(mime.content(self.data, part)) if self.depth < _DEEPEST_SIGNED else None
        if signed is None:
            self.encrypted = self.encrypted or part.parameters.get("smime-type") != "certs-only"
            self.files.append(part)
            return
        scan = Scan(signed)
        inner = _Reader(scan.data, outlook=self.outlook, depth=self.depth + 1)
        inner.root(scan.root)
        references = _references(inner.html() or "")
        self.extracted += [attachments.from_part(scan.data, file, references) for file in inner.files]
        self._take(inner)
        self.blocks += inner.blocks
        self.problems += scan.problems

    def _tnef(self, part: Part) -> None:
        """E69: the files that Outlook packed, in place of the package; a damaged one stays a file."""
        found = tnef.read(mime.content(self.data, part))
        if found is None:
            self.problems.append("winmail.dat cannot be read: kept as it came")
            self.files.append(part)
            return
        if found.text.strip() or found.html:
            self.spare.append(Block(found.text or None, self._html(found.html) if found.html else None))
        self.extracted += [
            attachments.attachment(
                attachments.safe_name(file.name) or f"attachment{attachments.extension_of(file.type)}",
                file.type if _MEDIA_TYPE.fullmatch(file.type) else attachments.type_of(file.name),
                file.content,
                content_id=file.content_id,
            )
            for file in found.files
        ]

    def _alternative(self, part: Part) -> None:
        """RFC 2046 section 5.1.4: the same thing several times, the last of a kind being the best (E78)."""
        plain: str | None = None
        rich: str | None = None
        for child in part.children:
            if child.type in _VARIANTS:
                continue
            inner = self._inner(child)
            if any(block.html for block in inner.blocks):
                rich = inner.html()
            elif inner.blocks and (plain is None or inner.text().strip()):
                plain = inner.text() if child.type == "text/plain" or not plain else plain
        if self.outlook and plain is not None:
            plain = single_spaced(plain)
        if plain is not None or rich is not None:
            self.blocks.append(Block(plain, rich))

    def _inner(self, child: Part) -> "_Reader":
        """Read one alternative by itself; its files are those of the mail."""
        inner = _Reader(self.data, outlook=self.outlook, depth=self.depth)
        inner.part(child)
        self.files += inner.files
        self._take(inner)
        return inner

    def _take(self, inner: "_Reader") -> None:
        self.encoded += inner.encoded
        self.extracted += inner.extracted
        self.problems += inner.problems
        self.spare += inner.spare
        self.encrypted = self.encrypted or inner.encrypted

    def _text(self, part: Part) -> None:
        is_html = part.type in _HTML
        found = mime.html_source(self.data, part) if is_html else mime.plain_text(self.data, part)
        if found.problem:
            self.problems.append(found.problem)
        if found.unknown_charset:
            self._keep_original(part)
        self.encoded += found.files
        self.blocks.append(Block(None, self._html(found.text)) if is_html else Block(_unmarked(part, found.text), None))

    def _html(self, source: str) -> str:
        """HTML with the pictures in it made files of the mail; what nobody could read through is cut off."""
        source, pictures = attachments.pictures_in(source)
        self.extracted += pictures
        if len(source) > LONGEST_HTML:
            self.problems.append(f"HTML cut off after {LONGEST_HTML} characters")
        return source[:LONGEST_HTML]

    def _keep_original(self, part: Part) -> None:
        """E60: text in a charset that nobody knows is kept as the bytes it is."""
        name = attachments.safe_name(mime.filename(part)) or "unreadable.txt"
        self.extracted.append(attachments.attachment(name, "application/octet-stream", mime.content(self.data, part)))

    def text(self) -> str:
        """All blocks as plain text: as it was sent, else made from the HTML."""
        return _joined([_plain_of(block) for block in self.blocks])

    def html(self) -> str | None:
        """All blocks as HTML, if at least one is; plain ones among them keep their lines."""
        if not any(block.html for block in self.blocks):
            return None
        return "\n".join(_html_of(block) for block in self.blocks)


def _unmarked(part: Part, text: str) -> str:
    """text/enriched (RFC 1896) is near enough to HTML to be read as such."""
    return html.to_text(text) if part.type in ("text/enriched", "text/richtext") else text


def _is_text(part: Part) -> bool:
    return part.type in _PLAIN or part.type in _HTML


def _is_attached(part: Part) -> bool:
    return part.disposition.value == "attachment" and bool(mime.filename(part))


def _is_file(part: Part) -> bool:
    """A text that is meant as a file: it has a name, or a disposition other than inline (RFC 2183 section 2.8)."""
    return part.disposition.value not in ("", "inline") or bool(mime.filename(part))


def _joined(texts: list[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    return "\n".join(text.rstrip("\n") if index < len(texts) - 1 else text for index, text in enumerate(texts) if text)


def _plain_of(block: Block) -> str:
    if block.html is None:
        return block.plain or ""
    if block.plain is not None and block.plain.strip() and not _is_stub(block.plain):
        return block.plain
    return html.to_text(block.html) or block.plain or ""


def _html_of(block: Block) -> str:
    if block.html is not None:
        return block.html
    if not (block.plain or "").strip():
        return ""
    return f"<pre>{html_entities.escape(block.plain or '', quote=False)}</pre>"


_LONGEST_STUB = 400
_STUB = re.compile(
    r"\bhtml\b.*(?:\bnot\b|n't\b|\bcannot\b|\bview|\bformat|\bkein|\bnicht\b|\bne\b|\bnon\b|\bno\b|\bnie\b|\bniet\b|\bikke\b"
    r"|\binte\b)|(?:\bnot\b|n't\b|\bcannot\b|\bview\b|\bkein|\bnicht\b|\bne\b|\bnon\b|\bno\b|\bnie\b|\bniet\b|\bikke\b"
    r"|\binte\b|\bis an?\b).*\bhtml\b|^[\s\xa0]*(?:this is a multi-?part message|\[?html\]?|text version)",
    re.IGNORECASE | re.DOTALL,
)


def _is_stub(plain: str) -> bool:
    """A plain text that only says that there is an HTML one."""
    text = plain.strip()
    return len(text) <= _LONGEST_STUB and text.count("\n") <= 6 and bool(_STUB.search(text))


def _paired(blocks: list[Block]) -> list[Block]:
    """A plain text and right after it the same as HTML, which some programs send as if they were two things."""
    if len(blocks) != 2 or blocks[0].plain is None or blocks[0].html or blocks[1].plain is not None:
        return blocks
    plain, rich = blocks[0].plain, blocks[1].html or ""
    first = re.sub(r"\W+", "", plain[:2_000])[:200]
    second = re.sub(r"\W+", "", html.to_text(rich[:50_000]))[:200]
    alike = len(first) >= 10 and (first.startswith(second[:100]) or second.startswith(first[:100])) and bool(second)
    return [Block(plain, rich)] if alike else blocks


def single_spaced(text: str) -> str:
    """E77: text in which every line is followed by a blank one, with the blank ones taken out; any other as it is."""
    lines = text.rstrip().split("\n")
    if len(lines) < 3 or any(line.strip() for line in lines[1::2]):
        return text
    if not all(line.strip() or index + 1 == len(lines) for index, line in enumerate(lines[0::2])):
        blank = sum(not line.strip() for line in lines[0::2])
        if blank * 2 > len(lines[0::2]):
            return text
    return "\n".join(line.rstrip(" ") for line in lines[0::2]) + "\n"
