"""What may be meant by what an agent has typed of a command so far: a verb, a ticket, who is to work on it."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import String, cast, select

from bot import verbs
from bot.cause import Cause
from bot.db.models import OPEN, Ticket, is_one_of
from bot.persons.may import may_read
from bot.talk import forms
from bot.talk.forms import Reader, may_use
from channels.base import WORDS, Asked, Choice

_MOST: Final = 100
_LOOKED_AT: Final = 200
_NAMES: Final = frozenset({"assign"})
"""The verbs whose words are an agent."""


def _verbs(cause: Cause, reader: Reader, _asked: Asked, typed: str) -> tuple[Choice, ...]:
    """The verbs, and the macros."""
    if reader.agent is None:
        return ()
    known = verbs.registry().values()
    offered = [
        Choice(verb.name, f"{verb.name} – {reader.said(verb.help)}") for verb in known if may_use(reader, verb.name)
    ]
    offered += [
        Choice(f"macro {macro.name}", f"macro {macro.name}{f' – {macro.help}' if macro.help else ''}")
        for macro in cause.desk.books.macros.values()
    ]
    return _near(offered, typed.strip().lstrip("#/"))


def _tickets(cause: Cause, reader: Reader, _asked: Asked, typed: str) -> tuple[Choice, ...]:
    """The open tickets that they may read, their own first, then the newest."""
    agent, begun = reader.agent, typed.strip().lstrip("#")
    if agent is None:
        return ()
    query = select(Ticket).where(is_one_of(Ticket.status, *OPEN))
    if begun.isdigit():
        query = query.where(cast(Ticket.id, String).startswith(begun))
    newest = query.order_by(Ticket.id.desc()).limit(_LOOKED_AT)
    mine = cause.tx.session.scalars(newest.where(Ticket.assignee_id == agent.person_id)).all()
    found = {one.id: one for one in (*mine, *cause.tx.session.scalars(newest)) if may_read(agent, one)}
    return _near([Choice(str(one.id), f"#{one.id} {one.subject}") for one in found.values()], begun)


def _words(cause: Cause, reader: Reader, asked: Asked, typed: str) -> tuple[Choice, ...]:
    """Agents, for a verb that wants one."""
    if reader.agent is None or asked.filled.get(forms.VERB) not in _NAMES:
        return ()
    workers = [agent for agent in cause.desk.directory.agents if agent.role != "manager"]
    return _near([Choice(agent.handle, f"{agent.name} ({agent.handle})") for agent in workers], typed.strip())


def _near(offered: list[Choice], typed: str) -> tuple[Choice, ...]:
    """Those that begin so, then those that have it somewhere."""
    begun = typed.casefold()
    near = [one for one in offered if one.value.casefold().startswith(begun)]
    others = [one for one in offered if begun in one.label.casefold() and one not in near]
    return tuple(near + others)[:_MOST]


Complete = Callable[[Cause, Reader, Asked, str], tuple[Choice, ...]]
OF: Final[Mapping[str, Complete]] = {forms.VERB: _verbs, forms.TICKET: _tickets, WORDS: _words}
"""By the name of what is filled in."""
