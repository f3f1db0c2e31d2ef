from bot.intake.pace import LONGEST, RUSH, WINDOW, Pace


class Watch:
    def __init__(self) -> None:
        self.now = 1000.05

    def __call__(self) -> float:
        return self.now


def take(pace: Pace, count: int) -> None:
    for _ in range(count):
        pace.note()


def test_a_mail_now_and_then_is_no_rush() -> None:
    watch = Watch()
    pace = Pace(watch)
    for _ in range(50):
        take(pace, RUSH // 4)
        watch.now += WINDOW
        assert not pace.rushing()


def test_many_at_once_are_a_rush_until_they_stop() -> None:
    watch = Watch()
    pace = Pace(watch)
    take(pace, RUSH)
    assert pace.rushing()
    watch.now += WINDOW
    assert pace.rushing()
    watch.now += WINDOW
    assert not pace.rushing()


def test_a_rush_that_does_not_end_does_not_stop_the_desk() -> None:
    watch = Watch()
    pace = Pace(watch)
    asked = []
    for _ in range(int(LONGEST / WINDOW) + 10):
        take(pace, RUSH * 2)
        asked.append(pace.rushing())
        watch.now += WINDOW
    assert asked[0]
    assert not asked[-1]
