"""How long a sender waits for 250 once the content is handed over, and a requester for the answer."""

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bench.rig import percentile, rig

NAME = "latency"
CONNECTIONS = 10
SHARES = (0.5, 0.95, 0.99)


def measure(plan: Plan) -> Report:
    singly = _figures("250, 1 connection", Aim(limit=15))
    together = _figures(f"250, {CONNECTIONS} connections", Aim(limit=50))
    steady = _figures(f"250, {plan.rate:g} mails/s", None)
    answer_singly = _figures("answer delivered, 1 connection", None)
    answer_steady = _figures(f"answer delivered, {plan.rate:g} mails/s", None)
    for subject in plan.turns(NAME, plan.rounds):
        with rig(subject, plan.folder) as running:
            running.warm_up(plan.warm_up)
            one = running.load("one", plan.mails_singly, connections=1)
            ten = running.load("ten", plan.mails, connections=CONNECTIONS)
            rated = running.load("steady", plan.mails_singly, connections=CONNECTIONS, rate=plan.rate)
        _note(singly, subject.name, one.acceptances)
        _note(together, subject.name, ten.acceptances)
        _note(steady, subject.name, rated.acceptances)
        _note(answer_singly, subject.name, one.answers)
        _note(answer_steady, subject.name, rated.answers)
    return Report(
        name=NAME,
        about="milliseconds; connections send one mail after the other, mails/s come at fixed moments",
        contestants=[subject.name for subject in plan.subjects],
        figures=[*singly, *together, *steady, *answer_singly, *answer_steady],
        judged=plan.judged,
    )


def _figures(what: str, aim: Aim | None) -> list[Figure]:
    """One for each of SHARES; the aim is for the last."""
    return [Figure(what=f"{what}, p{share * 100:.0f}", aim=aim if share == SHARES[-1] else None) for share in SHARES]


def _note(figures: list[Figure], subject: str, times: list[float]) -> None:
    for figure, share in zip(figures, SHARES, strict=True):
        figure.note(subject, percentile(times, share) * 1000)
