"""Dates in headers (RFC 5322 sections 3.3 and 4.3), and what else programs write there."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_EARLIEST = 1971
_LATEST = 2200


def parse(value: str) -> datetime | None:
    """The moment a date header names, in UTC; None where it names none (E66). A zone nobody knows counts as UTC."""
    text = value.strip()[:200]
    if not text:
        return None
    found = _internet(text) or _iso(text)
    return found if found and _EARLIEST <= found.year <= _LATEST else None


def _internet(text: str) -> datetime | None:
    try:
        fields = parsedate_tz(re.sub(r"\s*\([^)]*\)", "", text))
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if fields is None:
        return None
    offset = fields[9] or 0
    try:
        zone = timezone(timedelta(seconds=offset)) if abs(offset) < 86_400 else UTC
        second = min(fields[5], 59)  # leap seconds
        return datetime(*fields[:5], second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    match = re.match(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?", text)
    if not match:
        return None
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or 'Z'}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
