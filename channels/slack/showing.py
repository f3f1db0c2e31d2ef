"""What is shown in place: a card that is kept current, a mark below a message, somebody's page."""

from datetime import UTC, datetime
from typing import Final

from channels.base import Address, Envelope, PermanentFailure, Projection, Receipt, Role
from channels.slack import render
from channels.slack.ids import where
from channels.slack.workspace import Workspace

_HOME_BLOCKS: Final = 100
_NOBODY: Final = Address("")
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SO_ALREADY: Final = ("already_reacted", "no_reaction", "message_not_found")
"""A mark is as it is wanted, or what it was on is gone."""


async def show(workspace: Workspace, projection: Projection) -> Receipt:
    """Show it, in place of what the target shows now. Raises ChannelError.

    Targets are `post:` or `mark:` with a message's id, and `home:` with a person's.
    """
    kind, _, target = projection.target.partition(":")
    if kind == "mark":
        return await _mark(workspace, projection, target)
    at = where(target)
    envelope = Envelope(key=projection.target, to=_NOBODY, role=Role.DESK, sent_at=_NO_TIME, thread=target)
    drawn = render.messages(projection.outgoing, envelope)
    if kind == "home":
        view = {"type": "home", "blocks": [block for message in drawn for block in message.blocks][:_HOME_BLOCKS]}
        await workspace.call("views.publish", user_id=at.room, view=view)
    else:
        await workspace.call("chat.update", channel=at.room, ts=at.ts, text=drawn[0].text, blocks=drawn[0].blocks)
    return Receipt(external_id=target)


async def _mark(workspace: Workspace, projection: Projection, target: str) -> Receipt:
    """One emoji at a time: the state has the one that is there."""
    at, wanted, there = where(target), projection.outgoing.body, str(projection.state.get("external_id", ""))
    if there and there != wanted:
        await _react(workspace, "reactions.remove", at.room, at.ts, there)
    if wanted:
        await _react(workspace, "reactions.add", at.room, at.ts, wanted)
    return Receipt(external_id=wanted)


async def _react(workspace: Workspace, method: str, room: str, ts: str, emoji: str) -> None:
    try:
        await workspace.call(method, channel=room, timestamp=ts, name=emoji)
    except PermanentFailure as error:
        if not str(error).endswith(_SO_ALREADY):
            raise
