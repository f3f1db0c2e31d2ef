"""Sizes of files as a reader writes them: in their language, as "1.2 MB"."""

from typing import Final

from babel.units import format_unit

_UNITS: Final = ("byte", "kilobyte", "megabyte", "gigabyte")
_STEP: Final = 1000


def size(count: int, *, language: str) -> str:
    """`count` bytes in the largest unit of which there is a whole one, with one decimal."""
    power = 0
    while power < len(_UNITS) - 1 and round(count / _STEP**power, 1) >= _STEP:
        power += 1
    shown = round(count / _STEP**power, 1)
    return str(format_unit(shown, f"digital-{_UNITS[power]}", "short", locale=language))
