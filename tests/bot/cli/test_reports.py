"""`firstline report` and `firstline digest preview`: the figures, and how a digest will look, without sending it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.config import load_config
from bot.db.models import Ticket
from bot.wiring import open_store
from tests.bot.cli.conftest import Run
from tests.bot.figures import made
from tests.support.browser import browser

CONFIG = """
[[digest]]
name = "Monthly"
cron = "0 8 1 * *"
period = "2026-10"
to = "boss@example.org"
"""


@pytest.fixture
def filled(idle: str, tmp_path: Path) -> str:
    path = Path(idle)
    text = path.read_text(encoding="utf-8")
    database = f'[database]\nurl = "sqlite:///{tmp_path}/firstline.db"\n'
    path.write_text(database + text + CONFIG, encoding="utf-8")
    store = open_store(load_config(path), upgrade=True)
    made.write(store, made.steps(), made.promises())
    store.close()
    return idle


@pytest.mark.covers("must:report")
def test_figures_are_shown_and_given_as_json(filled: str, firstline: Run) -> None:
    shown = firstline(filled, "report", "assets", "--period", "2026-10")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "M-1 press" in shown.stdout
    found = json.loads(firstline(filled, "report", "volume", "--period", "2026-10", "--team", "field", "--json").stdout)
    assert (found["from"], found["to"], found["team"]) == ("2026-10-01", "2026-10-31", "field")
    [section] = found["sections"]
    assert section["columns"] == ["category", "tickets", "before", "change"]
    assert sum(row[1] for row in section["rows"]) == int(found["figures"][0]["value"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("report", "volumes"), "there is no report 'volumes'; did you mean 'volume'?"),
        (("report", "--period", "monht"), "'monht' is no period"),
        (("digest", "preview", "Weekly", "--out", "x"), "there is no digest 'Weekly'; the configuration has: Monthly"),
    ],
)
def test_what_is_not_there_is_one_clear_line(filled: str, firstline: Run, asked: tuple[str, ...], said: str) -> None:
    done = firstline(filled, *asked)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.covers("must:digest-preview")
def test_a_preview_has_every_medium_and_sends_nothing(filled: str, firstline: Run, tmp_path: Path) -> None:
    out = tmp_path / "preview"
    done = firstline(filled, "digest", "preview", "Monthly", "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    names = {path.name for path in out.iterdir()}
    assert {"volume.png", "backlog.png", "hours.png", "figures.csv", "mail.eml", "mail.html", "mail.txt"} <= names
    html = (out / "mail.html").read_text(encoding="utf-8")
    assert 'src="volume.png" ' in html
    assert 'alt="Tickets opened (now, before): ' in html
    assert (out / "volume.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "figures.csv").read_text(encoding="utf-8-sig").startswith("section,category,tickets,before,change")


@pytest.mark.chromium
@pytest.mark.covers("must:digest")
async def test_it_opens_with_what_fits_one_screen_of_a_telephone(filled: str, firstline: Run, tmp_path: Path) -> None:
    store = open_store(load_config(Path(filled)), upgrade=False)
    long = "The label printer beside the press in hall 2 prints nothing but blanks since this morning"
    store.run(lambda tx: tx.session.execute(update(Ticket).values(subject=long)).close())
    store.close()
    assert firstline(filled, "digest", "preview", "Monthly", "--out", str(tmp_path)).returncode == 0
    html = (tmp_path / "mail.html").read_text(encoding="utf-8")
    assert html.count("mailto:") == 5
    async with browser(width=360, height=640) as page:
        await page.open(f"file://{tmp_path}/mail.html")
        assert await page.top("h2") <= 640, "the first section begins below it"
        assert await page.width() == 360


@pytest.mark.covers("bad:digest")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ('cron = "0 8 1 * *"', 'cron = "8 o\'clock"'),
        ('period = "2026-10"', 'period = "now and then"'),
        ('period = "2026-10"', 'sections = ["volumes"]'),
        ('to = "boss@example.org"', 'channel = "slack"'),
    ],
)
def test_a_digest_that_cannot_be_is_refused_at_the_start(filled: str, firstline: Run, changed: str, said: str) -> None:
    path = Path(filled)
    path.write_text(path.read_text(encoding="utf-8").replace(changed, said), encoding="utf-8")
    done = firstline(filled, "status")
    setting = said.partition(" ")[0]
    assert done.returncode != 0
    assert f"digest no. 1: {setting}: " in done.stderr
