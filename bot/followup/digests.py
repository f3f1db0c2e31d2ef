"""Digests: how the desk did, sent by cron to whoever manages it, and reports that somebody asked for.

A digest is a job of the kind `digest`. Before its transaction begins, `bot.followup.digestwork` makes its figures.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import update

from bot import alarms
from bot.cause import Cause
from bot.config import ConfigError, DigestSettings
from bot.db.models import Delivery, Ticket
from bot.desk import Desk
from bot.due import jobs
from bot.due.schedules import Schedule
from bot.figures.charts import TYPE
from bot.figures.periods import PeriodError, parse_period
from bot.figures.reading import Scope
from bot.figures.report import Report, Wanted
from bot.figures.sections import SECTIONS
from bot.followup import digestwords
from bot.followup.digestwork import Made, Work
from bot.notice import notices
from bot.outgoing import outbox
from bot.outgoing.outbox import Recipient
from bot.persons import people
from bot.persons.directory import Agent
from bot.persons.may import may_read
from bot.ticket import files
from channels.base import Address, Attachment, Outgoing
from rules.recurrence import RecurrenceError, cron
from rules.suggest import did_you_mean

PLANNED: Final = "plan_digest"
"""The duty of a schedule: have a digest made."""
KIND: Final = "digest"
"""The jobs whose figures are made before they are done."""
NOTICE: Final = "digest"
FORGET: Final = "forget_digest"
KEPT: Final = timedelta(days=30)
"""How long the bytes of a digest are kept; that it was sent, and its words, stay."""
MADE: Final = "made"
"""Among a job's arguments: what was made for it."""
_ALL_MEDIA: Final = ("email", "slack", "discord")


def schedules_of(desk: Desk) -> Iterable[Schedule]:
    """When each digest of the configuration is sent. Raises ConfigError."""
    for place, settings in enumerate(desk.config.digest, 1):
        where = f"{desk.config.path}: digest no. {place}"
        _check(desk, settings, where)
        try:
            recurrence = cron(settings.cron, ZoneInfo(desk.config.desk.zone))
        except RecurrenceError as error:
            raise ConfigError(f"{where}: cron: {error}") from error
        name = f"digest {settings.name}"
        yield Schedule(name=name, recurrence=recurrence, kind=PLANNED, arguments={"digest": settings.name})


def _check(desk: Desk, settings: DigestSettings, where: str) -> None:
    unknown = next((name for name in settings.sections if name not in SECTIONS), None)
    if unknown is not None:
        hint = did_you_mean(unknown, list(SECTIONS))
        raise ConfigError(f"{where}: sections: there is no {unknown!r}{hint}; write some of: {', '.join(SECTIONS)}")
    try:
        parse_period(settings.period, datetime.now(ZoneInfo(desk.config.desk.zone)).date(), desk.config.desk.zone)
    except PeriodError as error:
        raise ConfigError(f"{where}: period: {error}") from error
    if settings.channel not in _ALL_MEDIA or settings.channel not in desk.config.channels:
        known = ", ".join(name for name in _ALL_MEDIA if name in desk.config.channels)
        raise ConfigError(f"{where}: channel: {settings.channel!r} is not set up here; write one of: {known}")


def plan(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty of a schedule: the figures are those of the moment it was planned for, however late it is."""
    due = {"digest": arguments["digest"], "planned": arguments["planned"]}
    jobs.schedule(cause, KIND, cause.now, due)


def work_of(desk: Desk, arguments: Mapping[str, Any]) -> Work | None:
    """What is to be made for a job; None for a digest that is not in the configuration any more."""
    if "report" in arguments:
        agent = desk.directory.by_person.get(arguments["person"])
        wanted = msgspec.convert(arguments["report"], Wanted)
        language = agent.language if agent is not None and agent.language else desk.config.desk.language
        return Work(wanted=wanted, now=datetime.fromisoformat(arguments["planned"]), language=language)
    settings = named(desk, arguments["digest"])
    if settings is None:
        return None
    return Work(
        wanted=wanted_by(settings),
        now=datetime.fromisoformat(arguments["planned"]),
        language=settings.language or desk.config.desk.language,
    )


def named(desk: Desk, name: str) -> DigestSettings | None:
    """The digest of that name."""
    return next((one for one in desk.config.digest if one.name == name), None)


def wanted_by(settings: DigestSettings) -> Wanted:
    """What a digest reports."""
    scope = Scope(team=settings.team, category=settings.category, department=settings.department)
    return Wanted(sections=settings.sections or tuple(SECTIONS), period=settings.period, scope=scope)


def send(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty of a job: put what was made into the outbox."""
    made = arguments.get(MADE)
    if made is None:
        return
    if "report" in arguments:
        agent = cause.desk.directory.by_person.get(arguments["person"])
        if agent is not None:
            name = notices.said(digestwords.REPORT, made.report.language)
            send_to(cause, made, DigestSettings(name=name, cron="", channel=arguments["channel"]), agent)
        return
    settings = named(cause.desk, arguments["digest"])
    if settings is not None:
        send_to(cause, made, settings, _agent(cause.desk, settings))


def send_to(cause: Cause, made: Made, settings: DigestSettings, agent: Agent | None) -> None:
    """Queue it for the agent, or for the address or room of the settings."""
    report = msgspec.structs.replace(made.report, tickets=_for_reader(cause, made.report, agent))
    outgoing, trouble = composed(cause, msgspec.structs.replace(made, report=report), settings, agent)
    alarm = f"template of digest {settings.name}"
    if trouble:
        alarms.raise_alarm(cause.tx, alarm, trouble)
    else:
        alarms.clear_alarm(cause.tx, alarm)
    for file in outgoing.files:
        files.keep(cause.tx, file)
    key = outbox.enqueue(cause, None, _recipient(cause, settings, agent), NOTICE, outgoing)
    kept = [file.sha256 for file in outgoing.files]
    if kept:
        jobs.schedule(cause, FORGET, cause.now + KEPT, {"delivery": key, "files": kept})


def forget(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty of a job: let go of the pictures and tables of a digest that was sent long ago, and of how it looked."""
    files.let_go(cause.tx, arguments["files"])
    sent = update(Delivery).where(Delivery.key == arguments["delivery"])
    cause.tx.session.execute(sent.values(rendered=None))


def composed(cause: Cause, made: Made, settings: DigestSettings, agent: Agent | None) -> tuple[Outgoing, str]:
    """What is said, and what is wrong with its own template, in place of which the shipped one was taken."""
    in_room = settings.channel != "email"
    links = digestwords.links(cause, made.report.tickets, settings, agent)
    pictures = tuple(
        _attached(one.name, TYPE, one.content, inline=not in_room, description=one.alternative) for one in made.pictures
    )
    table = _attached(f"{settings.name}.csv", "text/csv", made.table, inline=False)
    rendered, trouble = digestwords.rendered(cause, made, settings, links, in_room=in_room)
    outgoing = Outgoing(
        subject=rendered.subject,
        body=rendered.body,
        files=() if made.report.empty else (*pictures, table),
        language=made.report.language,
        automatic=True,
    )
    return outgoing, trouble


def _for_reader(cause: Cause, report: Report, agent: Agent | None) -> tuple[Any, ...]:
    """The tickets that the reader may know: in a room, what is not confidential."""
    if agent is None:
        return report.tickets
    found = ((one, cause.tx.session.get(Ticket, one.number)) for one in report.tickets)
    return tuple(one for one, ticket in found if ticket is not None and may_read(agent, ticket))


def _agent(desk: Desk, settings: DigestSettings) -> Agent | None:
    to = people.canonical(settings.to)
    agents = desk.directory.agents
    return next((one for one in agents if one.address_on(settings.channel).address == to), None)


def _recipient(cause: Cause, settings: DigestSettings, agent: Agent | None) -> Recipient:
    if agent is not None:
        return Recipient(agent.person_id, agent.address_on(settings.channel), settings.channel, None)
    nobody = cause.desk.directory.nobody
    of_agents = cause.desk.rooms.get(settings.channel, {})
    room = of_agents.get(settings.to, settings.to)
    thread = room if settings.channel == "discord" and room not in of_agents.values() else ""
    return Recipient(nobody, Address(room), settings.channel, None, thread=thread)


def _attached(name: str, kind: str, content: bytes, *, inline: bool, description: str = "") -> Attachment:
    return Attachment(
        name=name,
        type=kind,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        inline=inline,
        content_id=name if inline else "",
        description=description,
        content=content,
    )
