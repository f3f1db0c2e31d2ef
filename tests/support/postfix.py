"""Postfix's own test programs: smtp-source brings mail, smtp-sink takes it, or refuses as it is told."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

PATIENCE = 45.0
UNPRIVILEGED = "nobody"
"""smtp-sink does not work as root."""


def program(name: str) -> str | None:
    """Where one of the programs is; None where it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def bring(where: str, *options: str) -> None:
    """Have smtp-source send mail to `host:port`. It ends with an error at the first refusal."""
    done = subprocess.run(
        [str(program("smtp-source")), *options, where], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr


class SmtpSink:
    """smtp-sink on a port of loopback; what it has taken is in `mails`."""

    def __init__(self, port: int, *options: str) -> None:
        self.port = port
        self.options = options
        self._folder = Path(tempfile.mkdtemp(prefix="smtp-sink-"))

    def __enter__(self) -> Self:
        who = []
        if os.geteuid() == 0:
            shutil.chown(self._folder, UNPRIVILEGED)
            who = ["-u", UNPRIVILEGED]
        self._process = subprocess.Popen(
            [str(program("smtp-sink")), *who, "-d", f"{self._folder}/", *self.options, f"127.0.0.1:{self.port}", "100"],
            stderr=subprocess.PIPE,
        )
        end = time.monotonic() + PATIENCE
        while not self._listens():
            assert self._process.poll() is None, self._process.communicate()
            assert time.monotonic() < end, "smtp-sink does not listen"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        shutil.rmtree(self._folder)

    def mails(self) -> list[str]:
        """What was taken, with the envelope as headers in front."""
        return [path.read_text("utf-8", "replace") for path in self._folder.iterdir()]

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
