"""A part of a report: lines that say what matters, a table, and what may be drawn of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Asset, Person
from bot.figures.duty import Office
from bot.figures.month import Compared
from bot.figures.words import Words
from bot.notice.wording import Text, gettext

Kind = Literal["text", "number", "share", "span", "wait", "change"]
Cell = str | int | float | None
MOST: Final = 10
"""Rows of a table; more say less."""
NONE: Final = gettext("none")
_BY_MOUTH: Final = {"phone": gettext("telephone"), "walk_in": gettext("in person")}


@dataclass(frozen=True)
class Column:
    """What a column is called, and what its cells are."""

    title: Text
    kind: Kind = "number"


@dataclass(frozen=True)
class Chart:
    """What may be drawn: bars (a label each, one value a series), or a map of weekdays by hours.

    On a map, `marks` are places (series, label) that get a cross; None is no value, and grey. `legend` says what all
    of it means.
    """

    shape: Literal["bars", "hours"]
    labels: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    marks: Sequence[tuple[int, int]] = ()
    legend: Sequence[str] = ()


@dataclass(frozen=True)
class Section:
    """A part of a report in one language; the cells of its rows are bare values."""

    name: str
    title: str
    lines: Sequence[str] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[Cell]] = ()
    chart: Chart | None = None


@dataclass
class Seen:
    """What sections are made of: the figures, the words of the reader, the database for names, and who works here."""

    session: Session
    figures: Compared
    words: Words
    now: datetime
    office: Office
    _people: dict[int, str] = field(default_factory=dict)

    def say(self, text: Text) -> str:
        """A sentence in the reader's language."""
        return self.words.said(text)

    def named(self, value: str) -> str:
        """The name of something, or that it has none."""
        return value or self.say(NONE)

    def channel(self, name: str) -> str:
        """What a channel is called; of the telephone and of visits in the reader's words."""
        return self.say(_BY_MOUTH[name]) if name in _BY_MOUTH else name

    def person(self, number: int | None) -> str:
        """Somebody's name."""
        if number is None:
            return self.say(gettext("nobody"))
        if number not in self._people:
            self._people[number] = self.session.scalar(select(Person.name).where(Person.id == number)) or f"#{number}"
        return self._people[number]

    def asset(self, number: int) -> str:
        """The number and kind of a machine."""
        row = self.session.execute(select(Asset.number, Asset.kind).where(Asset.id == number)).first()
        return " ".join(filter(None, row)) if row else f"#{number}"


def written(cell: Cell, kind: Kind, words: Words) -> str:
    """A cell as the reader writes it."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if kind == "share":
        return words.share(cell)
    if kind == "span":
        return words.span(int(cell))
    if kind == "wait":
        return words.wait(int(cell))
    if kind == "change":
        return f"{'+' if cell > 0 else '±' if not cell else ''}{words.number(cell)}"
    return words.number(cell)
