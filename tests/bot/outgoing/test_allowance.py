"""What a platform bears: so many at once, and then one after the other."""

from bot.outgoing.allowance import Allowance


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_after_some_at_once_they_come_back_one_after_the_other() -> None:
    watch = Watch()
    cards = Allowance(5, 1.25, watch)
    assert cards.left() == 5
    cards.spend(5)
    assert cards.left() == 0
    watch.now = 1.0
    assert cards.left() == 0
    watch.now = 1.25
    assert cards.left() == 1
    watch.now = 2.5
    assert cards.left() == 2


def test_no_more_come_together_than_may_be_done_at_once() -> None:
    watch = Watch()
    cards = Allowance(5, 1.25, watch)
    watch.now = 3600.0
    assert cards.left() == 5


def test_fifty_take_a_minute_nearly() -> None:
    watch = Watch()
    cards, done = Allowance(5, 1.25, watch), 0
    while done < 50:
        done += cards.left()
        cards.spend(cards.left())
        watch.now += 0.25
    assert 55 < watch.now < 60
