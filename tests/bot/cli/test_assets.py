"""`firstline assets import`: which machines are critical."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from bot.cli.app import app
from bot.errors import NotDone


def run(folder: Path, rows: str) -> Result:
    config, file = folder / "config.toml", folder / "assets.csv"
    config.write_text(f'[desk]\ndata = "{folder}/data"\n[database]\nurl = "sqlite:///{folder}/firstline.db"\n')
    file.write_text(rows, encoding="utf-8")
    return CliRunner().invoke(app, ["--config", str(config), "assets", "import", str(file)])


def critical(folder: Path) -> dict[str, bool]:
    engine = create_engine(f"sqlite:///{folder}/firstline.db")
    with engine.connect() as connection:
        found = {
            row.number: bool(row.critical) for row in connection.execute(text("select number, critical from asset"))
        }
    engine.dispose()
    return found


@pytest.mark.covers("H8")
def test_a_list_says_which_machines_are_critical(tmp_path: Path) -> None:
    assert "2 new assets" in run(tmp_path, "number,kind,critical\nP-1,press,yes\nN-1,notebook,\n").output
    assert critical(tmp_path) == {"P-1": True, "N-1": False}
    run(tmp_path, "number,kind\nP-1,large press\n")
    assert critical(tmp_path) == {"P-1": True, "N-1": False}, "a list without the column leaves it"
    run(tmp_path, "number,critical\nP-1,no\n")
    assert critical(tmp_path) == {"P-1": False, "N-1": False}


def test_a_wrong_word_is_named_with_its_line(tmp_path: Path) -> None:
    error = run(tmp_path, "number,critical\nP-1,yes\nP-2,maybe\n").exception
    assert isinstance(error, NotDone)
    assert str(error) == f"{tmp_path}/assets.csv:3: critical: 'maybe' is neither yes nor no"
