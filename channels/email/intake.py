"""A mail as it came in: the same `Raw` whether SMTP, LMTP, IMAP or an import brought it."""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from channels.base import Raw

HEADER_LIMIT = 256 * 1024
LANE_LIMIT = 200
BEGINNING = 100_000
"""Octets that are read of a mail over the limit."""

_FOLDED_VALUE = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*")
_ID = re.compile(rb"<([^<>\s]+)>")


def raw_mail(
    payload: bytes, *, mail_from: str | None, rcpt_to: Sequence[str], received_at: datetime, **wire: str | bool | int
) -> Raw:
    """The `Raw` of one mail: `payload` as it was on the wire, `wire` what else is known of how it came.

    `mail_from` is None, and `rcpt_to` empty, where there was no SMTP envelope: a mailbox, an import. A `size` in `wire`
    is that of the whole mail, in octets, where `payload` is only its beginning.

    The key is made of the recipients and the bytes. The Message-ID has no part in it: senders reuse it and strangers
    can guess it.
    """
    meta: dict[str, Any] = {"rcpt_to": [_text(rcpt) for rcpt in rcpt_to]}
    if mail_from is not None:
        meta["mail_from"] = _text(mail_from)
    meta |= {name: _text(value) if isinstance(value, str) else value for name, value in wire.items()}
    key = _key(payload, meta["rcpt_to"])
    return Raw(
        channel="email", key=key, lane=lane_of(payload) or key, payload=payload, received_at=received_at, meta=meta
    )


def lane_of(payload: bytes) -> str:
    """The id of the thread a mail belongs to, as far as its header tells: cheap, total, and only a guess.

    First References id, else In-Reply-To, else Message-ID (RFC 5322 section 3.6.4), without angle brackets; empty where
    there is none.
    """
    ends = (payload.find(blank_line, 0, HEADER_LIMIT) for blank_line in (b"\r\n\r\n", b"\n\n"))
    header = b"\n" + payload[: min((end for end in ends if end >= 0), default=HEADER_LIMIT)]
    lowered = header.lower()
    for name in (b"\nreferences:", b"\nin-reply-to:", b"\nmessage-id:"):
        at = lowered.find(name)
        if at < 0:
            continue
        value = _FOLDED_VALUE.match(header, at + len(name))
        found = _ID.search(value.group()) if value else None
        if found:
            return _short(found.group(1).decode("utf-8", "replace"))
    return ""


def _key(payload: bytes, recipients: Sequence[str]) -> str:
    digest = sha256("\n".join(sorted({recipient.casefold() for recipient in recipients})).encode())
    digest.update(b"\n\n")
    digest.update(payload)
    return digest.hexdigest()


def _short(lane: str) -> str:
    lane = lane.replace("\0", "")  # no database keeps it in a text
    return lane if len(lane) <= LANE_LIMIT else sha256(lane.encode()).hexdigest()


def _text(value: str) -> str:
    """`value` without the surrogates that stand for undecodable octets, which no JSON can carry."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
