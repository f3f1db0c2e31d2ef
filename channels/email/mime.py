"""What one part of a mail holds: its bytes out of their transfer encoding, its text, and its own name for itself."""

import binascii
import re
from typing import NamedTuple

from channels.email import charsets, uuencode
from channels.email.flowed import unflowed
from channels.email.headers import base64_bytes
from channels.email.scan import Part

_IDENTITY = frozenset(("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "7bits", "8bits", "plain", "us-ascii"))
_UU = frozenset(("x-uuencode", "uuencode", "x-uue", "uue"))
_SOFT_BREAK_WITH_BLANKS = re.compile(rb"=[ \t]+(?=\r?\n)")


class Text(NamedTuple):
    """A text part as people read it, with files that stood in it, and what was wrong with it."""

    text: str
    files: tuple[uuencode.EncodedFile, ...] = ()
    problem: str = ""
    unknown_charset: str = ""


def content(data: bytes, part: Part) -> bytes:
    """The bytes of a part without their Content-Transfer-Encoding; as they are where nobody knows it (E64)."""
    raw = data[part.start : part.end]
    encoding = transfer_encoding(part)
    if encoding in _IDENTITY or part.type.startswith("multipart/"):
        return raw
    if encoding in ("base64", "b64", "x-base64"):
        return base64_bytes(raw)
    if encoding in ("quoted-printable", "quoted printable", "qp", "quotedprintable"):
        return binascii.a2b_qp(_SOFT_BREAK_WITH_BLANKS.sub(b"=", raw))
    if encoding in _UU and (found := uuencode.files(raw)):
        return found[0].content
    return raw


def transfer_encoding(part: Part) -> str:
    """The Content-Transfer-Encoding in lower case, without what some programs add to it."""
    return part.headers.get("content-transfer-encoding").partition(";")[0].partition("(")[0].strip(" \t\"'.").lower()


def is_known_encoding(part: Part) -> bool:
    """Whether the Content-Transfer-Encoding is one that `content` can take off."""
    known = ("base64", "b64", "x-base64", "quoted-printable", "quoted printable", "qp", "quotedprintable")
    encoding = transfer_encoding(part)
    return encoding in _IDENTITY or encoding in known or encoding in _UU


def filename(part: Part) -> str:
    """The name the sender gave the part, from Content-Disposition or else Content-Type; '' where there is none."""
    return part.disposition.parameters.get("filename", "") or part.parameters.get("name", "")


def plain_text(data: bytes, part: Part) -> Text:
    """A text/plain part: decoded, unflowed, with uuencoded files taken out of it."""
    raw = content(data, part)
    found = tuple(uuencode.files(raw))
    if found:
        raw = uuencode.without(raw, list(found))
    decoded = charsets.decode(raw, charset(part))
    text = line_feeds(decoded.text)
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflowed(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
    return Text(text, found, *_troubles(part, decoded))


def html_source(data: bytes, part: Part) -> Text:
    """A text/html part, decoded; the charset is the declared one, else the one the document names itself."""
    raw = content(data, part)
    label = charset(part)
    if charsets.codec(label) in ("", None):
        label = _meta_charset(raw) or label
    decoded = charsets.decode(raw, label)
    if not decoded.clean and (meta := _meta_charset(raw)) and charsets.codec(meta) != charsets.codec(label):
        again = charsets.decode(raw, meta)
        decoded = again if again.clean else decoded
    return Text(line_feeds(decoded.text), (), *_troubles(part, decoded))


def charset(part: Part) -> str:
    return part.parameters.get("charset", "")


def line_feeds(text: str) -> str:
    """Lines end with a line feed; control characters that no text needs are gone."""
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_NO_CONTROLS) if _CONTROLS.search(text) else text


_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff]")
_NO_CONTROLS = dict.fromkeys((*range(9), 11, *range(14, 32), 127, 65279))
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w:.-]{2,40})""", re.IGNORECASE)


def _meta_charset(raw: bytes) -> str:
    """The charset that a `<meta>` names; never UTF-16, which it cannot be if the tag can be read."""
    match = _META.search(raw, 0, 4_096)
    label = match[1].decode("ascii", "replace") if match else ""
    return "" if label.lower().startswith(("utf-16", "utf-32")) else label


def _troubles(part: Part, decoded: charsets.Decoded) -> tuple[str, str]:
    label = charset(part)[:40]
    if not decoded.known:
        return f"unknown charset {label!r}: original kept as an attachment, its type was {part.type}", label
    if not decoded.clean:
        return f"text is not valid {label or 'text'}: unreadable characters replaced", ""
    return ("", "") if is_known_encoding(part) else (f"unknown transfer encoding {transfer_encoding(part)[:40]!r}", "")
