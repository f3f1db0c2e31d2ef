"""A message a second in a room; a person's words before what the desk has to say; nobody waits for another room."""

import pytest

from channels.base import NotYet
from channels.slack.pace import SPACING, Pace


class Times:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def put_off(pace: Pace, room: str, key: str) -> float:
    with pytest.raises(NotYet) as refused:
        pace.take(room, key, waits=True)
    return refused.value.retry_after or 0.0


def test_the_first_goes_at_once_and_the_next_waits_a_moment() -> None:
    pace = Pace(Times())
    assert pace.take("a", "1", waits=True) == 0.0
    assert pace.take("a", "2", waits=True) == pytest.approx(SPACING)
    assert pace.take("b", "3", waits=True) == 0.0


def test_of_many_each_is_given_a_turn_of_its_own_and_gets_it() -> None:
    times = Times()
    pace = Pace(times)
    pace.take("a", "1", waits=True)
    pace.take("a", "2", waits=True)
    turns = [put_off(pace, "a", str(number)) for number in range(3, 50)]
    assert turns == pytest.approx([SPACING * number for number in range(2, 49)])
    assert put_off(pace, "a", "49") == pytest.approx(turns[-1]), "whoever asks again keeps the turn"
    for number in range(3, 50):
        times.now = 100.0 + SPACING * (number - 1)
        assert pace.take("a", str(number), waits=True) == pytest.approx(0.0)


def test_a_persons_words_do_not_wait_for_those_that_are_queued() -> None:
    times = Times()
    pace = Pace(times)
    pace.take("a", "1", waits=True)
    pace.take("a", "2", waits=True)
    for number in range(3, 2000):
        put_off(pace, "a", str(number))
    assert pace.take("a", "words", waits=False) == pytest.approx(2 * SPACING)
    times.now += 2 * SPACING
    assert pace.take("a", "3", waits=True) == pytest.approx(SPACING), "the queue moves on by one"


def test_what_is_over_is_forgotten() -> None:
    times = Times()
    pace = Pace(times)
    for number in range(20_000):
        times.now += 2.0
        pace.take(f"room {number}", str(number), waits=True)
    assert len(pace._free_at) <= 5_001
