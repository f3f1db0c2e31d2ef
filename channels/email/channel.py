"""E-mail as a channel: SMTP, LMTP and IMAP in, a relay or a Maildir out."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from channels.base import (
    Answers,
    ChannelError,
    Check,
    Envelope,
    IsOurs,
    Parse,
    PermanentFailure,
    Raw,
    Receipt,
    Render,
    Source,
    Take,
    TemporaryFailure,
)
from channels.email import probe
from channels.email.compose import compose, mailbox, message_id, reply_address
from channels.email.config import EmailSettings, MailboxSettings
from channels.email.imap import Token
from channels.email.mailbox import Delays, Mailbox, look
from channels.email.maildir import Maildir
from channels.email.oauth import TokenSource
from channels.email.parse import MailParser
from channels.email.relay import RelayPool
from channels.email.server import FINISH_WITHIN, MailServer

if TYPE_CHECKING:
    from channels.email.ballots import BallotServer

LINKS = "links"
"""What the listener for links is called in `bound`."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _always(_source: str) -> bool:
    return True


class EmailChannel:
    """The `[email]` table at work. `bound` says where it listens once `ready` is set.

    `delays` are how long its mailboxes wait, as they are when it begins to listen.
    `tokens` is the one source of access tokens for all that logs in. Raises OSError that names the setting where a key
    cannot be used.
    """

    name = "email"

    def __init__(self, settings: EmailSettings) -> None:
        self.parse: Parse = MailParser(settings.parsing())
        self.render: Render = partial(compose, settings=settings)
        self.ready = asyncio.Event()
        self.bound: dict[str, str] = {}
        self.delays = Delays()
        self._is_ours: IsOurs = _always
        self._settings = settings
        self.tokens = TokenSource(settings.oauth) if settings.oauth else None
        self._relay = RelayPool(settings.relay, settings.domain, self.tokens) if settings.relay else None
        self._sign = _signing(settings)
        self._server: MailServer | None = None
        self._answers: Answers | None = None
        self._mailboxes: list[Mailbox] = []
        self._maildir = Maildir(Path(settings.outgoing))

    def places(self) -> list[str]:
        """Where mail comes in, once it does, and where it goes out."""
        boxes = ", ".join(self._settings.addresses)
        listeners = {name: where for name, where in self.bound.items() if name != LINKS}
        incoming = [f"mail for {boxes} comes in on {where} ({name.upper()})" for name, where in listeners.items()]
        if self._settings.links is not None and LINKS in self.bound:
            incoming.append(f"answers by link come in on {self.bound[LINKS]}, for {self._settings.links.url}")
        incoming += [f"mail comes in from the mailbox {box.name} on {box.host}" for box in self._settings.mailbox]
        relay = self._settings.relay
        outgoing = f"the relay {relay.host}:{relay.port}" if relay else f"the Maildir {self._settings.outgoing}"
        return [*incoming, f"mail goes out to {outgoing}"]

    def divide(self, is_ours: IsOurs) -> None:
        """Read a mailbox only while `is_ours` says so of its name."""
        self._is_ours = is_ours

    def answer_with(self, answers: Answers) -> None:
        """Ask these what the page of a link shows."""
        self._answers = answers

    async def listen(self, take: Take) -> None:
        """Take in mail until cancelled, then let what is being received finish.

        Raises OSError that names the setting when an address cannot be used.
        """
        self._server = server = MailServer(self._settings, take)
        await server.start()
        self.bound = dict(server.bound)
        ballots = self._ballots(take)
        if ballots is not None:
            try:
                await ballots.start()
            except OSError:
                await server.stop(finish_within=0)
                raise
            self.bound[LINKS] = ballots.bound
        self._mailboxes = [
            Mailbox(
                settings,
                take,
                max_size=self._settings.max_size,
                now=_utc_now,
                token=self._token(settings),
                delays=self.delays,
                is_ours=self._is_ours,
            )
            for settings in self._settings.mailbox
        ]
        for box in self._mailboxes:
            box.start()
        self.ready.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.ready.clear()
            ends = [server.stop(), *(box.stop(FINISH_WITHIN) for box in self._mailboxes)]
            await asyncio.gather(*ends, *([ballots.stop()] if ballots is not None else []))

    def sources(self) -> list[Source]:
        """How the listeners and mailboxes are; none before `listen`."""
        listeners = self._server.sources() if self._server is not None else []
        return [*listeners, *(box.source() for box in self._mailboxes)]

    async def deliver(self, rendered: bytes, envelope: Envelope) -> Receipt:
        """Send what `render` made, to `envelope.to` alone: a copy is a delivery of its own.

        The sender of the SMTP envelope is the address with the reply token, for automatic mail too, so that a bounce
        says which delivery failed. RFC 3834 allows that in place of `<>` where nothing sent to the address
        is answered automatically, and bounces never are.
        """
        recipient = mailbox(envelope.to.address)
        local, _, domain = recipient.rpartition("@")
        if not local or not domain:
            raise PermanentFailure(f"{envelope.to.address!r} is not a mail address")
        signed = await self._signed(rendered)
        if self._relay is None:
            return await self._put_away(signed, envelope)
        detail = await self._relay.send(reply_address(envelope, self._settings), recipient, signed)
        return self._receipt(envelope, detail)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """What the Maildir has; a relay cannot tell."""
        if self._relay is not None:
            return None
        found = await asyncio.to_thread(self._maildir.find, envelope.key, envelope.sent_at)
        return self._receipt(envelope, str(found)) if found else None

    async def check(self) -> list[Check]:
        """Log in to the relay as for a mail, and to every mailbox."""
        boxes = [asyncio.to_thread(look, settings, self._token(settings)) for settings in self._settings.mailbox]
        return [await self._check_relay(), *await asyncio.gather(*boxes)]

    async def _check_relay(self) -> Check:
        relay = self._settings.relay
        if self._relay is None or relay is None:
            said = f"there is no [email.relay]: mail goes into the Maildir {self._settings.outgoing}"
            return Check(name="relay", state="note", said=said)
        try:
            await self._relay.check()
        except ChannelError as error:
            return Check(name="relay", state="bad", said=str(error))
        return Check(name="relay", state="good", said=f"logged in to {relay.host}:{relay.port}")

    async def send_probe(self, name: str) -> str:
        """Send a mail to ourselves through the relay, signed as others are; nothing where there is no relay."""
        if self._relay is None:
            return ""
        signed = await self._signed(probe.write(name, self._settings, _utc_now()))
        await self._relay.send(self._settings.addresses[0], probe.address(name, self._settings), signed)
        return probe.thread_id(name, self._settings)

    def look_at_probe(self, raw: Raw, name: str) -> list[Check]:
        """What its way back shows: the plus-address, the threading, the authserv-id."""
        return list(probe.look_at(raw, name, self._settings))

    async def close(self) -> None:
        if self._relay is not None:
            await self._relay.close()

    def _ballots(self, take: Take) -> "BallotServer | None":
        links = self._settings.links
        if links is None or self._answers is None:
            return None
        from channels.email.ballots import BallotServer

        return BallotServer(links, self._answers, take)

    def _token(self, settings: MailboxSettings) -> Token | None:
        return self.tokens.token if self.tokens is not None and settings.auth == "xoauth2" else None

    async def _signed(self, mail: bytes) -> bytes:
        return await asyncio.to_thread(self._sign, mail) if self._sign is not None else mail

    async def _put_away(self, rendered: bytes, envelope: Envelope) -> Receipt:
        try:
            path = await asyncio.to_thread(self._maildir.write, envelope.key, envelope.sent_at, rendered)
        except OSError as error:
            raise TemporaryFailure(f"email.outgoing: {self._maildir.folder} cannot be written: {error}") from error
        return self._receipt(envelope, str(path))

    def _receipt(self, envelope: Envelope, detail: str) -> Receipt:
        return Receipt(external_id=message_id(envelope, self._settings), detail=detail)


def _signing(settings: EmailSettings) -> Callable[[bytes], bytes] | None:
    if settings.dkim is None:
        return None
    from channels.email.dkim import DkimKey

    return DkimKey(settings.dkim, settings.addresses[0].rpartition("@")[2]).sign
