"""Quote marks: which lines carry one, and which lost it on the way."""

import re
from collections.abc import Iterator

from channels.email.quoting import lines as ln

_NAMED = re.compile(r"([A-Za-z][A-Za-z.\-]{0,11})>{1,5}(?: |$)")  # "Bob> really?", "BS> does it print?"
_INITIALS = re.compile(r"([A-Z]{2,3})>{1,3} ")
_PROMPTS = ln.words(
    "sql mysql psql ftp sftp telnet cmd ps c d root admin router switch gdb pdb irb mongo redis ssh http"
)
_BARS = ("|", ":")
_MARKED_SAME = 2  # lines one after the other that must carry the same unusual mark
_OFTEN = 3  # broken lines in one mail
_LONGEST_END = 40  # lines
_LONG = 60  # characters from which on a program may have broken a quoted line


def first_look(lines: list[str]) -> bytearray:
    """What each line is at first sight: blank, quoted, or own."""
    kinds = bytearray(len(lines))
    for index, line in enumerate(lines):
        if not line:
            kinds[index] = ln.BLANK
        elif line[0] == ">" and not line.startswith(">From "):
            kinds[index] = ln.QUOTE
        else:
            kinds[index] = ln.OWN
    first = kinds.find(ln.QUOTE)
    if first >= 0 and lines[first].startswith(">>> "):
        _spare_prompts(lines, kinds)
    return kinds


def _spare_prompts(lines: list[str], kinds: bytearray) -> None:
    """A mail in which every mark is ">>> " shows what somebody typed into Python, not a quote of the third level."""
    marked = [index for index, kind in enumerate(kinds) if kind == ln.QUOTE]
    if all(lines[index].startswith(">>> ") and not lines[index].endswith((">>>", ":")) for index in marked):
        for index in marked:
            kinds[index] = ln.OWN


def mark_unusual(lines: list[str], kinds: bytearray) -> None:
    """Quotes marked with a bar or the writer's name or initials instead of ">"."""
    _mark_initials(lines, kinds)
    start, held = 0, None
    for index, line in enumerate([*lines, ""]):
        mark = _unusual_mark(line) if line[:1] in _BARS or line.find(">", 1, 14) > 0 else None
        if mark != held:
            if held and index - start >= _MARKED_SAME:
                ln.mark(kinds, start, index, ln.QUOTE)
            start, held = index, mark


def _mark_initials(lines: list[str], kinds: bytearray) -> None:
    """The Bat! writes "AB>" before what Ada Byron wrote; between answers such a line may stand alone."""
    marked: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        found = _INITIALS.match(line) if line.find(">", 1, 5) > 0 else None
        if found and found[1].casefold() not in _PROMPTS:
            marked.setdefault(found[1], []).append(index)
    for stretch in marked.values():
        if len(stretch) >= _MARKED_SAME:
            for index in stretch:
                ln.mark(kinds, index, index + 1, ln.QUOTE)


def _unusual_mark(line: str) -> str | None:
    if line[:2] == ": ":
        return ":"
    if line[:1] == "|":
        return "|" if "|" not in line[1:].lstrip("| ") and not line.startswith("||") else None
    found = _NAMED.match(line)
    return found[1] if found and found[1].casefold() not in _PROMPTS else None


def spare_shown(lines: list[str], kinds: bytearray) -> None:
    """What stands below "the log says:" was put there to be read: marks there are no quote of an earlier mail."""
    start = kinds.find(ln.QUOTE)
    while start >= 0:
        end = start
        while end < len(kinds) and kinds[end] in (ln.QUOTE, ln.BLANK):
            end += 1
        above = ln.previous_solid(kinds, start - 1)
        shown = lines[start][0] == ">" and not any(line.endswith(":") for line in lines[start : start + 2])
        if shown and above >= 0 and start - above <= 2 and kinds[above] == ln.OWN and _leads_to(lines[above]):
            ln.mark(kinds, start, end, ln.OWN)
        start = kinds.find(ln.QUOTE, end)


def _leads_to(line: str) -> bool:
    """Whether a line ends with a colon and is more than somebody's name."""
    words = line[:-1].split()
    return line[-1] == ":" and "@" not in line and any(word[0].islower() for word in words)


def mark_leftovers(lines: list[str], kinds: bytearray) -> None:
    """Ends of quoted lines that were broken without repeating the mark.

    Such an end stands right below a long quoted line, goes on in lower case, and either more quoted lines follow
    immediately or the author's words stand above. Where it happened often, capitals are no answer either.
    """
    ends = list(_possible_ends(lines, kinds))
    often = sum(1 for start, _, followed in ends if followed and lines[start][0].islower()) >= _OFTEN
    own_above = kinds.find(ln.OWN)
    for start, end, followed in ends:
        lower = lines[start][0].islower()
        if (followed and end - start == 1 and (lower or often)) or (
            lower and own_above < start and ln.next_solid(kinds, end) == len(kinds)
        ):
            ln.mark(kinds, start, end, ln.QUOTE)


def _possible_ends(lines: list[str], kinds: bytearray) -> Iterator[tuple[int, int, bool]]:
    """Stretches of own lines right below a long quoted line (start, end), and whether a quoted line follows."""
    start = kinds.find(b">o")
    while start >= 0:
        start += 1
        end = start
        while end < len(kinds) and kinds[end] == ln.OWN and end - start < _LONGEST_END:
            end += 1
        if len(lines[start - 1]) >= _LONG:
            yield start, end, end < len(kinds) and kinds[end] == ln.QUOTE
        start = kinds.find(b">o", end)
