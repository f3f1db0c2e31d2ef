"""Unix sockets at paths of any length.

The system takes about a hundred bytes of path. A longer one is reached through a link to its folder in a temporary
folder of our own, so that the socket itself is where the settings say and nobody else can put theirs in its place.
"""

import asyncio
import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LINE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of one line, in either direction."""
_LONGEST: Final = 100


def listening(path: Path) -> socket.socket:
    """A bound socket that only this user may open. Raises OSError that names the setting."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _short(path) as short:
            _clear(short)
            server.bind(str(short))
            # Nobody can connect before somebody listens, so there is no moment at which others could.
            short.chmod(0o600)
    except OSError as error:
        server.close()
        words = error.strerror or str(error)
        raise OSError(error.errno, f"console.socket: cannot listen on {path}: {words}; give another path") from error
    return server


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to whoever listens there. Raises OSError."""
    with _short(path) as short:
        return await asyncio.open_unix_connection(short, limit=LINE_LIMIT)


def _clear(path: Path) -> None:
    """Remove a socket that nobody listens on any more. Raises OSError for any other file, and if somebody does."""
    if not path.is_socket():
        if path.exists():
            raise OSError(errno.EEXIST, "there is another file")
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


@contextmanager
def _short(path: Path) -> Iterator[Path]:
    path = path.absolute()
    if len(os.fsencode(path)) <= _LONGEST:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="firstline-") as folder:
        link = Path(folder, "to")
        link.symlink_to(path.parent)
        yield link / path.name
