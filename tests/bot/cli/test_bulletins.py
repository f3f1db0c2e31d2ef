"""`firstline bulletins`: files in, one for each language."""

import json
from pathlib import Path

from tests.bot.cli.conftest import Run
from tests.support.house import AGENTS

PEOPLE = "email,name,language\nada@example.com,Ada Lovelace,de\n"


def test_a_bulletin_is_sent_listed_and_stopped(idle: str, tmp_path: Path, firstline: Run) -> None:
    text = Path(idle).read_text(encoding="utf-8")
    database = f'[database]\nurl = "sqlite:///{tmp_path}/firstline.db"\n[[team]]\nname = "support"\n'
    Path(idle).write_text(database + AGENTS + text, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    assert firstline(idle, "people", "import", str(tmp_path / "people.csv")).returncode == 0
    news = tmp_path / "news.md"
    news.write_text("Subject: News\n\nIt is Monday.\n", encoding="utf-8")
    (tmp_path / "news.de.md").write_text("Subject: Neues\n\nEs ist Montag.\n", encoding="utf-8")
    sent = json.loads(firstline(idle, "bulletins", "send", str(news), "--json").stdout)
    assert (sent["subject"], sent["total"], sent["state"]) == ("News", 4, "sending")
    listed = firstline(idle, "bulletins", "list")
    assert "News" in listed.stdout
    stopped = firstline(idle, "bulletins", "stop", str(sent["id"]))
    assert stopped.stdout.strip() == f"bulletin {sent['id']} is stopped: 0 of 4 people have it"
    (tmp_path / "bad.md").write_text("Hello\n", encoding="utf-8")
    for file, why in (("bad.md", "bad.md:1: a bulletin begins with a line"), ("none.md", "none.md cannot be read: No")):
        refused = firstline(idle, "bulletins", "send", str(tmp_path / file))
        assert refused.returncode == 1
        assert why in refused.stderr
