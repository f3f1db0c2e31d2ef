"""Ids as Slack writes them: a letter for the kind, then capitals and digits."""

import itertools
import secrets
import string

_ALPHABET = string.digits + string.ascii_uppercase
_numbers = itertools.count(36**6)


def new_id(prefix: str) -> str:
    """`U`, `C`, `D`, `F`, `V`, `Ev` and so on, unique in this process."""
    number, digits = next(_numbers), ""
    while number:
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return prefix + digits.rjust(10, "0")


def new_secret(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(12)}"
