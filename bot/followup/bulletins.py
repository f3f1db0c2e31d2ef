"""Bulletins: one text to many people, in each person's language and where they talk to the desk, once, and paced.

A bulletin is a row that says how far it is; each step is a job that serves the next people and plans the step after it,
so it may be interrupted anywhere, and stopped between two steps. Who sent it hears when it begins, how far it is and
how it ended: on a platform of rooms in one message to them that is kept current, by mail also half way of a long one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, func, or_, select

from bot.cause import Cause
from bot.db.models import OPEN, Bulletin, Delivery, Identity, Person, Ticket, TicketTag, is_one_of
from bot.due.jobs import put
from bot.errors import NotDone
from bot.ids import new_id
from bot.notice import notices
from bot.notice.markup import Md
from bot.notice.values import desk_values, name_values, person_values
from bot.notice.wording import Text, gettext
from bot.outgoing import outbox, projections
from bot.outgoing.outbox import Telling
from bot.persons import people
from bot.persons.directory import DESK_HANDLE, Agent
from channels.base import Address, Outgoing

KIND: Final = "send_bulletin"
NOTICE: Final = "bulletin"
STEP: Final = timedelta(minutes=1)
_REPORT: Final = "verb_result"
_SHOWN: Final = 3
_REFRESHED: Final = 200
_NOW: Final = "bulletins in force"
READERS: Final = "readers of a bulletin"
"""Under which name, with the cause's id, a transaction keeps to whom it showed one, or shows it no more."""
_BEGINS: Final = gettext("“%(subject)s” begins to go out to %(total)s people")
_GOES_ON: Final = gettext("“%(subject)s” goes out: %(sent)s of %(total)s people have it; `#bulletin stop` stops it")
_LONG: Final = 30
"""Of how many minutes one is long."""


class Readers(Struct, frozen=True, kw_only=True):
    """Whom it is for: everybody known, those of a department, or whose open requests have a tag."""

    department: str = ""
    tag: str = ""


class Words(Struct, frozen=True):
    """What it says in one language: the subject, and the body in Markdown."""

    subject: str
    body: str


def how_many(cause: Cause, readers: Readers) -> int:
    """How many people it would be for."""
    cause.tx.flush()
    return cause.tx.session.scalar(select(func.count()).select_from(Person).where(*_readers(readers))) or 0


def begin(cause: Cause, texts: Mapping[str, Words], readers: Readers, *, after: timedelta = timedelta()) -> Bulletin:
    """Begin to send it, at once or `after` some time. `texts` are by language, that of the desk among them.

    Raises NotDone where there is nobody.
    """
    total = how_many(cause, readers)
    if not total:
        whom = "known; see: firstline people import"
        whom = f"in the department {readers.department!r}" if readers.department else whom
        whom = f"with an open request that has the tag {readers.tag!r}" if readers.tag else whom
        raise NotDone(f"there is nobody {whom}")
    found = Bulletin(
        id=new_id(),
        texts={language: msgspec.to_builtins(words) for language, words in texts.items()},
        department=readers.department,
        tag=readers.tag,
        agent_id=cause.actor.person_id,
        state="sending",
        total=total,
        sent=0,
        passed_over=0,
        after=0,
        report_key="",
        begun_at=cause.now,
        ended_at=None,
    )
    cause.tx.add(found)
    cause.tx.flush()
    cause.audit("bulletin_begun", None, bulletin=found.id, total=total)
    _plan(cause, found, after=after)
    cause.tx.wake("jobs")
    _begin_to_report(cause, found)
    return found


def go_on(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: the next people have it, as many as a minute takes."""
    found = held(cause, arguments["bulletin"])
    if found is None or found.state != "sending":
        return
    most = cause.desk.config.bulletins.per_minute
    readers = select(Person).where(*_readers(_readers_of(found)), Person.id > found.after)
    served = cause.tx.session.scalars(readers.order_by(Person.id).limit(most)).all()
    before = found.sent + found.passed_over
    for person in served:
        sent = _send(cause, found, person)
        found.sent, found.passed_over = found.sent + sent, found.passed_over + (not sent)
        found.after = person.id
    _show_to(cause, [person.id for person in served])
    if len(served) == most:
        _plan(cause, found, after=STEP)
        _report_progress(cause, found, before)
        return
    found.state, found.ended_at = "done", cause.now
    _report(cause, found, gettext("“%(subject)s” has gone out to %(sent)s people; %(passed_over)s cannot be reached"))


def stop(cause: Cause, found: Bulletin) -> None:
    """Nobody else gets it. Raises NotDone where it has ended."""
    if found.state != "sending":
        raise NotDone(f"bulletin {found.id} is {found.state}: {found.sent} of {found.total} people have it")
    found.state, found.ended_at = "stopped", cause.now
    cause.audit("bulletin_stopped", None, bulletin=found.id, sent=found.sent)
    had = select(Person.id).where(*_readers(_readers_of(found)), Person.id <= found.after)
    _show_to(cause, cause.tx.session.scalars(had.order_by(Person.id.desc()).limit(_REFRESHED)).all())
    _report(cause, found, gettext("“%(subject)s” is stopped: %(sent)s of %(total)s people have it"))


def held(cause: Cause, bulletin_id: int) -> Bulletin | None:
    """The bulletin of that id, locked for this transaction."""
    cause.tx.flush()
    return cause.tx.session.get(Bulletin, bulletin_id, with_for_update=cause.tx.dialect == "postgresql")


def of_agent(cause: Cause, person_id: int) -> Bulletin | None:
    """The newest one of an agent that still goes out, locked for this transaction."""
    cause.tx.flush()
    theirs = select(Bulletin.id).where(Bulletin.agent_id == person_id, Bulletin.state == "sending")
    newest_id = cause.tx.session.scalar(theirs.order_by(Bulletin.id.desc()).limit(1))
    return held(cause, newest_id) if newest_id is not None else None


def newest(cause: Cause, most: int = 50) -> Sequence[Bulletin]:
    """The newest ones."""
    return cause.tx.session.scalars(select(Bulletin).order_by(Bulletin.id.desc()).limit(most)).all()


def in_force(cause: Cause, person: Person) -> list[Words]:
    """What concerns somebody and was begun lately, in their language; the newest first."""
    return [words_for(cause, one, person.language or "") for one in _for(cause, person)]


def subjects(cause: Cause, person: Person) -> list[str]:
    """The subjects of what somebody is sent and was begun lately, in the desk's language: for agents."""
    language = cause.desk.config.desk.language
    return [words_for(cause, one, language).subject for one in _for(cause, person)] if person.known else []


def _for(cause: Cause, person: Person) -> list[Bulletin]:
    departments = {"", person.department or ""}
    return [one for one in _shown_now(cause) if one.department in departments][:_SHOWN]


def _shown_now(cause: Cause) -> Sequence[Bulletin]:
    """What was begun lately, for whomever: there are few, and one look is enough for a transaction."""
    if _NOW not in cause.tx.scratch:
        cause.tx.flush()
        since = cause.now - timedelta(days=cause.desk.config.bulletins.shown_days)
        begun = select(Bulletin).where(Bulletin.begun_at > since, Bulletin.state != "stopped", Bulletin.tag == "")
        cause.tx.scratch[_NOW] = cause.tx.session.scalars(begun.order_by(Bulletin.id.desc())).all()
    found: Sequence[Bulletin] = cause.tx.scratch[_NOW]
    return found


def _show_to(cause: Cause, readers: Collection[int]) -> None:
    """Cards of what these people have open, and their pages, say what is so: those of a room, the newest only."""
    cause.tx.scratch.pop(_NOW, None)
    if not cause.desk.rooms:
        return
    cause.tx.scratch[READERS, cause.id] = list(readers)
    theirs = select(Ticket.id).where(Ticket.requester_id.in_(readers), is_one_of(Ticket.status, *OPEN))
    for number in cause.tx.session.scalars(theirs.order_by(Ticket.id.desc()).limit(_REFRESHED)).all():
        cause.touch(number)


def words_for(cause: Cause, found: Bulletin, language: str) -> Words:
    """What it says to a reader of that language; in the desk's where nobody wrote it in theirs."""
    own = cause.desk.config.desk.language
    texts = found.texts
    chosen = texts.get(notices.language_of(language)) or texts.get(own) or next(iter(texts.values()))
    return msgspec.convert(chosen, Words)


def _readers_of(found: Bulletin) -> Readers:
    return Readers(department=found.department, tag=found.tag)


def _readers(whom: Readers) -> list[ColumnElement[bool]]:
    people_only = or_(Person.handle.is_(None), Person.handle != DESK_HANDLE)
    if whom.tag:
        tagged = select(Ticket.requester_id).join(TicketTag, TicketTag.ticket_id == Ticket.id)
        return [people_only, Person.id.in_(tagged.where(TicketTag.tag == whom.tag, is_one_of(Ticket.status, *OPEN)))]
    known = [people_only, Person.known.is_(True)]
    return [*known, Person.department == whom.department] if whom.department else known


def _send(cause: Cause, found: Bulletin, person: Person) -> bool:
    """Queue it for one person; False where they cannot be reached."""
    identity = _where(cause, person)
    if identity is None:
        return False
    desk = cause.desk.config.desk
    language = person.language or desk.language
    words = words_for(cause, found, language)
    agent = cause.desk.directory.by_person.get(found.agent_id or 0)
    rendered = notices.render(
        NOTICE,
        language=language,
        zone=person.zone or desk.zone,
        values={
            **desk_values(cause),
            "recipient": person_values(person, identity.address),
            "agent": name_values(agent.name) if agent else None,
            "title": words.subject,
            "words": Md(words.body),
        },
        in_room=identity.channel in cause.desk.rooms,
    )
    outgoing = Outgoing(subject=rendered.subject, body=rendered.body, language=language, automatic=True)
    to = outbox.Recipient(person.id, Address(identity.address, person.name), identity.channel, None)
    outbox.enqueue(cause, None, to, NOTICE, outgoing)
    return True


def _where(cause: Cause, person: Person) -> Identity | None:
    """Where they last asked something, else by mail, else wherever the desk knows them."""
    identities = select(Identity).where(Identity.person_id == person.id).order_by(Identity.id)
    reached = {
        one.channel: one
        for one in reversed(cause.tx.session.scalars(identities).all())
        if one.channel in cause.desk.config.channels and not people.undeliverable(one, cause.now)
    }
    asked = select(Ticket.channel).where(Ticket.requester_id == person.id).order_by(Ticket.id.desc()).limit(1)
    last = cause.tx.session.scalar(asked)
    return reached.get(last or "") or reached.get("email") or next(iter(reached.values()), None)


def _plan(cause: Cause, found: Bulletin, *, after: timedelta = timedelta()) -> None:
    key = f"{NOTICE}:{found.id}:{found.after}"
    put(cause.tx, KIND, cause.now + after, {"bulletin": found.id}, key=key, root=key)


def report_begun(cause: Cause, found: Bulletin) -> None:
    """Tell who sent it that it begins, where no message says how far it is."""
    if not found.report_key:
        _report(cause, found, _BEGINS)


def _begin_to_report(cause: Cause, found: Bulletin) -> None:
    """On a platform of rooms who sent it gets a message that says how far it is; from then on it is kept current."""
    agent = cause.desk.directory.by_person.get(found.agent_id or 0)
    if agent is None:
        return
    channel = cause.channel if cause.channel in cause.desk.rooms else agent.medium
    if channel in cause.desk.rooms:
        to = outbox.Recipient(agent.person_id, agent.address_on(channel), channel, None)
        found.report_key = outbox.enqueue(cause, None, to, _REPORT, _said(cause, found, agent, _BEGINS, in_room=True))


def _report_progress(cause: Cause, found: Bulletin, before: int) -> None:
    """How far it is: at each step where a message is kept current, else once half way of a long one."""
    is_long = found.total > _LONG * cause.desk.config.bulletins.per_minute
    if found.report_key or (is_long and 2 * before < found.total <= 2 * (found.sent + found.passed_over)):
        _report(cause, found, _GOES_ON)


def _report(cause: Cause, found: Bulletin, said: Text) -> None:
    """Tell who sent it how it goes: in place of what their message said before, else by a notice."""
    agent = cause.desk.directory.by_person.get(found.agent_id or 0)
    if agent is None:
        return
    channel = cause.tx.session.scalar(select(Delivery.channel).where(Delivery.key == found.report_key))
    if found.report_key and channel is not None:
        outgoing = _said(cause, found, agent, said, in_room=True)
        projections.show(cause.tx, channel, f"{projections.SAID_AS}:{found.report_key}", outgoing)
    else:
        outbox.tell_agent(cause, agent, None, _REPORT, _values(cause, found, agent, said))


def _said(cause: Cause, found: Bulletin, agent: Agent, said: Text, *, in_room: bool) -> Outgoing:
    values = _values(cause, found, agent, said)
    return outbox.for_agent(cause, Telling(agent=agent, ticket=None, notice=_REPORT, values=values), in_room=in_room)


def _values(cause: Cause, found: Bulletin, agent: Agent, said: Text) -> dict[str, Any]:
    values = {
        "subject": words_for(cause, found, agent.language or cause.desk.config.desk.language).subject,
        "sent": found.sent,
        "total": found.total,
        "passed_over": found.passed_over,
    }
    return {"titles": [msgspec.structs.replace(said, values=values)], "lines": []}
