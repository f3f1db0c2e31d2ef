"""Parsers that harm the process they run in; here, so that the parsing process can import them."""

import os
import signal
import threading
from dataclasses import dataclass

from channels.base import Incoming, Parse, Raw


@dataclass(frozen=True)
class NeverEnds:
    """Does not come back from a payload that has `where` in it."""

    parse: Parse
    where: bytes

    def __call__(self, raw: Raw) -> Incoming:
        if self.where in raw.payload:
            threading.Event().wait()
        return self.parse(raw)


@dataclass(frozen=True)
class KillsItself:
    """Is ended by the system at a payload that has `where` in it, as a process that takes too much memory is."""

    parse: Parse
    where: bytes

    def __call__(self, raw: Raw) -> Incoming:
        if self.where in raw.payload:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.parse(raw)
