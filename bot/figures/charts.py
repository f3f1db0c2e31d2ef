"""Charts as pictures: made for a phone, on paper of their own so that they read in dark mode, in colours for all eyes.

The colours are those of Okabe and Ito, and matplotlib's cividis, which people with any colour vision tell apart.
"""

from collections.abc import Sequence
from io import BytesIO
from math import nan
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from bot.figures.section import Chart, Section

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TYPE: Final = "image/png"
_PAPER: Final = "#ffffff"
_INK: Final = "#1f2328"
_FAINT: Final = "#d0d4da"
_COLOURS: Final = ("#0072B2", "#E69F00")
_CROSS: Final = "#B3261E"
_WIDTH: Final = 3.6
"""Inches: at 100 pixels each the width of a phone."""
_DOTS: Final = 200
_LONGEST: Final = 18
"""Characters of a label."""
_BAR: Final = 0.38


class Picture(Struct, frozen=True):
    """A chart as PNG, and the same in words."""

    name: str
    content: bytes
    alternative: str


def pictures(sections: Sequence[Section]) -> list[Picture]:
    """A picture of each section that has something to draw."""
    return [
        Picture(f"{section.name}.png", _drawn(section.title, section.chart), _in_words(section))
        for section in sections
        if section.chart is not None
    ]


def _in_words(section: Section) -> str:
    """What a chart shows: of bars each label with its numbers, of hours what is said of them."""
    chart = section.chart
    if chart is None or chart.shape == "hours":
        return " ".join((f"{section.title}.", *section.lines))
    numbers = zip(chart.labels, *chart.series.values(), strict=True)
    shown = "; ".join(f"{label} {', '.join(map(str, values))}" for label, *values in numbers)
    return f"{section.title} ({', '.join(chart.series)}): {shown}"


def _drawn(title: str, chart: Chart) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = 2.5 + 0.14 * len(chart.legend) if chart.shape == "hours" else 0.9 + 0.42 * len(chart.labels)
    figure = Figure(figsize=(_WIDTH, height), dpi=_DOTS, facecolor=_PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=10, fontweight="bold", color=_INK, loc="left")
    axes.tick_params(labelsize=9, colors=_INK, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    if chart.shape == "hours":
        _draw_hours(figure, axes, chart)
    else:
        _draw_bars(axes, chart)
    written = BytesIO()
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def _draw_bars(axes: "Axes", chart: Chart) -> None:
    """Bars from the left, the series of a label below each other, each with its number."""
    rows = range(len(chart.labels))
    for place, (name, values) in enumerate(chart.series.items()):
        where = [row + (place - 0.5) * _BAR for row in rows]
        bars = axes.barh(where, [value or 0 for value in values], height=_BAR, color=_COLOURS[place], label=name)
        axes.bar_label(bars, fontsize=8, padding=2, color=_INK)
    axes.set_yticks(list(rows), [_shortened(label) for label in chart.labels])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.margins(x=0.12)
    axes.legend(fontsize=8, frameon=False, loc="best", labelcolor=_INK)


def _draw_hours(figure: Any, axes: "Axes", chart: Chart) -> None:  # noqa: ANN401  matplotlib's figure
    """Days below each other, hours side by side: the lighter, the more."""
    from matplotlib.ticker import MaxNLocator

    image = axes.imshow(_numbers(chart), aspect="auto", cmap="cividis", vmin=0)
    axes.set_facecolor(_FAINT)
    axes.set_yticks(range(len(chart.series)), list(chart.series))
    hours = range(0, len(chart.labels), 3)
    axes.set_xticks(list(hours), [chart.labels[hour] for hour in hours])
    whole = all(isinstance(value, int) for values in chart.series.values() for value in values)
    ticks = MaxNLocator(5, integer=whole)
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", aspect=40, ticks=ticks)
    bar.ax.tick_params(labelsize=8, colors=_INK, length=0)
    bar.outline.set_edgecolor(_FAINT)
    if chart.marks:
        rows, columns = zip(*chart.marks, strict=True)
        axes.scatter(columns, rows, marker="x", s=26, linewidths=2.4, color=_PAPER)
        axes.scatter(columns, rows, marker="x", s=26, linewidths=1.4, color=_CROSS)
    if chart.legend:
        bar.ax.set_xlabel("\n".join(chart.legend), fontsize=8, color=_INK)


def _numbers(chart: Chart) -> list[list[float]]:
    """The values of a map; a place without one stays empty."""
    return [[nan if value is None else value for value in values] for values in chart.series.values()]


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
