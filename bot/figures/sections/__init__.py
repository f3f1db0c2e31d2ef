"""The sections of reports by name; each is defined in docs/figures.md."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.figures.section import Section, Seen
from bot.figures.sections import demand, effort, pace, recurring, satisfaction, staffing, telephone, trouble

CALLS: Final = "calls"

SECTIONS: Final[Mapping[str, Callable[[Seen], Section]]] = {
    "volume": demand.volume,
    "times": pace.times,
    "sla": pace.sla,
    "backlog": pace.backlog,
    "hours": demand.hours,
    "staffing": staffing.staffing,
    "load": effort.load,
    "rates": effort.rates,
    "satisfaction": satisfaction.satisfaction,
    "assets": recurring.assets,
    "repeats": recurring.repeats,
    "growth": demand.growth,
    "gaps": effort.gaps,
    "traffic": demand.traffic,
    CALLS: telephone.calls,
    "trouble": trouble.trouble,
}
"""In the order in which a report has them."""
