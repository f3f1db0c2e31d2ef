"""What each identity was sent, on disk."""

import json
from pathlib import Path

import pytest

from channels.console.mailbox import Mailbox, file_name


def line(key: str, **more: object) -> bytes:
    return json.dumps({"key": key, **more}).encode()


def test_what_was_put_can_be_read_from_any_position(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path, "ada")
    mailbox.put(line("a"))
    mailbox.put(line("b"))
    (end, first), second = mailbox.since(0)
    assert first == line("a")
    assert mailbox.since(end) == [second]
    assert mailbox.since(second[0]) == []


@pytest.mark.covers("H2")
def test_a_key_is_put_once_also_by_the_next_process(tmp_path: Path) -> None:
    Mailbox(tmp_path, "ada").put(line("a"))
    again = Mailbox(tmp_path, "ada")
    again.put(line("a"))
    assert len(again.since(0)) == 1
    assert again.has("a")
    assert not again.has("b")


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    Mailbox(tmp_path, "ada").put(line("a"))
    file = next(tmp_path.glob("*.jsonl"))
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"key": "b", "bo')
    mailbox = Mailbox(tmp_path, "ada")
    assert len(mailbox.since(0)) == 1
    mailbox.put(line("b"))
    assert file.read_bytes() == whole + line("b") + b"\n"


def test_how_far_it_was_seen_only_grows(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path, "ada")
    mailbox.put(line("a"))
    mailbox.put(line("b"))
    first, second = (end for end, _ in mailbox.since(0))
    assert mailbox.seen() == 0
    mailbox.see(second)
    mailbox.see(first)
    mailbox.see(second + 1000)
    assert Mailbox(tmp_path, "ada").seen() == second


def test_a_lost_or_broken_mark_shows_everything_again(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path, "ada")
    mailbox.put(line("a"))
    (tmp_path / "ada.seen").write_text("what")
    assert mailbox.seen() == 0


def test_the_last_token_of_each_ticket(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path, "ada")
    mailbox.put(line("a", ticket=1, token="old"))
    mailbox.put(line("b", ticket=1, token="new"))
    mailbox.put(line("c"))
    assert mailbox.tokens() == {"1": "new"}


@pytest.mark.parametrize("identity", ["../../etc/passwd", "..", "/", "a/b", "é\u202e", "x" * 5000])
def test_no_identity_leaves_the_folder(tmp_path: Path, identity: str) -> None:
    folder = tmp_path / "inside"
    Mailbox(folder, identity).put(line("a"))
    assert [path.parent for path in tmp_path.rglob("*.jsonl")] == [folder]


def test_long_names_differ() -> None:
    assert file_name("x" * 500) != file_name("x" * 501)
    assert file_name("ada@example.com") == "ada@example.com"
