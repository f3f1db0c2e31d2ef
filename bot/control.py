"""The way to the database for commands: in this process, or through the socket of the one that serves.

One line of JSON goes each way: `{"operation", "arguments"}`, and `{"result"}` or `{"error"}` back.
"""

import asyncio
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot import operations
from bot.config import Config, ConfigError
from bot.db.lock import Held, WriterLock, control_socket
from bot.db.store import Store, StoreUnavailable
from bot.desk import Desk
from bot.errors import NotDone, RolledBack
from bot.wiring import build_desk, open_store

_LINE_LIMIT = 64 * 1024 * 1024


def call(config: Config, operation: str, **arguments: Any) -> Any:  # noqa: ANN401  JSON
    """Have an operation done and return its result. Raises NotDone, ConfigError, StoreUnavailable."""
    try:
        with writing(config):
            return _call_here(config, operation, arguments)
    except Held:
        return call_serving(config, operation, **arguments)


@contextmanager
def writing(config: Config) -> Iterator[None]:
    """Hold the lock of an embedded database; a server needs none. Raises Held, ConfigError."""
    database = database_file(config)
    if database is None:
        yield
        return
    lock = WriterLock(database)
    try:
        lock.take()
    except OSError as error:
        msg = f"{config.path}: database.url: {database.parent} is not writable ({error.strerror}); make it writable"
        raise ConfigError(msg) from error
    try:
        yield
    finally:
        lock.release()


def database_file(config: Config) -> Path | None:
    """The file of an embedded database; None for a server."""
    url = config.database.url
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


async def serve_control(path: Path, store: Store, desk: Desk) -> asyncio.Server:
    """Answer commands on a unix socket that only this user may open."""
    remove_socket(path)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await _answer(store, desk, await reader.readline()) + b"\n")
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    mask = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(answer, path=path, limit=_LINE_LIMIT)
    finally:
        os.umask(mask)


def remove_socket(path: Path) -> None:
    """Take the socket away, if it is there."""
    path.unlink(missing_ok=True)


async def _answer(store: Store, desk: Desk, line: bytes) -> bytes:
    try:
        request = json.loads(line)
        unit = operations.unit(desk, request["operation"], request["arguments"])
        result = await asyncio.wrap_future(store.submit(unit))
        if request["operation"] == "status" and store.trouble:
            result["alarms"].append(_database_alarm(store))
    except RolledBack as tried:
        result = tried.result
    except (NotDone, StoreUnavailable) as error:
        return json.dumps({"error": str(error)}).encode()
    except (ValueError, KeyError) as error:
        return json.dumps({"error": f"not a request: {error!r}"}).encode()
    return json.dumps({"result": result}, default=str).encode()


def _database_alarm(store: Store) -> dict[str, Any]:
    """The one alarm that cannot be a row."""
    return {"name": "database", "detail": store.trouble, "since": store.clock().isoformat(), "times": 1}


def _call_here(config: Config, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401  JSON
    store = open_store(config, upgrade=database_file(config) is not None)
    try:
        desk = store.run(lambda tx: build_desk(config, tx))
        try:
            result = store.run(operations.unit(desk, operation, arguments))
        except RolledBack as tried:
            result = tried.result
        return json.loads(json.dumps(result, default=str))
    finally:
        store.close()


def call_serving(config: Config, operation: str, **arguments: Any) -> Any:  # noqa: ANN401  JSON
    """Have the process that serves do it. Raises NotDone, also if it has ended."""
    database = database_file(config)
    assert database is not None
    path = control_socket(database)
    request = json.dumps({"operation": operation, "arguments": arguments}).encode()
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(request + b"\n")
            answer = json.loads(connection.makefile("rb").readline() or b"{}")
    except OSError as error:
        what = f"the process that uses the database does not answer at {path} ({error.strerror})"
        raise NotDone(f"{what}; stop it if it still runs, and try again") from error
    if "result" not in answer:
        raise NotDone(answer.get("error", "the serving process gave no answer"))
    return answer["result"]
