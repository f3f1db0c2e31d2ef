"""Who is measured: the no-op, the floor, and Firstline as shipped."""

import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CONFIG = """\
[desk]
name = "Help desk"
domain = "example.org"
data = "{folder}"
secret = "{secret}"

[database]
url = "{database}"

[email]
addresses = ["help@example.org"]
smtp = {{ host = "127.0.0.1", port = {port} }}
relay = {{ host = "127.0.0.1", port = {relay_port}, tls = "none" }}

"""


class BenchError(Exception):
    """Something could not be measured; the text says what and why."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a subject works: its folder, the port it listens on, and the relay it hands answers to."""

    folder: Path
    port: int
    relay_port: int

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'firstline.db'}"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A program under measurement: how it is started, and whether it answers mails."""

    name: str
    command: Callable[[Place], list[str]]
    answers: bool = True


def _noop(place: Place) -> list[str]:
    return [sys.executable, "-m", "bench.noop", "--port", str(place.port)]


def _floor(place: Place) -> list[str]:
    ports = ["--port", str(place.port), "--relay-port", str(place.relay_port)]
    return [sys.executable, "-m", "bench.floor", "--db", str(place.folder / "floor.db"), *ports]


def firstline(place: Place, *arguments: str, more: str = "") -> list[str]:
    """The command line of `firstline` on a config file made for this place, with `more` at its end."""
    config = place.folder / "config.toml"
    config.write_text(
        CONFIG.format(
            folder=place.folder,
            secret=secrets.token_hex(32),
            database=place.database,
            port=place.port,
            relay_port=place.relay_port,
        )
        + more,
        encoding="utf-8",
    )
    return [str(Path(sys.executable).with_name("firstline")), "--config", str(config), *arguments]


def prepare(place: Place) -> None:
    """Make Firstline's database at this place, empty. Raises BenchError."""
    command = firstline(place, "db", "upgrade")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise BenchError(f"firstline db upgrade ended with {done.returncode}: {done.stderr.strip()}")


NOOP = Subject(name="no-op", command=_noop, answers=False)
FLOOR = Subject(name="floor", command=_floor)
FIRSTLINE = Subject(name="firstline", command=lambda place: firstline(place, "serve"))
SUBJECTS = {subject.name: subject for subject in (NOOP, FLOOR, FIRSTLINE)}
