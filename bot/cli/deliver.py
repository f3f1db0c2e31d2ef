"""`firstline deliver`: for mail servers that hand a mail to a program. It is taken, or the server keeps it.

The exit codes are those of sysexits.h, which every mail server knows: whatever hinders us here ends in 75, so that the
mail stays in the server's queue; only what the desk itself refuses for good is returned to its sender.
"""

import re
import smtplib
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from msgspec import Struct

from bot.cli.app import config_of
from bot.cli.send import Listener, converse
from bot.config import Config, ConfigError, convert, warn
from bot.errors import NotDone

UNAVAILABLE, TEMPFAIL = 69, 75
_SECONDS: Final = 60.0
_LINE_END: Final = re.compile(rb"\r?\n")


class _Lmtp(Struct, frozen=True, kw_only=True):
    socket: str = ""
    host: str = "127.0.0.1"
    port: int = 0


class _Mail(Struct, frozen=True, kw_only=True):
    smtp: Listener | None = None
    lmtp: _Lmtp | None = None


def deliver(
    context: typer.Context,
    recipient: Annotated[str, typer.Argument(help="The desk's address that the mail was sent to.")],
    sender: Annotated[str, typer.Option("--from", help="The sender of its envelope; empty for a bounce.")] = "",
) -> None:
    """Hand the mail on stdin to the running desk; exits with 75 if the mail server has to keep it."""
    mail = sys.stdin.buffer.read()
    try:
        _hand_in(config_of(context), sender, recipient, _as_on_the_wire(mail))
    except smtplib.SMTPResponseException as error:
        words = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        warn(f"the desk answered {error.smtp_code} {words}")
        raise typer.Exit(UNAVAILABLE if 500 <= error.smtp_code < 600 else TEMPFAIL) from error
    except (ConfigError, NotDone, OSError, ValueError, smtplib.SMTPException) as error:
        warn(str(error) or type(error).__name__)
        raise typer.Exit(TEMPFAIL) from error


def _hand_in(config: Config, sender: str, recipient: str, mail: bytes) -> None:
    listens = convert(config.channels.get("email", {}), _Mail, config.path, "email")
    if listens.lmtp is not None:
        place = listens.lmtp
        where = str(Path(place.socket).absolute()) if place.socket else place.host
        with smtplib.LMTP(where, place.port, timeout=_SECONDS) as connection:
            converse(connection, Listener(), sender, recipient, mail)
    elif listens.smtp is not None:
        with smtplib.SMTP(listens.smtp.host, listens.smtp.port, timeout=_SECONDS) as connection:
            converse(connection, listens.smtp, sender, recipient, mail)
    else:
        raise NotDone(f"{config.path} has neither [email.lmtp] nor [email.smtp]: nobody takes mail in")


def _as_on_the_wire(mail: bytes) -> bytes:
    """Line ends as SMTP has them, without the `From ` line that programs which write mailboxes put in front."""
    if mail.startswith(b"From "):
        mail = mail.partition(b"\n")[2]
    return _LINE_END.sub(b"\r\n", mail)
