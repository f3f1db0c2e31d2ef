"""The fold itself, on events made by hand: how far it follows, and what it makes of later events."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from bot.actions import actions
from bot.judging import effects
from bot.judging.backtest import Backtest
from bot.judging.replay import Chain
from bot.judging.why import KeptBooks, Stored
from rules.facts import Facts, Level, Priority, Status, TicketFacts
from rules.kinds import Books
from rules.loader import load
from rules.priority import Matrix
from tests.rules.conftest import facts as made

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
FACTS: Facts = made.__wrapped__()  # type: ignore[attr-defined]


class Known(KeptBooks):
    """Books of then that need no database: none."""

    def __init__(self) -> None:
        super().__init__()
        self._read = {"then": load([], actions())}
        self._rules = {"then": {}}


def stored(number: int, name: str = "ticket.opened", **ticket: Any) -> Stored:
    facts = msgspec.structs.replace(FACTS, event=name, ticket=msgspec.structs.replace(FACTS.ticket, **ticket))
    return Stored(number, 42, name, AT, msgspec.json.encode(facts), "then", f"verb:{number}", 0, None)


def books(*rules: tuple[str, str, str, str]) -> Books:
    """Rules of a name, an event, a condition and an action."""
    text = "\n".join(
        f'[[trigger]]\nname = "{name}"\non = ["{on}"]\nwhen = "{when}"\nthen = [{{ {then} }}]'
        for name, on, when, then in rules
    )
    return load([("own.toml", text)], actions())


def folded(other: Books, *events: Stored) -> dict[str, Any]:
    test = Backtest(other, Known(), Matrix())
    for event in events:
        test.fold(Chain((event,), {}))
    return test.report()


HIGH = ("High", "ticket.opened", "status == 'new'", 'do = "set_priority", to = "high"')


def test_what_would_be_different_stays_so_for_later_events() -> None:
    tag = ("Tag", "note.added", "priority == 'high'", 'do = "add_tag", tag = "hot"')
    report = folded(books(HIGH, tag), stored(1), stored(2, "note.added"), stored(3, "note.added"))
    assert {(row["what"], row["now"]) for row in report["values"]} == {
        ("priority", "high"),
        ("tags", "hot"),
    }
    assert [(row["rule"], row["now"]) for row in report["rules"]] == [("Tag", 2), ("High", 1)]


def test_what_somebody_changed_since_is_theirs() -> None:
    tag = ("Tag", "note.added", "priority == 'high'", 'do = "add_tag", tag = "hot"')
    report = folded(books(HIGH, tag), stored(1), stored(2, "note.added", priority=Priority.LOW))
    assert [(row["rule"], row["now"]) for row in report["rules"]] == [("High", 1)]


def test_rules_that_feed_each_other_are_stopped() -> None:
    levels = ("high", "low")
    other = books(
        ("0", "ticket.opened", "status == 'new'", 'do = "set_priority", to = "high"'),
        *(
            (
                str(n),
                "ticket.priority_changed",
                f"priority == '{levels[(n + 1) % 2]}'",
                f'do = "set_priority", to = "{levels[n % 2]}"',
            )
            for n in range(1, 30)
        ),
    )
    report = folded(other, stored(1))
    assert sum(row["now"] for row in report["rules"]) <= 30


@pytest.mark.parametrize(
    ("do", "settings", "before", "after", "raised"),
    [
        ("set_priority", {"to": "matrix"}, {}, {"priority": Priority.MEDIUM}, []),
        ("set_priority", {"to": "higher"}, {}, {"priority": Priority.HIGH}, ["ticket.priority_changed"]),
        ("set_priority", {"to": "low"}, {"priority_by_hand": True}, {"priority": Priority.MEDIUM}, []),
        ("set_impact", {"to": "high"}, {}, {"matrix_priority": Priority.CRITICAL}, ["ticket.impact_changed"]),
        ("set_urgency", {"to": "lower"}, {}, {"urgency": Level.MEDIUM}, ["ticket.urgency_changed"]),
        ("add_tag", {"tag": "vip"}, {}, {"tags": ("vip", "line-3")}, []),
        ("reopen", {}, {}, {"status": Status.NEW}, []),
        (
            "reopen",
            {},
            {"status": Status.CLOSED},
            {"status": Status.OPEN, "reopened": 1},
            ["ticket.status_changed", "ticket.reopened"],
        ),
        ("notify", {"who": "admins", "notice": "ticket_opened"}, {}, {}, []),
    ],
)
def test_what_an_action_changes(
    do: str, settings: dict[str, Any], before: dict[str, Any], after: dict[str, Any], raised: list[str]
) -> None:
    ticket: TicketFacts = msgspec.structs.replace(FACTS.ticket, **before)
    action = msgspec.convert(settings, actions()[do])
    found, events = effects.after(action, ticket, Matrix())
    assert {name: getattr(found, name) for name in after} == after
    assert events == raised
