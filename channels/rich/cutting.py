"""Text in pieces: between paragraphs, else lines, sentences or words; never within what people see as one character."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from channels.rich.limits import size

_JOINER: Final = "\u200d"
_SENTENCE: Final = re.compile(r"(?:(?<!\d)\.|[!?…])[\"'”’)\]]*\s|[。！？]")
_MOST_MARKS: Final = 32


def cut(text: str, most: int) -> Iterator[str]:
    """`text` in pieces of at most `most` characters; together they are the text."""
    start = 0
    while start < len(text):
        end = end_of_piece(text, start, most)
        yield text[start:end]
        start = end


def end_of_piece(text: str, start: int, most: int) -> int:
    """Where a piece of at most `most` characters that begins at `start` should end; always beyond `start`."""
    end = _within(text, start, most)
    if end == len(text):
        return end
    earliest = start + (end - start) // 3
    for gap in ("\n\n", "\n"):
        at = text.rfind(gap, earliest, end)
        if at >= 0:
            return at + len(gap)
    sentence = _end_of_sentence(text, earliest, end)
    at = text.rfind(" ", earliest, end) + 1
    return sentence or at or whole_characters(text, start, end)


def excerpt(text: str, most: int) -> str:
    """The first sentences of `text` on one line, or its first words and an ellipsis."""
    line = " ".join(text[: 20 * most].split())
    if size(line) <= most:
        return line
    end = _within(line, 0, most - 1)
    sentence = _end_of_sentence(line, 0, end + 1)
    if sentence > most // 4:
        return line[:sentence].rstrip()
    at = line.rfind(" ", end // 2, end)
    return f"{line[: at if at > 0 else whole_characters(line, 0, end)].rstrip()}…"


def shortened(text: str, most: int) -> str:
    """`text`, or as much of it as leaves room for an ellipsis."""
    if size(text) <= most:
        return text
    return f"{text[: whole_characters(text, 0, _within(text, 0, most - 1))].rstrip()}…"


def whole_characters(text: str, start: int, end: int) -> int:
    """`end`, or somewhat before it, so that no combined character (UAX #29, in essence) is cut in two."""
    for at in range(end, max(start, end - _MOST_MARKS), -1):
        if not _continues(text, at):
            return at
    return end


def _end_of_sentence(text: str, start: int, end: int) -> int:
    """Where the last sentence that ends within these bounds does, or 0. `22. Nov` and `kl. 9` hold no end of one."""
    last = 0
    for found in _SENTENCE.finditer(text, start, end):
        following = text[found.end() : found.end() + 1]
        if not found[0][-1:].isspace() or not (following.islower() or following.isdigit()):
            last = found.end()
    return last


def _continues(text: str, at: int) -> bool:
    """Whether what stands at `at` belongs to the character before it."""
    if at >= len(text):
        return False
    before, letter = text[at - 1], text[at]
    if unicodedata.category(letter) in {"Mn", "Me", "Mc"} or _JOINER in {letter, before}:
        return True
    if "\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f":
        return True
    return _is_flag(letter) and _flags_before(text, at) % 2 == 1


def _is_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    count = 0
    while count < min(at, _MOST_MARKS * 2) and _is_flag(text[at - count - 1]):
        count += 1
    return count


def _within(text: str, start: int, most: int) -> int:
    """The end of the longest piece of `text` from `start` that is no larger than `most`, but one character at least."""
    end = min(len(text), start + most)
    while end > start + 1 and (excess := size(text[start:end]) - most) > 0:
        end = max(start + 1, end - (excess + 1) // 2)
    return end
