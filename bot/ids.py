"""Row ids, assigned by us so that rows can refer to each other before they are written."""

import random
import threading
import time

LARGEST_ID = 2**63 - 1
"""No row has a larger id: no column holds one."""

_LOW_BITS = 22
_lock = threading.Lock()
_last = 0


def id_before(milliseconds: int) -> int:
    """An id smaller than any made in the last so many milliseconds."""
    return new_id() - (milliseconds << _LOW_BITS)


def new_id() -> int:
    """A positive 63-bit integer, larger than any made before in this process.

    The high bits are milliseconds since 1970, so ids sort by age across processes as well as their clocks agree; the
    low bits start at random, and two processes that draw the same id meet a primary key and draw again.
    """
    global _last  # noqa: PLW0603  the one counter of this process
    with _lock:
        now = time.time_ns() // 1_000_000
        _last = now << _LOW_BITS | _random_bits() if now > _last >> _LOW_BITS else _last + 1
        return _last


def _random_bits() -> int:
    return random.getrandbits(_LOW_BITS - 1)
