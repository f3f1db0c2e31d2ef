"""Outlook's rich text as plain text: RTF, and the compression that mail keeps it in (MS-OXRTFCP)."""

import re
from typing import Final

from channels.email import charsets

LONGEST: Final = 500_000
"""Bytes of RTF that are read; what follows is left out."""

_COMPRESSED: Final = b"LZFu"
_PLAIN: Final = b"MELA"
_WINDOW: Final = 4096
# What the window holds at the beginning (section 2.1.2.1).
PRESET: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}"
    rb"{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbol"
    rb"ArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


class Damaged(ValueError):
    """The bytes are not what they claim to be."""


def decompressed(data: bytes) -> bytes:
    """The RTF in a compressed stream, at most LONGEST bytes of it. Raises Damaged."""
    if len(data) < 16:
        raise Damaged
    if data[8:12] == _PLAIN:
        return data[16 : 16 + LONGEST]
    if data[8:12] != _COMPRESSED:
        raise Damaged
    wanted = min(int.from_bytes(data[4:8], "little"), LONGEST)
    out = bytearray(PRESET)
    end = len(PRESET) + wanted
    at = 16
    while at < len(data) and len(out) < end:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data) or len(out) >= end:
                break
            if not control >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            reference = int.from_bytes(data[at : at + 2], "big")
            at += 2
            if not _repeat(out, reference >> 4, (reference & 15) + 2):
                return bytes(out[len(PRESET) : end])
    return bytes(out[len(PRESET) : end])


def _repeat(out: bytearray, offset: int, length: int) -> bool:
    """Append what stands at `offset` of the window; False at the end mark, which refers to the place being written."""
    here = len(out)
    back = (here - offset) % _WINDOW
    if not back:
        return False
    if back > here:
        raise Damaged
    for index in range(here - back, here - back + length):
        out.append(out[index])
    return True


_TOKEN = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_BREAKS: Final = {"par": "\n", "line": "\n", "sect": "\n", "row": "\n", "tab": "\t", "cell": "\t"} | {
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
_UNSEEN: Final = frozenset((
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "generator", "listtable",
    "listoverridetable",
))  # fmt: skip
_DEEPEST: Final = 500


def to_text(rtf: bytes, code_page: int = 1252) -> str:
    """What an RTF document says, without its form. Total."""
    reader = _Reader(code_page)
    for match in _TOKEN.finditer(rtf[:LONGEST].decode("latin-1")):
        reader.token(match)
    return reader.text().strip("\n")


class _Reader:
    r"""Takes tokens in order, remembering for each open group whether it is seen and how many bytes stand for \u."""

    def __init__(self, code_page: int) -> None:
        self.code_page = code_page
        self.parts: list[str] = []
        self.raw = bytearray()
        self.groups: list[tuple[bool, int]] = []
        self.seen = True
        self.fallback = 1
        self.skip = 0

    def token(self, match: re.Match[str]) -> None:
        code, word, number, symbol, brace, text = match.groups()
        if brace:
            self._brace(brace)
        elif code:
            self._byte(int(code, 16))
        elif word:
            self._word(word, number)
        elif symbol:
            self._symbol(symbol)
        elif text:
            self._write(text[self.skip :])
            self.skip = max(self.skip - len(text), 0)

    def _brace(self, brace: str) -> None:
        self.skip = 0
        if brace == "{":
            if len(self.groups) < _DEEPEST:
                self.groups.append((self.seen, self.fallback))
        elif self.groups:
            self.seen, self.fallback = self.groups.pop()

    def _byte(self, byte: int) -> None:
        if self.skip:
            self.skip -= 1
        elif self.seen:
            self.raw.append(byte)

    def _word(self, word: str, number: str | None) -> None:
        if word in _UNSEEN:
            self.seen = False
        elif word in _BREAKS:
            self._write(_BREAKS[word])
        elif word == "u" and number:
            self._write(chr(int(number) % 0x10000))
            self.skip = self.fallback
        elif word == "uc" and number:
            self.fallback = max(min(int(number), 10), 0)
        elif word == "ansicpg" and number:
            self.code_page = int(number)

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.seen = False
        elif symbol in "\\{}":
            self._write(symbol)
        elif symbol == "~":
            self._write(" ")
        elif symbol in "\r\n":
            self._write("\n")

    def _write(self, text: str) -> None:
        self._flush()
        if self.seen and text:
            self.parts.append(text)

    def _flush(self) -> None:
        """Bytes that stand together are one text: a character may need two of them."""
        if self.raw:
            self.parts.append(charsets.decode(bytes(self.raw), f"cp{self.code_page}").text)
            self.raw.clear()

    def text(self) -> str:
        self._flush()
        joined = "".join(self.parts)
        return joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
