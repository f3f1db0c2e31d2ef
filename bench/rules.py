"""What it costs to judge one message by many rules: words, patterns, comparisons, times and counts, in equal parts.

Every message has another text of 5 KB, so nothing is known of it before. The measure is in process, without a database.
"""

import random
import time
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from rules.engine import decide
from rules.facts import Facts
from rules.kinds import Books
from rules.loader import load
from tests.support.facts import opened_by_mail

NAME = "rules"
FEW, MANY = 100, 500
_MESSAGES = 40
_NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
_RANDOM = random.Random(4)
_WORDS = ["".join(_RANDOM.choices("abcdefghilmnoprstuü", k=_RANDOM.randint(3, 10))) for _ in range(3_000)]
_CONDITIONS = (
    "any_word(text, '{0}', '{1}', '{2}') and requester.department == 'Production'",
    r"matches(text, '{0}\s+\w+ \d{{3}}|^error {1}\d+$')",
    "contains(text, '{0} {1}') or contains(subject, '{2}')",
    "status == 'new' and priority in ('high', 'medium') and 'line-3' in ticket.tags and tier > 1",
    "at - ticket.created_at > '2 hours' and not requester.vip or field('system') == '{0}'",
)
_RULE = """
[[trigger]]
name = "{}"
on = ["ticket.opened"]
when = '''{}'''
then = [{{ do = "nothing" }}]
"""


class Nothing(Struct, frozen=True):
    """An action."""


def measure(plan: Plan) -> Report:
    spent = Figure(what="one message, ms", aim=Aim(limit=5))
    each = Figure(what="a rule, µs", aim=Aim(limit=1.5, to=f"{FEW} rules"))
    shelf = {f"{count} rules": (count, books_of(count)) for count in (FEW, MANY)}
    for number in range(1, plan.rounds + 1):
        for name, (count, books) in shelf.items():
            plan.say(f"{NAME}: round {number} of {plan.rounds}, {name}")
            seconds = cost(books, _MESSAGES)
            spent.note(name, seconds * 1e3)
            each.note(name, seconds * 1e6 / count)
    return Report(
        name=NAME,
        about=f"a message of 5 KB judged by {MANY} rules",
        contestants=list(shelf),
        figures=[spent, each],
        judged=True,
    )


def cost(books: Books, messages: int) -> float:
    """Seconds of processor time for one message."""
    judged = [message() for _ in range(messages)]
    begun = time.process_time()
    for facts in judged:
        decide(books, facts, frozenset())
    return (time.process_time() - begun) / messages


def books_of(count: int) -> Books:
    """A book of so many rules for a ticket that is opened."""
    conditions = [_CONDITIONS[number % len(_CONDITIONS)].format(*_RANDOM.sample(_WORDS, 3)) for number in range(count)]
    rules = (_RULE.format(number, condition) for number, condition in enumerate(conditions))
    return load([("bench.toml", "".join(rules))], {"nothing": Nothing})


def message() -> Facts:
    """A mail of 5 KB that opened a ticket three hours ago, with words that nobody knows yet."""
    text = " ".join(_RANDOM.choices([*_WORDS, "123", "4711"], k=700))
    return opened_by_mail(
        _NOW,
        text,
        ticket={
            "subject": " ".join(_RANDOM.choices(_WORDS, k=6)),
            "tags": ("line-3",),
            "created_at": _NOW - timedelta(hours=3),
        },
        message={},
        requester={"department": "Production"},
    )
