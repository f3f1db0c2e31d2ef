"""How good requesters found the help: the marks that surveys were answered with, and what was written to them."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Select, func, select

from bot.db.models import Milestone, Question, is_one_of
from bot.figures.periods import Period
from bot.figures.reading import Scope, streamed
from bot.figures.section import Chart, Column, Section, Seen
from bot.figures.sections.pace import share
from bot.followup.survey import MARKS
from bot.notice.wording import gettext
from bot.outgoing.questions import SURVEY

CONTENT: Final = 4
"""Marks from this one on say that somebody was content."""
_COMMENTS: Final = 5


def satisfaction(seen: Seen) -> Section:
    """The marks given in the period, by mark, and what was last written to them."""
    periods = seen.figures.now.period, seen.figures.before.period
    now, before = (given(seen, period, seen.figures.scope) for period in periods)
    rows = [
        (
            f"{mark} – {seen.say(label)}",
            now[mark],
            share(now[mark], now.total()),
            share(before[mark], before.total()),
        )
        for mark, label in reversed(MARKS.items())
    ]
    said = gettext(
        "Marks: %(marks)s (before: %(before)s). Content (4 or 5): %(share)s (before: %(share_before)s).",
        marks=seen.words.number(now.total()),
        before=seen.words.number(before.total()),
        share=seen.words.share(content(now)),
        share_before=seen.words.share(content(before)),
    )
    columns = (
        Column(gettext("mark"), "text"),
        Column(gettext("tickets")),
        Column(gettext("share"), "share"),
        Column(gettext("before"), "share"),
    )
    chart = (
        Chart("bars", [str(row[0]) for row in rows], {seen.say(gettext("tickets")): [row[1] for row in rows]})
        if now
        else None
    )
    return Section(
        "satisfaction",
        seen.say(gettext("How good it was")),
        [seen.say(said), *_comments(seen, periods[0], seen.figures.scope)],
        columns,
        rows,
        chart,
    )


def given(seen: Seen, period: Period, scope: Scope) -> Counter[int]:
    """How often each mark was given."""
    counted = _answered(period, scope, Question.answer, func.count().label("times")).group_by(Question.answer)
    return Counter({int(row.answer): row.times for row in streamed(seen.session, counted)})


def content(marks: Counter[int]) -> float | None:
    """The share of those who were content."""
    return share(sum(times for mark, times in marks.items() if mark >= CONTENT), marks.total())


def _comments(seen: Seen, period: Period, scope: Scope) -> list[str]:
    """The newest words that came with a mark; none on tickets that are confidential."""
    newest = (
        _answered(period, scope, Question.answer, Question.comment, Question.ticket_id)
        .where(Question.comment != "", Milestone.confidential.is_(False))
        .order_by(Question.answered_at.desc())
        .limit(_COMMENTS)
    )
    rows = seen.session.execute(newest).all()
    return [f"{row.answer} (#{row.ticket_id}): {' '.join(row.comment.split())}" for row in rows]


def _answered(period: Period, scope: Scope, *columns: Any) -> Select[Any]:  # noqa: ANN401  columns of any type
    """The surveys first answered in the period, of tickets that were in the scope at its end."""
    begin, end = (datetime.fromtimestamp(moment, UTC) for moment in (period.since, period.until))
    then = (Milestone.ticket_id == Question.ticket_id, Milestone.at < period.until, Milestone.until >= period.until)
    return (
        select(*columns)
        .join(Milestone, then[0] & then[1] & then[2])
        .where(
            is_one_of(Question.kind, SURVEY),
            Question.answered_at >= begin,
            Question.answered_at < end,
            *scope.conditions(),
        )
    )
