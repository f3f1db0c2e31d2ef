"""How fast the program is there, and how much memory it wants."""

import time

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bench.rig import rig

NAME = "footprint"
CONNECTIONS = 10


def measure(plan: Plan) -> Report:
    start = Figure(what="start to first connection, s", aim=Aim(limit=1.5))
    rest = Figure(what="memory at rest, MB", aim=Aim(limit=100))
    after = Figure(what=f"memory after {plan.mails} mails, MB")
    for subject in plan.turns(f"{NAME}, start", plan.starts):
        with rig(subject, plan.folder) as running:
            start.note(subject.name, running.started_in)
            time.sleep(plan.rest)
            rest.note(subject.name, running.megabytes)
    for subject in plan.turns(f"{NAME}, memory", 1):
        with rig(subject, plan.folder) as running:
            running.load("burst", plan.mails, connections=CONNECTIONS)
            after.note(subject.name, running.megabytes)
    return Report(
        name=NAME,
        about=f"{plan.starts} starts on an empty database, then {plan.mails} mails",
        contestants=[subject.name for subject in plan.subjects],
        figures=[start, rest, after],
        judged=plan.judged,
    )
