"""A private Postfix, and its test programs: smtp-source brings mail, smtp-sink takes it, or refuses as it is told."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from bot.demo.stage import free_port
from tests.support.waiting import PATIENCE

UNPRIVILEGED = "nobody"
"""smtp-sink does not work as root."""

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
relay_domains = example.org
transport_maps = texthash:{home}/transport
relay_recipient_maps = texthash:{home}/transport
recipient_delimiter = +
lmtp_host_lookup = native
smtp_host_lookup = native
smtp_dns_support_level = disabled
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n - 0 flush
showq unix n - n - - showq
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


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
        return _listens(self.port)


class Postfix:
    """A whole mail server for example.org on a `port` of loopback, as docs/postfix.md sets it up. It must run as root.

    `transport` says for an address or a domain where its mail goes, as transport(5) does.
    """

    def __init__(self, transport: Mapping[str, str]) -> None:
        self.port = free_port()
        self.transport = transport
        self._home = Path(tempfile.mkdtemp(prefix="postfix-"))

    def __enter__(self) -> Self:
        self._home.chmod(0o755)
        (self._home / "queue").mkdir()
        (self._home / "data").mkdir()
        shutil.chown(self._home / "data", "postfix")
        (self._home / "main.cf").write_text(MAIN.format(home=self._home), "ascii")
        (self._home / "master.cf").write_text(MASTER.format(port=self.port), "ascii")
        lines = [f"{whom} {where}\n" for whom, where in self.transport.items()]
        (self._home / "transport").write_text("".join(lines), "ascii")
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(program("postfix")), "-c", str(self._home), "start-fg"], stdout=log, stderr=log
            )
        end = time.monotonic() + PATIENCE
        while not _listens(self.port):
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([str(program("postfix")), "-c", str(self._home), "stop"], capture_output=True, check=False)
        self._process.wait(PATIENCE)
        shutil.rmtree(self._home)

    def log(self) -> str:
        """What it wrote."""
        return (self._home / "log").read_text("utf-8", "replace")

    def deferred(self) -> int:
        """How many mails wait for another try."""
        command = [str(program("postqueue")), "-c", str(self._home), "-j"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return sum(json.loads(line)["queue_name"] == "deferred" for line in done.stdout.splitlines())

    def flush(self) -> None:
        """Try at once what waits."""
        subprocess.run([str(program("postqueue")), "-c", str(self._home), "-f"], check=True)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
