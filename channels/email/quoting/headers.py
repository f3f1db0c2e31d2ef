"""History that begins with a copied header: Outlook and its kin, Lotus Notes, and every "Original Message" line."""

import re
from collections.abc import Callable
from functools import cache

from channels.email.quoting import attributions, footers
from channels.email.quoting import lines as ln
from channels.email.quoting.headerwords import ANNOUNCEMENTS, FIELDS

_EDGE = " \t*_>|-=~#\u2010\u2011\u2012\u2013\u2014\u2015\u2500\u30fc\xa0"
_RULE = re.compile(r"[-_=*~\u2013\u2014\u2500]{5,}|[-_]{3}")
_ADDRESS = re.compile(r"[^\s@<>()]{1,64}@[^\s@<>()]{2,}")
_CLOCK = re.compile(r"(?<![\d.])\d{1,2}[:.]\d{2}(?![.\d]\d)")
_ORIGINAL = re.compile(r"-{6,40}(?:&nbsp;| )?original(?:&nbsp;| )?-{6,40}", re.IGNORECASE)  # QQ Mail
_LIMIT = 32  # the longest field name, with its decoration
_WRAPPED = 6  # lines a long To or Subject may run on
_GROUPWISE = re.compile(r">>> .{3,250}\d[:.]\d{2}.{0,20}>>>")  # Novell's "says whose words follow"
_LABEL = re.compile(r"\*{0,2}[^\W\d_][^:@\n]{0,24}:\*{0,2}(?:\s|$)")  # "Anything:" in a language not listed


@cache
def _fields() -> dict[str, str]:
    return {name.strip().casefold(): kind for kind, names in FIELDS.items() for name in names.split("|")}


@cache
def _announcements() -> tuple[frozenset[str], tuple[str, ...]]:
    phrases = [phrase.strip() for row in ANNOUNCEMENTS.strip().split("\n") for phrase in row.split("|")]
    open_ended = tuple(phrase.rstrip("*") for phrase in phrases if phrase.endswith("*"))
    return frozenset(phrase for phrase in phrases if not phrase.endswith("*")), open_ended


def field(line: str) -> str | None:
    """Which header field a line is ("from", "date", "to", "copy", "subject", "other"), or None."""
    name, colon, _ = line[:_LIMIT].partition(":")
    if not colon:
        return None
    name = name.casefold()
    return _fields().get(name) or _fields().get(name.strip(_EDGE))


def _bare_field(line: str) -> str | None:
    """A field name that stands alone, or beside its value, as in the tables of Lotus Notes."""
    name = line[:_LIMIT].partition(" | ")[0]
    return _fields().get(name.casefold()) if len(name) < 12 else None


def is_announcement(line: str) -> bool:
    """Whether the line says that a copied message follows: "-----Original Message-----", "Begin forwarded message:"."""
    if len(line) > 200:
        return False
    if _ORIGINAL.fullmatch(line):
        return True
    words = line.strip(_EDGE + ":").replace("\u2019", "'").casefold()
    exact, open_ended = _announcements()
    return words in exact or (line[0] in "-_=*~" and words.startswith(open_ended))


def is_rule(line: str) -> bool:
    """Whether the line is nothing but a drawn rule."""
    return _RULE.fullmatch(line) is not None


def block_end(lines: list[str], kinds: bytearray, start: int, *, announced: bool) -> int | None:
    """End of the copied header that begins at `start`, or None if what stands there is no such header.

    A list of fields counts only if it could not be a form somebody filled in: it names a sender or a time beside a
    subject, or shows a mail address, or follows an announcement.
    """
    seen: dict[str, str] = {}
    index = end = start
    gap = 0
    while index < len(lines) and gap <= _WRAPPED and index < start + 60:
        line = lines[index]
        kind = field(line) if kinds[index] == ln.OWN else None
        if kind and kind not in seen:
            seen[kind] = line
            end, gap = index + 1, 0
        elif kind == "other":
            end = index + 1
        elif kinds[index] == ln.BLANK:
            gap += 2
        elif kinds[index] == ln.OWN and (index == end or gap == 0) and len(line) < 400 and gap < 3:
            gap += 1
        elif ("@" in line or line.endswith((";", ","))) and kinds[index] == ln.OWN:
            gap = min(gap, 1)
        else:
            break
        index += 1
    return end if _is_copied_header(seen, announced=announced) else None


def _is_copied_header(seen: dict[str, str], *, announced: bool) -> bool:
    kinds = seen.keys() - {"other"}
    if announced:
        return len(kinds) >= 2
    if not {"from", "date"} & kinds:
        return False
    sender = _ADDRESS.search(seen.get("from", "")) is not None
    timed = _CLOCK.search(seen.get("date", "")) is not None
    if len(kinds) >= 3 and "subject" in kinds:
        return timed or ("from" in kinds and any(map(_ADDRESS.search, seen.values())))
    return "from" in kinds and bool({"date", "subject"} & kinds) and sender


def one_line_header(line: str) -> bool:
    """Whether a whole copied header stands on one line: "From: A Sent: B To: C Subject: D"."""
    names = re.findall(r"([^\W\d_]{1,16}) ?:(?= |\*)", line[:1500])
    kinds = {_fields().get(name.casefold()) for name in names}
    return {"from", "subject"} <= kinds and len(kinds - {None, "other"}) >= 3


def find(lines: list[str], kinds: bytearray, within: range, tries: int) -> tuple[int, int] | None:
    """Where copied history begins among some lines and where its header ends (start, end), or None.

    Everything that introduces the header (rule, announcement, the name line of Lotus Notes) is part of it. Lines that
    look like its beginning are examined `tries` times at most.
    """
    for index in within:
        line = lines[index]
        if kinds[index] == ln.OWN:
            reading = _reading(line)
            if reading is None:
                continue
            found = reading(lines, kinds, index)
            if found is not None:
                return found
            tries -= 1
            if not tries:
                break
        elif kinds[index] == ln.QUOTE and line.startswith(">>>") and _GROUPWISE.fullmatch(line):
            return index, index + 1
    return None


def _reading(line: str) -> Callable[[list[str], bytearray, int], tuple[int, int] | None] | None:
    """How to read on from a line that may begin copied history, or None if it cannot."""
    if is_announcement(line):
        return _announced
    if line[0] in "#-=*_~[(<" and footers.is_reply_line(line):
        return _reply_line
    if line[0] == "_" and is_rule(line):
        return _unknown_block
    kind = field(line)
    if kind == "to" or _bare_field(line) == "to":
        return _block_or_notes
    return _block if kind in ("from", "date", "subject") else None


def _reply_line(_lines: list[str], _kinds: bytearray, index: int) -> tuple[int, int] | None:
    return index, index + 1


def _announced(lines: list[str], kinds: bytearray, index: int) -> tuple[int, int] | None:
    after = ln.next_solid(kinds, index + 1)
    if after == len(lines):
        return None
    end = block_end(lines, kinds, after, announced=True) if kinds[after] == ln.OWN else None
    return _lead_in(lines, kinds, index), end or index + 1


def _block(lines: list[str], kinds: bytearray, index: int) -> tuple[int, int] | None:
    if len(lines[index]) > 40 and one_line_header(lines[index]):
        return _lead_in(lines, kinds, index), index + 1
    end = block_end(lines, kinds, index, announced=False)
    if end is None:
        return None
    begin, end = _tight_block(lines, kinds, index, end)
    return _lead_in(lines, kinds, begin), end


def _tight_block(lines: list[str], kinds: bytearray, index: int, end: int) -> tuple[int, int]:
    """The header without blank lines in it, if the line at `index` stands above it, apart; else the whole one."""
    after = ln.next_solid(kinds, index + 1)
    if after < end and is_rule(lines[after]):
        after = ln.next_solid(kinds, after + 1)
    if after + 1 >= end or after == index + 1 or kinds[after] != ln.OWN or kinds[after + 1] == ln.BLANK:
        return index, end
    inner = block_end(lines, kinds, after, announced=False) if field(lines[after]) else None
    return (index, end) if inner is None else (after, inner)


def _block_or_notes(lines: list[str], kinds: bytearray, index: int) -> tuple[int, int] | None:
    return _block(lines, kinds, index) or _notes_block(lines, kinds, index)


def _lead_in(lines: list[str], kinds: bytearray, start: int) -> int:
    """Move the start up over a rule or an announcement that stands right above."""
    for _ in range(2):
        above = ln.previous_solid(kinds, start - 1)
        if above < 0 or kinds[above] != ln.OWN or start - above > 4:
            break
        line = lines[above]
        if not (is_rule(line) or is_announcement(line) or attributions.announces(line)):
            break
        start = above
    return start


def _unknown_block(lines: list[str], kinds: bytearray, index: int) -> tuple[int, int] | None:
    """Outlook's rule above a header in a language that is not listed: labels, an address, a time."""
    start = ln.next_solid(kinds, index + 1)
    block = lines[start : start + 5]
    labelled = sum(1 for line in block if _LABEL.match(line[:_LIMIT]))
    telling = labelled >= 4 and any(_ADDRESS.search(line[:400]) for line in block)
    return (index, index + 1) if telling and any(_CLOCK.search(line[:400]) for line in block) else None


def _notes_block(lines: list[str], kinds: bytearray, start: int) -> tuple[int, int] | None:
    """Lotus Notes: a name, a time, then To, cc and Subject, but no From."""
    seen = set()
    end = start
    for index in range(start, min(start + 12, len(lines))):
        kind = field(lines[index]) or _bare_field(lines[index])
        if kind in ("to", "copy", "subject"):
            seen.add(kind)
            end = index + 1
    timed = ln.previous_solid(kinds, start - 1)
    if "subject" not in seen or timed < 0 or not _CLOCK.search(lines[timed]) or len(lines[timed]) > 80:
        return None
    name = ln.previous_solid(kinds, timed - 1)
    if name >= 0 and timed - name <= 3 and len(lines[name]) <= 80 and kinds[name] == ln.OWN:
        timed = name
    return _lead_in(lines, kinds, timed), end
