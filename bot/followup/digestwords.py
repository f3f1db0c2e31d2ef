"""What a digest says: its values for the shipped template or one's own, and how each ticket is reached."""

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import TemplateError, TemplateSyntaxError
from sqlalchemy import or_, select

from bot.cause import Cause
from bot.config import DigestSettings
from bot.db.models import Conversation
from bot.figures.headline import Needing
from bot.figures.reading import Scope
from bot.figures.section import Section, written
from bot.figures.words import Words
from bot.followup.digestwork import Made
from bot.notice import notices
from bot.notice.markup import Md, escape
from bot.notice.notices import Rendered
from bot.notice.values import desk_values
from bot.notice.wording import gettext
from bot.outgoing.tokens import Claim
from bot.persons.directory import Agent
from channels.base import Role

REPORT: Final = gettext("Report")
"""What a report is called that somebody asked for."""
_WIDEST: Final = 6
_LONGEST: Final = 12
"""Columns and rows of a table that reads well in a mail; the others are in the CSV."""
_IN_ROOM: Final = 5
_BROKEN: Final = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
"""What a template of one's own can do wrong."""


def rendered(
    cause: Cause, made: Made, settings: DigestSettings, links: Mapping[int, Md], *, in_room: bool
) -> tuple[Rendered, str]:
    """The words of a digest, and what is wrong with its own template; then they are those of the shipped one."""
    values = {**desk_values(cause), **values_of(made, settings, links)}
    zone, language = made.report.period.zone, made.report.language
    trouble = ""
    if settings.template:
        try:
            return _own(Path(settings.template), language, zone, values), ""
        except OSError as error:
            trouble = f"{settings.template}: cannot be read ({error.strerror}); the shipped words were sent"
        except _BROKEN as error:
            trouble = f"{settings.template}:{_line(error)}: {error}; the shipped words were sent"
    return notices.render("digest", language=language, zone=zone, values=values, in_room=in_room), trouble


def values_of(made: Made, settings: DigestSettings, links: Mapping[int, Md]) -> dict[str, Any]:
    """What a template may say."""
    report, words = made.report, Words(made.report.language)
    drawn = {picture.name: picture for picture in made.pictures}
    return {
        "name": settings.name,
        "period": words.period(report.period),
        "of": _scope(report.scope),
        "figures": [{"label": one.label, "value": one.value, "beside": one.beside} for one in report.figures],
        "needing": [_ticket(one, links) for one in report.tickets],
        "parts": [
            {
                "title": section.title,
                "lines": list(section.lines),
                "table": _table(section, words),
                "short": _short(section, words),
                "picture": _picture(section, drawn),
            }
            for section in report.sections
        ],
        "empty": report.empty,
    }


def links(cause: Cause, tickets: Sequence[Needing], settings: DigestSettings, agent: Agent | None) -> dict[int, Md]:
    """How each ticket is reached from that medium: by a mail that asks for it, or in its thread."""
    if settings.channel == "email":
        return {one.number: _mail_link(cause, one.number, agent) for one in tickets}
    numbers = [one.number for one in tickets]
    found = _addresses(cause, numbers, settings.channel, agent)
    return {
        number: Md(f"[#{number}]({found[number]})" if number in found else f"**#{number}** (`/desk show {number}`)")
        for number in numbers
    }


def _mail_link(cause: Cause, number: int, agent: Agent | None) -> Md:
    """A mail to the desk that says `#show 42`; it carries the agent's token, where one reads it."""
    mailboxes = cause.desk.mailboxes
    local, _, domain = next(iter(mailboxes.addresses), "").rpartition("@")
    if agent is not None and mailboxes.plus:
        local += mailboxes.plus + cause.desk.signer.sign(Claim(0, Role.DESK, agent.person_id))
    where = f"{quote(local, safe='+')}@{domain}"
    return Md(f"[#{number}](mailto:{where}?subject=%23{number}&body=%23show%20{number})")


def _addresses(cause: Cause, numbers: Sequence[int], channel: str, agent: Agent | None) -> dict[int, str]:
    """What opens the thread of each ticket that has one there: in its room, or with this agent alone."""
    theirs = or_(Conversation.person_id.is_(None), Conversation.person_id == (agent.person_id if agent else None))
    wanted = select(Conversation.ticket_id, Conversation.link).where(
        Conversation.ticket_id.in_(numbers),
        Conversation.channel == channel,
        Conversation.role == Role.DESK,
        Conversation.link != "",
        theirs,
    )
    return {row.ticket_id: row.link for row in cause.tx.session.execute(wanted.order_by(Conversation.id))}


def _ticket(one: Needing, links: Mapping[int, Md]) -> dict[str, Any]:
    return {
        "number": one.number,
        "subject": one.subject,
        "priority": one.priority,
        "overdue": one.overdue,
        "since": one.since,
        "link": links.get(one.number, Md(f"**#{one.number}**")),
    }


def _scope(scope: Scope) -> str:
    return ", ".join(filter(None, (scope.team, scope.category, scope.department)))


def _table(section: Section, words: Words) -> Md:
    """The rows as a table, where they make one that can be read."""
    if not section.rows or len(section.columns) > _WIDEST or len(section.rows) > _LONGEST:
        return Md("")
    lines = [
        [escape(words.said(column.title)) for column in section.columns],
        ["---" if column.kind == "text" else "---:" for column in section.columns],
        *([escape(cell) for cell in _cells(section, row, words)] for row in section.rows),
    ]
    return Md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _short(section: Section, words: Words) -> list[str]:
    """The first rows as lines, where there is no room for a table."""
    if len(section.columns) > _WIDEST:
        return []
    titles = [words.said(column.title) for column in section.columns]
    said = []
    for row in section.rows[:_IN_ROOM]:
        first, *others = _cells(section, row, words)
        parts = (f"{title} {cell}" for title, cell in zip(titles[1:], others, strict=True) if cell)
        said.append(f"{first}: {', '.join(parts)}")
    return said


def _cells(section: Section, row: Sequence[Any], words: Words) -> list[str]:
    return [written(cell, column.kind, words) for cell, column in zip(row, section.columns, strict=True)]


def _picture(section: Section, drawn: Mapping[str, Any]) -> Md:
    picture = drawn.get(f"{section.name}.png")
    return Md(f"![{escape(picture.alternative)}](cid:{picture.name})") if picture else Md("")


def _own(path: Path, language: str, zone: str, values: Mapping[str, Any]) -> Rendered:
    """A template of one's own: a first line `Subject: …`, and Markdown below it."""
    text = path.read_text("utf-8")
    first, _, rest = text.partition("\n")
    subject = first.removeprefix("Subject:").strip() if first.startswith("Subject:") else "{{ name }}: {{ period }}"
    body = f"\n{rest}" if first.startswith("Subject:") else text
    return notices.render_own(subject, body, language=language, zone=zone, values=values)


def _line(error: Exception) -> int:
    """The line of the template in which it is wrong."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return frames[-1].lineno or 1 if frames else 1
