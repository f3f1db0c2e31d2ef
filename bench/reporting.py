"""What a monthly report costs over a year of tickets, and whether it takes more memory for more of them."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

from bench import year
from bench.plan import Plan
from bench.procfs import peak_megabytes
from bench.report import Aim, Figure, Report
from bench.servers import databases_of, kinds
from bot.db.store import Store
from bot.figures.month import compare
from bot.figures.periods import Period, parse_period
from bot.figures.reading import Scope

NAME = "reporting"
_ROUNDS = 3


def measure(plan: Plan) -> Iterator[Report]:
    """A report for each kind of database."""
    for kind in kinds():
        yield _of_kind(plan, kind)


def _of_kind(plan: Plan, kind: str) -> Report:
    sizes = [f"{count:,}" for count in plan.year]
    seconds = Figure(what="a month beside the one before, s", aim=Aim(limit=5.0))
    scoped = Figure(what="the same of one category, s")
    memory = Figure(what="memory of a process that reports, MB", aim=Aim(limit=1.2, to=sizes[0]))
    filling = Figure(what="filling, s")
    rounds = min(plan.rounds, _ROUNDS)
    with databases_of(kind, plan.folder, [f"reported-{count}" for count in plan.year]) as urls:
        for count, size, url in zip(plan.year, sizes, urls, strict=True):
            plan.say(f"{NAME}: making {size} tickets on {kind}")
            begun = time.perf_counter()
            year.fill(url, count)
            filling.note(size, time.perf_counter() - begun)
        for number in range(1, rounds + 1):
            for size, url in zip(sizes, urls, strict=True):
                plan.say(f"{NAME}: round {number} of {rounds}, {size} tickets on {kind}")
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
                    all_of_it, of_one, megabytes = apart.submit(timed, url).result()
                seconds.note(size, all_of_it)
                scoped.note(size, of_one)
                memory.note(size, megabytes)
    return Report(
        name=NAME,
        about=f"a monthly report over a year of so many tickets on {kind}",
        contestants=sizes,
        figures=[seconds, scoped, memory, filling],
        judged=True,
    )


def timed(url: str) -> tuple[float, float, float]:
    """The seconds that the figures of the last month take, of all tickets and of one category, and the memory for both.

    For a process of its own.
    """
    store = Store(url)
    try:
        return _seconds(store, Scope()), _seconds(store, Scope(category="network")), peak_megabytes()
    finally:
        store.close()


def _seconds(store: Store, scope: Scope) -> float:
    begun = time.perf_counter()
    with store.read() as session:
        compare(session, _period(), scope)
    return time.perf_counter() - begun


def _period() -> Period:
    return parse_period("month", date(2026, 10, 1), "Europe/Berlin")
