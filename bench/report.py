"""What a bench found: figures for each contestant, the ratio of the last to the others, and whether an aim is met."""

import statistics
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What the last contestant shall reach: at least or at most `limit`, as a ratio to `to` or (empty) as it is."""

    limit: float
    at_least: bool = False
    to: str = ""

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}{f' of {self.to}' if self.to else ''}"


@dataclass(kw_only=True)
class Figure:
    """One line of a report: for each contestant one value a round."""

    what: str
    aim: Aim | None = None
    rounds: dict[str, list[float]] = field(default_factory=dict)

    def note(self, contestant: str, value: float) -> None:
        self.rounds.setdefault(contestant, []).append(value)

    def median(self, contestant: str) -> float | None:
        values = [value for value in self.rounds.get(contestant, []) if value == value]  # noqa: PLR0124 (not a number)
        return statistics.median(values) if values else None

    def ratio(self, contestant: str, base: str) -> float | None:
        """Median over the rounds of the ratio within one round, so that a slow moment of the machine hits both."""
        pairs = zip(self.rounds.get(contestant, []), self.rounds.get(base, []), strict=False)
        ratios = [ours / theirs for ours, theirs in pairs if theirs > 0 and ours == ours]  # noqa: PLR0124 (not a number)
        return statistics.median(ratios) if ratios else None


@dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of one bench. The last contestant is compared with the others, and judged by the aims if `judged`."""

    name: str
    about: str
    contestants: list[str]
    figures: list[Figure]
    judged: bool

    def verdict(self, figure: Figure) -> bool | None:
        """Whether the aim is met; None without an aim or a value, or where nobody is judged."""
        if figure.aim is None or not self.judged:
            return None
        last = self.contestants[-1]
        value = figure.ratio(last, figure.aim.to) if figure.aim.to else figure.median(last)
        return None if value is None else figure.aim.met(value)

    def show(self, console: Console) -> None:
        *others, last = self.contestants
        table = Table(title=f"{self.name}: {self.about}", title_justify="left", title_style="bold")
        table.add_column("", no_wrap=True)
        for contestant in self.contestants:
            table.add_column(contestant, justify="right")
        for other in others:
            table.add_column(f"÷ {other}", justify="right")
        table.add_column("aim")
        table.add_column("met")
        for figure in self.figures:
            medians = [_number(figure.median(contestant)) for contestant in self.contestants]
            ratios = [_number(figure.ratio(last, other)) for other in others]
            met = {None: "", True: "yes", False: "[red]no[/red]"}[self.verdict(figure)]
            table.add_row(figure.what, *medians, *ratios, str(figure.aim or ""), met)
        console.print(table)

    def plain(self) -> dict[str, Any]:
        """The same as plain data."""
        *others, last = self.contestants
        return {
            "bench": self.name,
            "about": self.about,
            "contestants": self.contestants,
            "figures": [
                {
                    "what": figure.what,
                    "median": {contestant: figure.median(contestant) for contestant in self.contestants},
                    "ratio": {other: figure.ratio(last, other) for other in others},
                    "rounds": figure.rounds,
                    "aim": str(figure.aim) if figure.aim else None,
                    "met": self.verdict(figure),
                }
                for figure in self.figures
            ],
        }


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
