from datetime import UTC, datetime, timedelta

import pytest

from bot.notice import dates

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NEXT_YEAR = datetime(2027, 6, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "soon", "next_year"),
    [
        ("en", "Monday 23 November", "Tuesday, 1 June 2027"),
        ("de", "Montag, 23. November", "Dienstag, 1. Juni 2027"),
        ("fr", "lundi 23 novembre", "mardi 1er juin 2027"),
        ("it", "lunedì 23 novembre", "martedì 1 giugno 2027"),
        ("pl", "poniedziałek, 23 listopada", "wtorek, 1 czerwca 2027"),
        ("da", "mandag den 23. november", "tirsdag den 1. juni 2027"),
    ],
)
def test_a_day_is_written_as_the_language_does(language: str, soon: str, next_year: str) -> None:
    assert dates.day(MONDAY, language=language, zone="Europe/Berlin", now=NOW) == soon
    assert dates.day(NEXT_YEAR, language=language, zone="Europe/Berlin", now=NOW) == next_year


def test_the_day_and_the_hour_are_the_readers() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert dates.day(late, language="en", zone="Europe/Berlin", now=NOW) == "Friday, 1 January 2027"
    assert dates.day(late, language="en", zone="America/New_York", now=NOW) == "Thursday 31 December"
    assert dates.clock(late, language="en", zone="Europe/Berlin") == "00:30"
    assert dates.clock(late, language="da", zone="America/New_York") == "18.30"


@pytest.mark.parametrize(
    ("language", "zone", "winter", "summer"),
    [
        ("en", "Europe/Berlin", "CET", "CEST"),
        ("de", "Europe/Berlin", "MEZ", "MESZ"),
        ("fr", "Europe/Paris", "CET", "CEST"),
        ("en", "Asia/Kolkata", "IST", "IST"),
        ("en", "America/Sao_Paulo", "UTC-3", "UTC-3"),
        ("en", "Asia/Kathmandu", "UTC+5:45", "UTC+5:45"),
        ("fr", "UTC", "UTC", "UTC"),
        ("en", "No/Such", "UTC", "UTC"),
        ("en", "../etc", "UTC", "UTC"),
    ],
)
def test_a_zone_has_the_name_that_its_people_use(language: str, zone: str, winter: str, summer: str) -> None:
    assert dates.zone_name(MONDAY, language=language, zone=zone) == winter
    assert dates.zone_name(NEXT_YEAR, language=language, zone=zone) == summer


@pytest.mark.parametrize(
    ("hour", "part"),
    [(4, "night"), (5, "morning"), (11, "morning"), (12, "afternoon"), (18, "evening"), (21, "evening"), (22, "night")],
)
def test_the_time_of_day_follows_the_readers_clock(hour: int, part: str) -> None:
    moment = datetime(2026, 11, 22, hour, 59, tzinfo=UTC)
    assert dates.time_of_day(moment, zone="UTC") == part
    assert dates.time_of_day(moment - timedelta(hours=1), zone="Europe/Berlin") == part


@pytest.mark.parametrize(
    ("span", "english", "polish"),
    [
        (timedelta(seconds=5), "1 minute", "1 minuta"),
        (timedelta(hours=3), "3 hours", "3 godziny"),
        (timedelta(days=3), "3 days", "3 dni"),
        (timedelta(days=40), "1 month", "1 miesiąc"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(span: timedelta, english: str, polish: str) -> None:
    assert dates.age(span, language="en") == english
    assert dates.age(span, language="pl") == polish


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-12-02", "2026-12-02"),
        ("2 Dec", "2026-12-02"),
        ("Dec 2, 2027", "2027-12-02"),
        ("2. Dezember", "2026-12-02"),
        ("2 déc.", "2026-12-02"),
        ("2 grudnia 2026", "2026-12-02"),
        ("22 November", "2026-11-22"),
        ("21 Nov", "2027-11-21"),
        ("1 gennaio", "2027-01-01"),
        ("3. maj", "2027-05-03"),
    ],
)
def test_a_day_is_read_as_people_write_it(written: str, day: str) -> None:
    assert dates.read_day(written, today=NOW.date()).isoformat() == day


@pytest.mark.parametrize(
    "written", ["", "tomorrow", "2", "2 de", "31 Feb", "2 x", "1 2 3", "2 ju", "0 May", "2 Dec 99999"]
)
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"day|month|isoformat|year"):
        dates.read_day(written, today=NOW.date())
