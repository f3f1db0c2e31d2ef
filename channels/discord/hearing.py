"""Whether Discord reaches us without a break, and since when."""

import logging
from datetime import UTC, datetime

from channels.base import Heard

log = logging.getLogger("firstline")


class Hearing:
    """A session that is resumed has no break: Discord hands over what was said meanwhile. A new one has."""

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._open: set[int] = set()
        self._since: dict[int, datetime] = {}
        self._troubles: dict[int, str] = {}

    @property
    def trouble(self) -> str:
        """Why nothing comes in, or not all of it; of several shards, the first that has some says which it is."""
        shard, why = min(self._troubles.items(), default=(0, ""))
        return f"shard {shard}: {why}" if why and self._shards > 1 else why

    def heard(self) -> Heard | None:
        """The time without a break; None while not all shards hear."""
        if len(self._open) < self._shards:
            return None
        return Heard(since=max(self._since.values()), until=datetime.now(UTC))

    def began(self, shard: int) -> None:
        """A session began: nothing before it comes by itself."""
        self._since[shard] = datetime.now(UTC)
        self.goes_on(shard)

    def goes_on(self, shard: int) -> None:
        """All that was said while the connection was away has been handed over."""
        self._open.add(shard)
        self._troubles.pop(shard, None)

    def lost(self, shard: int) -> None:
        """The connection is away."""
        self._open.discard(shard)

    def fails(self, shard: int, why: str) -> None:
        """There is no connection, and why."""
        self._troubles[shard] = why
        log.warning("discord: %s", self.trouble)
