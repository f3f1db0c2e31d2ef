"""The journal of what was accepted: what an ended process leaves is found once and whole, and not while it lives."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.outgoing.receipts import Accepted, Journal

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ONE, TWO = (Accepted(number, f"<{number}@example.org>", NOW) for number in (1, 2))


def note(journal: Journal, *receipts: Accepted) -> None:
    for receipt in receipts:
        journal.accepted(receipt)


def left(folder: Path) -> dict[str, list[Accepted]]:
    """What a process that starts now finds, by the name of who left it."""
    journal = Journal(folder)
    found = {}
    for estate in journal.left_by_others():
        found[estate.process] = estate.receipts
        estate.let_go()
    journal.close()
    (folder / journal.name).unlink()
    return found


def test_what_is_left_is_found_when_its_process_has_ended(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "var")
    note(journal, ONE, TWO)
    assert left(tmp_path / "var") == {}
    journal.close()
    assert left(tmp_path / "var") == {journal.name: [ONE, TWO]}


def test_only_one_settles_it_and_then_it_is_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    note(journal, ONE)
    journal.close()
    heir = Journal(tmp_path)
    (found,) = heir.left_by_others()
    assert left(tmp_path) == {}
    found.remove()
    assert left(tmp_path) == {}
    heir.close()
    assert [file.name for file in tmp_path.iterdir()] == [heir.name]


def test_it_does_not_grow_for_ever_and_forgets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outgoing.receipts._LARGE", 2000)
    journal = Journal(tmp_path)
    note(journal, ONE)
    for number in range(10, 500):
        journal.accepted(Accepted(number, f"<{number}@example.org>", NOW))
        journal.recorded(number)
        assert left(tmp_path) == {}, "it is held all the time"
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size < 3000
    journal.close()
    assert ONE in left(tmp_path)[journal.name]


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    note(journal, ONE)
    os.write(journal._file, b'\n{"id":2,"external_id":"<')
    note(journal, TWO)
    os.write(journal._file, b"\0\0\0\0")
    journal.close()
    assert left(tmp_path) == {journal.name: [ONE, TWO]}


def test_a_full_disk_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(tmp_path)
    journal.close()
    journal._file = os.open("/dev/full", os.O_WRONLY)
    note(journal, ONE)
    assert "what was accepted cannot be noted" in caplog.text
    journal.close()
