"""Names and topics can be changed twice in ten minutes, in channels as in threads; Discord documents no number."""

from typing import Final

from tests.support.discordserver.model import Channel
from tests.support.discordserver.refused import Json, TooFast
from tests.support.discordserver.state import State

CHANGES: Final = 2
SECONDS: Final = 600


def pace(state: State, channel: Channel, given: Json) -> None:
    """Count a change of name or topic; raises TooFast for the third."""
    if given.get("name", channel.name) == channel.name and given.get("topic", channel.topic) == channel.topic:
        return
    now = state.clock.now()
    recent = [each for each in channel.renamed if now - each < SECONDS]
    if len(recent) >= CHANGES:
        raise TooFast(SECONDS - (now - recent[0]))
    channel.renamed = [*recent, now]
