"""Who is on call when: turns by ISO week, over the ends of years and changes of the clocks, with swaps."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rota import Rota, RotaError, build_rota

BERLIN = ZoneInfo("Europe/Berlin")
YEARS = datetime(1990, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001  hypothesis adds the zone


def rota(start: str = "2026-11-23", **swaps: str) -> Rota:
    found = build_rota(
        ["anna", "ben", "cleo"], start, {key.strip("_").replace("_", "-"): swaps[key] for key in swaps}, BERLIN
    )
    assert found is not None
    return found


@pytest.mark.covers("H5")
@pytest.mark.parametrize(
    ("moment", "order"),
    [
        ("2026-11-23T00:00", "anna ben cleo"),
        ("2026-11-29T23:59", "anna ben cleo"),
        ("2026-11-30T00:00", "ben cleo anna"),
        ("2026-12-27T23:59", "ben cleo anna"),
        ("2026-12-28T00:00", "cleo anna ben"),  # week 53, which not every year has
        ("2027-01-03T23:59", "cleo anna ben"),
        ("2027-01-04T00:00", "anna ben cleo"),
        ("2026-11-22T23:59", "cleo anna ben"),  # before the start it goes round the other way
        ("2027-03-28T23:59", "cleo anna ben"),  # a week of 167 hours
        ("2027-03-29T00:00", "anna ben cleo"),
        ("2026-10-25T23:59", "ben cleo anna"),  # a week of 169 hours
        ("2026-10-26T00:00", "cleo anna ben"),
    ],
)
def test_turns_change_on_monday_at_midnight(moment: str, order: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert rota().order(at.astimezone(UTC)) == tuple(order.split())


@pytest.mark.covers("H5")
def test_a_swap_stands_for_its_day_or_week_and_a_day_goes_before_a_week() -> None:
    swapped = rota(_2026_W53="anna", _2026_12_31="ben", _2026_11_24="dora")
    on = {
        day: swapped.order(datetime.fromisoformat(day).replace(tzinfo=BERLIN))[0]
        for day in ("2026-12-28", "2026-12-31", "2027-01-03", "2027-01-04", "2026-11-24", "2026-11-25")
    }
    assert on == {
        "2026-12-28": "anna",
        "2026-12-31": "ben",
        "2027-01-03": "anna",
        "2027-01-04": "anna",
        "2026-11-24": "dora",
        "2026-11-25": "anna",
    }
    assert swapped.order(datetime(2026, 12, 31, tzinfo=BERLIN)) == ("ben", "cleo", "anna")


@given(st.datetimes(*YEARS, timezones=st.just(UTC)))
def test_whoever_is_on_call_is_so_for_a_whole_week_and_then_the_next(at: datetime) -> None:
    local = at.astimezone(BERLIN).date()
    monday = local - timedelta(days=local.weekday())
    noon = [
        datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
        for day in (monday + timedelta(days=n) for n in range(8))
    ]
    turns = [rota().order(moment)[0] for moment in noon]
    assert set(turns[:7]) == {rota().order(at)[0]}
    assert turns[7] == rota().order(at)[1]


def test_one_alone_is_always_on_call_and_nobody_never() -> None:
    alone = build_rota(["anna"], "", {}, BERLIN)
    assert alone is not None
    assert alone.order(datetime(2026, 1, 1, tzinfo=UTC)) == ("anna",)
    assert build_rota([], "", {}, BERLIN) is None
    assert build_rota(["anna", "ben"], "2026-W48", {}, BERLIN) == build_rota(["anna", "ben"], "2026-11-23", {}, BERLIN)
    assert build_rota(["anna"], "2026-01-01", {}, BERLIN) == Rota(("anna",), date(2026, 1, 1), {}, BERLIN)


@pytest.mark.parametrize(
    ("handles", "start", "swaps", "said"),
    [
        ([], "2026-11-23", {}, "on_call: there is nobody to take turns; list the handles of those who are on call"),
        (["a", "b"], "", {}, "on_call_from: it is not said when the first of them is on call; write that week, or a"),
        (["a"], "Monday", {}, "on_call_from: 'Monday' is no day; write one like '2026-11-23'"),
        (["a"], "2026-W60", {}, "on_call_from: '2026-W60' is no day"),
        (["a"], "", {"2026-13-01": "b"}, "on_call_swaps: '2026-13-01' is no day; write"),
        (["a"], "", {"2025-W53": "b"}, "on_call_swaps: '2025-W53' is no day"),
        (["a"], "", {"W53": "b"}, "on_call_swaps: 'W53' is no day"),
    ],
)  # fmt: skip
def test_a_rota_that_cannot_be_is_refused_in_plain_words(
    handles: list[str], start: str, swaps: dict[str, str], said: str
) -> None:
    with pytest.raises(RotaError) as error:
        build_rota(handles, start, swaps, BERLIN)
    assert str(error.value).startswith(said)
