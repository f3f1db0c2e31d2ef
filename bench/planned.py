"""What a tick costs on a large desk with nothing due: of so many tickets few are open, and many jobs are to come."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from bench import year
from bench.plan import Plan
from bench.procfs import peak_megabytes
from bench.report import Aim, Figure, Report
from bench.servers import databases_of, kinds
from bot.config import load_config
from bot.db.store import Store
from bot.loops.jobs import JobLoop
from bot.wiring import build_desk, open_store

_TICKS = 200
_CONFIG = """
[desk]
name = "Bench"
secret = "of the bench"
data = "{folder}"

[database]
url = "{url}"

[email]
addresses = ["help@example.org"]
"""


def measure(plan: Plan) -> Iterator[Report]:
    """A report for each kind of database."""
    for kind in kinds():
        yield _of_kind(plan, kind)


def _of_kind(plan: Plan, kind: str) -> Report:
    sizes = [f"{count:,}" for count in plan.year]
    tick = Figure(what="a tick with nothing due, ms", aim=Aim(limit=20))
    filling = Figure(what="filling, s")
    memory = Figure(what="memory of a process that ticks, MB", aim=Aim(limit=1.2, to=sizes[0]))
    with databases_of(kind, plan.folder, [f"planned-{count}" for count in plan.year]) as urls:
        for count, size, url in zip(plan.year, sizes, urls, strict=True):
            plan.say(f"ticking: making {size} tickets on {kind}")
            config = _configured(plan.folder / f"planned-{kind}-{count}", url)
            begun = time.perf_counter()
            year.fill(url, count)
            filling.note(size, time.perf_counter() - begun)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
                spent, megabytes = apart.submit(ticks, config).result()
            tick.note(size, median(spent) * 1000)
            memory.note(size, megabytes)
    return Report(
        name="ticking",
        about=f"so many tickets on {kind}, one in {year.OPEN} open, one job to come for {year.PLANNED}",
        contestants=sizes,
        figures=[tick, memory, filling],
        judged=True,
    )


def _configured(folder: Path, url: str) -> Path:
    """A configuration for a desk on an empty database, which is at rest: its books are known to all tickets."""
    folder.mkdir()
    path = folder / "config.toml"
    path.write_text(_CONFIG.format(folder=folder, url=url), encoding="utf-8")
    store, loop = _desk(path)
    while loop.work():
        pass
    store.close()
    return path


def _desk(path: Path) -> tuple[Store, JobLoop]:
    config = load_config(path)
    store = open_store(config, upgrade=False)
    return store, JobLoop(store, store.run(lambda tx: build_desk(config, tx)))


def ticks(path: Path) -> tuple[list[float], float]:
    """The seconds that each tick of a desk takes, and the most memory that it took. For a process of its own."""
    store, loop = _desk(path)
    spent = []
    for _ in range(_TICKS):
        begun = time.perf_counter()
        if loop.work():
            raise RuntimeError("something was due")
        spent.append(time.perf_counter() - begun)
    store.close()
    return spent, peak_megabytes()
