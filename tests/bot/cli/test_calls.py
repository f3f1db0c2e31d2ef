"""`firstline import calls`: the telephone's log, once however often, and nothing of one that is wrong."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.config import load_config
from bot.db.models import PhoneCall
from bot.demo.stage import Stage
from bot.wiring import open_store
from tests.bot.cli.conftest import Run

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
LOG = f"""id,begun,outcome,wait,talk,number,agent
1,{YESTERDAY:%Y-%m-%d} 09:15:00Z,answered,12,300,+49 30 1234,bea
2,{YESTERDAY:%Y-%m-%d} 09:20:00Z,answered,35,60,+49 30 1235,bea@example.org
3,{YESTERDAY:%Y-%m-%d} 09:25:00Z,abandoned,70,,+49 30 1236,
"""


def logged(folder: Path, content: str) -> str:
    file = folder / "calls.csv"
    file.write_text(content, encoding="utf-8")
    return str(file)


def calls_of(config: str) -> list[PhoneCall]:
    store = open_store(load_config(Path(config)), upgrade=False)
    try:
        with store.read() as session:
            return list(session.scalars(select(PhoneCall).order_by(PhoneCall.at)))
    finally:
        store.close()


@pytest.mark.covers("H15", "must:calls")
def test_a_log_goes_through_the_desk_that_serves_and_counts_once(stage: Stage, firstline: Run, tmp_path: Path) -> None:
    config, file = stage.config.path, logged(tmp_path, LOG)
    done = firstline(config, "import", "calls", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "3 calls imported, 0 were here before\n"
    found = json.loads(
        firstline(config, "import", "calls", logged(tmp_path, LOG + LOG.splitlines()[-1]), "--json").stdout
    )
    assert (found["new"], found["known"]) == (0, 4)
    rows = calls_of(config)
    assert [(row.answered, row.wait, row.talk, row.agent_id is None) for row in rows] == [
        (True, 12, 300, False),
        (True, 35, 60, False),
        (False, 70, None, True),
    ]
    kept = " ".join(str(value) for row in rows for value in vars(row).values())
    assert "1234" not in kept
    assert "+49" not in kept
    report = json.loads(firstline(config, "report", "calls", "--period", "30 days", "--json").stdout)
    assert [one["label"] for one in report["figures"]][:2] == ["Calls", "Abandoned"]
    assert [one["value"] for one in report["figures"]][:4] == ["3", "33%", "12 s", "33%"]
    load = json.loads(firstline(config, "report", "load", "--period", "30 days", "--json").stdout)
    [section] = load["sections"]
    assert section["columns"][-1] == "calls answered"
    assert ["Bea Novak", 0, 0, 0, 2] in section["rows"]


@pytest.mark.covers("bad:calls")
def test_of_a_log_with_wrong_lines_nothing_is_imported(idle: str, firstline: Run, tmp_path: Path) -> None:
    wrong = "begun,outcome,wait\n2025-11-23 09:15,answered,1\n" + "2025-11-23 09:15,busy,1\n" * 25
    done = firstline(idle, "import", "calls", logged(tmp_path, wrong))
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0].startswith(f"firstline: {tmp_path}/calls.csv:3: outcome: 'busy' is neither")
    assert lines[-1] == f"firstline: {tmp_path}/calls.csv: nothing was imported: 25 lines cannot be read"
    assert len(lines) == 21
    answer = firstline(idle, "import", "calls", str(tmp_path / "calls.csv"), "--outcome", "busy=ignored")
    assert answer.stdout == "1 call imported, 0 were here before\n25 lines left out, as --outcome says\n"


@pytest.mark.covers("bad:calls")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--zone", "Berlin"), "--zone: there is no time zone 'Berlin'; write one such as Europe/Warsaw"),
        (("--column", "begun"), "--column: 'begun' is no pair; write it like --column begun='Start Time'"),
        (("--column", "begin=Start"), "--column: there is no 'begin'; did you mean 'begun'?; write one of: begun, "),
        (("--outcome", "busy=lost"), "--outcome: there is no 'lost'; write one of: answered, abandoned, ignored"),
    ],
)
def test_an_option_that_cannot_be_is_one_clear_line(
    idle: str, firstline: Run, tmp_path: Path, given: tuple[str, str], said: str
) -> None:
    done = firstline(idle, "import", "calls", logged(tmp_path, LOG), *given)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
