import msgspec
import pytest
from msgspec import Struct

from rules.engine import Decision, Firing, RuleError, decide
from rules.facts import Event, Facts
from rules.loader import load


class Do(Struct, frozen=True):
    what: str


BOOK = """
[[trigger]]
name = "always"
on = ["ticket.opened", "note.added"]
then = [{ do = "do", what = "1" }, { do = "do", what = "2" }]
[[trigger]]
name = "when vip"
on = ["ticket.opened"]
when = "requester.vip"
then = [{ do = "do", what = "3" }]
[[trigger]]
name = "when closed"
on = ["ticket.opened"]
when = "not desk.open"
then = [{ do = "do", what = "4" }]
[[trigger]]
name = "broken"
on = ["ticket.opened"]
when = "1 / (tier - 1) > 0"
then = [{ do = "do", what = "5" }]
[[trigger]]
name = "last"
on = ["ticket.opened"]
then = [{ do = "do", what = "6" }]
"""
BOOKS = load([("book", BOOK)], {"do": Do})


@pytest.mark.covers("H9")
def test_rules_fire_in_order_and_a_broken_one_is_told(facts: Facts) -> None:
    assert decide(BOOKS, facts, frozenset()) == Decision(
        firings=(
            Firing("always", (Do("1"), Do("2"))),
            Firing("when vip", (Do("3"),)),
            Firing("last", (Do("6"),)),
        ),
        errors=(RuleError("broken", "ZeroDivisionError: division by zero"),),
    )


def test_a_rule_fires_once_for_a_cause(facts: Facts) -> None:
    decision = decide(BOOKS, facts, frozenset({"always", "broken"}))
    assert [firing.rule for firing in decision.firings] == ["when vip", "last"]
    assert decision.errors == ()


def test_only_rules_for_the_event_are_looked_at(facts: Facts) -> None:
    noted = msgspec.structs.replace(facts, event=Event.NOTE_ADDED)
    assert [firing.rule for firing in decide(BOOKS, noted, frozenset()).firings] == ["always"]
    assert decide(BOOKS, msgspec.structs.replace(facts, event="no.longer.known"), frozenset()) == Decision()
