"""Ids of Slack as the desk keeps them: each with the workspace it belongs to, for a room's id is known in one only."""

from typing import NamedTuple


class Where(NamedTuple):
    """A message or thread: `T1:C1:1700000000.000100`; or only a room or person, with no `ts`."""

    team: str
    room: str
    ts: str = ""

    def __str__(self) -> str:
        return ":".join(filter(None, self))

    def at(self, ts: str) -> "Where":
        """The message of that time stamp in the same room."""
        return Where(self.team, self.room, ts)


def where(written: str) -> Where:
    """What was written so; of an address kept in small letters too (ids are in capitals).

    Where only a room is written, as in the settings, its workspace is empty.
    """
    team, named, rest = written.partition(":")
    room, _, ts = rest.partition(":")
    return Where(team.upper(), room.upper(), ts) if named else Where("", written.upper())


def permalink(workspace_url: str, thread: Where) -> str:
    """What opens a thread beside its room, in a browser or in Slack's program.

    It is what `chat.getPermalink` gives of an answer in that thread, which is one call for each:
    https://docs.slack.dev/reference/methods/chat.getPermalink
    """
    if not (workspace_url and thread.ts):
        return ""
    at, ts = f"{workspace_url.rstrip('/')}/archives/{thread.room}", thread.ts
    return f"{at}/p{ts.replace('.', '')}?thread_ts={ts}&cid={thread.room}"


def is_person(room: str) -> bool:
    """Whether it is somebody, and not a room."""
    return room.startswith(("U", "W"))
