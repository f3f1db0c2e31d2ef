"""The files of a mail: what they are called, whether they belong to the running text, and what is in them."""

import binascii
import hashlib
import mimetypes
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from channels.base import Attachment
from channels.email import mime
from channels.email.headers import Headers, words
from channels.email.scan import Part, fields_of, unwrapped

LONGEST_NAME = 180
_BLANK = re.compile("[\t\r\n\u2028\u2029]+")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_FILE_LIKE = re.compile(r"[^\s/\\<>]{1,100}\.[A-Za-z0-9]{1,5}")

_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/x-vcard": ".vcf",
    "text/vcard": ".vcf",
    "text/directory": ".vcf",
    "text/rfc822-headers": ".txt",
    "text/x-amp-html": ".html",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/tiff": ".tiff",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "application/pgp-keys": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/ms-tnef": ".dat",
    "application/octet-stream": ".bin",
}
_STEMS = {"message/delivery-status": "delivery-status", "text/rfc822-headers": "headers", "text/calendar": "invite"}


def safe_name(name: str) -> str:
    """`name` as it may be written to a disk: no folder, no control or direction-changing character, at most 180 long.

    '' where nothing of it can be used.
    """
    bare = name.replace("\\", "/").rpartition("/")[2] if "/" in name or "\\" in name else name
    bare = _UNSAFE.sub("", _BLANK.sub(" ", bare)).strip()
    if not bare.strip(". "):
        return ""
    return _shortened("_" + bare if _RESERVED.match(bare) else bare)


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME and len(name.encode("utf-8", "replace")) <= 240:
        return name
    stem, extension = _split_extension(name)
    while len(stem) + len(extension) > LONGEST_NAME or len((stem + extension).encode("utf-8", "replace")) > 240:
        stem = stem[: -max(1, (len(stem) + len(extension) - LONGEST_NAME))]
    return stem + extension


def _split_extension(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, dot + extension) if stem and len(extension) <= 10 else (name, "")


def unique_names(names: Iterable[str]) -> Iterator[str]:
    """Each name once: the second `scan.png` becomes `scan1.png` (E71)."""
    seen: set[str] = set()
    for name in names:
        stem, extension = _split_extension(name)
        candidate, number = name, 0
        while candidate.lower() in seen:
            number += 1
            candidate = f"{stem}{number}{extension}"
        seen.add(candidate.lower())
        yield candidate


def attachment(name: str, type_: str, content: bytes, *, inline: bool = False, content_id: str = "") -> Attachment:
    return Attachment(
        name=name,
        type=type_,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        inline=inline,
        content_id=content_id,
        content=content,
    )


def from_part(data: bytes, part: Part, references: frozenset[str]) -> Attachment:
    """A part as a file. `references` are the Content-IDs and locations that the HTML body shows (E72)."""
    content = mime.content(data, part)
    content_id = part.headers.get("content-id").strip("<> ")
    location = words(part.headers.get("content-location"))
    shown = bool(content_id and content_id in references) or bool(location and location in references)
    placed = part.disposition.value == "inline" and bool(content_id) and part.type.startswith("image/")
    name = _own_name(part, location) or _nested_subject(part, content) or _made_up(part, content_id)
    return attachment(name, part.type, content, inline=shown or placed, content_id=content_id)


def _own_name(part: Part, location: str) -> str:
    """What the sender called it (E71): a file name, a place, or a description that looks like a file name."""
    if name := safe_name(mime.filename(part)):
        return name
    if location and (name := safe_name(unquote(_path_of(location)))) and "." in name:
        return name
    description = part.headers.text("content-description")
    return safe_name(description) if _FILE_LIKE.fullmatch(description) else ""


def _path_of(location: str) -> str:
    try:
        return urlsplit(location).path
    except ValueError:
        return ""


def _nested_subject(part: Part, content: bytes) -> str:
    """E70: a mail inside the mail is called after its subject."""
    if part.type not in ("message/rfc822", "message/global"):
        return ""
    subject = safe_name(nested_headers(content).text("subject").replace("/", "-").replace("\\", "-"))
    return _shortened(f"{subject}.eml") if subject else ""


def nested_headers(content: bytes) -> Headers:
    """The header of a mail (or of `text/rfc822-headers`) that stands in a part."""
    start = unwrapped(content[:300_000])
    return Headers(fields_of(start, 0, len(start))[0])


def _made_up(part: Part, content_id: str) -> str:
    extension = extension_of(part.type)
    if part.type.startswith("message/rfc822") or part.type == "message/global":
        return "message.eml"
    if content_id and (stem := safe_name(content_id.partition("@")[0])):
        return stem if _FILE_LIKE.fullmatch(stem) else stem + extension
    return (_STEMS.get(part.type) or safe_name(part.type.partition("/")[0]) or "attachment") + extension


def extension_of(type_: str) -> str:
    """The usual ending for a media type; '.bin' where there is none."""
    return _EXTENSIONS.get(type_) or mimetypes.guess_extension(type_, strict=False) or ".bin"


def type_of(name: str) -> str:
    """The usual media type of a file by its name; application/octet-stream where there is none."""
    return mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"


# ------------------------------------------------------------------------------------------ data: in HTML

_DATA_URI = re.compile(
    r"""(?P<before>\bsrc\s*=\s*["']?)data:(?P<type>[\w.+-]{1,40}/[\w.+-]{1,80})(?P<parameters>[^,"'<>]{0,100}),"""
    r"""(?P<data>[^"'<>\s)][^"'<>)]*)""",
    re.IGNORECASE,
)
_MOST_PICTURES = 200


def pictures_in(html: str) -> tuple[str, tuple[Attachment, ...]]:
    """E72: `html` with its `data:` pictures as files of the mail, which it now refers to by Content-ID."""
    if "data:" not in html:
        return html, ()
    found: dict[str, Attachment] = {}

    def replaced(match: re.Match[str]) -> str:
        content = _data_of(match)
        key = f"{hashlib.sha256(content).hexdigest()[:24]}@data"
        if content and (key in found or len(found) < _MOST_PICTURES):
            type_ = match["type"].lower()
            name = f"{type_.partition('/')[0]}{extension_of(type_)}"
            found.setdefault(key, attachment(name, type_, content, inline=True, content_id=key))
            return f"{match['before']}cid:{key}"
        return match["before"]

    return _DATA_URI.sub(replaced, html), tuple(found.values())


def _data_of(match: re.Match[str]) -> bytes:
    raw = unquote_to_bytes(match["data"].encode("utf-8", "replace"))
    if "base64" not in match["parameters"].lower():
        return raw
    usable = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    usable = usable[:-1] if len(usable) % 4 == 1 else usable
    try:
        return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))
    except binascii.Error:
        return b""
