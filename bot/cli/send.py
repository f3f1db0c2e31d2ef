"""`firstline send`: write a real mail to the desk, over real SMTP, as anybody."""

import mimetypes
import smtplib
import ssl
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct

from bot.cli.app import config_of
from bot.cli.output import show_lines
from bot.config import Config, convert
from bot.errors import NotDone

_SECONDS = 30.0


class Listener(Struct, frozen=True, kw_only=True):
    """What a client must know of `[email.smtp]`."""

    host: str = "127.0.0.1"
    port: int = 2525
    tls_cert: str = ""
    require_auth: bool = False
    users: dict[str, str] = {}


class _Mail(Struct, frozen=True, kw_only=True):
    addresses: tuple[str, ...]
    smtp: Listener | None = None


def send(
    context: typer.Context,
    sender: Annotated[str, typer.Option("--from", help="Who writes: a mail address, also with a name.")],
    to: Annotated[str, typer.Option(help="The desk's address (default: its first).")] = "",
    subject: Annotated[str, typer.Option(help="What it is about.")] = "",
    text: Annotated[str | None, typer.Option(help="What to say (default: what is typed or piped in).")] = None,
    attach: Annotated[list[Path] | None, typer.Option(help="A file to send with it; may be repeated.")] = None,
    in_reply_to: Annotated[str, typer.Option(metavar="MSGID", help="The Message-ID that it answers.")] = "",
) -> None:
    """Send the desk a mail, as anybody, to try it out."""
    listener, own_address = listener_of(config_of(context))
    mail = write(sender, to or own_address, subject, _typed() if text is None else text)
    for file in attach or []:
        _attach(mail, file)
    if in_reply_to:
        answered = f"<{in_reply_to.strip().strip('<>')}>"
        mail["In-Reply-To"] = answered
        mail["References"] = answered
    answer = hand_in(listener, parseaddr(sender)[1], parseaddr(to or own_address)[1], mail.as_bytes())
    show_lines(f"taken: {answer}", [f"Message-ID: {mail['Message-ID']}"])


def listener_of(config: Config) -> tuple[Listener, str]:
    """Where the desk takes mail in, and its first address. Raises NotDone where it takes none over SMTP."""
    if "email" not in config.channels:
        raise NotDone(f"{config.path} has no [email] table: this desk takes no mail")
    mail = convert(config.channels["email"], _Mail, config.path, "email")
    if mail.smtp is None or not mail.addresses:
        raise NotDone(f"{config.path} has no [email.smtp] table: this desk takes no mail over SMTP")
    return mail.smtp, mail.addresses[0]


def write(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """A mail as an ordinary program writes it. Raises NotDone for what cannot stand in a header."""
    mail = EmailMessage()
    address = parseaddr(sender)[1]
    if "@" not in address:
        raise NotDone(f"--from: {sender!r} is no mail address")
    try:
        mail["From"], mail["To"] = sender, to
        mail["Subject"] = subject
    except ValueError as error:
        raise NotDone(f"this cannot stand in a header: {error}") from error
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    mail.set_content(text)
    return mail


def hand_in(listener: Listener, sender: str, to: str, mail: bytes) -> str:
    """Give a mail to the desk and return its answer. Raises NotDone with its words if it refuses."""
    try:
        with smtplib.SMTP(listener.host, listener.port, timeout=_SECONDS) as connection:
            return converse(connection, listener, sender, to, mail)
    except smtplib.SMTPResponseException as error:
        raise NotDone(f"refused: {error.smtp_code} {_words(error.smtp_error)}") from error
    except ConnectionRefusedError as error:
        place = f"{listener.host}:{listener.port}"
        raise NotDone(f"nobody takes mail at {place}; start the desk with `make run`") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotDone(f"{listener.host}:{listener.port}: {error}") from error


def converse(connection: smtplib.SMTP, listener: Listener, sender: str, to: str, mail: bytes) -> str:
    """One mail for one recipient. Raises SMTPResponseException with the refusal."""
    connection.ehlo_or_helo_if_needed()
    if listener.tls_cert and connection.has_extn("starttls"):
        tls = ssl.create_default_context(cafile=listener.tls_cert)
        tls.check_hostname = False  # the certificate is for the desk's name, and we come by its address
        connection.starttls(context=tls)
        connection.ehlo()
    if listener.require_auth:
        connection.login(*next(iter(listener.users.items())))
    options = [f"size={len(mail)}"] if connection.has_extn("size") else []
    options += [] if (sender + to).isascii() else ["SMTPUTF8"]
    _accepted(connection.mail(sender, options))
    _accepted(connection.rcpt(to))
    return _accepted(connection.data(mail))


def _accepted(answer: tuple[int, bytes]) -> str:
    code, words = answer
    if code not in {250, 251}:
        raise smtplib.SMTPResponseException(code, words)
    return f"{code} {_words(words)}"


def _words(said: bytes | str) -> str:
    return " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split())


def _typed() -> str:
    if sys.stdin.isatty():
        print("What is the trouble? End with Ctrl-D on a line of its own.", file=sys.stderr)  # noqa: T201  a prompt
    return sys.stdin.read()


def _attach(mail: EmailMessage, file: Path) -> None:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotDone(f"--attach: {file} cannot be read: {error.strerror}") from error
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    main, _, sub = kind.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=file.name)
