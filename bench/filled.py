"""What a mail costs when there are many tickets already, beside what it costs when there are few."""

from bench.fill import fill
from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bench.rig import Rig, percentile
from bench.subjects import FIRSTLINE, Place, prepare
from bot.demo.stage import free_port

NAME = "filled"
CONNECTIONS = 10


def measure(plan: Plan) -> Report:
    fewest = f"{plan.filled[0]:,}"
    cpu = Figure(what="CPU a mail, ms", aim=Aim(limit=1.1, to=fewest))
    lapse = Figure(what="time a mail, answer delivered, ms", aim=Aim(limit=1.1, to=fewest))
    latency = Figure(what="250, 1 connection, p99, ms")
    start = Figure(what="start to first connection, s")
    memory = Figure(what="memory afterwards, MB")
    for count in plan.filled:
        plan.say(f"{NAME}: making {count:,} tickets")
        place = Place(folder=plan.folder / f"filled-{count}", port=free_port(), relay_port=free_port())
        place.folder.mkdir()
        prepare(place)
        fill(place.database, count)
    for number in range(1, plan.rounds + 1):
        for count in plan.filled:
            contestant = f"{count:,}"
            plan.say(f"{NAME}: round {number} of {plan.rounds}, {contestant} tickets")
            with Rig(FIRSTLINE, plan.folder / f"filled-{count}") as running:
                running.load(f"warm{number}", plan.warm_up, connections=2)
                one = running.load(f"one{number}", plan.mails_singly, connections=1)
                many = running.load(f"burst{number}", plan.mails, connections=CONNECTIONS)
                memory.note(contestant, running.megabytes)
                start.note(contestant, running.started_in)
            cpu.note(contestant, many.cpu_per_mail * 1000)
            lapse.note(contestant, 1000 / many.answered_per_second)
            latency.note(contestant, percentile(one.acceptances, 0.99) * 1000)
    return Report(
        name=NAME,
        about=f"firstline with so many tickets before, {plan.mails} mails over {CONNECTIONS} connections",
        contestants=[f"{count:,}" for count in plan.filled],
        figures=[cpu, lapse, latency, start, memory],
        judged=True,
    )
