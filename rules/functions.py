"""The functions that a condition may call, as a table; a new one is added here, and only here.

Each builds, at load, the function that is run: it is given the checked arguments and refuses those that make no sense.
An unknown text contains nothing and matches nothing.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct

from rules.facts import Facts
from rules.parts import Evaluate, Part
from rules.patterns import PatternError, compile_pattern
from rules.values import TEXT, YES_NO, Type
from rules.words import folded, is_word, words


class Function(Struct, frozen=True, kw_only=True):
    """One function: how it is written, what it gives, and `build(arguments)`, which raises Refused.

    `most` is the largest number of arguments, None where there is no limit.
    """

    usage: str
    description: str
    least: int
    most: int | None
    build: Callable[[tuple[Part, ...]], Evaluate]
    type: Type = YES_NO


def _any_word(arguments: tuple[Part, ...]) -> Evaluate:
    text = _text(arguments[0])
    wanted = frozenset(_word(part) for part in arguments[1:])

    def found(facts: Facts) -> bool:
        value = text(facts)
        return value is not None and not wanted.isdisjoint(words(value))

    return found


def _contains(arguments: tuple[Part, ...]) -> Evaluate:
    text = _text(arguments[0])
    wanted = folded(_literal(arguments[1]))

    def found(facts: Facts) -> bool:
        value = text(facts)
        return value is not None and wanted in folded(value)

    return found


def _matches(arguments: tuple[Part, ...]) -> Evaluate:
    text = _text(arguments[0])
    try:
        search = compile_pattern(_literal(arguments[1]))
    except PatternError as error:
        raise arguments[1].refuse(str(error)) from None

    def found(facts: Facts) -> bool:
        value = text(facts)
        return value is not None and search(value)

    return found


def _known(arguments: tuple[Part, ...]) -> Evaluate:
    if arguments[0].fact is None:
        raise arguments[0].refuse("known() takes a fact, such as known(category)")
    read = arguments[0].evaluate
    return lambda facts: read(facts) is not None


def _text(part: Part) -> Evaluate:
    if part.type != TEXT or part.literal is not None:
        raise part.refuse(f"a text fact belongs here, such as text or subject; '{part.source}' is not one")
    return part.evaluate


def _literal(part: Part) -> str:
    if not isinstance(part.literal, str) or not part.literal:
        raise part.refuse("a text in quotes belongs here, and not an empty one")
    return part.literal


def _word(part: Part) -> str:
    word = _literal(part)
    if not is_word(word):
        raise part.refuse(f"'{word}' is not a single word; use contains(text, '{word}')")
    return folded(word)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "any_word": Function(
            usage="any_word(text, 'word', …)",
            description="one of the words stands in the text as a whole word, in upper or lower case",
            least=2,
            most=None,
            build=_any_word,
        ),
        "contains": Function(
            usage="contains(text, 'words')",
            description="the text contains these characters, in upper or lower case",
            least=2,
            most=2,
            build=_contains,
        ),
        "matches": Function(
            usage="matches(text, 'pattern')",
            description="the RE2 pattern is found in the text, in upper or lower case",
            least=2,
            most=2,
            build=_matches,
        ),
        "known": Function(
            usage="known(fact)",
            description="the fact is not unknown",
            least=1,
            most=1,
            build=_known,
        ),
    }
)
"""Every function by its name."""
