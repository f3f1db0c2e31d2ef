"""`firstline people link`: somebody on a platform is who has a mail address."""

import json
from pathlib import Path

from tests.support.command import firstline

CONFIG = '[database]\nurl = "sqlite:///desk.db"\n\n[desk]\ndata = "."\n'


def test_two_addresses_are_one_person_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    given = ("people", "link", "discord", "80351110224678912", "Ada@Example.com")
    for _ in range(2):
        done = firstline(*given, "--json", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"name": ""}
    said = firstline(*given, folder=tmp_path).stdout
    assert said == "80351110224678912 on discord is Ada@Example.com from now on\n"


def test_what_is_no_mail_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    refused = firstline("people", "link", "discord", "80351110224678912", "ada", folder=tmp_path)
    assert refused.returncode != 0
    assert "'ada' is no mail address; write one such as ada@example.org" in refused.stderr
