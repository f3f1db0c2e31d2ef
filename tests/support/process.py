"""The real program as a process of its own, which a test may kill."""

import signal
import smtplib
import subprocess
import sys
from pathlib import Path
from typing import Self

from bot.demo.stage import free_port
from tests.support.dovecot import PASSWORD
from tests.support.house import AGENTS, CONFIG
from tests.support.mta import connect
from tests.support.sink import Sink
from tests.support.waiting import until

MAILBOX = """
[[email.mailbox]]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "{user}"
password = "{password}"
"""


def with_mailbox(port: int, user: str) -> str:
    """The part of a configuration that has it read the mailbox of a user."""
    return MAILBOX.format(port=port, user=user, password=PASSWORD)


class Process:
    """A running `firstline serve`; its name is the desk's name in what it writes."""

    def __init__(self, folder: Path, url: str, sink: Sink, name: str, *, more: str = "") -> None:
        self.name = name
        self.port = free_port()
        self.path = folder / f"{name}.toml"
        config = CONFIG.format(folder=folder / "var", url=url, relay_port=sink.port) + AGENTS
        config = config.replace('name = "IT Help"', f'name = "{name}"').replace("port = 0", f"port = {self.port}")
        self.path.write_text(config + more, encoding="utf-8")

    def __enter__(self) -> Self:
        command = [str(Path(sys.executable).with_name("firstline")), "--config", str(self.path), "serve"]
        with self.path.with_suffix(".log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self.listens, f"{self.name} to listen", seconds=30)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(40)

    def listens(self) -> bool:
        try:
            connect(self.port).close()
        except (smtplib.SMTPException, OSError):
            return False
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def log(self) -> str:
        return self.path.with_suffix(".log").read_text("utf-8")
