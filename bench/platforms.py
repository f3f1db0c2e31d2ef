"""What benches of platforms share: a desk with few open tickets and one with many, by turns, while it serves."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from bench.plan import Plan
from bench.report import Figure, Report
from bench.resting import LIMIT, wait
from bench.subjects import Place, firstline, prepare
from bench.ticking import fill_open
from bot.demo.stage import free_port

_MOST = 50_000
_ROUNDS = 3


class Figures:
    """What is measured, each an attribute, in the order in which it is shown."""

    @property
    def all(self) -> list[Figure]:
        return list(vars(self).values())


def sizes(plan: Plan) -> tuple[int, int]:
    """How many open tickets there are: few, and many."""
    return plan.ticking[0], min(plan.ticking[1], _MOST)


def by_turns(plan: Plan, name: str) -> Iterator[tuple[Place, int]]:
    """Places with a database of so many open tickets, one after the other; each is gone when the next is asked for."""
    rounds = min(plan.rounds, _ROUNDS)
    for number in range(1, rounds + 1):
        for size in sizes(plan):
            plan.say(f"{name}: round {number} of {rounds}, {size:,} open tickets")
            place = Place(folder=plan.folder / f"{name}-{number}-{size}", port=free_port(), relay_port=free_port())
            place.folder.mkdir()
            prepare(place)
            fill_open(place.database, size)
            yield place, size
            rmtree(place.folder)


@contextmanager
def serving(place: Place, settings: str, connected: Callable[[], object]) -> Iterator[None]:
    """A desk that serves, with more settings, from when it has connected to the platform."""
    with Path(place.folder / "subject.log").open("ab") as log:
        process = subprocess.Popen(firstline(place, "serve", more=settings), stdout=log, stderr=log)
        try:
            wait(connected, "the desk to connect")
            yield
        finally:
            process.terminate()
            process.wait(LIMIT)


def report(plan: Plan, name: str, figures: Figures, *, what: str) -> Report:
    """The table of such a bench."""
    return Report(
        name=name,
        about=f"firstline with so many open tickets before; {plan.mails} {what}",
        contestants=[f"{size:,}" for size in sizes(plan)],
        figures=figures.all,
        judged=True,
    )
