"""A desk of its own for the demo: the whole service, on free ports, in a temporary folder."""

import asyncio
import json
import secrets
import socket
import tempfile
import threading
import time
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bot import control
from bot.cli.send import hand_in, listener_of
from bot.config import Config, ConfigError, load_config
from bot.errors import NotDone
from bot.serve import Service

DESK: Final = "help@example.org"
_PATIENCE: Final = 15.0
_PORTS: Final = range(20_000, 32_000)
_CONFIG: Final = """\
[desk]
name = "IT Help"
domain = "example.org"
zone = "Europe/Berlin"
data = {folder}

[database]
url = {database}

[sla]
first_response = "8 business hours"

[email]
addresses = ["help@example.org"]
name = "IT Help"
outgoing = {outgoing}

[email.smtp]
host = "127.0.0.1"
port = {port}

[console]
socket = {socket}
mailbox = {mailbox}

[[team]]
name = "support"
lead = "anna"

[[agent]]
handle = "anna"
name = "Anna Weber"
email = "anna@example.org"
teams = ["support"]
role = "admin"
"""


class Failed(Exception):
    """The desk did not do what the story expects."""


class Stage:
    """The desk while the story plays: a context that starts and ends it. `sent` are all its mails so far, in order.

    `further` is what the configuration has beside the usual.
    """

    def __init__(self, further: str = "") -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="firstline-demo-")
        self.folder = Path(self._folder.name)
        self.config = _configure(self.folder, further)
        self.sent: list[EmailMessage] = []
        self._listener = listener_of(self.config)[0]
        self._read: set[str] = set()
        self._desk = Running(self.config)

    def __enter__(self) -> Self:
        try:
            self._desk.start()
        except BaseException:
            self._desk.stop()
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._desk.stop()
        self._folder.cleanup()

    @property
    def address(self) -> str:
        """Where it takes mail in."""
        return f"{self._listener.host}:{self._listener.port}"

    def receive(self, mail: EmailMessage, *, envelope_sender: str | None = None) -> str:
        """Hand a mail in over SMTP and return what the desk said. Raises Failed if it was refused."""
        sender = parseaddr(mail["From"])[1] if envelope_sender is None else envelope_sender
        try:
            return hand_in(self._listener, sender, parseaddr(mail["To"])[1], mail.as_bytes(policy=policy.SMTP))
        except NotDone as error:
            raise Failed(str(error)) from error

    def expect(self, *recipients: str) -> list[EmailMessage]:
        """The mails that the desk has sent since it was asked last, in the order of `recipients`.

        Raises Failed if they are not exactly for these.
        """
        self._settle()
        fresh = self._new_mails()
        self.sent += fresh
        got = sorted(str(mail["To"]) for mail in fresh)
        if sorted(parseaddr(to)[1] for to in got) != sorted(recipients):
            raise Failed(
                f"mails to {', '.join(recipients) or 'nobody'} were expected, it sent: {', '.join(got) or 'none'}"
            )
        return sorted(fresh, key=lambda mail: recipients.index(parseaddr(mail["To"])[1]))

    def ticket(self, number: int) -> dict[str, Any]:
        """What `firstline ticket show` shows. Raises Failed if there is no such ticket."""
        try:
            answer = control.call(
                self.config, "verb", **{"verb": "show", "as": "anna", "ticket": number, "argument": str(number)}
            )
        except NotDone as error:
            raise Failed(str(error)) from error
        shown: dict[str, Any] = answer
        return shown

    def _settle(self) -> None:
        """Return when nothing waits: what was received is worked, and what it caused is sent."""
        begun = time.monotonic()
        status: dict[str, Any] = {}
        while time.monotonic() - begun < _PATIENCE:
            self._desk.check()
            status = control.call(self.config, "status")
            if status["dead_letters"]:
                raise Failed(f"it could not take in a mail: {[alarm['detail'] for alarm in status['alarms']]}")
            if not status["inbox_waiting"] and not status["outbox_waiting"]:
                return
            time.sleep(0.05)
        raise Failed(f"after {_PATIENCE:.0f} seconds it is still at work: {status}")

    def _new_mails(self) -> list[EmailMessage]:
        fresh = [file for file in (self.folder / "outgoing" / "new").glob("*") if file.name not in self._read]
        self._read |= {file.name for file in fresh}
        fresh.sort(key=lambda file: file.stat().st_mtime_ns)
        parser = BytesParser(policy=policy.default)
        return [parser.parsebytes(file.read_bytes()) for file in fresh]


class Running:
    """The service in a thread, with a loop of its own."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service: Service | None = None
        self._thread = threading.Thread(target=self._run, name="desk")

    def start(self) -> None:
        """Return once it listens. Raises Failed."""
        self._thread.start()
        self._ready.wait(_PATIENCE)
        self.check()
        if not self._ready.is_set():
            raise Failed(f"it did not start within {_PATIENCE:.0f} seconds")

    def check(self) -> None:
        """Raise Failed if it has ended."""
        if self._error is not None:
            raise Failed(f"it has ended: {self._error}") from self._error
        if self._ready.is_set() and not self._thread.is_alive():
            raise Failed("it has ended by itself")

    def stop(self) -> None:
        """End it in order."""
        if self._loop is not None and self._service is not None:
            with suppress(RuntimeError):  # it may have ended by itself
                self._loop.call_soon_threadsafe(self._service.stop)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (ConfigError, OSError) as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._service = Service(self._config)
        await self._service.run(self._ready.set)


def _configure(folder: Path, further: str) -> Config:
    path = folder / "config.toml"
    text = _CONFIG.format(
        folder=json.dumps(str(folder)),
        database=json.dumps(f"sqlite:///{folder}/firstline.db"),
        outgoing=json.dumps(str(folder / "outgoing")),
        socket=json.dumps(str(folder / "console.sock")),
        mailbox=json.dumps(str(folder / "console")),
        port=free_port(),
    )
    path.write_text(text + further, encoding="utf-8")
    return load_config(path)


def free_port() -> int:
    """A port of this machine that nobody uses, and that no system hands out by itself before it is used."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
