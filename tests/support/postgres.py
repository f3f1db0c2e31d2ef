"""A private PostgreSQL for the tests: started once a run, whatever the number of workers, and gone afterwards."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from tests.support import memory
from tests.support.databases import bring_to_this_version

# initdb refuses to run as root; Debian's package makes this user.
UNPRIVILEGED = "postgres"

# What makes a server survive a crash of the machine is of no use to one that lives for a minute. Reached through a
# socket in its own folder (-k) and not by TCP (-h ''), it needs no port and nobody else can find it.
OPTIONS = "-F -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -N 200 -h '' -k {home}"
TEMPLATE = "firstline"
"""The database that others are copied from: of this version, with nothing in it."""


def new_home() -> str:
    """A folder for a server: in memory where there is room, as every test has databases made and removed."""
    return tempfile.mkdtemp(prefix="firstline-postgres-", dir=memory.roomy())


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest if there are several; None where PostgreSQL is not installed."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return installed[-1].parent if installed else None


@dataclass(frozen=True, kw_only=True)
class Server:
    """A PostgreSQL server whose data, log and socket are in `home`."""

    home: Path
    programs: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://firstline@/{database}?host={self.home}"

    def admin(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection that makes and removes databases."""
        return psycopg.connect(host=str(self.home), user="firstline", dbname="postgres", autocommit=True)

    @property
    def running(self) -> bool:
        return (self.home / "data" / "postmaster.pid").exists()

    def ensure_running(self) -> None:
        """Start the server unless another worker of this run has done so."""
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.running:
                self._start()

    def stop(self) -> None:
        """End the server at once; connections that are still open are dropped."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--wait", "--pgdata", "data")

    def _start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.home, UNPRIVILEGED)
        fresh = not (self.home / "data").exists()
        if fresh:
            self._run(
                "initdb",
                "--pgdata=data",
                "--username=firstline",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            )
        self._run(
            "pg_ctl", "start", "--wait", "--pgdata=data", "--log=log", "--options", OPTIONS.format(home=self.home)
        )
        if fresh:
            self._make_template()

    def _make_template(self) -> None:
        with self.admin() as admin:
            admin.execute(SQL("CREATE DATABASE {}").format(Identifier(TEMPLATE)))
        bring_to_this_version(self.url(TEMPLATE))

    def _run(self, program: str, *arguments: str) -> None:
        as_root = os.geteuid() == 0
        subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.home,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=UNPRIVILEGED if as_root else None,
            group=UNPRIVILEGED if as_root else None,
            extra_groups=[] if as_root else None,
        )


@contextmanager
def database(server: Server) -> Iterator[str]:
    """The URL of a new database of this version, which is dropped at the end even if something still uses it."""
    with _copied(server, TEMPLATE) as url:
        yield url


@contextmanager
def bare_database(server: Server) -> Iterator[str]:
    """The same without any table."""
    with _copied(server, "template1") as url:
        yield url


@contextmanager
def _copied(server: Server, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with server.admin() as admin:
        # Since version 15 the default copies through the write-ahead log, which takes three times as long.
        strategy = SQL("STRATEGY file_copy" if admin.info.server_version >= 150000 else "")
        admin.execute(SQL("CREATE DATABASE {} TEMPLATE {} {}").format(Identifier(name), Identifier(template), strategy))
        try:
            yield server.url(name)
        finally:
            admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
