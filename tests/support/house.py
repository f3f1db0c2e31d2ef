"""A whole desk for scenario tests: the real service, a real mail server in front and a sink behind.

The service runs in a thread with an event loop of its own; tests talk to it by SMTP and read what arrived at the sink.
"""

import asyncio
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bot import operations
from bot.config import Config, load_config
from bot.db.models import UNFINISHED, AuditEntry, Delivery, Inbox, is_one_of
from bot.db.store import Store
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.intake.inbox import BLOCKING
from bot.outgoing.receipts import Journal
from bot.serve import Service
from channels.email.mailbox import Delays
from tests.support import databases
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE, until

T = TypeVar("T")
HELP = "help@example.org"
QUICKLY = Delays(first=0.05, longest=0.4, refused=0.4, no_room=0.1, others=0.1)
"""How long mailboxes wait in tests when something is wrong."""


class Clock:
    """The time, which a test can move."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = start - datetime.now(UTC) if start else timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self._offset += by


CONFIG = """
[desk]
name = "IT Help"
domain = "example.org"
zone = "Europe/Berlin"
data = "{folder}"
remote_url = "https://remote.example.org/join/{{ticket}}"
secret = "a secret of these tests"

[database]
url = "{url}"

[email]
addresses = ["help@example.org", "it@example.org"]
authserv_ids = ["mx.example.org"]
max_size = 2_000_000

[email.smtp]
port = 0
bytes_in_flight = 8_000_000

[email.relay]
host = "127.0.0.1"
port = {relay_port}
tls = "none"

[updates]
quiet = ""
"""
NO_LISTS = """
[worklists]
agents = false
teams = false

"""
CONFIG += (
    NO_LISTS
    + """
[[team]]
name = "support"
lead = "lea"
"""
)
AGENTS = """
[[agent]]
handle = "anna"
name = "Anna Weber"
email = "anna@example.org"
teams = ["support"]

[[agent]]
handle = "ben"
name = "Ben Koch"
email = "ben@example.org"
teams = ["support"]

[[agent]]
handle = "lea"
name = "Lea Lund"
email = "lea@example.org"
tier = 2
teams = ["support"]
role = "admin"
"""


class House:
    """A running desk. `sink` holds what it sent; every question waits until the answer is there."""

    def __init__(
        self, folder: Path, url: str, *, clock: Clock | None = None, extra: str = AGENTS, desk: str = ""
    ) -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.sink = Sink()
        self._url = url
        self._extra = extra
        self._desk = desk
        self._thread: threading.Thread | None = None
        self._started = threading.Event()
        self._error: BaseException | None = None

    def config(self) -> Config:
        """The configuration, as a file would give it."""
        path = self.folder / "config.toml"
        text = CONFIG.format(folder=self.folder / "var", url=self._url, relay_port=self.sink.port) + self._extra
        text = text.replace(NO_LISTS, "") if "[worklists]" in self._extra else text
        text = text.replace("[desk]\n", f"[desk]\n{self._desk}\n", 1)
        path.write_text(text, encoding="utf-8")
        return load_config(path)

    def start(self) -> None:
        """Start the service and wait until it listens; a database that it lacks is there then."""
        databases.make_ready(self._url)
        self._started.clear()
        self._thread = threading.Thread(target=self._serve, name="service", daemon=True)
        self._thread.start()
        assert self._started.wait(PATIENCE), "the service did not start"
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """End the service in an orderly way."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self.service.stop)
            self._thread.join(PATIENCE)
            assert not self._thread.is_alive(), "the service did not end"
            self._thread = None

    @property
    def smtp_port(self) -> int:
        """Where the desk takes mail."""
        return int(self.service.channels["email"].bound["smtp"].rpartition(":")[2])  # type: ignore[attr-defined]

    def send(self, mail: EmailMessage | bytes, *, sender: str = "", to: str = HELP) -> None:
        """Hand a mail to the desk; returns after its 250."""
        data = mail.as_bytes(policy=policy.SMTP) if isinstance(mail, EmailMessage) else mail
        sender = sender or str(message_from_bytes(data).get("From", "")).rpartition("<")[2].rstrip(">")
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=PATIENCE) as connection:
            connection.sendmail(sender, [to], data)

    def ask(self, operation: str, **arguments: Any) -> Any:
        """What the command line would get."""
        return self.run(operations.unit(self.desk, operation, arguments))

    def ticket(self, number: int, who: str = "lea") -> dict[str, Any]:
        """A ticket as `firstline ticket show --json` gives it."""
        found: dict[str, Any] = self.ask("verb", **{"verb": "show", "as": who, "argument": str(number)})["data"]
        return found

    def verb(self, name: str, number: int | None = None, argument: str = "", *, who: str = "anna") -> dict[str, Any]:
        """Use a verb as `firstline ticket` does."""
        answer: dict[str, Any] = self.ask("verb", **{"verb": name, "as": who, "ticket": number, "argument": argument})
        return answer

    def run(self, unit: Unit[T]) -> T:
        """Run a unit of work in the desk's own database."""
        return self.store.run(unit)

    def audit(self, number: int) -> list[str]:
        """The actions in a ticket's audit, in order."""

        def unit(tx: Tx) -> list[str]:
            query = select(AuditEntry.action).where(AuditEntry.ticket_id == number).order_by(AuditEntry.id)
            return list(tx.session.scalars(query))

        return self.run(unit)

    def wait_until(self, true: Callable[[], T], what: str = "") -> T:
        """The first truthy value of `true`; fails after a while."""
        return until(true, what or str(true))

    def mails_to(self, address: str, count: int = 1) -> list[EmailMessage]:
        """What the sink has for `address`, once there are at least `count`, in order of arrival."""

        def found() -> list[EmailMessage]:
            mails = [received.message for received in list(self.sink.messages) if address in received.recipients]
            return mails if len(mails) >= count else []

        return self.wait_until(found, f"{count} mails to {address}")

    def settle(self) -> None:
        """Wait until nothing is left to do: no inbox row, no delivery under way, asked after what was begun before."""
        self.wait_until(lambda: self.run(_is_quiet), "the desk to come to rest")

    def read(self, question: Callable[[Session], T]) -> T:
        """Ask the database."""
        with self.store.read() as session:
            return question(session)

    def _serve(self) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self.service = _Watched(self, self.config(), clock=self.clock)
            await self.service.run(self._started.set)

        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001  handed to the test that started it
            self._error = error
            self._started.set()

    store: Store
    desk: Desk


_RECEIVED = exists().where(is_one_of(Inbox.state, "new", *BLOCKING))
_TO_SEND = exists().where(is_one_of(Delivery.state, *UNFINISHED))
_UNDER_WAY = select(_RECEIVED | _TO_SEND)


def _is_quiet(tx: Tx) -> bool:
    return not tx.session.scalar(_UNDER_WAY)


class _Watched(Service):
    """The service, which lets a test see its store and desk."""

    def __init__(self, house: House, config: Config, *, clock: Clock) -> None:
        super().__init__(config, clock=clock)
        self._house = house
        self.channels["email"].delays = QUICKLY  # type: ignore[attr-defined]

    async def _work(self, store: Store, desk: Desk, journal: Journal, ready: Callable[[], None]) -> None:
        self._house.store, self._house.desk = store, desk
        await super()._work(store, desk, journal, ready)


@contextmanager
def running(house: House) -> Iterator[House]:
    """The house with its sink and its service, ended at the end."""
    with house.sink:
        house.start()
        try:
            yield house
        finally:
            house.stop()


def mail(
    sender: str = "Ada Lovelace <ada@example.com>",
    subject: str = "The printer is broken",
    text: str = "Hello,\n\nthe printer on the third floor does not print any more.\n",
    *,
    to: str = HELP,
    **headers: str,
) -> EmailMessage:
    """An ordinary mail. Further headers by name, with `_` for `-`."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{msgspec.json.encode([sender, subject, text, time.time_ns()]).hex()[-40:]}@example.com>"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def reply(
    to: EmailMessage, text: str, *, sender: str, quote: bool = True, below: str = "", to_address: str = ""
) -> EmailMessage:
    """What an ordinary mail program makes of "reply": its headers, the new words, and all of the mail quoted."""
    original = to.get_body(("plain",))
    assert original is not None
    quoted = "".join(f"> {line}\n" for line in original.get_content().splitlines()) if quote else ""
    attribution = f"On Monday, 23 November 2026 at 10:00, {to['From']} wrote:\n\n" if quote else ""
    answer = mail(sender, f"Re: {to['Subject']}", f"{text}\n\n{attribution}{quoted}{below}")
    del answer["To"]
    answer["To"] = to_address or str(to.get("Reply-To", to["From"]))
    answer["In-Reply-To"] = str(to["Message-ID"])
    answer["References"] = f"{to.get('References', '')} {to['Message-ID']}".strip()
    return answer


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content
