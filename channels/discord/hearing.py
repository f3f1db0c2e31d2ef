"""Whether Discord reaches us without a break, and since when."""

from datetime import UTC, datetime

from channels.base import Heard


class Hearing:
    """A session that is resumed has no break: Discord hands over what was said meanwhile. A new one has."""

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._open: set[int] = set()
        self._since: dict[int, datetime] = {}

    def heard(self) -> Heard | None:
        """The time without a break; None while not all shards hear."""
        if len(self._open) < self._shards:
            return None
        return Heard(since=max(self._since.values()), until=datetime.now(UTC))

    def began(self, shard: int) -> None:
        """A session began: nothing before it comes by itself."""
        self._since[shard] = datetime.now(UTC)
        self._open.add(shard)

    def goes_on(self, shard: int) -> None:
        """All that was said while the connection was away has been handed over."""
        self._open.add(shard)

    def lost(self, shard: int) -> None:
        """The connection is away."""
        self._open.discard(shard)
