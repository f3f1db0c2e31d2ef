"""Header fields: what stands in them, decoded (RFC 5322, 2047, 2231), however badly it was written.

Nothing here raises. Fields are kept as the bytes they are and read when they are asked for.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from channels.email import charsets

_FOLD = re.compile(r"[ \t]*\r*\n[ \t\r\n]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Headers:
    """The fields of one entity in their order. Names are looked up in lower case.

    `hint` is the charset in which raw 8-bit values that are not UTF-8 are read (E63).
    """

    __slots__ = ("_fields", "hint")

    def __init__(self, fields: list[tuple[str, bytes]], hint: str = "") -> None:
        self._fields: dict[str, list[bytes]] = {}
        self.hint = hint
        for name, value in fields:
            self._fields.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def first_of(self, names: Sequence[str]) -> str:
        """The first of these fields that is there; '' where none is, as of the many that only machines write."""
        if self._fields.keys().isdisjoint(names):
            return ""
        return next(name for name in names if name in self._fields)

    def names(self) -> Iterator[str]:
        return iter(self._fields)

    def all(self, name: str) -> list[str]:
        """Every value of that field, unfolded and read, with encoded words still encoded."""
        return [self._read(value) for value in self._fields.get(name, ())]

    def get(self, name: str) -> str:
        """The first value of that field that is not empty; '' where there is none."""
        for value in self._fields.get(name, ()):
            if read := self._read(value):
                return read
        return ""

    def text(self, name: str) -> str:
        """The first value with its encoded words decoded: for people to read."""
        return words(self.get(name))

    def _read(self, value: bytes) -> str:
        try:
            text = value.decode("utf-8") if b"\x1b" not in value else charsets.decode(value, "iso-2022-jp").text
        except UnicodeDecodeError:
            text = _rescue(value, self.hint)
        if "\n" in text:
            text = _FOLD.sub(" ", text)
        text = text.strip()
        return text if text.isprintable() else _CONTROL.sub("", text.replace("\r", " ").replace("\t", " "))


def _rescue(value: bytes, hint: str) -> str:
    """A raw 8-bit value that is not UTF-8: the charset of the body if that reads it cleanly, else Western."""
    if charsets.codec(hint) not in ("", None, "utf-8"):
        decoded = charsets.decode(value, hint)
        if decoded.clean:
            return decoded.text
    return charsets.decode(value, "windows-1252").text


# ------------------------------------------------------------------------------------------ encoded words

_WORD = re.compile(r"=\?([^?=\s]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,20})(?:\?=|\?$|$)")


class _Word(NamedTuple):
    charset: str
    encoding: str
    text: str


def words(value: str) -> str:
    """Decode the encoded words of RFC 2047 in `value`, wherever they stand.

    Blanks between two of them are dropped, and neighbours in one charset are joined before they are read, because
    senders cut characters in two (E65). What is not a readable encoded word stays as it is.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    run: list[_Word] = []
    position = 0
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        if between.strip() or (between and not run):
            out += (_read_run(run), between)
            run = []
        if match[0].endswith("?=") or not _BLANKS.search(match[3]):
            run.append(_Word(match[1].partition("*")[0].lower(), match[2].lower(), match[3]))
        else:  # never closed, and more than a word follows: no encoded word
            out += (_read_run(run), match[0])
            run = []
        position = match.end()
    out += (_read_run(run), value[position:])
    return clean("".join(out))


def clean(text: str) -> str:
    """One line without control characters: what an encoded word may hide must not become a line of its own."""
    if text.isprintable():
        return text
    return _CONTROL.sub("", re.sub(r"[\t\r\n]+", " ", text))


def _read_run(run: list[_Word]) -> str:
    """Join neighbours of one charset, then read them."""
    joined: list[tuple[str, bytes]] = []
    for word in _mended(run):
        if joined and joined[-1][0] == word.charset:
            joined[-1] = (word.charset, joined[-1][1] + _word_bytes(word))
        else:
            joined.append((word.charset, _word_bytes(word)))
    return "".join(charsets.decode(data, charset).text for charset, data in joined)


def _mended(run: list[_Word]) -> list[_Word]:
    """Base64 that was cut without regard to its groups of four, put together again."""
    mended: list[_Word] = []
    for word in run:
        last = mended[-1] if mended else None
        is_rest = last and word.encoding == last.encoding == "b" and len(last.text) % 4 and last.text[-1] != "="
        if last and is_rest and word.charset == last.charset:
            mended[-1] = word._replace(text=last.text + word.text)
        else:
            mended.append(word)
    return mended


def _word_bytes(word: _Word) -> bytes:
    if word.encoding == "b":
        return base64_bytes(word.text.encode("ascii", "ignore"))
    return quopri.decodestring(word.text.encode("utf-8", "replace"), header=True)


_BASE64_BLANKS = b" \t\r\n"
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_MOSTLY_BASE64 = re.compile(rb"[A-Za-z0-9+/=]{20,}")


def base64_bytes(text: bytes) -> bytes:
    """Base64 with whatever is wrong with it: foreign characters, missing padding, several pieces one after another.

    Plain text that a list server appended after the end is left out.
    """
    try:
        return binascii.a2b_base64(text.translate(None, _BASE64_BLANKS), strict_mode=True)
    except binascii.Error:
        pass
    kept = _NOT_BASE64.sub(b"", b"".join(_base64_lines(text)))
    return b"".join(_base64_piece(piece) for piece in kept.split(b"=") if piece)


def _base64_lines(text: bytes) -> Iterator[bytes]:
    ended = False
    for line in text.splitlines():
        piece = line.strip()
        if _NOT_BASE64.search(piece) and not _MOSTLY_BASE64.search(piece) and ended:
            return
        ended = ended or piece.endswith(b"=") or not piece
        yield piece


def _base64_piece(piece: bytes) -> bytes:
    usable = piece if len(piece) % 4 != 1 else piece[:-1]
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))


# ------------------------------------------------------------------------------------------ parameters

_SEPARATOR = re.compile(r"[;\s]*")
_PARAMETER = re.compile(
    r"""([^\s=;"]+)\s*=\s*
    ( "(?:[^"\\]|\\.)*"(?=\s*(?:;|$|[^\s;"=]+=))   # quoted, and the quote really ends it
    | "[^;]*                                        # a quote that is not closed, or stands inside
    | (?:(?!\s[\w-]{2,20}=)[^;])*                    # bare, up to a forgotten semicolon
    )""",
    re.DOTALL | re.VERBOSE,
)
_SECTION = re.compile(r"(.+?)\*(?:(\d{1,3})(\*?))?$")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")


class Parameterised(NamedTuple):
    """A value with parameters, such as Content-Type: the value in lower case, and its parameters decoded."""

    value: str
    parameters: dict[str, str]


def parameterised(text: str) -> Parameterised:
    """Read `value; name=value; …` with RFC 2231 continuations and charsets, quotes, and encoded words (E65)."""
    head, _, rest = text.partition(";")
    value = head.strip().strip('"').lower()
    if " " in value:  # a forgotten semicolon: `text/plain charset=utf-8`
        value, _, tail = value.partition(" ")
        rest = f"{head.strip()[len(value) :]};{rest}" if "=" in tail else rest
    return Parameterised(value, _parameters(rest) if rest else {})


def _parameters(text: str) -> dict[str, str]:
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for name, value in _pairs(text[:20_000]):
        split = _SECTION.fullmatch(name) if "*" in name else None
        if split:
            number = int(split[2]) if split[2] else 0
            encoded = bool(split[3]) or split[2] is None
            sections.setdefault(split[1], []).append((number, encoded, value))
        else:
            plain.setdefault(name, words(value))
    for name, parts in sections.items():
        plain[name] = _joined(parts)
    return plain


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Name and value of each parameter; what is none is skipped up to the next semicolon."""
    position = 0
    while match := _SEPARATOR.match(text, position):
        if match.end() >= len(text):
            return
        if found := _PARAMETER.match(text, match.end()):
            yield found[1].lower(), _unquote(found[2])
            position = found.end()
        else:
            position = text.find(";", match.end())
            position = len(text) if position < 0 else position


def _unquote(value: str) -> str:
    """Without its quotes. A backslash escapes only a quote or itself, for Windows writes paths here."""
    value = value.strip()
    if value[:1] != '"':
        return value
    inner = value[1:-1] if value[-1:] == '"' and len(value) > 1 else value[1:]
    return inner.replace("\\\\", "\\").replace('\\"', '"')


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """RFC 2231 section 3 and 4: the pieces by number; the first says the charset of all that are encoded."""
    parts.sort(key=lambda part: part[0])
    charset = ""
    data: list[bytes] = []
    for index, (_, encoded, value) in enumerate(parts):
        piece = value
        if encoded and index == 0 and value.count("'") >= 2:
            charset, _, piece = value.split("'", 2)
        raw = piece.encode("utf-8", "replace")
        data.append(_PERCENT.sub(lambda m: bytes((int(m[1], 16),)), raw) if encoded else raw)
    return words(clean(charsets.decode(b"".join(data), charset or "utf-8").text))


# ------------------------------------------------------------------------------------------ message ids

_BRACKETED = re.compile(r"<([^<>]*)(?:>|(?=<)|$)")
_PERSON_IN_PHRASE = re.compile(r"<[^<>]*>(?=\s*(?:'s\s+message|\(?of\s+[\"\w]))", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")


def message_ids(value: str) -> tuple[str, ...]:
    """The ids in Message-ID, In-Reply-To or References, without their angle brackets and each once, in order.

    Takes what people's programs write: several, commas between them, blanks from folding inside, brackets that are
    missing or not closed, and the phrases of RFC 822 (`Message from Ann <ann@x> of "Tue…" <id@x>`).
    """
    if "=?" in value:
        value = words(value)
    if "<" in value:
        found = [_BLANKS.sub("", match[1]) for match in _BRACKETED.finditer(_PERSON_IN_PHRASE.sub(" ", value))]
    else:
        found = _bare_ids(value)
    return tuple(dict.fromkeys(id_ for id_ in found if id_))


def _bare_ids(value: str) -> list[str]:
    """Ids without an opening bracket: every word is one, or else it is a phrase that names none."""
    candidates = [word.strip("<>\"'();") for word in re.split(r"[\s,]+", value) if word.strip("<>\"'();")]
    if len(candidates) == 1:
        return candidates if "@" in value or len(candidates[0]) > 15 else []
    return candidates if candidates and all("@" in word for word in candidates) else []
