"""How many mails a second are accepted and answered, and what one costs."""

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bench.rig import percentile, rig

NAME = "throughput"
CONNECTIONS = 10


def measure(plan: Plan) -> Report:
    accepted = Figure(what="mails accepted a second", aim=Aim(limit=0.7, at_least=True, to="no-op"))
    answered = Figure(what="tickets a second, answer delivered", aim=Aim(limit=0.7, at_least=True, to="floor"))
    cpu = Figure(what="CPU a mail, ms", aim=Aim(limit=3))
    waited = Figure(what="answer delivered after, p50, s")
    sent = Figure(what="mails sent for each received")
    deferred = Figure(what="mails deferred (4xx)")
    rig_cpu = Figure(what="CPU of load and sink a mail, ms")
    for subject in plan.turns(NAME, plan.rounds):
        with rig(subject, plan.folder) as running:
            running.warm_up(plan.warm_up)
            passage = running.load("burst", plan.mails, connections=CONNECTIONS)
        accepted.note(subject.name, passage.accepted_per_second)
        answered.note(subject.name, passage.answered_per_second)
        cpu.note(subject.name, passage.cpu_per_mail * 1000)
        waited.note(subject.name, percentile(passage.answers, 0.5))
        sent.note(subject.name, passage.sent_per_mail)
        deferred.note(subject.name, passage.deferred)
        rig_cpu.note(subject.name, passage.rig_cpu_per_mail * 1000)
    return Report(
        name=NAME,
        about=f"{plan.mails} mails at once over {CONNECTIONS} connections",
        contestants=[subject.name for subject in plan.subjects],
        figures=[accepted, answered, cpu, waited, sent, deferred, rig_cpu],
        judged=plan.judged,
    )
