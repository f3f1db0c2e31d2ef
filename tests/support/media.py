"""The media that the contract suite is run with: a new channel is one more factory here."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import msgspec

from bot.config import AgentSettings, Config, DatabaseSettings, DeskSettings
from bot.db.store import Store
from bot.desk import Desk
from bot.intake import inbox
from bot.loops.delivery import DeliveryLoop
from bot.loops.desk import DeskLoop
from bot.outgoing.receipts import Journal
from bot.wiring import build_desk, open_store
from channels.base import (
    Address,
    Attachment,
    Channel,
    Completer,
    Incoming,
    Kind,
    PermanentFailure,
    Raw,
    TemporaryFailure,
)
from channels.console import ConsoleChannel, ConsoleSettings
from channels.discord.channel import DiscordChannel
from channels.discord.intake import Intake
from channels.discord.rooms import Rooms
from channels.discord.settings import DiscordSettings
from channels.email.channel import EmailChannel
from channels.email.config import EmailSettings, Relay
from channels.email.intake import raw_mail
from channels.memory import Failure, MemoryChannel
from channels.slack.channel import SlackChannel
from channels.slack.intake import raw_of
from channels.slack.settings import SlackSettings
from tests.support import databases, discordserver, slackserver
from tests.support.discordserver import DiscordServer
from tests.support.discordserver.shapes import event_of
from tests.support.sink import Drop, Sink
from tests.support.slackserver import Refusal, SlackServer

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

Fail = Callable[[], None]
Say = Callable[[str, str, Raw | None], Raw]
"""What the platform hands over when somebody says a text, in the thread of an earlier message if there is one."""


@dataclass(kw_only=True)
class Medium:
    """A channel and the platform behind it.

    `someone` is a person's address on it, and `agent` has the agent's where that is no mail address. `temporary`,
    `permanent` and `unsure` make the next delivery fail so, and are None where the medium knows no such failure; `mend`
    ends a temporary one. `arrived` lists what the platform has, one key or id for each message. `can_tell` says whether
    it knows afterwards what it was sent.
    """

    channel: Channel
    say: Say
    arrived: Callable[[], list[str]]
    someone: str = "ada@example.com"
    agent: dict[str, str] = field(default_factory=dict)
    temporary: Fail | None = None
    mend: Fail = field(default=lambda: None)
    permanent: Fail | None = None
    unsure: Fail | None = None
    can_tell: bool = True

    @property
    def name(self) -> str:
        return self.channel.name


Factory = Callable[[Path], Iterator[Medium]]


# ------------------------------------------------------------------------------------------ memory


def memory(folder: Path) -> Iterator[Medium]:
    """The fake that ships."""
    channel = MemoryChannel()

    def say(who: str, text: str, after: Raw | None) -> Raw:
        number = len(channel.sent), text
        earlier = msgspec.json.decode(after.payload, type=Incoming).external_id if after else ""
        incoming = Incoming(
            kind=Kind.HUMAN,
            external_id=f"m{number}",
            sender=Address(who),
            subject="A question",
            text=text,
            reply=text,
            thread=(earlier,) if earlier else (),
            verified=True,
            above_marker=True,
        )
        return channel.receive(incoming, received_at=NOW, lane=after.lane if after else "")

    yield Medium(
        channel=channel,
        say=say,
        arrived=lambda: [sent.envelope.key for sent in channel.sent],
        temporary=lambda: channel.failures.append(Failure(TemporaryFailure("not now"))),
        permanent=lambda: channel.failures.append(Failure(PermanentFailure("never"))),
        unsure=channel.lose_the_answer,
    )


# ------------------------------------------------------------------------------------------ mail


def say_by_mail(who: str, text: str, after: Raw | None) -> Raw:
    """A mail, answering an earlier one."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = who, "help@example.org", "A question"
    message["Message-ID"] = f"<{sha256((who + text).encode()).hexdigest()[:20]}@example.com>"
    if after is not None:
        message["References"] = f"<{after.lane}>"
    message.set_content(text)
    payload = message.as_bytes(policy=policy.SMTP)
    return raw_mail(payload, mail_from=who, rcpt_to=["help@example.org"], received_at=NOW)


def mail_into_a_maildir(folder: Path) -> Iterator[Medium]:
    """Mail without a relay."""
    outgoing = folder / "outgoing"
    channel = EmailChannel(EmailSettings(addresses=("help@example.org",), outgoing=str(outgoing)))

    def spoil() -> None:
        outgoing.parent.mkdir(parents=True, exist_ok=True)
        outgoing.write_text("a file where the folder should be")

    yield Medium(
        channel=channel,
        say=say_by_mail,
        arrived=lambda: [path.name for path in sorted((outgoing / "new").glob("*"))],
        temporary=spoil,
        mend=outgoing.unlink,
    )


def mail_through_a_relay(folder: Path) -> Iterator[Medium]:
    """Mail through an SMTP relay, which cannot tell afterwards what it was sent."""
    with Sink() as sink:
        relay = Relay(host="127.0.0.1", port=sink.port, tls="none")
        channel = EmailChannel(EmailSettings(addresses=("help@example.org",), relay=relay))
        yield Medium(
            channel=channel,
            say=say_by_mail,
            arrived=lambda: [received.message_id for received in sink.messages],
            temporary=lambda: sink.answers.append("451 4.7.1 Not now"),
            permanent=lambda: sink.answers.append("554 5.7.1 Never"),
            unsure=lambda: sink.drops.append(Drop.AFTER_DOT_KEPT),
            can_tell=False,
        )


# ------------------------------------------------------------------------------------------ console


def console(folder: Path) -> Iterator[Medium]:
    """People at a terminal."""
    mailbox = folder / "console"
    channel = ConsoleChannel(ConsoleSettings(socket=str(folder / "console.sock"), mailbox=str(mailbox)))

    def say(who: str, text: str, after: Raw | None) -> Raw:
        said: dict[str, object] = {"say": text, "as": who, "ticket": 1 if after else None, "files": []}
        key = base64.b32encode(f"{who} {text}".encode()).decode()[:60]
        payload = msgspec.json.encode(said)
        return Raw(channel="console", key=key, lane=f"console:{who}", payload=payload, received_at=NOW)

    def spoil() -> None:
        mailbox.write_text("a file where the folder should be")

    def arrived() -> list[str]:
        lines = [line for path in sorted(mailbox.glob("*.jsonl")) for line in path.read_bytes().splitlines()]
        return [msgspec.json.decode(line)["key"] for line in lines]

    yield Medium(channel=channel, say=say, arrived=arrived, temporary=spoil, mend=mailbox.unlink)


# ------------------------------------------------------------------------------------------ slack


def slack(_folder: Path) -> Iterator[Medium]:
    """People who write to the bot alone, on a Slack of our own."""
    with SlackServer() as server:
        server.clock.stop(NOW.timestamp())
        acme = server.workspace("Acme")
        ada, _ = acme.person("ada", email="ada@example.com"), acme.person("anna", email="anna@example.org")
        settings = SlackSettings(bot_tokens=(acme.token,), api=server.base_url)
        channel = SlackChannel(settings)

        def say(who: str, text: str, after: Raw | None) -> Raw:
            assert who == f"{acme.id}:{ada.id}"
            thread = msgspec.json.decode(after.payload)["body"]["ts"] if after else ""
            ada.post(ada.dm, text, thread=thread)
            raw = raw_of(acme.deliveries[-1].payload, settings, us=acme.bot.id, received_at=NOW)
            assert raw is not None
            return _complete(channel, raw)

        def arrived() -> list[str]:
            marks = [call["metadata"]["event_payload"] for call in server.calls("chat.postMessage", ok=True)]
            return [str(mark["key"]) for mark in marks if mark["part"] == 1]

        def fails(how: slackserver.Fault) -> Fail:
            return lambda: server.faults.add("chat.postMessage", how)

        yield Medium(
            channel=channel,
            say=say,
            arrived=arrived,
            someone=f"{acme.id}:{ada.id}",
            temporary=fails(Refusal("service_unavailable")),
            permanent=fails(Refusal("channel_not_found")),
            unsure=fails(slackserver.Drop.AFTER),
        )


def _complete(channel: Completer, raw: Raw) -> Raw:
    """With what it refers to, fetched in a loop of its own, for whoever asks may be in one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_completed(channel, raw))).result()


async def _completed(channel: Completer, raw: Raw) -> Raw:
    return await channel.complete(raw)


# ------------------------------------------------------------------------------------------ discord


def discord(_folder: Path) -> Iterator[Medium]:
    """People who write to the bot alone, on a Discord of our own."""
    with DiscordServer() as server:
        server.grant(discordserver.Intent.MESSAGE_CONTENT)
        server.clock.stop(NOW.timestamp())
        acme = server.guild("Acme")
        ada, anna = acme.person("ada"), acme.person("anna")
        settings = DiscordSettings(token=server.token, api=server.api, gateway=server.gateway)
        channel = DiscordChannel(settings)
        intake = Intake(settings, Rooms())
        intake.us = str(server.app.bot.id)

        def say(who: str, text: str, after: Raw | None) -> Raw:
            assert who == str(ada.id)
            earlier = msgspec.json.decode(after.payload)["body"]["id"] if after else ""
            answered = next((one for one in ada.dm.messages if str(one.id) == earlier), None)
            said = ada.send_dm(text, reply_to=answered)
            raw = intake.said(event_of(server.state, said), NOW)
            assert raw is not None
            return raw

        def arrived() -> list[str]:
            return [str(call["nonce"]) for call in server.calls(SAY, ok=True)]

        def fails(how: discordserver.Fault) -> Fail:
            return lambda: server.faults.add(SAY, how)

        yield Medium(
            channel=channel,
            say=say,
            arrived=arrived,
            someone=str(ada.id),
            agent={"discord": str(anna.id)},
            temporary=fails(discordserver.Refusal(403, 50013)),
            permanent=fails(discordserver.Refusal(400, 50035)),
            unsure=fails(discordserver.Drop.AFTER),
        )


SAY = "POST /channels/{channel}/messages"

MEDIA: dict[str, Factory] = {
    "memory": memory,
    "maildir": mail_into_a_maildir,
    "relay": mail_through_a_relay,
    "console": console,
    "slack": slack,
    "discord": discord,
}
CAN_BE_REFUSED = ("memory", "relay", "slack", "discord")
"""The media whose platform can say never, or lose its answer. A Maildir and a mailbox file cannot."""

opened = {name: contextmanager(factory) for name, factory in MEDIA.items()}


# ------------------------------------------------------------------------------------------ a desk around it


@dataclass
class Bench:
    """A desk with one medium, worked step by step and not by itself. `now` is its time, which a test can move."""

    medium: Medium
    store: Store
    desk: Desk
    now: list[datetime]

    def take(self, *raws: Raw) -> None:
        """Work everything that was received, in order."""
        for raw in raws:
            self.store.run(inbox.put(raw))
        loop = DeskLoop(self.store, self.desk, {self.medium.name: self.medium.channel})
        try:
            while loop.work():
                pass
        finally:
            loop.parsing.close()

    async def deliver(self) -> None:
        """Deliver all that is due now."""
        journal = Journal(Path(self.desk.config.desk.data))
        loop = DeliveryLoop(self.store, self.desk, {self.medium.name: self.medium.channel}, journal)
        while await loop.deliver_some():
            await loop.drain()
        journal.close()


def at_a_bench(folder: Path, medium: Medium) -> Bench:
    """A desk on SQLite with one agent, Anna, and the given medium."""
    now = [NOW]
    config = Config(
        desk=DeskSettings(domain="example.org", secret="a secret", data=str(folder)),
        database=DatabaseSettings(url=databases.embedded(folder)),
        agent=(
            AgentSettings(
                handle="anna", name="Anna", email="anna@example.org", medium=medium.name, addresses=medium.agent
            ),
        ),
    )
    store = open_store(config, upgrade=False, clock=lambda: now[0])
    return Bench(medium, store, store.run(lambda tx: build_desk(config, tx)), now)


@asynccontextmanager
async def bench(name: str, folder: Path) -> AsyncIterator[Bench]:
    """A bench for a medium by its name, and everything put away at the end."""
    with opened[name](folder) as medium:
        made = await asyncio.to_thread(at_a_bench, folder, medium)
        try:
            yield made
        finally:
            await medium.channel.close()
            await asyncio.to_thread(made.store.close)


def attachment(name: str, content: bytes, content_type: str = "application/octet-stream") -> Attachment:
    """A file."""
    return Attachment(
        name=name, type=content_type, size=len(content), sha256=sha256(content).hexdigest(), content=content
    )
