"""Ids of Discord as the desk keeps them: each with the room it is in, for a message is found in its channel only."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

DIRECT: Final = "@"
"""What the id of a room begins with in which we speak with one person alone."""
_EPOCH_MS: Final = 1_420_070_400_000


class Where(NamedTuple):
    """A message `room:thread:message`, a thread `room:thread`, or a room. A message in no thread is `room::message`."""

    room: str
    thread: str = ""
    message: str = ""

    def __str__(self) -> str:
        return ":".join(self).rstrip(":")

    @property
    def channel(self) -> str:
        """What Discord knows as the channel that it lies in: the thread, or the room."""
        return self.thread or self.room.removeprefix(DIRECT)

    @property
    def is_direct(self) -> bool:
        """Whether it is said to the desk alone."""
        return self.room.startswith(DIRECT)

    @property
    def place(self) -> "Where":
        """The thread or room that it is in."""
        return Where(self.room, self.thread)

    def at(self, message: str) -> "Where":
        """That message in the same thread or room."""
        return Where(self.room, self.thread, message)


def where(written: str) -> Where:
    """What was written so."""
    room, _, rest = written.partition(":")
    thread, _, message = rest.partition(":")
    return Where(room, thread, message.partition(":")[0])


def jump_link(at: Where, guild: str) -> str:
    """What opens a thread or message in a browser or in Discord's program; empty where its server is not known."""
    server = "@me" if at.is_direct else guild
    return "/".join(filter(None, ("https://discord.com/channels", server, at.channel, at.message))) if server else ""


def moment(snowflake: str) -> datetime | None:
    """When something was made, as its id says."""
    try:
        return datetime.fromtimestamp(((int(snowflake) >> 22) + _EPOCH_MS) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def snowflake_at(at: datetime) -> str:
    """The first id of that moment."""
    return str(max(0, int(at.timestamp() * 1000) - _EPOCH_MS) << 22)
