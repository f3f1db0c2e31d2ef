"""Subjects as people's mail programs change them, and what is left of them."""

import re
from collections.abc import Iterator
from typing import Final

_TAG: Final = re.compile(r"\[\s{0,3}#(\d{1,9})\s{0,3}\]")
_LONGEST: Final = 1000


def _beginning(words: str) -> re.Pattern[str]:
    """One of these words, perhaps with a count, and a colon: `Re:`, `Fwd[5]:`."""
    return re.compile(rf"\s*(?:{words})\s{{0,3}}(?:[\[(]\d{{1,4}}[\])])?\s{{0,3}}[:：]", re.IGNORECASE)


_ANSWER: Final = r"re|aw|antw|sv|vs|odp\.?|rif|r|ref|vá|bls|ynt"
_FORWARD: Final = r"fwd?|wg|tr|i|pd|vs|doorst|rv|enc|vl"
"""`VS` is an answer in Finnish, and passes on in Danish."""
_ANSWERS: Final = _beginning(_ANSWER)
_FORWARDS: Final = _beginning(_FORWARD)
_PREFIX: Final = _beginning(f"{_ANSWER}|{_FORWARD}")


def bare(subject: str) -> str:
    """The subject without `Re:`, `AW:`, `Fwd[5]:` and the like, without our tags, blanks or capitals: for comparing."""
    rest = without_tag(subject[:_LONGEST])
    while found := _PREFIX.match(rest):
        rest = rest[found.end() :]
    return rest.strip().casefold()


def answered(subject: str) -> str:
    """The subject of an answer: with `Re:` in front of it, if it has none."""
    return subject if is_answer(subject) else f"Re: {subject}"


def is_answer(subject: str) -> bool:
    """Whether a subject begins as that of an answer does."""
    return _ANSWERS.match(subject[:_LONGEST]) is not None


def is_passed_on(subject: str) -> bool:
    """Whether a subject begins as that of a message does which somebody passes on."""
    return _FORWARDS.match(subject[:_LONGEST]) is not None


def tagged(subject: str) -> Iterator[int]:
    """The ticket numbers in our tags, `[#12]`; each is looked up, so those far behind do not count."""
    return (int(found[1]) for found in _TAG.finditer(subject[:_LONGEST]))


def without_tag(subject: str) -> str:
    """The subject without our tags and the blanks they leave."""
    return " ".join(_TAG.sub(" ", subject).split())
