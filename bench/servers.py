"""The databases on which a bench compares: an embedded one, and a PostgreSQL server of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import databases, postgres

SQLITE = "SQLite"
POSTGRESQL = "PostgreSQL"


def kinds() -> list[str]:
    """Those that can be measured here."""
    return [SQLITE, POSTGRESQL] if postgres.programs() is not None else [SQLITE]


@contextmanager
def databases_of(kind: str, folder: Path, names: list[str]) -> Iterator[list[str]]:
    """The URLs of new databases of this version with nothing in them, until the end."""
    if kind == SQLITE:
        yield [databases.embedded(folder, f"{name}.db") for name in names]
        return
    with server() as running:
        with running.admin() as admin:
            for name in names:
                admin.execute(f'CREATE DATABASE "{name}" TEMPLATE {postgres.TEMPLATE}'.encode())
        yield [running.url(name) for name in names]


@contextmanager
def server() -> Iterator[postgres.Server]:
    """A server in a folder of its own, which its user may enter, on a disk and not in memory."""
    programs = postgres.programs()
    assert programs is not None
    running = postgres.Server(home=Path(tempfile.mkdtemp(prefix="bench-postgres-")), programs=programs)
    try:
        running.ensure_running()
        yield running
    finally:
        running.stop()
        shutil.rmtree(running.home)
