"""Memory as the place for files that live as long as a test: nothing waits for a disk, and nothing wears one out."""

import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  what stands there has a folder of its own
ROOM = 2_000_000_000
"""Bytes that must be free in memory for files of tests to live there."""


def roomy() -> Path | None:
    """Where files can stand in memory; None where there is no such place, or little room in it."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None
