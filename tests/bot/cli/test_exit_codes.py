"""The real command, started wrongly: one line that names the setting and what to do, and a documented exit code."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.support import command
from tests.support.house import House, running

CONFIGURATION, NOT_DONE, USAGE = 3, 1, 2
FIRSTLINE = Path(sys.executable).with_name("firstline")
AS_OTHERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
"""Root may write anywhere; without these two capabilities it may only what the permissions say."""


class Desk:
    """A folder with a configuration, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.database = folder / "data" / "firstline.db"
        self.write("")

    def write(self, more: str, *, smtp_port: int = 0) -> None:
        self.config.write_text(
            f'[desk]\ndata = "{self.folder}/data"\n[database]\nurl = "sqlite:///{self.database}"\n'
            f'[email]\naddresses = ["help@example.org"]\noutgoing = "{self.folder}/data/outgoing"\n'
            f"[email.smtp]\nport = {smtp_port}\n{more}",
            encoding="utf-8",
        )

    def firstline(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """The command, run in the folder."""
        return command.firstline("--config", str(self.config), *arguments, folder=self.folder, environment=environment)

    def run(self, *arguments: str, code: int, by: list[str] | None = None, **environment: str) -> str:
        """What the command says on stderr: one line of its own and no traceback."""
        if by:
            installed = [*by, str(FIRSTLINE), "--config", str(self.config), *arguments]
            done = subprocess.run(installed, capture_output=True, text=True, check=False, timeout=110, cwd=self.folder)
        else:
            done = self.firstline(*arguments, **environment)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        (said,) = [line for line in done.stderr.splitlines() if line.startswith("firstline: ")]
        assert done.stderr.splitlines() == [said], "and nothing else"
        return said.removeprefix("firstline: ")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.covers("bad:unreadable-config")
def test_a_configuration_that_is_not_there(desk: Desk) -> None:
    desk.config.unlink()
    said = desk.run("serve", code=CONFIGURATION)
    assert said.startswith(f"{desk.config}: cannot be read (No such file or directory); give another file")


@pytest.mark.covers("bad:unknown-key")
def test_an_unknown_key(desk: Desk) -> None:
    desk.write("[sla]\nfirst_respons = '8 hours'\n")
    said = desk.run("serve", code=CONFIGURATION)
    assert said == f"{desk.config}: sla.first_respons: unknown setting; did you mean first_response?"


@pytest.mark.covers("bad:missing-secret")
def test_a_missing_secret(desk: Desk) -> None:
    desk.write("[email.relay]\nhost = 'mx'\nusername = 'desk'\npassword = { env = 'RELAY_PASSWORD' }\n")
    said = desk.run("serve", code=CONFIGURATION, RELAY_PASSWORD="")
    assert "email.relay.password: the environment variable RELAY_PASSWORD is not set; set it" in said


@pytest.mark.covers("bad:port-in-use")
def test_a_port_in_use(desk: Desk, taken_port: int) -> None:
    desk.write("", smtp_port=taken_port)
    said = desk.run("serve", code=CONFIGURATION)
    assert f"email.smtp.port: cannot listen on 127.0.0.1:{taken_port}: Address already in use" in said


@pytest.mark.covers("bad:read-only-folder")
@pytest.mark.parametrize("there", ["data", "."], ids=["it is there", "it cannot be made"])
def test_a_data_folder_that_is_read_only(desk: Desk, there: str) -> None:
    (desk.folder / there).mkdir(exist_ok=True)
    (desk.folder / there).chmod(0o555)
    try:
        said = desk.run("serve", code=CONFIGURATION, by=AS_OTHERS if os.geteuid() == 0 else None)
    finally:
        desk.folder.chmod(0o755)
    assert said.startswith(f"{desk.config}: database.url: {desk.folder}/data is not writable (Permission denied); make")


@pytest.mark.covers("bad:read-only-folder")
def test_a_data_folder_that_is_a_file(desk: Desk) -> None:
    (desk.folder / "data").touch()
    said = desk.run("serve", code=CONFIGURATION)
    assert said.startswith(f"{desk.config}: database.url: {desk.folder}/data is not writable (")


@pytest.mark.covers("bad:read-only-folder")
def test_a_database_that_is_read_only(desk: Desk) -> None:
    desk.database.parent.mkdir()
    desk.database.touch(mode=0o444)
    said = desk.run("serve", code=CONFIGURATION, by=AS_OTHERS if os.geteuid() == 0 else None)
    assert "database.url: the database cannot be used: attempt to write a readonly database; check" in said


def test_a_file_that_is_no_database(desk: Desk) -> None:
    desk.database.parent.mkdir()
    desk.database.write_bytes(b"This is not a database at all. " * 100)
    said = desk.run("serve", code=CONFIGURATION)
    assert "database.url: the database cannot be used: file is not a database" in said


@pytest.mark.covers("bad:newer-schema")
def test_a_newer_schema(desk: Desk) -> None:
    desk.firstline("db", "upgrade").check_returncode()
    engine = create_engine(f"sqlite:///{desk.database}")
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    said = desk.run("serve", code=CONFIGURATION)
    assert "database.url: the schema 9999 is newer than" in said
    assert "install the newer firstline again, or restore the backup" in said


@pytest.mark.covers("bad:wrong-type")
def test_a_wrong_type(desk: Desk) -> None:
    desk.write("[limits]\ndepth = 'eight'\n")
    said = desk.run("serve", code=CONFIGURATION)
    assert said == f"{desk.config}: limits.depth: this must be a whole number, not a text in quotes"


@pytest.mark.covers("bad:wrong-type")
def test_a_promise_that_no_calendar_can_hold(desk: Desk) -> None:
    desk.write("[sla]\nfirst_response = '999999 weeks'\n")
    said = desk.run("serve", code=CONFIGURATION)
    assert said == f"{desk.config}: sla.first_response: 999999 weeks are too long; promise 365 days at most"


@pytest.mark.covers("bad:rule-book")
def test_a_rule_book_with_a_mistake(desk: Desk) -> None:
    book = desk.folder / "book.toml"
    then = 'then = [{ do = "add_tag", tag = "x" }]'
    mistake = "when = \"statsu == 'new'\""
    book.write_text(f'[[trigger]]\nname = "x"\non = ["ticket.opened"]\n{mistake}\n{then}\n', encoding="utf-8")
    desk.write(f"[rules]\nbooks = ['{book}']\n")
    said = desk.run("serve", code=CONFIGURATION)
    assert str(book) in said
    assert "statsu" in said
    assert "status" in said, "what was meant"


@pytest.mark.covers("bad:unknown-medium")
def test_an_agent_on_an_unknown_medium(desk: Desk) -> None:
    desk.write("[[agent]]\nhandle = 'anna'\nname = 'Anna'\nemail = 'anna@example.org'\nmedium = 'pigeon'\n")
    said = desk.run("serve", code=CONFIGURATION)
    assert said == f"{desk.config}: agent anna: medium: there is no [pigeon] channel to reach them on"


@pytest.mark.covers("bad:second-serve")
def test_a_second_serve_and_the_first_goes_on(tmp_path: Path) -> None:
    with running(House(tmp_path, f"sqlite:///{tmp_path}/firstline.db")) as house:
        (tmp_path / "second").mkdir()
        desk = Desk(tmp_path / "second")
        shutil.copy(tmp_path / "config.toml", desk.config)
        said = desk.run("serve", code=CONFIGURATION)
        assert f"database.url: another process uses {tmp_path}/firstline.db; stop it first" in said
        assert house.ask("status")["alarms"] == []
        assert desk.firstline("status").returncode == 0, "a command asks the process that serves"


@pytest.mark.covers("bad:database-gone-at-start")
def test_a_server_that_is_not_there(desk: Desk) -> None:
    url = f"postgresql+psycopg://desk@/desk?host={desk.folder}"
    desk.config.write_text(f'[database]\nurl = "{url}"\n[email]\naddresses = ["help@example.org"]\n', encoding="utf-8")
    for word in ("serve", "status"):
        assert "database.url: the database cannot be used: " in desk.run(word, code=CONFIGURATION)


def test_what_cannot_be_done(desk: Desk) -> None:
    said = desk.run("inbox", "retry", "4711", code=NOT_DONE)
    assert said == "there is no dead letter 4711 in the inbox; see: firstline inbox list"


@pytest.mark.parametrize("queue", ["inbox", "outbox"])
def test_a_number_that_no_row_can_have(desk: Desk, queue: str) -> None:
    assert desk.run(queue, "show", str(10**25), code=NOT_DONE) == f"there is no {queue} row {10**25}"


def test_a_wrong_command_is_wrong_usage(desk: Desk) -> None:
    done = subprocess.run([FIRSTLINE, "sreve"], capture_output=True, text=True, check=False)
    assert done.returncode == USAGE
    assert "Traceback" not in done.stderr
