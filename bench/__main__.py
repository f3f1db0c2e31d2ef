"""`python -m bench [NAME…] [--quick] [--json]`: run the benchmarks and print ratios."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bench import (
    backtesting,
    bounced,
    discord,
    filled,
    footprint,
    latency,
    mailbox,
    parsing,
    reading,
    reporting,
    rules,
    slack,
    throughput,
    ticking,
)
from bench.plan import Plan
from bench.report import Report
from bench.subjects import SUBJECTS, BenchError
from tests.support import dovecot

BENCHES: dict[str, Callable[[Plan], Report | Iterator[Report]]] = {
    bench.NAME: bench.measure
    for bench in (
        parsing,
        reading,
        bounced,
        rules,
        throughput,
        latency,
        footprint,
        mailbox,
        filled,
        ticking,
        backtesting,
        reporting,
        slack,
        discord,
    )
}
FAILED = 1


def main() -> int:
    given = _arguments()
    # So that the programs it has started end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))
    screen, progress = Console(width=None if sys.stdout.isatty() else 130), Console(stderr=True)
    reports: list[Report] = []
    parent = Path(given.folder)
    parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=parent) as folder:
        plan = Plan(
            subjects=[SUBJECTS[name] for name in SUBJECTS if name in given.subjects],
            folder=Path(folder).resolve(),
            say=lambda line: progress.print(line, style="dim", highlight=False),
        )
        if given.quick:
            plan = quick(plan)
        for name in given.names or _measurable(given.subjects):
            try:
                for report in _reports(name, plan):
                    reports.append(report)
                    if not given.json:
                        report.show(screen)
            except BenchError as error:
                progress.print(f"{name} could not be measured: {error}", style="red", highlight=False)
                return FAILED
    if given.json:
        print(json.dumps([report.plain() for report in reports], indent=2))
    return 0


def _reports(name: str, plan: Plan) -> Iterator[Report]:
    """What a bench reports, one table after the other."""
    found = BENCHES[name](plan)
    yield from [found] if isinstance(found, Report) else found


def quick(plan: Plan) -> Plan:
    """The same in small: it shows that everything works, not how fast."""
    return replace(
        plan,
        rounds=1,
        warm_up=10,
        mails=60,
        mails_singly=20,
        starts=1,
        rest=0.2,
        rate=100,
        filled=(100, 1_000),
        ticking=(100, 1_000),
        year=(1_000, 2_000),
        folded=400,
    )


def _measurable(subjects: list[str]) -> list[str]:
    left_out = set()
    if "firstline" not in subjects:
        left_out = {mailbox.NAME, filled.NAME, ticking.NAME, reporting.NAME, slack.NAME, discord.NAME}
    if dovecot.program() is None:
        left_out.add(mailbox.NAME)
    return [name for name in BENCHES if name not in left_out]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which benches: {', '.join(BENCHES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="few mails, one round: does it work?")
    parser.add_argument("--json", action="store_true", help="print all figures of all rounds as JSON")
    parser.add_argument(
        "--subjects",
        type=lambda text: text.split(","),
        default=list(SUBJECTS),
        metavar="A,B",
        help=f"who is measured, of {', '.join(SUBJECTS)} (default: all)",
    )
    parser.add_argument("--folder", default="var", help="where databases are kept meanwhile: on a real disk (var)")
    given = parser.parse_args()
    for kind, chosen, known in (("bench", given.names, BENCHES), ("subject", given.subjects, SUBJECTS)):
        for name in chosen:
            if name not in known:
                parser.error(f"there is no {kind} {name!r}; there are {', '.join(known)}")
    return given


if __name__ == "__main__":
    sys.exit(main())
