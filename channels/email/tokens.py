"""Our own reply tokens in a mail, as found: nobody has verified them yet.

A reply proves which notice it answers by the id of that notice, by the address it was sent to, or, where a provider
rewrote both, by a marker in the quoted body (E36, E44).
"""

import re
from collections.abc import Iterable

from channels.email.settings import ParseSettings

_TOKEN = r"[A-Za-z0-9_-]{16,64}"  # noqa: S105  a pattern
_ID = re.compile(rf"fl\.[^<>@\s]{{1,100}}\.({_TOKEN})@[^<>@\s]+")
_MARKER = re.compile(rf"\[fl:({_TOKEN})\]")
_BARE_TOKEN = re.compile(_TOKEN)
_SEARCHED = 1_000_000


def in_ids(ids: Iterable[str]) -> list[str]:
    """Tokens in message ids of the form `fl.<anything>.<token>@<domain>`."""
    return [match[1] for id_ in ids if (match := _ID.fullmatch(id_))]


def in_addresses(addresses: Iterable[str], settings: ParseSettings) -> list[str]:
    """Tokens in recipients of the form `help+<token>@example.org`, for our own mailboxes only."""
    details = (settings.mailboxes.split(address)[1] for address in addresses)
    return [detail for detail in details if _BARE_TOKEN.fullmatch(detail)]


def in_body(*texts: str) -> list[str]:
    """Tokens in markers of the form `[fl:<token>]`."""
    return [token for text in texts if "[fl:" in text for token in _MARKER.findall(text[:_SEARCHED])]
