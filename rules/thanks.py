"""Whether somebody says nothing but thanks, so that a solved ticket stays solved. In doubt it is not thanks.

Every word must belong to a known phrase of thanks, praise, greeting or farewell, or stand where a name stands. There is
no list of complaints to look for: whatever is not known is a reason to have a human look.
"""

import re
from typing import NamedTuple

from rules.gratitude import Part, folded, no_names, phrases
from rules.words import composed

MAX_WORDS = 25
_MAX_CHARACTERS = 400
_LONGEST_PHRASE = 9
_END = "\0"

_HAPPY = re.compile(
    r"[:;=]-?[)DPp](?!\w)|<3|[👍👌🙏🙂😀😃😄😁😊😉😍🥰🤩😎🎉🥳🙌👏💪✅❤💚💙🌞☀🤝💯]|[\U0001F3FB-\U0001F3FF\ufe0f\u200d]"
)
_HANDS = re.compile("[👍👌🙏🙌👏💯]")
_SAD = re.compile(r"[:;=]['-]?[(\[/|\\]")
_ALLOWED = re.compile(r"""(?:[^\W\d_]|[\s.,!;:…"'’„“”()*_~–—-])*""")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TITLES = frozenset(
    {"herr", "herrn", "frau", "mr", "mrs", "ms", "dr", "prof", "signor", "signora", "signore", "monsieur", "madame"}
    | {"mme", "m", "pan", "panie", "pani", "hr", "fru"}
)
_SPOKEN_TO = {Part.GREETING: 3, Part.THANKS: 1}
_SIGNED = {Part.FAREWELL: 4, Part.THANKS: 2, Part.PRAISE: 2, Part.FILLING: 2}


class _Word(NamedTuple):
    """A word as written and folded, and the signs and line breaks behind it; the last one ends in `_END`."""

    written: str
    plain: str
    behind: str


def is_thanks(text: str) -> bool:
    """Whether these new words of a message, in en, de, fr, it, pl or da, hold nothing but thanks, praise or an "ok".

    Greetings, wishes, farewells and names around them do not count. A question mark, a number, an unknown word or more
    than 25 words make it False. So does a "yes, thanks", which may be the answer to "do you still need help?", and
    "tak" alone, which thanks in Danish and says yes in Polish.
    """
    if len(text) > _MAX_CHARACTERS or _SAD.search(text):
        return False
    plain = _HAPPY.sub(" ", composed(text))
    if not _ALLOWED.fullmatch(plain):
        return False
    words = _words(plain)
    parts = _parts(words) if len(words) <= MAX_WORDS else None
    if parts is None:
        return False
    if not words:
        return _HANDS.search(text) is not None
    return Part.PRAISE in parts or (Part.THANKS in parts and Part.ASSENT not in parts)


def is_small_talk(text: str) -> bool:
    """Whether these words hold nothing but thanks, praise, greetings or signs: nothing that anybody could do."""
    if len(text) > _MAX_CHARACTERS or _SAD.search(text):
        return False
    plain = _HAPPY.sub(" ", composed(text)).replace("?", " ")
    if not _ALLOWED.fullmatch(plain):
        return not any(letter.isalnum() for letter in plain)
    words = _words(plain)
    return len(words) <= MAX_WORDS and _parts(words) is not None


def _words(text: str) -> list[_Word]:
    found = list(_WORD.finditer(text))
    ends = [word.start() for word in found[1:]]
    behind = [text[word.end() : end].strip(" \t\r") for word, end in zip(found, ends, strict=False)]
    return [
        _Word(word.group(), folded(word.group()), signs)
        for word, signs in zip(found, [*behind, _END], strict=bool(found))
    ]


def _parts(words: list[_Word]) -> list[Part] | None:
    """What each phrase does, in order; None as soon as a word is neither part of a phrase nor a name."""
    known: list[Part] = []
    at = 0
    while at < len(words):
        length = _phrase(words, at)
        if not length:
            return None
        part = phrases()[_plain(words[at : at + length])]
        known.append(part)
        at += length
        if not _phrase(words, at):
            at += _addressed(words, at, part) or _signature(words, at, part)
    return known


def _phrase(words: list[_Word], at: int) -> int:
    """How many words the longest phrase here has. A phrase may run over a line's end, but not over a sign."""
    end = at
    while end < min(len(words), at + _LONGEST_PHRASE):
        end += 1
        if words[end - 1].behind.strip("\n"):
            break
    return next((end - at for end in range(end, at, -1) if _plain(words[at:end]) in phrases()), 0)


def _addressed(words: list[_Word], at: int, part: Part) -> int:
    """How many words here are the name of the person who is greeted or thanked: on the line, with a sign behind."""
    if words[at - 1].behind or part not in _SPOKEN_TO:
        return 0
    count = _named(words, at, _SPOKEN_TO[part])
    return count if count and (words[at + count - 1].behind or _phrase(words, at + count)) else 0


def _signature(words: list[_Word], at: int, part: Part) -> int:
    """How many words here are the name of the person who signs: up to the end of the text."""
    if part not in _SIGNED or not (part is Part.FAREWELL or "\n" in words[at - 1].behind):
        return 0
    rest = words[at:]
    titles = sum(word.plain in _TITLES for word in rest)
    return len(rest) if len(rest) - titles <= _SIGNED[part] and all(map(_is_name, rest)) else 0


def _named(words: list[_Word], at: int, most: int) -> int:
    """How many words here could be one name, of at most so many words beside titles."""
    count = names = 0
    while at + count < len(words) and names < most and _is_name(words[at + count]):
        names += words[at + count].plain not in _TITLES
        count += 1
        if words[at + count - 1].behind.strip(".-"):
            break
    return count if names else 0


def _is_name(word: _Word) -> bool:
    written = word.written
    if word.plain in _TITLES:
        return True
    return written[0].isupper() and (len(written) == 1 or not written.isupper()) and word.plain not in no_names()


def _plain(words: list[_Word]) -> tuple[str, ...]:
    return tuple(word.plain for word in words)
