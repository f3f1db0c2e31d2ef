from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.durations import Duration, DurationError, Unit, parse_clock, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30 minutes", Duration(30, Unit.MINUTE)),
        ("1 hour", Duration(1, Unit.HOUR)),
        ("1h", Duration(1, Unit.HOUR)),
        ("90 min", Duration(90, Unit.MINUTE)),
        ("  24 Hours ", Duration(24, Unit.HOUR)),
        ("2 weeks", Duration(2, Unit.WEEK)),
        ("8 business hours", Duration(8, Unit.HOUR, business=True)),
        ("1 business day", Duration(1, Unit.DAY, business=True)),
        ("2  business  days", Duration(2, Unit.DAY, business=True)),
    ],
)
def test_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a duration; write '30 minutes'"),
        ("soon", "is not a duration"),
        ("-1 hours", "is not a duration"),
        ("1.5 hours", "is not a duration"),
        ("1234567 hours", "is not a duration"),
        ("businessdays 2", "is not a duration"),
        ("2 dayz", "did you mean 'days'"),
        ("2 months", "is not minutes, hours, days or weeks"),
        ("1 business week", "write it in business days"),
    ],
)
def test_refused(text: str, words: str) -> None:
    with pytest.raises(DurationError, match=words):
        parse_duration(text)


def test_business_time_is_not_clock_time() -> None:
    assert parse_clock("36 hours") == timedelta(hours=36)
    assert parse_clock("2 days") == timedelta(hours=48)
    with pytest.raises(DurationError, match="leave 'business' out"):
        parse_clock("2 business days")


@given(st.builds(Duration, st.integers(0, 999_999), st.sampled_from(Unit), st.booleans()))
def test_what_is_written_is_read_back(duration: Duration) -> None:
    assume(not (duration.business and duration.unit is Unit.WEEK))
    assert parse_duration(str(duration)) == duration
