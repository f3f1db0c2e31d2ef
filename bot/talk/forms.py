"""Forms on platforms that have them: what is asked for, in the words of who fills it in. Nothing here changes anything.

A request asks for what it is about, then only for what that category needs. An agent can ask for somebody else, write
down a call, or use a verb; a button whose verb wants words asks for those.
"""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from bot import verbs
from bot.cause import Cause
from bot.db.models import Person
from bot.notice import notices
from bot.notice.wording import STATUSES, Text, gettext
from bot.persons.directory import Agent
from bot.persons.may import VERBS, may
from bot.talk import board
from bot.ticket import tickets
from bot.verbs import Refusal
from bot.verbs.contacts import address_in
from channels.base import (
    CATEGORY,
    COMMAND,
    FOR,
    LOG,
    REQUEST,
    WORDS,
    Asked,
    Choice,
    Form,
    Input,
    InputKind,
)

FIELD: Final = "field:"
"""What the name of an input begins with that is a field of the category."""
VERB: Final = "verb"
TICKET: Final = "ticket"
VIA: Final = "via"
SETTLED: Final = "settled"
YES: Final = "yes"

NOT_YOURS: Final = gettext(
    "This is for the people who work on tickets. Nothing has happened. If you need something, just write here."
)
"""What anybody else is told who wants to do what agents do."""
_WAYS: Final[Mapping[str, Text]] = {
    "phone": gettext("By phone"),
    "walk_in": gettext("In person"),
}
_MOST_COMPLETED: Final = 100


class Reader(Struct, frozen=True, kw_only=True):
    """Who fills it in, as far as they are known, and the language that they read."""

    person: Person | None
    agent: Agent | None
    language: str

    def said(self, text: Text) -> str:
        """A sentence in their language."""
        return notices.said(text, self.language)


def form(cause: Cause, reader: Reader, asked: Asked) -> Form:
    """What somebody is to fill in; without inputs, why nothing can be."""
    make = _FORMS.get(asked.opens, _words)
    return make(cause, reader, asked)


def wrong(cause: Cause, reader: Reader, asked: Asked) -> dict[str, str]:
    """What keeps it from being taken, by the name of the input."""
    if asked.opens == COMMAND:
        name = asked.filled.get(VERB, "").split()[:1]
        known = bool(name) and name[0] in verbs.registry()
        return {} if known else {VERB: reader.said(gettext("choose one of the list"))}
    found = {}
    if not asked.filled.get(WORDS, "").strip():
        found[WORDS] = reader.said(gettext("write some words"))
    if asked.opens == LOG:
        try:
            address_in(cause, asked.filled.get(FOR, ""), gettext("write a mail address, such as ada@example.org"))
        except Refusal as refusal:
            found[FOR] = reader.said(refusal.text)
    return found


def completed(cause: Cause, reader: Reader, typed: str) -> tuple[Choice, ...]:
    """The verbs, and the macros, that may be meant by what was typed so far."""
    if reader.agent is None:
        return ()
    begun = typed.strip().lstrip("#/").casefold()
    known = verbs.registry().values()
    offered = [
        Choice(verb.name, f"{verb.name} – {reader.said(verb.help)}") for verb in known if _may(reader, verb.name)
    ]
    offered += [
        Choice(f"macro {macro.name}", f"macro {macro.name}{f' – {macro.help}' if macro.help else ''}")
        for macro in cause.desk.books.macros.values()
    ]
    near = [one for one in offered if one.value.startswith(begun)]
    others = [one for one in offered if begun in one.label.casefold() and one not in near]
    return tuple(near + others)[:_MOST_COMPLETED]


def _may(reader: Reader, name: str) -> bool:
    return reader.agent is not None and reader.agent.role in VERBS.get(name, ())


# ------------------------------------------------------------------------------------------ a request


def _request(cause: Cause, reader: Reader, asked: Asked) -> Form:
    whose = _for_whom(reader, asked)
    return Form(
        title=reader.said(gettext("Open a ticket")),
        send=reader.said(gettext("Send")),
        inputs=(*_category(cause, reader, asked), _needs(reader, asked), *_fields(cause, reader, asked), *whose),
    )


def _needs(reader: Reader, asked: Asked) -> Input:
    return Input(
        name=WORDS,
        label=reader.said(gettext("What do you need?")),
        kind=InputKind.WORDS,
        value=asked.filled.get(WORDS, ""),
        needed=True,
    )


def _category(cause: Cause, reader: Reader, asked: Asked) -> tuple[Input, ...]:
    """What it is about, where the desk knows categories."""
    known = cause.desk.books.categories.values()
    offered = tuple(Choice(one.name, one.called(notices.language_of(reader.language))) for one in known)
    if not offered:
        return ()
    label, chosen = reader.said(gettext("What is it about?")), asked.filled.get(CATEGORY, "")
    return (Input(name=CATEGORY, label=label, kind=InputKind.OPTION, options=offered, value=chosen, leads=True),)


def _fields(cause: Cause, reader: Reader, asked: Asked) -> tuple[Input, ...]:
    """What the chosen category needs, and nothing else."""
    category = cause.desk.books.categories.get(asked.filled.get(CATEGORY, ""))
    fields = category.fields if category is not None else ()
    return tuple(
        Input(
            name=f"{FIELD}{field.name}",
            label=field.called(notices.language_of(reader.language)),
            value=asked.filled.get(f"{FIELD}{field.name}", ""),
            needed=field.required,
        )
        for field in fields
    )


def _for_whom(reader: Reader, asked: Asked) -> tuple[Input, ...]:
    """Whose it is: an agent may choose anybody, others themselves or whoever wrote the message."""
    label, chosen = reader.said(gettext("Whose request is it?")), asked.filled.get(FOR, "")
    author = asked.author
    if reader.agent is not None:
        whose = chosen or (author.address if author is not None else "")
        hint = reader.said(gettext("Leave it empty where it is your own."))
        return (Input(name=FOR, label=label, kind=InputKind.PERSON, value=whose, hint=hint),)
    if author is None or author.address == asked.by.address:
        return ()
    mine = Choice(asked.by.address, reader.said(gettext("Mine")))
    theirs = Choice(author.address, author.name or reader.said(gettext("Of who wrote the message")))
    options = (theirs, mine)
    value = chosen or theirs.value
    return (Input(name=FOR, label=label, kind=InputKind.OPTION, options=options, value=value, needed=True),)


# ------------------------------------------------------------------------------------------ for agents


def _log(cause: Cause, reader: Reader, asked: Asked) -> Form:
    """A phone call or a walk-in, written down by an agent."""
    title = reader.said(gettext("Log a contact"))
    if not _may(reader, "log"):
        return Form(title=title, said=reader.said(NOT_YOURS))
    ways = tuple(Choice(name, reader.said(text)) for name, text in _WAYS.items())
    settled = (Choice(YES, reader.said(gettext("Yes, it is settled"))),)
    return Form(
        title=title,
        send=reader.said(gettext("Send")),
        inputs=(
            Input(
                name=FOR,
                label=reader.said(gettext("Mail address of who asked")),
                value=asked.filled.get(FOR, ""),
                needed=True,
            ),
            Input(
                name=VIA,
                label=reader.said(gettext("How did they come?")),
                kind=InputKind.OPTION,
                options=ways,
                value=asked.filled.get(VIA) or ways[0].value,
                needed=True,
            ),
            *_category(cause, reader, asked),
            _needs(reader, asked),
            *_fields(cause, reader, asked),
            Input(
                name=SETTLED,
                label=reader.said(gettext("Is it settled already?")),
                kind=InputKind.OPTION,
                options=settled,
                value=asked.filled.get(SETTLED, ""),
            ),
        ),
    )


def _command(_cause: Cause, reader: Reader, asked: Asked) -> Form:
    """A verb, which ticket it is about, and what stands behind it."""
    title = reader.said(gettext("Tell the desk"))
    if reader.agent is None:
        return Form(title=title, said=reader.said(NOT_YOURS))
    return Form(
        title=title,
        send=reader.said(gettext("Send")),
        inputs=(
            Input(
                name=VERB,
                label=reader.said(gettext("What is to be done?")),
                kind=InputKind.OPTION,
                value=asked.filled.get(VERB, ""),
                needed=True,
            ),
            Input(name=TICKET, label=reader.said(gettext("Ticket")), value=asked.filled.get(TICKET, ""), hint="#42"),
            Input(
                name=WORDS,
                label=reader.said(gettext("What belongs to it")),
                kind=InputKind.WORDS,
                value=asked.filled.get(WORDS, ""),
                hint=reader.said(gettext("A name, a day, or the words that it is about.")),
            ),
        ),
    )


def _words(cause: Cause, reader: Reader, asked: Asked) -> Form:
    """The words that a button wants; of a ticket's, only from who may press it, and while that can do something."""
    asks, why = _asks(cause, reader, asked.opens)
    title = asked.label or reader.said(gettext("Write here"))
    if why is not None:
        return Form(title=title, said=reader.said(why))
    entry = Input(
        name=WORDS, label=reader.said(asks), kind=InputKind.WORDS, value=asked.filled.get(WORDS, ""), needed=True
    )
    return Form(title=title, send=reader.said(gettext("Send")), inputs=(entry,))


def _asks(cause: Cause, reader: Reader, opens: str) -> tuple[Text, Text | None]:
    """What stands above the words, and why they cannot be taken, if so."""
    asks = gettext("Write here")
    button = board.read_choice(opens)
    if button is None:
        return asks, None
    number, verb, _ = button
    ticket = tickets.get(cause, number)
    if ticket is None:
        return asks, gettext("#%(number)s is not there any more.", number=number)
    ticket = tickets.goes_on_in(cause, ticket)
    if reader.agent is None or reader.person is None or not may(cause, reader.person, verb, ticket):
        return asks, NOT_YOURS
    if ticket.status in {"solved", "closed"}:
        state = STATUSES[ticket.status]
        return asks, gettext("#%(number)s has this status already: %(status)s", number=ticket.id, status=state)
    return board.ASKS.get(verb, asks), None


_FORMS: Final[Mapping[str, Callable[[Cause, Reader, Asked], Form]]] = {
    REQUEST: _request,
    LOG: _log,
    COMMAND: _command,
}
