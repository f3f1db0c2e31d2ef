"""The log of a telephone system as it comes out of different programs, and what is said of lines that are wrong."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NotDone
from bot.intake.calllog import How, Log, read

NOW = datetime(2026, 12, 1, tzinfo=UTC)
NINE = int(datetime(2026, 11, 23, 8, 15, tzinfo=UTC).timestamp())
"""A quarter past nine in Berlin."""


def log_of(folder: Path, content: str | bytes, **how: Any) -> Log:
    file = folder / "calls.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(file, How(zone="Europe/Berlin", now=NOW, **how))


def only(log: Log) -> dict[str, Any]:
    assert log.wrong == []
    [call] = log.calls
    return call


@pytest.mark.covers("must:calls")
@pytest.mark.parametrize(
    "written",
    [
        "begun,outcome,wait\n2026-11-23 09:15:00,answered,12\n",
        "Begun;Outcome;Wait\r\n2026-11-23 09:15;answered;12\r\n",
        "\n\nbegun\toutcome\twait\n23.11.2026 9:15\tconnected\t0:12\n\n",
        'begun,outcome,wait\n"2026-11-23T09:15:00+01:00",ANSWERED,00:00:12\n',
        "begun,outcome,wait\n2026-11-23T08:15:00Z,answered,12.4\n",
        'begun;outcome;wait\n11/23/2026, 9:15 AM;answered;"11,6"\n',
        "begun;outcome;wait\n23/11/2026 09:15;answered;12\n",
        "date,time,outcome,wait\n2026-11-23,09:15,answered,12\n",
        f"begun,outcome,wait\n{NINE},answered,12\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_call_is_the_same_however_it_is_written(tmp_path: Path, written: str, encoding: str) -> None:
    call = only(log_of(tmp_path, written.encode(encoding)))
    assert (call["at"], call["answered"], call["wait"], call["talk"]) == (NINE, True, 12, None)


def test_a_log_has_its_own_words_and_more_columns(tmp_path: Path) -> None:
    content = (
        "Startzeit;Ergebnis;Wartezeit;Gespräch;Warteschlange;Rufnummer;Tarif\n"
        "23.11.2026 09:15;angenommen;12;3:05;field;+49 30 1234;A\n"
        "23.11.2026 09:15;kein Abnehmer;40;;field;+49 30 1234;A\n"
        "23.11.2026 09:15;ausgehend;;;;;\n"
    )
    columns = {"Startzeit": "begun", "Ergebnis": "outcome", "Wartezeit": "wait", "Gespräch": "talk"}
    log = log_of(
        tmp_path,
        content.encode("cp1252"),
        columns=columns | {"Warteschlange": "team", "Rufnummer": "number"},
        outcomes={"angenommen": "answered", "Kein Abnehmer": "abandoned", "ausgehend": "ignored"},
    )
    assert log.wrong == []
    assert [(call["answered"], call["wait"], call["talk"], call["team"]) for call in log.calls] == [
        (True, 12, 185, "field"),
        (False, 40, None, "field"),
    ]
    assert (log.ignored, log.unread) == (1, ["Tarif"])


def test_calls_without_an_id_of_their_own_are_told_apart_by_all_that_is_said_of_them(tmp_path: Path) -> None:
    content = (
        "begun,outcome,wait,number\n"
        "2026-11-23 09:15,answered,12,1\n2026-11-23 09:15,answered,12,2\n2026-11-23 09:15,answered,12,1\n"
    )
    first, second, again = log_of(tmp_path, content).calls
    assert first["same"] == again["same"] != second["same"]
    named = log_of(tmp_path, "id,begun,outcome,wait\n7,2026-11-23 09:15,answered,12\n7,2026-11-23 10:15,missed,1\n")
    assert [call["same"] for call in named.calls] == ["7", "7"]


@pytest.mark.parametrize(
    ("clock", "utc"), [("2026-10-25 02:30", "2026-10-25T00:30"), ("2026-03-29 02:30", "2026-03-29T01:30")]
)
def test_an_hour_that_clocks_show_twice_is_the_first_and_one_they_skip_is_after_it(
    tmp_path: Path, clock: str, utc: str
) -> None:
    call = only(log_of(tmp_path, f"begun,outcome,wait\n{clock},answered,1\n"))
    assert datetime.fromtimestamp(call["at"], UTC).isoformat().startswith(utc)


def test_what_comes_first_in_a_date_is_what_the_log_shows_or_what_is_said(tmp_path: Path) -> None:
    either = "begun,outcome,wait\n11/12/2025 09:15,answered,1\n"
    [complaint] = log_of(tmp_path, either).wrong
    assert complaint.endswith("either may be the month; say which with --dates day-first or --dates month-first")
    by_day, by_month = (only(log_of(tmp_path, either, dates=dates)) for dates in ("day-first", "month-first"))
    months = [datetime.fromtimestamp(call["at"], UTC).month for call in (by_day, by_month)]
    assert months == [12, 11]
    shown = log_of(tmp_path, either + "25/12/2025 09:15,answered,1\n")
    assert {datetime.fromtimestamp(call["at"], UTC).month for call in shown.calls} == {12}


@pytest.mark.covers("bad:calls")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",answered,1", "begun: is empty; write when the call began"),
        ("soon,answered,1", "begun: 'soon' is no date with a time; write one such as 2026-11-23 09:15:00"),
        (
            "2026-11-31 09:15,answered,1",
            "begun: '2026-11-31 09:15' is no date with a time: there is no such day or hour",
        ),
        ("2027-11-23 09:15,answered,1", "begun: '2027-11-23 09:15' is in the future"),
        ("1970-01-01 09:15,answered,1", "begun: '1970-01-01 09:15' is before 1990"),
        ("2026-11-23 09:15,,1", "outcome: is empty; write answered or abandoned"),
        (
            "2026-11-23 09:15,busy,1",
            "outcome: 'busy' is neither answered nor abandoned; say what it means, such as --outcome 'busy=abandoned'",
        ),
        ("2026-11-23 09:15,answered", "wait: is empty; write seconds, 0 for none"),
        ("2026-11-23 09:15,answered,-1", "wait: '-1' is no number of seconds; write one such as 35, or 0:35"),
        ("2026-11-23 09:15,answered,90000", "wait: '90000' is longer than a day"),
        (
            "2026-11-23 09:15,answered,1,2,3",
            "has 5 cells, the first line 3; put texts with separators in quotes",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_what_to_do(tmp_path: Path, line: str, said: str) -> None:
    log = log_of(tmp_path, f"begun,outcome,wait\n2026-11-23 09:15,answered,1\n{line}\n")
    assert log.wrong == [f"{tmp_path}/calls.csv:3: {said}"]
    assert len(log.calls) == 1


@pytest.mark.covers("bad:calls")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "calls.csv:1: the column 'begun' is missing; say which it is with --column begun=NAME"),
        (
            b"begun,outcome,waited\n",
            "'wait' is missing; did you mean 'waited'?; say which it is with",
        ),
        (b"begun,begun,outcome,wait\n", "calls.csv:1: two columns are 'begun'; leave one, or rename it"),
        (b"PK\x03\x04\x00\x00", "is no text; save the log as CSV, in UTF-8"),
        (b'begun,outcome,wait\n"2026', "calls.csv:2: cannot be read: "),
    ],
)
def test_a_file_that_is_no_log_is_one_clear_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(NotDone) as refused:
        log_of(tmp_path, content)
    assert said in str(refused.value)


def test_a_column_that_is_not_there_cannot_be_another(tmp_path: Path) -> None:
    with pytest.raises(NotDone, match="there is no column 'Start' to be begun; the file has: When, outcome, wait"):
        log_of(tmp_path, "When,outcome,wait\n", columns={"Start": "begun"})
    with pytest.raises(NotDone, match=r"nothing\.csv: cannot be read: No such file"):
        read(tmp_path / "nothing.csv", How(zone="UTC", now=NOW))
