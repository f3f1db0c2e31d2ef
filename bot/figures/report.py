"""A report: what stands first, and sections, in one reader's language; as plain data, as tables, as CSV."""

import csv
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.orm import Session

from bot.figures.duty import Office
from bot.figures.headline import Figure, Needing, headline, headline_of_calls, needing
from bot.figures.month import compare
from bot.figures.periods import Period, PeriodError, parse_period
from bot.figures.reading import Scope
from bot.figures.section import Section, Seen
from bot.figures.sections import CALLS, SECTIONS
from bot.figures.words import Words
from rules.suggest import did_you_mean

ALL = "all"
"""The name of the report with every section."""


class ReportError(ValueError):
    """A report that cannot be made; the message says what to write."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be reported: sections, a period as it is written, and which tickets."""

    sections: tuple[str, ...] = tuple(SECTIONS)
    period: str = "month"
    scope: Scope = Scope()


class Report(Struct, frozen=True, kw_only=True):
    """What was found."""

    period: Period
    scope: Scope
    figures: tuple[Figure, ...]
    tickets: tuple[Needing, ...]
    sections: tuple[Section, ...]
    language: str
    empty: bool


def sections_named(name: str) -> tuple[str, ...]:
    """The sections of a report by that name: one, or all. Raises ReportError."""
    if name == ALL:
        return tuple(SECTIONS)
    if name not in SECTIONS:
        known = [*SECTIONS, ALL]
        raise ReportError(f"there is no report {name!r}{did_you_mean(name, known)}; write one of: {', '.join(known)}")
    return (name,)


def check(wanted: Wanted, now: datetime, zone: str) -> Period:
    """The period that is asked for. Raises ReportError for one that cannot be read."""
    try:
        return parse_period(wanted.period, now.astimezone(ZoneInfo(zone)).date(), zone)
    except PeriodError as error:
        raise ReportError(str(error)) from error


def make(session: Session, wanted: Wanted, *, now: datetime, office: Office, language: str) -> Report:
    """What was asked for, from one snapshot of the database. Raises ReportError."""
    period = check(wanted, now, office.zone)
    figures = compare(session, period, wanted.scope)
    seen = Seen(session, figures, Words(language), now, office)
    first = headline_of_calls if wanted.sections == (CALLS,) else headline
    tally = figures.now.tally
    return Report(
        period=period,
        scope=wanted.scope,
        figures=tuple(first(seen)),
        tickets=tuple(needing(session, now, wanted.scope)),
        sections=tuple(SECTIONS[name](seen) for name in wanted.sections),
        language=seen.words.language,
        empty=not (tally.opened or tally.done or figures.now.contacts() or figures.now.backlog.open),
    )


def as_json(report: Report) -> dict[str, Any]:
    """The same as JSON: cells are bare values, times are in seconds, shares parts of one."""
    return {
        "from": report.period.start.isoformat(),
        "to": report.period.last.isoformat(),
        "zone": report.period.zone,
        "team": report.scope.team,
        "category": report.scope.category,
        "department": report.scope.department,
        "figures": [{"label": one.label, "value": one.value, "beside": one.beside} for one in report.figures],
        "tickets": [
            {"number": one.number, "subject": one.subject, "overdue": one.overdue, "since": one.since.isoformat()}
            for one in report.tickets
        ],
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "lines": list(section.lines),
                "columns": [str(column.title) for column in section.columns],
                "rows": [list(row) for row in section.rows],
            }
            for section in report.sections
        ],
    }


def as_csv(sections: Sequence[Section], words: Words) -> str:
    """The tables below each other: the section's name in front, then bare values (seconds, parts of one)."""
    written = StringIO()
    rows = csv.writer(written)
    for section in sections:
        if section.rows:
            rows.writerow(["section", *(words.said(column.title) for column in section.columns)])
            rows.writerows([section.name, *map(_harmless, row)] for row in section.rows)
            rows.writerow([])
    return written.getvalue()


def _harmless(cell: object) -> object:
    """No text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
