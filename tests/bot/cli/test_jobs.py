"""`firstline jobs`: what is due when, done now, left out."""

import json
from datetime import timedelta
from pathlib import Path

from bot.config import load_config
from bot.due import jobs
from bot.wiring import open_store
from tests.bot.cli.conftest import Run


def test_jobs_are_listed_run_and_skipped(idle: str, tmp_path: Path, firstline: Run) -> None:
    text = Path(idle).read_text(encoding="utf-8")
    Path(idle).write_text(f'[database]\nurl = "sqlite:///{tmp_path}/firstline.db"\n' + text, encoding="utf-8")
    store = open_store(load_config(Path(idle)), upgrade=True)
    store.run(lambda tx: jobs.begin(tx, "tell_list", {"key": "", "person": 1}, due_at=tx.now + timedelta(days=300)))
    store.close()
    listed = firstline(idle, "jobs", "list", "--kind", "tell_list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "tell_list" in listed.stdout
    [row] = json.loads(firstline(idle, "jobs", "list", "--json", "--kind", "tell_list").stdout)
    assert row["state"] == "waiting"
    ran = json.loads(firstline(idle, "jobs", "run", str(row["id"]), "--json").stdout)
    assert ran["due_at"] < row["due_at"]
    skipped = firstline(idle, "jobs", "skip", str(row["id"]))
    assert skipped.stdout.strip() == f"job {row['id']} (tell_list) is skipped"
    again = firstline(idle, "jobs", "skip", str(row["id"]))
    assert (again.returncode, again.stdout) == (1, "")
    assert "is done and cannot be skipped" in again.stderr
