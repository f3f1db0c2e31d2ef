"""What somebody said, found again in other text, however it is written there: quoted, escaped, cut short, as a subject.

Whole texts are looked for, from their beginning. What is short may stand in other words by chance, and is found only
where notices put words and subjects: as a line of its own, and behind a ticket's number. Others may have said the same:
who asks must know that what they look through says it of the one who is meant.
"""

import re
from collections.abc import Collection, Iterable
from typing import Any, Final

from bot.notice.markup import plain, quote

_SURE: Final = 12
_COMPARED: Final = 600
_WORDS: Final = re.compile(r"[^\W_]+")
_BETWEEN: Final = r"(?:&\w{2,4};|[\W_]){1,40}?"
"""What may stand between two words: a blank, a line's end, signs and their escapes in Markdown, JSON and HTML."""
_SUBJECTS: Final = (80, 60)
"""After how many letters subjects are cut where they are shown."""
_BEFORE: Final = r"(^\W*|#\d+\W{1,4}|: |re: )"
_BEHIND: Final = r"(?=[^\w\n]*$|,|:| [^\w\s])"
"""Where notices put subjects and words that are short."""


class Traces:
    """The traces of some texts; `instead` stands where they stood.

    With `numbers` they are only found behind the number of one of these tickets, as their subject.
    """

    def __init__(self, texts: Iterable[str], instead: str, *, numbers: Collection[int] = ()) -> None:
        whole = {text.strip() for text in texts if text.strip()}
        self._instead = instead
        self._literal = sorted({str(form(text)) for text in whole for form in (quote, plain, str)}, key=len)[::-1]
        self._literal = [text for text in self._literal if len(text) >= _SURE and not numbers]
        begun = {_begun(text, most) for text in whole for most in (_COMPARED, 500, *_SUBJECTS)}
        found = sorted((tuple(_WORDS.findall(text)) for text in begun), key=len, reverse=True)
        sure = [_written(words) for words in dict.fromkeys(found) if len(" ".join(words)) >= _SURE]
        short = [_written(words) for words in dict.fromkeys(found) if 0 < len(" ".join(words)) < _SURE]
        self._sure = _any_of(_behind(numbers) if numbers else r"(?<![^\W_])()", sure, r"(?![^\W_])")
        self._short = _any_of(_behind(numbers) if numbers else _BEFORE, short, _BEHIND)
        self._marks = {max(words, key=len) for words in found if words}

    def may_be_in(self, written: bytes) -> bool:
        """Whether there may be one: a quick look, which saves taking apart what has none."""
        return any(mark.encode() in written for mark in self._marks)

    def without(self, value: Any) -> Any:  # noqa: ANN401  JSON
        """Text, or JSON with text somewhere within, without them."""
        if isinstance(value, str):
            return self._replaced(value)
        if isinstance(value, dict):
            return {name: self.without(one) for name, one in value.items()}
        return [self.without(one) for one in value] if isinstance(value, list) else value

    def _replaced(self, text: str) -> str:
        for pattern in (self._sure, self._short):
            text = pattern.sub(lambda found: f"{found[1]}{self._instead}", text) if pattern else text
        for literal in self._literal:
            text = text.replace(literal, self._instead)
        return text


def _behind(numbers: Collection[int]) -> str:
    return rf"(#(?:{'|'.join(map(str, sorted(numbers)))})\W{{1,4}})"


def _begun(text: str, most: int) -> str:
    """The beginning of a text, without the word that the end would cut."""
    return text if len(text) <= most else text[:most].rpartition(" ")[0] or text[:most]


def _written(words: Iterable[str]) -> str:
    return _BETWEEN.join(map(re.escape, words))


def _any_of(before: str, alternatives: list[str], behind: str) -> re.Pattern[str] | None:
    if not alternatives:
        return None
    return re.compile(rf"{before}(?:{'|'.join(alternatives)}){behind}", re.IGNORECASE | re.MULTILINE)
