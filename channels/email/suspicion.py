"""What speaks against taking a mail in as it comes: a filter that called it spam, a sender of a domain nobody knows."""

import re
from collections.abc import Sequence
from functools import cache

from channels.base import Suspicion
from channels.email.headers import Headers
from channels.email.settings import ParseSettings

_MARK = re.compile(r"\s*([!-9;-~]+?)\s*(:|>=)\s*(.+?)\s*", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,6})?")


def is_mark(mark: str) -> bool:
    """Whether `mark` is written as one: `Header: beginning of its value`, or `Header >= number`."""
    found = _MARK.fullmatch(mark)
    return found is not None and (found[2] == ":" or _NUMBER.fullmatch(found[3]) is not None)


def spam_mark(headers: Headers, marks: Sequence[str]) -> str:
    """The first of `marks` that a filter in front of us left in the header; '' where there is none."""
    return next((mark for mark in marks if _is_marked(headers, mark)), "")


def suspicion(headers: Headers, sender: str, settings: ParseSettings) -> Suspicion | None:
    """What the settings hold against a mail from `sender`; None where that is nothing."""
    if spam_mark(headers, settings.spam_headers):
        return Suspicion.SPAM
    if settings.unknown_senders != "accept" and sender and not is_known(sender, settings.known_domains):
        return Suspicion.REFUSED if settings.unknown_senders == "refuse" else Suspicion.UNKNOWN
    return None


def is_known(address: str, domains: Sequence[str]) -> bool:
    """Whether the domain of `address` is one of `domains` or lies below one of them."""
    domain = f".{address.rpartition('@')[2].strip(' <>').lower()}"
    return any(domain.endswith(f".{known.lower()}") for known in domains)


def _is_marked(headers: Headers, mark: str) -> bool:
    read = _read_mark(mark)
    if read is None:
        return False
    name, sign, wanted = read
    values = [value.strip() for value in headers.all(name)]
    if sign == ":":
        return any(value.lower().startswith(wanted.lower()) for value in values)
    numbers = (_NUMBER.match(value) for value in values)
    return any(number is not None and float(number[0]) >= float(wanted) for number in numbers)


@cache
def _read_mark(mark: str) -> tuple[str, str, str] | None:
    """The name of the header, the sign and what is wanted; None where it is no mark."""
    found = _MARK.fullmatch(mark)
    return (found[1].lower(), found[2], found[3]) if found else None
