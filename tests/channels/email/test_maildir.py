from datetime import UTC, datetime
from mailbox import Maildir as Reader
from pathlib import Path

import pytest

from channels.email.maildir import Maildir

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_mail_program_can_read_it(tmp_path: Path) -> None:
    path = Maildir(tmp_path / "var" / "outgoing").write("k1", NOW, b"Subject: x\r\n\r\nbody\r\n")
    (message,) = Reader(str(tmp_path / "var" / "outgoing"))
    assert (message["subject"], path.parent.name) == ("x", "new")
    assert list((tmp_path / "var" / "outgoing" / "tmp").iterdir()) == []


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path)
    assert maildir.write("k1", NOW, b"x") == maildir.write("k1", NOW, b"x")
    assert maildir.write("k2", NOW, b"x").exists()
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_a_mail_that_was_read_is_not_written_again(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path)
    path = maildir.write("k1", NOW, b"x")
    read = path.rename(tmp_path / "cur" / f"{path.name}:2,S")
    assert maildir.write("k1", NOW, b"x") == maildir.find("k1", NOW) == read
    assert list((tmp_path / "new").iterdir()) == []


def test_what_was_not_written_is_not_found(tmp_path: Path) -> None:
    assert Maildir(tmp_path / "nowhere").find("k1", NOW) is None


def test_what_a_crash_left_behind_is_overwritten(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path)
    name = maildir.write("k1", NOW, b"whole").name
    (tmp_path / "new" / name).unlink()
    (tmp_path / "tmp" / name).write_bytes(b"half of something longer")
    assert maildir.write("k1", NOW, b"whole").read_bytes() == b"whole"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Maildir(tmp_path / "file").write("k1", NOW, b"x")
