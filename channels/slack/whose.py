"""In which of several workspaces a room or a person is that is named without one: in settings, or by a mail address."""

from collections.abc import Sequence

from channels.base import PermanentFailure
from channels.slack.workspace import Workspace


class Whose:
    """Asks Slack once for each of them, and remembers where they were found."""

    def __init__(self) -> None:
        self._found: dict[str, Workspace] = {}

    async def find(self, address: str, workspaces: Sequence[Workspace]) -> Workspace:
        """The first workspace that has it; where there is only one, that. Raises ChannelError."""
        if len(workspaces) == 1:
            return workspaces[0]
        if address not in self._found:
            self._found[address] = await _first(address, workspaces)
        return self._found[address]


async def _first(address: str, workspaces: Sequence[Workspace]) -> Workspace:
    reason = "there is no workspace"
    for workspace in workspaces:
        try:
            if "@" in address:
                await workspace.person(address)
            else:
                await workspace.call("conversations.history", channel=address, limit=1)
        except PermanentFailure as error:
            reason = str(error)
        else:
            return workspace
    raise PermanentFailure(f"none of the workspaces of slack.bot_tokens has {address}: {reason}")
