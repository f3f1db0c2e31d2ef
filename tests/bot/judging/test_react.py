"""Rules come to rest, whatever they say: through the real loop, with real actions, on tickets that are opened."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from bot.actions import actions
from bot.cause import Cause
from bot.db.models import AuditEntry
from bot.db.tx import Tx
from bot.ids import new_id
from bot.judging.react import react
from bot.persons import people
from bot.ticket import lifecycle
from bot.ticket.messages import words_only
from channels.base import Address
from rules.kinds import Books
from rules.loader import load
from tests.support.media import Bench

EVENTS = [
    "ticket.opened",
    "ticket.assigned",
    "ticket.priority_changed",
    "ticket.impact_changed",
    "ticket.reopened",
    "ticket.solved",
    "ticket.status_changed",
    "ticket.escalated",
    "note.added",
]
CONDITIONS = [
    "True",
    "priority == 'high'",
    "priority != 'high'",
    "priority in ('low', 'critical')",
    "'a' in ticket.tags",
    "not ('a' in ticket.tags)",
    "ticket.reopened < 3",
    "1 / ticket.reopened > 0",
    "event != 'ticket.opened'",
]
ACTIONS = [
    *(f'{{ do = "set_priority", to = "{level}" }}' for level in ("critical", "high", "medium", "low")),
    '{ do = "add_tag", tag = "a" }',
    '{ do = "add_tag", tag = "b" }',
    '{ do = "reopen" }',
    '{ do = "remove_tag", tag = "a" }',
    '{ do = "set_status", to = "open" }',
    '{ do = "set_status", to = "solved" }',
    '{ do = "set_impact", to = "high" }',
    '{ do = "set_urgency", to = "low" }',
    '{ do = "escalate", reason = "a rule says so" }',
    '{ do = "hand_back", reason = "a rule says so" }',
    '{ do = "assign", by = ["least_busy"] }',
    '{ do = "add_note", text = "a rule was here" }',
    '{ do = "notify", who = "tier", notice = "ticket_opened" }',
]
RULE = '[[trigger]]\nname = "r{0}"\non = {1}\nwhen = "{2}"\nthen = [{3}]\n'


@st.composite
def books(draw: st.DrawFn) -> Books:
    """Any books over a few facts, which feed each other more often than not."""
    events = st.lists(st.sampled_from(EVENTS), min_size=1, max_size=9, unique=True)
    then = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=8)
    rules = [
        RULE.format(number, draw(events), draw(st.sampled_from(CONDITIONS)), ", ".join(draw(then)))
        for number in range(draw(st.integers(1, 14)))
    ]
    return load([("any.toml", "".join(rules))], actions())


@pytest.mark.covers("must:rules-rest")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(any_books=books(), depth=st.integers(1, 8), most=st.integers(1, 50))
def test_rules_always_come_to_rest(desk: Bench, any_books: Books, depth: int, most: int) -> None:
    limits = replace(desk.desk.config.limits, depth=depth, actions_per_root=most)
    judged = replace(desk.desk, books=any_books, config=replace(desk.desk.config, limits=limits))

    def unit(tx: Tx) -> tuple[int, list[AuditEntry]]:
        cause = Cause(tx, judged, f"test:{new_id()}")
        ada = people.meet(tx, "memory", Address("ada", "Ada Lovelace"))
        ticket = lifecycle.open_ticket(cause, ada, words_only("It is broken."), channel="memory")
        react(cause)
        assert not cause.raised
        tx.flush()
        return cause.actions, list(tx.session.scalars(select(AuditEntry).where(AuditEntry.ticket_id == ticket.id)))

    done, entries = desk.store.run(unit)
    assert done <= most
    fired = Counter(entry.actor for entry in entries if entry.action == "rule_fired")
    assert set(fired.values()) <= {1}, "a rule fires once for a cause"
    assert [entry.action for entry in entries].count("chain_stopped") <= 1
