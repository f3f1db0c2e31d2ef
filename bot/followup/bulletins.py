"""Bulletins: one text to many people, in each person's language and where they talk to the desk, once, and paced.

A bulletin is a row that says how far it is; each step is a job that serves the next people and plans the step after it,
so it may be interrupted anywhere, and stopped between two steps. Who sent it hears when it begins and how it ended.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, func, or_, select

from bot.cause import Cause
from bot.db.models import Bulletin, Identity, Person, Ticket
from bot.due.jobs import put
from bot.errors import NotDone
from bot.ids import new_id
from bot.notice import notices
from bot.notice.markup import Md
from bot.notice.values import desk_values, name_values, person_values
from bot.notice.wording import Text, gettext
from bot.outgoing import outbox
from bot.persons import people
from bot.persons.directory import DESK_HANDLE
from channels.base import Address, Outgoing

KIND: Final = "send_bulletin"
NOTICE: Final = "bulletin"
STEP: Final = timedelta(minutes=1)
_REPORT: Final = "verb_result"
_SHOWN: Final = 3


class Words(Struct, frozen=True):
    """What it says in one language: the subject, and the body in Markdown."""

    subject: str
    body: str


def begin(cause: Cause, texts: Mapping[str, Words], department: str = "") -> Bulletin:
    """Begin to send it to everybody known, or to a department. `texts` are by language, that of the desk among them.

    Raises NotDone where there is nobody.
    """
    total = cause.tx.session.scalar(select(func.count()).select_from(Person).where(*_readers(department))) or 0
    if not total:
        whom = f"in the department {department!r}" if department else "known; see: firstline people import"
        raise NotDone(f"there is nobody {whom}")
    found = Bulletin(
        id=new_id(),
        texts={language: msgspec.to_builtins(words) for language, words in texts.items()},
        department=department,
        agent_id=cause.actor.person_id,
        state="sending",
        total=total,
        sent=0,
        passed_over=0,
        after=0,
        begun_at=cause.now,
        ended_at=None,
    )
    cause.tx.add(found)
    cause.tx.flush()
    cause.audit("bulletin_begun", None, bulletin=found.id, total=total)
    _plan(cause, found)
    cause.tx.wake("jobs")
    _report(cause, found, gettext("“%(subject)s” begins to go out to %(total)s people"))
    return found


def go_on(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: the next people have it, as many as a minute takes."""
    found = held(cause, arguments["bulletin"])
    if found is None or found.state != "sending":
        return
    most = cause.desk.config.bulletins.per_minute
    readers = select(Person).where(*_readers(found.department), Person.id > found.after)
    served = cause.tx.session.scalars(readers.order_by(Person.id).limit(most)).all()
    for person in served:
        sent = _send(cause, found, person)
        found.sent, found.passed_over = found.sent + sent, found.passed_over + (not sent)
        found.after = person.id
    if len(served) == most:
        _plan(cause, found, after=STEP)
        return
    found.state, found.ended_at = "done", cause.now
    _report(cause, found, gettext("“%(subject)s” has gone out to %(sent)s people; %(passed_over)s cannot be reached"))


def stop(cause: Cause, found: Bulletin) -> None:
    """Nobody else gets it. Raises NotDone where it has ended."""
    if found.state != "sending":
        raise NotDone(f"bulletin {found.id} is {found.state}: {found.sent} of {found.total} people have it")
    found.state, found.ended_at = "stopped", cause.now
    cause.audit("bulletin_stopped", None, bulletin=found.id, sent=found.sent)
    _report(cause, found, gettext("“%(subject)s” is stopped: %(sent)s of %(total)s people have it"))


def held(cause: Cause, bulletin_id: int) -> Bulletin | None:
    """The bulletin of that id, locked for this transaction."""
    cause.tx.flush()
    return cause.tx.session.get(Bulletin, bulletin_id, with_for_update=cause.tx.dialect == "postgresql")


def newest(cause: Cause, most: int = 50) -> Sequence[Bulletin]:
    """The newest ones."""
    return cause.tx.session.scalars(select(Bulletin).order_by(Bulletin.id.desc()).limit(most)).all()


def in_force(cause: Cause, person: Person) -> list[Words]:
    """What concerns somebody and was begun lately, in their language; the newest first."""
    since = cause.now - timedelta(days=cause.desk.config.bulletins.shown_days)
    departments = {"", person.department or ""}
    shown = (
        select(Bulletin)
        .where(Bulletin.begun_at > since, Bulletin.state != "stopped", Bulletin.department.in_(departments))
        .order_by(Bulletin.id.desc())
        .limit(_SHOWN)
    )
    return [words_for(cause, one, person.language or "") for one in cause.tx.session.scalars(shown)]


def words_for(cause: Cause, found: Bulletin, language: str) -> Words:
    """What it says to a reader of that language; in the desk's where nobody wrote it in theirs."""
    own = cause.desk.config.desk.language
    texts = found.texts
    chosen = texts.get(notices.language_of(language)) or texts.get(own) or next(iter(texts.values()))
    return msgspec.convert(chosen, Words)


def _readers(department: str) -> list[ColumnElement[bool]]:
    known: list[ColumnElement[bool]] = [
        Person.known.is_(True),
        or_(Person.handle.is_(None), Person.handle != DESK_HANDLE),
    ]
    return [*known, Person.department == department] if department else known


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


def _report(cause: Cause, found: Bulletin, said: Text) -> None:
    """Tell who sent it how it goes."""
    agent = cause.desk.directory.by_person.get(found.agent_id or 0)
    if agent is None:
        return
    values = {
        "subject": words_for(cause, found, agent.language or cause.desk.config.desk.language).subject,
        "sent": found.sent,
        "total": found.total,
        "passed_over": found.passed_over,
    }
    title = msgspec.structs.replace(said, values=values)
    outbox.tell_agent(cause, agent, None, _REPORT, {"titles": [title], "lines": []})
