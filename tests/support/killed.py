"""The desk is killed while it talks with a platform of rooms: what is tried, the same on each.

A platform's part is a `Talk`: how somebody asks there, how an agent answers, and what is seen.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import count
from typing import Generic, Protocol, TypeVar

import pytest

from tests.support.crashing import Board
from tests.support.frail import Frail

Asked = TypeVar("Asked")

WHEN = pytest.mark.parametrize("when", [Board.BEFORE, Board.AFTER], ids=["before", "after"])
"""A kill before a commit, and after it."""


def title(number: int) -> str:
    """What a request is about."""
    return f"Printer {number:03} is broken"


def answer(number: int) -> str:
    """What an agent asks back."""
    return f"Is printer {number:03} switched on?"


class Talk(Protocol, Generic[Asked]):
    """What a platform's own test says."""

    frail: Frail

    def asked(self, number: int) -> Asked:
        """Somebody asks in the watched room; what was asked, once its card is there."""

    def answered(self, number: int, asked: Asked) -> None:
        """An agent answers below the card; returns when that has arrived."""

    def marks(self) -> Iterable[object]:
        """The mark of each delivery that is to be seen anywhere, as often as it is."""

    def check_story(self, number: int) -> None:
        """Raises AssertionError where something of a story is missing, or there twice."""


def between_each_post_and_its_receipt(talk: Talk[Asked]) -> None:
    """A story for each post after which the desk dies, until one lives through."""
    for number in count():
        talk.frail.kill_at(number + 1, Board.ANSWERED)
        talk.answered(number, talk.asked(number))
        talk.frail.rest()
        if talk.frail.deaths <= number:
            break
    check(talk, number + 1)
    assert talk.frail.deaths >= 3


def during_the_hold(talk: Talk[Asked], when: int, *, step: int) -> int:
    """A story for each `step`th commit in which the desk dies there; returns how often it died."""
    for number in count():
        asked = talk.asked(number)
        talk.frail.kill_at(1 + number * step, when)
        talk.answered(number, asked)
        talk.frail.rest()
        if talk.frail.deaths <= number:
            break
    check(talk, number + 1)
    return talk.frail.deaths


def check(talk: Talk[Asked], stories: int) -> None:
    """Nothing is missing, nothing is there twice, nothing broke."""
    talk.frail.rest()
    assert max(Counter(talk.marks()).values()) == 1
    for number in range(stories):
        talk.check_story(number)
    assert talk.frail.query("select count(*) from ticket") == [(stories,)]
    assert " ERROR " not in talk.frail.log.read_text("utf-8")
