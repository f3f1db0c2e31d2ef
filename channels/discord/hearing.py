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
        self._outside: dict[str, str] = {}
        self._inside_since = datetime.min.replace(tzinfo=UTC)

    @property
    def trouble(self) -> str:
        """Why nothing comes in, or not all of it; of several shards, the first that has some says which it is."""
        shard, why = min(self._troubles.items(), default=(0, next(iter(self._outside.values()), "")))
        return f"shard {shard}: {why}" if why and self._shards > 1 else why

    def heard(self) -> Heard | None:
        """The time without a break; None while not all shards hear, or a server of ours has thrown us out."""
        if len(self._open) < self._shards or self._outside:
            return None
        return Heard(since=max(*self._since.values(), self._inside_since), until=datetime.now(UTC))

    def thrown_out(self, guild: str, why: str) -> None:
        """A server has; nothing that is said there comes, until we are invited again."""
        self._outside[guild] = why
        log.warning("discord: %s", why)

    def invited(self, guild: str) -> None:
        """We are in a server: what was said there while we were out of it comes by itself no more."""
        if self._outside.pop(guild, None) is not None:
            self._inside_since = datetime.now(UTC)

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
