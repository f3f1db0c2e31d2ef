"""From bytes to text, whatever the mail says about them.

Names are taken as mail programs write them (`ks_c_5601-1987`, `x-mac-roman`, `unicode-1-1-utf-7`), and the narrow
charset of a label is read as the wider one that people really use (gb2312 as gb18030, latin-1 as windows-1252), as
the WHATWG Encoding Standard does.
"""

import codecs
import re
from functools import lru_cache
from typing import NamedTuple


class Decoded(NamedTuple):
    """The text, whether every byte could be read, and whether the charset was one that is known at all."""

    text: str
    clean: bool = True
    known: bool = True


UNDECLARED = frozenset(
    [
        "",
        "us-ascii",
        "ascii",
        "ansi_x3.4-1968",
        "ansi_x3.4-1986",
        "iso646-us",
        "iso_646.irv:1991",
        "us",
        "default",
        "default_charset",
        "unknown",
        "unknown-8bit",
        "x-unknown",
        "unspecified",
        "none",
        "null",
        "undefined",
        "7bit",
        "8bit",
        "binary",
        "text",
        "plain",
        "charset",
        "_autodetect",
        "autodetect",
        "_autodetect_all",
        "user-defined",
        "x-user-defined",
        "x-unknown-8bit",
        "latin",
        "ansi",
        '3d"us-ascii"',
        "646",
    ]
)
"""Labels that say nothing about bytes above 127."""

ALIASES = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf8mb4": "utf-8",
    "utf_8": "utf-8",
    "cp65001": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-8": "utf-8",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-2-0-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso88591": "cp1252",
    "iso_8859-1": "cp1252",
    "iso_8859-1:1987": "cp1252",
    "iso-88591": "cp1252",
    "iso-8859-1-windows-3.0-latin-1": "cp1252",
    "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "x-ansi": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "tis620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb-2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "euc-cn": "gb18030",
    "x-euc-cn": "gb18030",
    "chinese": "gb18030",
    "cn-gb": "gb18030",
    "cn-gb-2312": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "cp950",
    "big-5": "cp950",
    "cn-big5": "cp950",
    "x-big5": "cp950",
    "x-x-big5": "cp950",
    "big5-hkscs": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "ks-c-5601": "cp949",
    "korean": "cp949",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "x-windows-949": "cp949",
    "ms949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "cswindows31j": "cp932",
    "x-ms-cp932": "cp932",
    "x-euc-jp": "euc_jp",
    "x-mac-roman": "mac-roman",
    "x-macroman": "mac-roman",
    "macroman": "mac-roman",
    "macintosh": "mac-roman",
    "mac": "mac-roman",
    "x-mac-ce": "mac-latin2",
    "x-mac-centraleurroman": "mac-latin2",
    "x-mac-japanese": "cp932",
    "x-mac-chinesesimp": "gb18030",
    "x-mac-chinesetrad": "cp950",
    "x-mac-korean": "cp949",
    "x-mac-ukrainian": "mac-cyrillic",
    "koi8": "koi8-r",
    "koi": "koi8-r",
    "x-koi8-r": "koi8-r",
    "koi8-ru": "koi8-u",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
}

JIS = frozenset(
    ("iso-2022-jp", "iso2022jp", "iso-2022-jp-ms", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "csiso2022jp",
     "cp50220", "cp50221", "cp50222", "x-windows-50220", "x-windows-50221", "jis", "x-iso-2022-jp", "iso_2022-jp")
)  # fmt: skip

NOT_CHARSETS = frozenset(
    ("idna", "punycode", "raw-unicode-escape", "unicode-escape", "mbcs", "oem", "palmos",
     "unicode-internal")
)  # fmt: skip
"""Python codecs that read text as a programming language or a host name does: `C:\\new` must stay what it is."""

EBCDIC = ("cp037", "cp5", "cp1026", "cp1140", "cp273", "cp424", "cp875")
"""Codecs in which not even ASCII is ASCII."""

SINGLE_BYTE_WESTERN = frozenset(("cp1252", "iso8859-15"))

_WINDOWS = re.compile(r"(?:x-)?(?:windows|win|cp|microsoft-cp|ms-?ansi)[-_]?(125[0-8]|874|866|850|852|437|949|950|932)")


@lru_cache(maxsize=512)
def codec(label: str) -> str | None:
    """The name of the Python codec for a charset label; empty where it says nothing, None where nobody knows it."""
    name = label.strip().strip("\"'<>;, ").lower().removeprefix("charset=").strip("\"'")
    if name in UNDECLARED:
        return ""
    if name in JIS:
        return "jis"
    if alias := ALIASES.get(name):
        return alias
    if match := _WINDOWS.fullmatch(name):
        return "cp" + match[1]
    try:
        found = codecs.lookup(name.removeprefix("x-mac-").join(("mac-", "")) if name.startswith("x-mac-") else name)
    except (LookupError, ValueError, UnicodeError):
        return None
    is_text = getattr(found, "_is_text_encoding", True) and found.name not in NOT_CHARSETS
    return (ALIASES.get(found.name, found.name)) if is_text else None


def decode(data: bytes, label: str = "") -> Decoded:
    """Read `data` as the charset `label` says, or as what it evidently is where the label is missing or wrong.

    Bytes that cannot be read become U+FFFD. Nothing is raised.
    """
    if data.isascii() and b"\x1b" not in data:
        name = codec(label)
        if name is None or name.startswith(("utf-7", "hz", "utf-16", "utf-32")):
            return _as_declared(data, name)
        if not name.startswith(EBCDIC):
            return Decoded(data.decode("ascii"))
    return _as_declared(data, codec(label))


def _as_declared(data: bytes, name: str | None) -> Decoded:
    if name is None:
        return _unknown(data)
    if name == "" or name in SINGLE_BYTE_WESTERN:
        return _undeclared(data, name or "cp1252")
    if name == "jis":
        return _japanese_mail(data)
    if name == "utf-8":
        return _strict_or_replaced(data.removeprefix(codecs.BOM_UTF8), name)
    if name == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    return _strict_or_replaced(data, name)


def _strict_or_replaced(data: bytes, name: str) -> Decoded:
    try:
        return Decoded(_no_surrogates(data.decode(name)))
    except UnicodeError:
        pass
    try:
        return Decoded(_no_surrogates(data.decode(name, "replace")), clean=False)
    except UnicodeError:  # some codecs (utf-16 cut in two, punycode-like) refuse even so
        return Decoded(data.decode("ascii", "replace"), clean=False)


def _no_surrogates(text: str) -> str:
    """Text that can be written down again: utf-7 and utf-16 may yield lone surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _unknown(data: bytes) -> Decoded:
    """E60: what is certain is kept (ASCII, or evident UTF-8); for the rest there is U+FFFD."""
    try:
        return Decoded(data.decode("utf-8"), known=data.isascii())
    except UnicodeDecodeError:
        return Decoded(data.decode("ascii", "replace"), clean=False, known=False)


def _undeclared(data: bytes, western: str) -> Decoded:
    """UTF-8 if it is UTF-8 (nothing else looks like it by accident), Japanese if it has its escapes, else Western."""
    if b"\x1b$" in data:
        return _japanese_mail(data)
    try:
        return Decoded(data.removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except UnicodeDecodeError:
        return Decoded(_western(data, western))


def _western(data: bytes, name: str) -> str:
    """Windows-1252 with the five bytes it leaves out read as latin-1, so that no byte is lost."""
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return "".join(bytes((byte,)).decode(name, "ignore") or chr(byte) for byte in data)


_ESCAPE = re.compile(rb"\x1b(?:\$\(?[@BD]|\([BJIH]|&@)")
_HALF_WIDTH = b"\x1b(I"


def _japanese_mail(data: bytes) -> Decoded:
    """ISO-2022-JP as it is really sent: with NEC and IBM characters, half-width kana and raw Shift-JIS among it.

    The two-byte parts are turned into Shift-JIS and read as cp932, which knows those characters (E62).
    """
    pieces: list[bytes] = []
    state = b""
    position = 0
    for match in _ESCAPE.finditer(data):
        pieces.append(_to_shift_jis(data[position : match.start()], state))
        state, position = match[0], match.end()
    pieces.append(_to_shift_jis(data[position:], state))
    return _strict_or_replaced(b"".join(pieces), "cp932")


def _to_shift_jis(run: bytes, state: bytes) -> bytes:
    if state == _HALF_WIDTH:
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in run)
    if not state.startswith(b"\x1b$") or not run:
        return run
    return _pairs_to_shift_jis(run)


def _pairs_to_shift_jis(run: bytes) -> bytes:
    """JIS X 0208 row and cell to Shift-JIS lead and trail byte; anything that is no pair is passed on as it is."""
    out = bytearray()
    index = 0
    while index < len(run):
        row = run[index]
        cell = run[index + 1] if index + 1 < len(run) else 0
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out.append(row)
            index += 1
            continue
        lead = ((row - 0x21) >> 1) + 0x81
        trail = cell + 0x7E if row % 2 == 0 else cell + (0x20 if cell >= 0x60 else 0x1F)
        out += bytes((lead + 0x40 if lead > 0x9F else lead, trail))
        index += 2
    return bytes(out)
