"""A TCP connection that breaks when it is told to: a server behind it, and what goes wrong on the way."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

_RESET = struct.pack("ii", 1, 0)


class Wire:
    """Passes on what client and server on `target` say to each other, on a `port` of its own.

    `cut_after` ends a connection once the server has sent so many octets, `poison` when it sends these very octets, as
    often as they come. `heard` is what clients said, and `change` what becomes of what the server says.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.cut_after = 0
        self.poison = b""
        self.connections = 0
        self.heard = b""
        self.change: Callable[[bytes], bytes] = bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[tuple[socket.socket, socket.socket]] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="wire", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def reset(self) -> None:
        """End every connection with an RST."""
        while self._open:
            self._cut(*self._open.pop())

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                self._open.append((client, server))
                threading.Thread(target=self._pass_on, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(server, client, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, watched: bool) -> None:  # noqa: FBT001  of a thread
        seen = 0
        with suppress(OSError):
            while data := source.recv(4096):
                if watched:
                    data = self.change(data)
                else:
                    self.heard += data
                if watched and self.cut_after and seen + len(data) > self.cut_after:
                    target.sendall(data[: self.cut_after - seen])
                    break
                seen += len(data)
                if watched and self.poison and self.poison in data:
                    break
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            source.shutdown(socket.SHUT_RDWR)

    def _cut(self, *ends: socket.socket) -> None:
        for end in ends:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RD)  # wakes the thread that reads, which would keep the socket alive
            end.close()
