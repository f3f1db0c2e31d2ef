"""The log of a telephone system as CSV: whichever way it is written, each line is a call or one clear complaint.

The columns are `COLUMNS`; others are not read. A log may call them and its outcomes otherwise, where that is said.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from bot.errors import NotDone
from rules.suggest import did_you_mean

COLUMNS: Final = ("begun", "date", "time", "outcome", "wait", "talk", "id", "number", "agent", "team")
"""`begun`, or `date` and `time`, and `outcome` and `wait` are needed."""
NEEDED: Final = ("begun", "outcome", "wait")
OUTCOMES: Final = ("answered", "abandoned", "ignored")
DateForm = Literal["auto", "day-first", "month-first"]
_LONGEST_SECONDS: Final = 86_400
_OLDEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER: Final = timedelta(hours=1)
_DATED: Final = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4})"
    r"[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_EPOCH: Final = re.compile(r"\d{10}(?:\.\d+)?")
_SECONDS: Final = re.compile(r"(\d{1,6})(?:[.,](\d+))?")
_CLOCK: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")
_SLASHED: Final = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2\d{4}")
_MEANT: Final = {
    "answered": "answered",
    "connected": "answered",
    "abandoned": "abandoned",
    "missed": "abandoned",
    "no answer": "abandoned",
    "unanswered": "abandoned",
}


class How(Struct, frozen=True, kw_only=True):
    """How a log is written: its zone where times have none, its order of day and month, and its own words.

    `columns` are what it calls a column of `COLUMNS`, `outcomes` which of `OUTCOMES` its words mean.
    """

    zone: str
    now: datetime
    dates: DateForm = "auto"
    columns: Mapping[str, str] = {}
    outcomes: Mapping[str, str] = {}


class Log(Struct, frozen=True, kw_only=True):
    """The calls of a log, what is wrong with it line by line, which columns were not read, and the calls left out."""

    calls: list[dict[str, Any]]
    wrong: list[str]
    unread: list[str]
    ignored: int


class _WrongCellError(ValueError):
    """A cell that cannot be read; the message names its column."""


def read(file: Path, how: How) -> Log:
    """Read a log. Raises NotDone for a file of which nothing can be read."""
    text = _text(file)
    rows = _rows(file, text)
    header = _header(file, rows[0][1] if rows else [], how)
    lines = [(number, cells) for number, cells in rows[1:] if any(cell.strip() for cell in cells)]
    reader = _Reader(how, header, _day_first(lines, header, how.dates))
    calls, wrong, ignored = [], [], 0
    for number, cells in lines:
        try:
            call = reader.call(cells)
        except _WrongCellError as error:
            wrong.append(f"{file}:{number}: {error}")
            continue
        if call is None:
            ignored += 1
        else:
            calls.append(call)
    unread = [name for name in rows[0][1] if name.strip() and _named(name, how) not in COLUMNS]
    return Log(calls=calls, wrong=wrong, unread=unread, ignored=ignored)


def _text(file: Path) -> str:
    """The file as text: UTF-8, UTF-16 where it begins as such, else Windows-1252."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotDone(f"{file}: cannot be read: {error.strerror}") from error
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NotDone(f"{file}: is no text; save the log as CSV, in UTF-8")


def _rows(file: Path, text: str) -> list[tuple[int, list[str]]]:
    """The lines in cells, with their numbers, parted by whichever of ; , and tab parts the first line most."""
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(";,\t", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if rows or any(cells):
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise NotDone(f"{file}:{reader.line_num}: cannot be read: {error}") from error
    return rows


def _header(file: Path, names: Sequence[str], how: How) -> list[str]:
    """Which column each place of a line is; what is not read is empty."""
    found = [_named(name, how) for name in names]
    for own, meant in how.columns.items():
        if _folded(own) not in map(_folded, names):
            raise NotDone(f"{file}:1: there is no column {own!r} to be {meant}; the file has: {', '.join(names)}")
    for column in COLUMNS:
        if found.count(column) > 1:
            raise NotDone(f"{file}:1: two columns are {column!r}; leave one, or rename it")
    dated = "begun" in found or {"date", "time"} <= set(found)
    for column in NEEDED:
        if column not in found and not (column == "begun" and dated):
            hint = did_you_mean(column, [name for name in names if _named(name, how) not in COLUMNS])
            which = f"say which it is with --column {column}=NAME"
            raise NotDone(f"{file}:1: the column {column!r} is missing{hint}; {which}")
    return [name if name in COLUMNS else "" for name in found]


def _named(name: str, how: How) -> str:
    """The column that a log calls so."""
    own = {_folded(written): meant for written, meant in how.columns.items()}
    folded = _folded(name)
    if folded in own:
        return own[folded]
    return "" if folded in own.values() else folded


def _folded(word: str) -> str:
    return " ".join(word.replace("_", " ").casefold().split())


def _day_first(lines: Iterable[tuple[int, Sequence[str]]], header: Sequence[str], dates: DateForm) -> bool | None:
    """Whether 11/12/2026 is of December; None where it is not said and the log does not show it."""
    if dates != "auto":
        return dates == "day-first"
    place = header.index("begun" if "begun" in header else "date")
    pairs = [_SLASHED.match(cells[place].strip()) for _, cells in lines if place < len(cells)]
    first = any(int(pair[1]) > 12 for pair in pairs if pair)
    second = any(int(pair[3]) > 12 for pair in pairs if pair)
    return None if first == second else first


class _Reader:
    """Makes calls of lines."""

    def __init__(self, how: How, header: Sequence[str], day_first: bool | None) -> None:  # noqa: FBT001  what was found
        self._header = header
        self._day_first = day_first
        self._zone = ZoneInfo(how.zone)
        self._latest = how.now + _CLOCKS_DIFFER
        self._meant = {**_MEANT, **{_folded(own): meant for own, meant in how.outcomes.items()}}

    def call(self, cells: Sequence[str]) -> dict[str, Any] | None:
        """The call of a line; None for one that is to be left out. Raises _WrongCellError."""
        if any(cell.strip() for cell in cells[len(self._header) :]):
            what = f"has {len(cells)} cells, the first line {len(self._header)}; put texts with separators in quotes"
            raise _WrongCellError(what)
        row = {name: cell.strip() for name, cell in zip(self._header, cells, strict=False) if name}
        outcome = self._outcome(row.get("outcome", ""))
        if outcome == "ignored":
            return None
        at = self._moment(row.get("begun") or f"{row.get('date', '')} {row.get('time', '')}".strip())
        return {
            "same": row.get("id") or "\x1f".join(f"{name}={row[name]}" for name in sorted(row)),
            "at": at,
            "answered": outcome == "answered",
            "wait": _seconds("wait", row.get("wait", "")),
            "talk": _seconds("talk", row["talk"]) if row.get("talk") else None,
            "team": row.get("team", ""),
            "agent": row.get("agent", ""),
        }

    def _outcome(self, written: str) -> str:
        if not written:
            raise _WrongCellError(f"outcome: is empty; write {' or '.join(OUTCOMES[:2])}")
        meant = self._meant.get(_folded(written))
        if meant is None:
            say = f"say what it means, such as --outcome '{written}=abandoned'"
            raise _WrongCellError(f"outcome: {written!r} is neither answered nor abandoned; {say}")
        return meant

    def _moment(self, written: str) -> int:
        """Seconds since 1970; of a time that clocks show twice the first."""
        if not written:
            raise _WrongCellError("begun: is empty; write when the call began")
        if _EPOCH.fullmatch(written):
            found = datetime.fromtimestamp(int(float(written)), UTC)
        elif (dated := _DATED.fullmatch(written)) is None:
            raise _WrongCellError(f"begun: {written!r} is no date with a time; write one such as 2026-11-23 09:15:00")
        else:
            found = self._of(dated, written)
        if not _OLDEST < found < self._latest:
            raise _WrongCellError(f"begun: {written!r} is {'in the future' if found > _OLDEST else 'before 1990'}")
        return int(found.timestamp())

    def _of(self, dated: re.Match[str], written: str) -> datetime:
        hour = int(dated["hour"])
        if dated["half"]:
            hour = hour % 12 + (12 if dated["half"].lower().startswith("p") else 0)
        zone = (dated["zone"] or "").replace("Z", "+00:00")
        day, clock = self._day(dated["day"]), f"{hour:02}:{dated['minute']}:{dated['second'] or '00'}"
        try:
            found = datetime.fromisoformat(f"{day}T{clock}{zone}")
            return (found if zone else found.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise _WrongCellError(f"begun: {written!r} is no date with a time: there is no such day or hour") from None

    def _day(self, written: str) -> str:
        """The same day as ISO 8601 writes it."""
        first, second, third = re.split(r"[./-]", written)
        if len(first) == 4:
            return f"{first}-{int(second):02}-{int(third):02}"
        day_first = True if "." in written else self._day_first
        if day_first is None:
            say = "say which with --dates day-first or --dates month-first"
            raise _WrongCellError(f"begun: in {written!r} either may be the month; {say}")
        day, month = (first, second) if day_first else (second, first)
        return f"{third}-{int(month):02}-{int(day):02}"


def _seconds(column: str, written: str) -> int:
    """`35`, `35.2`, `0:35` or `1:02:03` in whole seconds."""
    if not written:
        raise _WrongCellError(f"{column}: is empty; write seconds, 0 for none")
    if whole := _SECONDS.fullmatch(written):
        found = round(float(f"{whole[1]}.{whole[2] or 0}"))
    elif clock := _CLOCK.fullmatch(written):
        found = (int(clock[1] or 0) * 60 + int(clock[2])) * 60 + int(clock[3])
    else:
        raise _WrongCellError(f"{column}: {written!r} is no number of seconds; write one such as 35, or 0:35")
    if found > _LONGEST_SECONDS:
        raise _WrongCellError(f"{column}: {written!r} is longer than a day")
    return found
