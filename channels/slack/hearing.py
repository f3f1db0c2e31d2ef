"""Whether Slack reaches us without a break, and since when."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from slack_sdk.socket_mode.aiohttp import SocketModeClient

from channels.base import Heard

_LOOK_EVERY: Final = 0.5


class Hearing:
    """There is a break where no socket stayed open from one look to the next, or where something could not be kept."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._open: frozenset[int] = frozenset()

    def heard(self) -> Heard | None:
        """The time without a break; None where nothing is heard."""
        return Heard(since=self._since, until=datetime.now(UTC)) if self._since is not None else None

    def missed(self) -> None:
        """Something was not kept: from now on, at best."""
        self._since = datetime.now(UTC) if self._since is not None else None

    @contextmanager
    def through(self, sockets: Sequence[SocketModeClient], *, http: bool) -> Iterator[None]:
        """Look at these sockets; by HTTP we hear as long as we listen."""
        looking = asyncio.create_task(self._look_at(sockets, http=http), name="slack hearing")
        try:
            yield
        finally:
            looking.cancel()
            self._since = None

    async def _look_at(self, sockets: Sequence[SocketModeClient], *, http: bool) -> None:
        self._open = frozenset()
        while True:
            now_open = [id(one.current_session) for one in sockets if await one.is_connected()]
            self._judge(frozenset(now_open), http=http)
            await asyncio.sleep(_LOOK_EVERY)

    def _judge(self, now_open: frozenset[int], *, http: bool) -> None:
        if not (now_open or http):
            self._since = None
        elif self._since is None or not (http or now_open & self._open):
            self._since = datetime.now(UTC)
        self._open = now_open
