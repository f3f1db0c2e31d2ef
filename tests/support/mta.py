"""A mail server that brings mail and wants to know the answer."""

import smtplib

from tests.support.house import HELP
from tests.support.waiting import PATIENCE


def connect(port: int) -> smtplib.SMTP:
    """A connection on which EHLO was said."""
    connection = smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE)
    connection.ehlo()
    return connection


def listens(port: int) -> bool:
    """Whether somebody greets there."""
    try:
        connect(port).close()
    except (smtplib.SMTPException, OSError):
        return False
    return True


def hand_over(connection: smtplib.SMTP, data: bytes, *, sender: str, to: str = HELP) -> int:
    """Bring one mail, whatever it is; returns the code of the first refusal, else that of the end."""
    for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA"):
        code, _ = connection.docmd(command)
        if code >= 400:
            connection.rset()
            return code
    connection.send(data.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
    return connection.getreply()[0]


def answer_to(port: int, data: bytes, *, sender: str = "ada@example.com", to: str = HELP) -> int:
    """Bring one mail on a connection of its own; returns the code of the answer."""
    with connect(port) as connection:
        return hand_over(connection, data, sender=sender, to=to)
