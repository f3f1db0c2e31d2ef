"""Killed at every commit and at random moments: nothing is lost, and nothing is doubled but what cannot be known."""

import random
import threading
from itertools import count
from pathlib import Path

import pytest

from tests.support.crashing import Board, Zygote
from tests.support.frail import Frail, Kill, Shape, Story, check, play_all
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)


@pytest.mark.covers("must:crash")
@pytest.mark.parametrize("when", [Board.BEFORE, Board.AFTER], ids=["before", "after"])
def test_killed_at_every_commit(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    """On a server at every fifth in the daily run; `make soak` takes them all."""
    with Frail(zygote, tmp_path, database_url) as frail:
        kill_at_commits(frail, when, step=1 if frail.embedded else 5)
    assert frail.deaths > 3


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.covers("must:crash")
@pytest.mark.parametrize("when", [Board.BEFORE, Board.AFTER], ids=["before", "after"])
def test_killed_at_every_single_commit(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    with Frail(zygote, tmp_path, database_url) as frail:
        kill_at_commits(frail, when, step=1)
    assert frail.deaths > 15


def kill_at_commits(frail: Frail, when: int, *, step: int) -> None:
    """A story for each `step`th commit that one makes, in which the desk dies there; all end as an undisturbed one."""
    stories = [Story(frail, 0)]
    play_all(frail, stories, at_once=1)
    undisturbed = Shape.of(frail, stories[0])
    for life, at in enumerate(count(1, step), 1):
        stories.append(Story(frail, at))
        frail.kill_at(at, when)
        play_all(frail, stories[-1:], at_once=1)
        check(frail, stories[-1:], undisturbed)
        if frail.deaths < life:
            break
    check(frail, stories, undisturbed)


@pytest.mark.covers("must:crash")
@pytest.mark.parametrize("when", [Board.ANSWERED, Board.NOTED], ids=["answered", "noted"])
def test_killed_at_every_receipt(zygote: Zygote, database_url: str, tmp_path: Path, when: int) -> None:
    """Only what was accepted and could not be noted any more arrives twice."""
    repeats = 0
    with Frail(zygote, tmp_path, database_url) as frail:
        stories: list[Story] = []
        for at in count(1):
            stories.append(Story(frail, at))
            frail.kill_at(at, when)
            play_all(frail, stories[-1:], at_once=1)
            now = check(frail, stories)
            assert now > repeats or when == Board.NOTED or frail.deaths < at
            repeats = now
            if frail.deaths < at:
                break
    print(f"{frail.deaths} kills, {repeats} repeats")  # noqa: T201
    assert frail.deaths >= 5


@pytest.mark.covers("must:crash")
def test_killed_again_and_again_while_it_starts(zygote: Zygote, database_url: str, tmp_path: Path) -> None:
    plan = [Kill(at=at, when=when) for at in range(1, 9) for when in (Board.BEFORE, Board.AFTER)]
    with Frail(zygote, tmp_path, database_url, plan) as frail:
        stories = [Story(frail, number) for number in range(3)]
        play_all(frail, stories, at_once=3)
        check(frail, stories)
        assert frail.deaths >= 10


@pytest.mark.covers("must:crash")
def test_killed_at_random_moments_while_500_mails_pass(zygote: Zygote, database_url: str, tmp_path: Path) -> None:
    with Frail(zygote, tmp_path, database_url) as frail:
        if frail.embedded:
            survive(frail, stories=170, at_once=10, kills=12)
        else:  # the same code over a slower database: a part in the daily run, all of it in `make soak`
            survive(frail, stories=40, at_once=10, kills=4)


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.covers("must:crash")
def test_killed_for_long(zygote: Zygote, database_url: str, tmp_path: Path) -> None:
    with Frail(zygote, tmp_path, database_url) as frail:
        survive(frail, stories=1000, at_once=12, kills=100)


def survive(frail: Frail, *, stories: int, at_once: int, kills: int) -> None:
    """Play stories while the service is killed at random moments; every story is as it is where nothing happens.

    A moment is some milliseconds after some number of commits, so that every life does some work.
    """
    first = Story(frail, 0)
    play_all(frail, [first], at_once=1)
    told = [first, *(Story(frail, number) for number in range(1, stories))]
    over = threading.Event()

    def kill() -> None:
        for life in range(1, kills + 1):
            until(lambda life=life: frail.lives == life or over.is_set(), "the next life")  # type: ignore[misc]
            enough = random.randint(5, 60)  # noqa: S311  no secret
            while frail.board.commits < enough and not over.wait(0.002):
                pass
            over.wait(random.uniform(0.0, 0.02))  # noqa: S311  same
            while frail.deaths < life and not over.wait(0.002):
                frail.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        play_all(frail, told[1:], at_once=at_once)
    finally:
        over.set()
        killer.join()
    repeats = check(frail, told, Shape.of(frail, first))
    print(f"{frail.deaths} kills, {frail.sending_at_deaths} rows under way at them, {repeats} repeats")  # noqa: T201
    assert frail.deaths >= kills / 3
    assert kills < 10 or frail.sending_at_deaths > 0, "or it was never hit where it hurts"
