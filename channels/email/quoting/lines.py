"""Lines of a mail and what each of them is, one letter a line.

Every step of the cut reads and rewrites one `bytearray` of these letters, so no step can lose a line: at the end each
line stands under exactly one heading.
"""

import re

BLANK = ord(" ")
OWN = ord("o")
QUOTE = ord(">")
LEAD = ord("a")  # introduces a quote: "On ... wrote:", a header block, "-----Original Message-----"
SIGNATURE = ord("s")

# Zero-width and direction marks that clients put around names and colons; they are no text.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def words(table: str) -> frozenset[str]:
    """The words of a table written as one text."""
    return frozenset(table.split())


def split_lines(text: str) -> list[str]:
    """The lines of a text, whatever its line ends; never fewer than one."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def bare(lines: list[str], text: str) -> list[str]:
    """The same lines as they are compared: no outer blanks, no invisible marks, ASCII colons."""
    if text.isascii():
        return [line.strip() for line in lines]
    if "\uff1a" in text:
        lines = [line.replace("\uff1a", ":") for line in lines]
    if _INVISIBLE.search(text):
        lines = [_INVISIBLE.sub("", line) for line in lines]
    return [line.strip() for line in lines]


def next_solid(kinds: bytearray, start: int) -> int:
    """Index of the first line from `start` on that is not blank, or the number of lines."""
    while start < len(kinds) and kinds[start] == BLANK:
        start += 1
    return start


def previous_solid(kinds: bytearray, start: int) -> int:
    """Index of the last line up to `start` that is not blank, or -1."""
    while start >= 0 and kinds[start] == BLANK:
        start -= 1
    return start


def mark(kinds: bytearray, start: int, end: int, kind: int) -> None:
    """Give every line of the stretch that is not blank the same kind."""
    for index in range(start, end):
        if kinds[index] != BLANK:
            kinds[index] = kind
