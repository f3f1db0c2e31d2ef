"""`firstline notices`, and what `rules check` says of them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.app import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notices").mkdir()
    (tmp_path / "notices" / "vpn_reset.md").write_text("{# for: requesters #}\n{# Steps #}\nHi {{ recipient.name }}\n")
    (tmp_path / "notices" / "vpn_reset.de.md").write_text("Subject: VPN\n\nHallo\n")
    (tmp_path / "own.toml").write_text('[[macro]]\nname = "x"\nthen = [{ do = "reply", notice = "vpn_reset" }]\n')
    rules = f'[rules]\nbooks = ["{tmp_path}/own.toml"]\nnotices = "{tmp_path}/notices"\n'
    (tmp_path / "config.toml").write_text(rules)
    return tmp_path


def firstline(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--config", str(folder / "config.toml"), *words])


def test_the_notices_are_listed_for_whom_they_are_and_where_they_stand(folder: Path) -> None:
    rows = {row["name"]: row for row in json.loads(firstline(folder, "notices", "list", "--json").output)}
    files = {"all others": f"{folder}/notices/vpn_reset.md", "de": f"{folder}/notices/vpn_reset.de.md"}
    assert rows["vpn_reset"] == {"name": "vpn_reset", "for": "requesters", "about": "Steps", "files": files}
    assert (rows["page"]["for"], rows["acknowledgement"]["for"]) == ("agents", "requesters")
    assert "answer" not in rows
    shown = firstline(folder, "notices", "list", "--own").output
    assert "vpn_reset" in shown
    assert "page" not in shown


def test_a_notice_is_shown_as_it_would_be_sent(folder: Path) -> None:
    assert firstline(folder, "notices", "show", "vpn_reset").output == "Re: …\n\nHi Ada Lovelace\n"
    german = json.loads(firstline(folder, "notices", "show", "vpn_reset", "--language", "de", "--json").output)
    assert german == {"name": "vpn_reset", "subject": "VPN", "body": "Hallo"}
    assert "Thank you for your message" in firstline(folder, "notices", "show", "acknowledgement").output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("show", "vpn_rest"), "did you mean 'vpn_reset'?"),
        (("show", "alarm"), "there is no notice 'alarm' that rules could send"),
        (("show", "page", "--language", "xx"), "there is no language 'xx'"),
    ],
)
def test_what_cannot_be_shown_is_said(folder: Path, words: tuple[str, ...], why: str) -> None:
    assert why in str(firstline(folder, "notices", *words).exception)


@pytest.mark.covers("bad:rule-book")
def test_rules_check_names_what_is_wrong_with_books_and_notices_together(folder: Path) -> None:
    assert "notices of your own: 1," in firstline(folder, "rules", "check").output
    (folder / "own.toml").write_text('[[macro]]\nname = "x"\nthen = [{ do = "reply", notice = "vpn_rest" }]\n')
    found = firstline(folder, "rules", "check")
    assert (found.exit_code, "did you mean 'vpn_reset'?" in found.output) == (1, True)
    (folder / "notices" / "vpn_reset.de.md").write_text("{{ words }}")
    (folder / "own.toml").write_text('[[macro]]\nname = "x"\nthen = [{ do = "repl", notice = "vpn_rest" }]\n')
    problems = json.loads(firstline(folder, "rules", "check", "--json").output)["problems"]
    assert [Path(problem["file"]).name for problem in problems] == ["vpn_reset.de.md", "own.toml"]


@pytest.mark.covers("bad:rule-book")
def test_a_folder_or_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "notices" / "bad.md").write_bytes(b"\xff")
    assert "bad.md cannot be read: it is not UTF-8" in str(firstline(folder, "rules", "check").exception)
    (folder / "config.toml").write_text(f'[rules]\nnotices = "{folder}/gone"\n')
    assert f"rules.notices: there is no folder {folder}/gone" in str(firstline(folder, "rules", "check").exception)
