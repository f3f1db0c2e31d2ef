"""What a process and everything it started has used, from /proc (see proc(5)). Linux only."""

import os
import resource
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and its living descendants."""
    members = [pid]
    for member in members:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            members += map(int, _read(children).split())
    return members


def cpu_seconds(pid: int) -> float:
    """User and system time of the family so far: all threads, and the children that have ended and were waited for."""
    ticks = 0
    for member in family(pid):
        # The second field is the program's name in brackets and may hold blanks; utime is field 14.
        fields = _read(Path(f"/proc/{member}/stat")).rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS_PER_SECOND


def resident_megabytes(pid: int) -> float:
    """Resident memory of the family. What they share is counted for each."""
    kilobytes = 0
    for member in family(pid):
        for line in _read(Path(f"/proc/{member}/status")).splitlines():
            if line.startswith("VmRSS:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def peak_megabytes() -> float:
    """The most memory that this process has had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _read(path: Path) -> str:
    """The text of a file in /proc, empty if its process has just ended."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
