"""Old mail in files is found, in the order in which it was written, and read as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.email.archives import Unreadable, find


def mail(subject: str, day: int, text: str = "Hello.") -> bytes:
    return f"From: a@example.com\nSubject: {subject}\nDate: {day} Nov 2024 10:00:00 +0100\n\n{text}\n".encode()


def test_an_mbox_is_cut_where_its_mails_begin(tmp_path: Path) -> None:
    box = tmp_path / "box"
    first = mail("first", 4, "Hello,\n\nFrom here on it is broken.\n>From us all")
    line = b"From a@example.com Mon Nov  4 10:00:00 2024\n"
    box.write_bytes(line + first + b"\n" + line + mail("second", 3))
    second, cut = find(box)
    assert second.read() == mail("second", 3), "the older one comes first"
    assert cut.read() == first.replace(b">From", b"From") + b"\n"
    assert cut.written_at == datetime(2024, 11, 4, 9, tzinfo=UTC)


def test_a_maildir_with_folders_is_read_but_for_drafts_and_what_was_deleted(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp", ".Sent/cur"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "cur" / "1:2,S").write_bytes(mail("seen", 2))
    (tmp_path / "cur" / "2:2,ST").write_bytes(mail("deleted", 3))
    (tmp_path / "cur" / "3:2,D").write_bytes(mail("draft", 3))
    (tmp_path / "new" / "4").write_bytes(mail("new", 5))
    (tmp_path / "tmp" / "5").write_bytes(mail("half", 5))
    (tmp_path / ".Sent" / "cur" / "6:2,").write_bytes(mail("sent", 4))
    assert [found.path.name for found in find(tmp_path)] == ["1:2,S", "6:2,", "4"]


def test_files_in_folders_and_one_alone(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "b.eml").write_bytes(mail("b", 1))
    (tmp_path / "a.EML").write_bytes(mail("a", 2))
    (tmp_path / "notes.txt").write_text("no mail")
    assert [found.path.name for found in find(tmp_path)] == ["b.eml", "a.EML"]
    assert find(tmp_path / "a.EML")[0].read() == mail("a", 2)


def test_what_holds_no_mail_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="there is no mail in it; give an mbox"):
        find(tmp_path)
    with pytest.raises(Unreadable, match="gone: cannot be read"):
        find(tmp_path / "gone")
