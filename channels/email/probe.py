"""A mail of the desk to itself, and what its way back shows of the servers on it (`firstline check --online`)."""

from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import format_datetime

from channels.base import CHECK_MARK, Check, Raw
from channels.email.authentication import parse
from channels.email.config import EmailSettings


def thread_id(name: str, settings: EmailSettings) -> str:
    """The id that the mail answers: it is in no ticket, and its lane in the inbox."""
    return f"{CHECK_MARK}{name}@{settings.domain}"


def address(name: str, settings: EmailSettings) -> str:
    """Our own address, with the name of the check as its detail where addresses can carry one."""
    local, _, domain = settings.addresses[0].rpartition("@")
    return f"{local}{settings.plus}{name}@{domain}" if settings.plus else settings.addresses[0]


def write(name: str, settings: EmailSettings, now: datetime) -> bytes:
    """The mail: ours by its loop header, so that no desk answers it."""
    lines = [
        f"Date: {format_datetime(now)}",
        f"From: {settings.addresses[0]}",
        f"To: {address(name, settings)}",
        "Subject: Firstline checks its mail",
        f"Message-ID: <{name}@{settings.domain}>",
        f"In-Reply-To: <{thread_id(name, settings)}>",
        f"References: <{thread_id(name, settings)}>",
        "Auto-Submitted: auto-generated",
        f"X-Firstline-Loop: {settings.loop_name}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "firstline check --online sent this mail to see whether it comes back. Nothing needs to be done.",
        "",
    ]
    return "\r\n".join(lines).encode()


def look_at(raw: Raw, name: str, settings: EmailSettings) -> Iterator[Check]:
    """What came back, a line for each thing that depends on it."""
    header = BytesHeaderParser().parsebytes(raw.payload)
    yield Check(name="way back", state="good", said=f"a mail to {address(name, settings)} came back")
    yield _plus(raw, header, name, settings)
    yield _message_id(header, f"<{name}@{settings.domain}>")
    yield _authserv_id(header, settings)


def _plus(raw: Raw, header: Message, name: str, settings: EmailSettings) -> Check:
    if not settings.plus:
        said = "email.plus is empty: an answer is told by its Message-ID and by the token in its text only"
        return Check(name="plus-address", state="note", said=said)
    wanted = address(name, settings).lower()
    seen = [*map(str, raw.meta.get("rcpt_to", ())), *map(str, header.get_all("delivered-to", []))]
    if any(one.strip().lower() == wanted for one in seen) or wanted in str(header.get("to", "")).lower():
        return Check(name="plus-address", state="good", said=f"{wanted} reaches the desk as it was written")
    said = f'{wanted} came without its detail; let the mail server keep it, or set email.plus = ""'
    return Check(name="plus-address", state="bad", said=said)


def _message_id(header: Message, ours: str) -> Check:
    seen = str(header.get("message-id", "")).strip()
    if seen == ours:
        return Check(name="threading", state="good", said="the Message-ID and the References are kept")
    said = f"the relay replaced our Message-ID by {seen or 'none'}: answers are told by their address and text instead"
    return Check(name="threading", state="note", said=said)


def _authserv_id(header: Message, settings: EmailSettings) -> Check:
    """Whose Authentication-Results (RFC 8601) our own servers write: agents without a token are believed by it."""
    names = [parse(str(value))[0] for value in header.get_all("authentication-results", [])]
    trusted = {name.strip().lower() for name in settings.authserv_ids}
    if names and names[0] in trusted:
        said = f"Authentication-Results come from {names[0] or 'a server that names itself nowhere'}, which is trusted"
        return Check(name="authserv-id", state="good", said=said)
    if names:
        setting = f'email.authserv_ids = ["{names[0]}"]'
        said = (
            f"the topmost Authentication-Results are of {names[0] or 'nobody'}: if that is your server, set {setting}"
        )
        return Check(name="authserv-id", state="bad" if trusted else "note", said=said)
    said = (
        "no Authentication-Results came with it: agents are believed by the token in what they answer, and only by it"
    )
    return Check(name="authserv-id", state="note", said=said)
