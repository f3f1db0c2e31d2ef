"""What a person can tell the desk: one registry for mail, chat, console and the command line.

A verb is a function of a `Call`. It checks everything first and returns what then does it, so that of several verbs in
one message either all are carried out or none.
"""

import importlib
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from msgspec import Struct

from bot.cause import Cause
from bot.db.models import Person, Ticket
from bot.notice.wording import Text, gettext
from bot.persons.may import may
from bot.ticket import tickets
from bot.ticket.messages import Said, words_only

# A slip such as "#Note:" or "# note" must not turn what was meant for the desk into words for the requester; nor must
# a blank that nobody sees, which mail programs put in front of words, or the wide sign of an East Asian keyboard.
_BLANKS: Final = r"[\s\u200b-\u200f\u2060\ufeff]*"
_LINE: Final = re.compile(rf"{_BLANKS}[#\uff03]{_BLANKS}([^\W\d_]\S*)(?:\s+(.*))?\s*$")
_BEHIND: Final = re.compile(r"(?<=[^\S\n])[#\uff03]([^\W\d_]\S{0,40})")
"""A word that looks like a verb behind others, where no blank divides it from its sign."""
_POINTS: Final = ".:,;!?)"
_REPEATED: Final = re.compile(r"(?<=\S)\s?<mailto:[^<>\s]*>")
"""The link that a mail program writes behind an address."""
_MODULES: Final = (
    "absences",
    "changes",
    "contacts",
    "details",
    "macros",
    "merging",
    "passing",
    "priorities",
    "queries",
    "remote",
    "reports",
    "senders",
    "vendors",
    "watching",
    "words",
)


class Shown(Struct, frozen=True, kw_only=True):
    """What a verb shows in a notice of its own, with that notice's values and the ticket that it is about, if one."""

    notice: str
    values: dict[str, Any]
    ticket: Ticket | None = None


class Reply(Struct, frozen=True, kw_only=True):
    """What a verb says when it is done: a line, further lines, and the same as JSON; `shown` is for a message."""

    title: Text
    lines: tuple[str, ...] = ()
    data: Any = None
    shown: Shown | None = None


class Refusal(Exception):
    """The verb cannot be carried out; the text says why and what to write instead."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


class Call(Struct, frozen=True, kw_only=True):
    """One use of a verb. `words` is what stood under it, for verbs that take words.

    `written_to` is the merged ticket to which they were written, where that goes on in `ticket`.
    """

    cause: Cause
    person: Person
    ticket: Ticket | None
    argument: str
    words: Said
    written_to: Ticket | None = None

    @property
    def addressed(self) -> Ticket:
        """The ticket whose requester the words are for."""
        return self.written_to or self.subject

    @property
    def subject(self) -> Ticket:
        """The ticket it is about; the registry has seen to it that there is one."""
        assert self.ticket is not None
        return self.ticket


Apply = Callable[[], Reply]


class Verb(Struct, frozen=True, kw_only=True):
    """A verb. `usage` is how it is written; `on_ticket` verbs need one; `takes_words` verbs use the text below."""

    name: str
    usage: Text
    help: Text
    on_ticket: bool
    takes_words: bool
    check: Callable[[Call], Apply]


class Request(Struct, frozen=True):
    """A text read as verbs and words: the leading `#word` lines, and all from the first other line on."""

    calls: tuple[tuple[str, str], ...]
    words: str
    unknown: tuple[str, ...]

    @property
    def internal(self) -> bool:
        """Whether the words are taken by a verb that never shows them to anybody outside; a team may be a vendor's."""
        takers = {"note", "spam", "escalate", "handback", "transfer"}
        return any(
            name in takers and not (name == "escalate" and argument.casefold().startswith("team "))
            for name, argument in self.calls
        )

    @property
    def on_the_line(self) -> str:
        """What stands on the lines of verbs that say it to the requester."""
        return "\n".join(argument for name, argument in self.calls if argument and name in {"answer", "solve", "wait"})

    @property
    def takers(self) -> list[str]:
        """The verbs that take the words, so that they are not said as an answer. More than one cannot be meant."""
        return [name for name, _ in self.calls if registry()[name].takes_words]


_verbs: dict[str, Verb] = {}


def verb(
    *,
    usage: Text,
    help: Text,  # noqa: A002  the word of the command line
    on_ticket: bool = True,
    takes_words: bool = False,
) -> Callable[[Callable[[Call], Apply]], Callable[[Call], Apply]]:
    """Register the decorated function under its own name, without the `_` that a word of Python needs."""

    def register(check: Callable[[Call], Apply]) -> Callable[[Call], Apply]:
        name = check.__name__.rstrip("_")
        _verbs[name] = Verb(
            name=name, usage=usage, help=help, on_ticket=on_ticket, takes_words=takes_words, check=check
        )
        return check

    return register


@cache
def registry() -> dict[str, Verb]:
    """All verbs by name."""
    for module in _MODULES:
        importlib.import_module(f"{__name__}.{module}")
    return dict(sorted(_verbs.items()))


def read(text: str) -> Request:
    """Split a message into leading verb lines and words."""
    lines = text.strip().splitlines()
    calls, unknown = [], []
    position = 0
    for position, line in enumerate(lines):  # noqa: B007  the first line that is no verb is needed below
        found = _LINE.match(line)
        if found is None:
            break
        name, argument = _name(found), _REPEATED.sub("", found[2] or "").strip()
        if name in registry():
            calls.append((name, argument))
        else:
            unknown.append(name)
    else:
        position = len(lines)
    return Request(tuple(calls), "\n".join(lines[position:]).strip(), tuple(unknown))


def starts_with_verb(text: str) -> bool:
    """Whether the first line of a message is a verb line, known or not."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return _LINE.match(first) is not None


def has_verb_line(text: str) -> bool:
    """Whether a known verb stands below or behind other words, where it would be read as one of them."""
    found = (_LINE.match(line) for line in text.splitlines())
    if any(line is not None and _name(line) in registry() for line in found):
        return True
    return any(word.rstrip(_POINTS).lower() in registry() for word in _BEHIND.findall(text))


def nearest(unknown: Sequence[str]) -> list[str]:
    """The verbs that were probably meant, of those that are near enough; each once."""
    near = (get_close_matches(name, registry(), n=1) for name in unknown)
    return list(dict.fromkeys(name for found in near for name in found))


def _name(line: re.Match[str]) -> str:
    return line[1].rstrip(_POINTS).lower()


def prepare(call: Call, name: str) -> Apply:
    """Check a call and return what does it. Raises Refusal, also for a person who may not."""
    known = registry()[name]
    if known.on_ticket and call.ticket is None:
        why = gettext(
            "%(verb)s needs a ticket: write it in answer to a message about one; `#show 42` brings one", verb=f"#{name}"
        )
        raise Refusal(why)
    if not may(call.cause, call.person, name, call.ticket if known.on_ticket else None):
        raise Refusal(gettext("you may not use %(verb)s here", verb=f"#{name}"))
    return known.check(call)


def perform(
    cause: Cause, person: Person, name: str, ticket: Ticket | None, argument: str = "", words: str = ""
) -> Reply:
    """Check and do one verb. Raises Refusal."""
    call = Call(
        cause=cause,
        person=person,
        ticket=tickets.goes_on_in(cause, ticket) if ticket else None,
        argument=argument,
        words=words_only(words),
        written_to=ticket,
    )
    return prepare(call, name)()
