"""Words of one's own in a book: Markdown in one or more languages, with a few names such as `{{ requester.name }}`.

A name is replaced by what it stands for, shown literally. There is nothing else to write between the braces: no code.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.notice.markup import Md, escape
from bot.notice.notices import LANGUAGES, SOURCE, language_of
from rules.suggest import did_you_mean

Words = str | dict[str, str]
"""What a book says: one text, or one for each language, by its code."""

NAMES: Final = (
    "requester.name",
    "requester.first_name",
    "ticket.number",
    "ticket.subject",
    "agent.name",
    "agent.first_name",
    "desk.name",
    "desk.address",
    "desk.emergency_phone",
)
"""What may stand between the braces. The agent's are empty where no agent speaks."""
_NAME: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def check(words: Words) -> None:
    """Raise ValueError with what is wrong, and the nearest right word."""
    texts = words if isinstance(words, dict) else {SOURCE: words}
    for language, text in texts.items():
        if language not in LANGUAGES:
            raise ValueError(f"there is no language '{language}'{did_you_mean(language, LANGUAGES)}")
        if not text.strip():
            raise ValueError(f"there are no words in '{language}'")
        for name in (found.strip() for found in _NAME.findall(text)):
            if name not in NAMES:
                raise ValueError(f"there is no '{name}' to put into words{did_you_mean(name, NAMES)}")
    if not texts:
        raise ValueError("there are no words")


def say(words: Words, language: str, values: Mapping[str, Any]) -> Md:
    """The words for a reader of that language; else in English, else in the first language that they are in.

    `values` are those of a notice: the names that `NAMES` lists are looked up in them.
    """
    if isinstance(words, dict):
        spoken = language_of(language)
        text = words.get(spoken) or words.get(SOURCE) or next(iter(words.values()))
    else:
        text = words
    return Md(_NAME.sub(lambda found: escape(_value(values, found[1].strip())), text.strip()))


def _value(values: Mapping[str, Any], name: str) -> object:
    group, _, field = name.partition(".")
    return (values.get(group) or {}).get(field, "")
