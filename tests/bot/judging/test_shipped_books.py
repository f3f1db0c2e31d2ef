"""The books that ship: they load with the actions there are, and their examples come out as they say."""

import pytest

from bot.actions import actions
from rules.examples import run
from rules.loader import load
from rules.shipped import shipped_books


@pytest.mark.covers("must:rule-examples")
def test_the_examples_of_the_shipped_books_come_as_expected() -> None:
    outcomes = run(load(shipped_books(), actions(), {"agent": (), "team": ()}))
    assert len(outcomes) >= 10
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []
