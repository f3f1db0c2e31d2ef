"""The functions that a condition may call, as a table; a new one is added here, and only here.

Each builds, at load, the function that is run: it is given the checked arguments and refuses those that make no sense.
An unknown text contains nothing and matches nothing.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from msgspec import Struct

from rules.durations import DurationError, parse_clock
from rules.facts import Facts, Opened
from rules.names import Names, wrong_name
from rules.parts import Evaluate, Part
from rules.patterns import PatternError, Patterns
from rules.values import NUMBER, TEXT, YES_NO, Type
from rules.words import folded, is_word, words

SUBJECTS = ("requester", "asset", "category")
"""What count_recent() can count the tickets of."""
LONGEST_RECENT = timedelta(days=31)


class Call(Struct, frozen=True):
    """A call as it is checked: its arguments, the names that may be named, and where patterns are gathered."""

    arguments: tuple[Part, ...]
    names: Names
    patterns: Patterns


class Function(Struct, frozen=True, kw_only=True):
    """One function: how it is written, what it gives, and `build(call)`, which raises Refused.

    `most` is the largest number of arguments, None where there is no limit. `first` are the words of which the first
    argument is one, where it is no fact. What is `lasting` stays as it is until something happens to the ticket.
    """

    usage: str
    description: str
    least: int
    most: int | None
    build: Callable[[Call], Evaluate]
    type: Type = YES_NO
    first: tuple[str, ...] = ()
    lasting: bool = True


def _any_word(call: Call) -> Evaluate:
    text = _text(call.arguments[0])
    wanted = frozenset(_word(part) for part in call.arguments[1:])

    def found(facts: Facts) -> bool:
        value = text(facts)
        return value is not None and not wanted.isdisjoint(words(value))

    return found


def _contains(call: Call) -> Evaluate:
    return _folded(call, lambda text, wanted: wanted in text)


def _starts_with(call: Call) -> Evaluate:
    return _folded(call, str.startswith)


def _ends_with(call: Call) -> Evaluate:
    return _folded(call, str.endswith)


def _folded(call: Call, test: Callable[[str, str], bool]) -> Evaluate:
    text = _text(call.arguments[0])
    wanted = folded(_literal(call.arguments[1]))

    def found(facts: Facts) -> bool:
        value = text(facts)
        return value is not None and test(folded(value), wanted)

    return found


def _matches(call: Call) -> Evaluate:
    text = _text(call.arguments[0])
    try:
        search = call.patterns.add(_literal(call.arguments[1]))
    except PatternError as error:
        raise call.arguments[1].refuse(str(error)) from None

    def found(facts: Facts) -> bool:
        value = text(facts)
        return value is not None and search(value)

    return found


def _known(call: Call) -> Evaluate:
    asked = call.arguments[0]
    if asked.literal is not None or (asked.fact is None and asked.type == YES_NO):
        raise asked.refuse("known() takes a fact, such as known(category), or a field: known(field('system'))")
    read = asked.evaluate
    return lambda facts: read(facts) is not None


def _field(call: Call) -> Evaluate:
    name = _literal(call.arguments[0])
    _refuse_unknown(call, "field", name)
    return lambda facts: facts.ticket.fields.get(name)


def _within_hours(call: Call) -> Evaluate:
    if not call.arguments:
        return lambda facts: facts.desk.open
    name = _literal(call.arguments[0])
    _refuse_unknown(call, "calendar", name)

    def within(facts: Facts) -> bool:
        return name in (facts.desk.open_calendars or ())

    return within


def _count_recent(call: Call) -> Evaluate:
    subject, window = recent_of(call.arguments)

    def count(facts: Facts) -> int | None:
        found: Opened | None = getattr(facts.recent, subject, None)
        since = facts.at - window
        if found is None or found.since > since:
            return None
        return sum(at > since for at in found.at)

    return count


def recent_of(arguments: tuple[Part, ...]) -> tuple[str, timedelta]:
    """Whose tickets a call of count_recent() counts, and how far back. Raises Refused."""
    subject, written = arguments[0].literal, arguments[1]
    try:
        window = parse_clock(_literal(written))
    except DurationError as error:
        raise written.refuse(str(error)) from None
    if not timedelta(0) < window <= LONGEST_RECENT:
        raise written.refuse(f"count_recent() looks back over 1 minute to {LONGEST_RECENT.days} days")
    return str(subject), window


def _refuse_unknown(call: Call, kind: str, name: str) -> None:
    wrong = wrong_name(call.names, kind, name)
    if wrong:
        raise call.arguments[0].refuse(wrong)


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
        "starts_with": Function(
            usage="starts_with(subject, 'words')",
            description="the text begins with these characters, in upper or lower case",
            least=2,
            most=2,
            build=_starts_with,
        ),
        "ends_with": Function(
            usage="ends_with(requester.address, '@example.com')",
            description="the text ends with these characters, in upper or lower case",
            least=2,
            most=2,
            build=_ends_with,
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
            description="the fact, or the field, is not unknown",
            least=1,
            most=1,
            build=_known,
        ),
        "field": Function(
            usage="field('system')",
            description="the value of the ticket's field of that name, a text; unknown while nobody filled it",
            least=1,
            most=1,
            build=_field,
            type=TEXT,
        ),
        "within_hours": Function(
            usage="within_hours('calendar')",
            description="the event lies in the open hours of that calendar; `within_hours()`: in the desk's own",
            least=0,
            most=1,
            build=_within_hours,
            lasting=False,
        ),
        "count_recent": Function(
            usage="count_recent(requester, '1h')",
            description="how many tickets the requester, the `asset` or the `category` had opened in that time, "
            "this one included, up to 200",
            least=2,
            most=2,
            build=_count_recent,
            type=NUMBER,
            first=SUBJECTS,
            lasting=False,
        ),
    }
)
"""Every function by its name."""
