"""Subjects as people's mail programs change them, and what is left of them."""

import re
from typing import Final

_TAG: Final = re.compile(r"\[\s{0,3}#\d{1,9}\s{0,3}\]")
_ANSWER: Final = r"re|aw|antw|sv|vs|odp|odp\.?|rif|r|ref|vá|bls|ynt"
_PASSED_ON: Final = r"fwd?|wg|tr|i|pd|doorst|rv|enc|vl"
_PREFIX: Final = re.compile(
    rf"\s*(?:{_ANSWER}|{_PASSED_ON})\s{{0,3}}(?:[\[(]\d{{1,4}}[\])])?\s{{0,3}}[:：]", re.IGNORECASE
)
_ANSWERS: Final = re.compile(rf"\s*(?:{_ANSWER})\s{{0,3}}(?:[\[(]\d{{1,4}}[\])])?\s{{0,3}}[:：]", re.IGNORECASE)
_LONGEST: Final = 1000


def bare(subject: str) -> str:
    """The subject without `Re:`, `AW:`, `Fwd[5]:` and the like, without our tags, blanks or capitals: for comparing."""
    rest = " ".join(_TAG.sub(" ", subject[:_LONGEST]).split())
    while found := _PREFIX.match(rest):
        rest = rest[found.end() :]
    return rest.strip().casefold()


def is_answer(subject: str) -> bool:
    """Whether a subject begins as that of an answer does."""
    return _ANSWERS.match(subject[:_LONGEST]) is not None
