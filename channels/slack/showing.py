"""What is shown in place: a card that is kept current, a mark below a message, somebody's page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from channels.base import Address, Envelope, PermanentFailure, Projection, Receipt, Role
from channels.slack import render
from channels.slack.ids import where
from channels.slack.workspace import Workspace

_NOBODY: Final = Address("")
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE: Final = 200
_SO_ALREADY: Final = ("already_reacted", "no_reaction", "message_not_found", "thread_not_found", "file_not_found")
"""It is as it is wanted, or gone."""


async def show(workspace: Workspace, projection: Projection) -> Receipt:
    """Show it, in place of what the target shows now. Raises ChannelError.

    Targets are `post:`, `mark:` or `cleared:` with a message's id, and `home:` with a person's.
    """
    kind, _, target = projection.target.partition(":")
    if kind == "mark":
        return await _mark(workspace, projection, target)
    if kind == "cleared":
        return await _clear(workspace, target)
    at = where(target)
    if kind == "home":
        view = {"type": "home", "blocks": render.view(projection.outgoing)}
        await workspace.call("views.publish", user_id=at.room, view=view)
        return Receipt(external_id=target)
    envelope = Envelope(key=projection.target, to=_NOBODY, role=Role.DESK, sent_at=_NO_TIME, thread=target)
    drawn = render.messages(projection.outgoing, envelope)
    await workspace.call("chat.update", channel=at.room, ts=at.ts, text=drawn[0].text, blocks=drawn[0].blocks)
    return Receipt(external_id=target)


async def _mark(workspace: Workspace, projection: Projection, target: str) -> Receipt:
    """One emoji at a time: the state has the one that is there."""
    at, wanted, there = where(target), projection.outgoing.body, str(projection.state.get("external_id", ""))
    if there and there != wanted:
        await _change(workspace, "reactions.remove", channel=at.room, timestamp=at.ts, name=there)
    if wanted:
        await _change(workspace, "reactions.add", channel=at.room, timestamp=at.ts, name=wanted)
    return Receipt(external_id=wanted)


async def _clear(workspace: Workspace, target: str) -> Receipt:
    """Delete what we said in a thread, with its files; what began it stays, as nothing could stand below it else."""
    at, cursor = where(target), ""
    ours: list[Mapping[str, Any]] = []
    while True:
        said = await _change(
            workspace, "conversations.replies", channel=at.room, ts=at.ts, limit=_PAGE, cursor=cursor or None
        )
        found = said.get("messages") or ()
        ours += [one for one in found if one.get("user") == workspace.us and one.get("ts") != at.ts]
        cursor = str((said.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    for message in ours:
        for file in message.get("files") or ():
            await _change(workspace, "files.delete", file=str(file.get("id")))
        await _change(workspace, "chat.delete", channel=at.room, ts=str(message["ts"]))
    return Receipt(external_id=target)


async def _change(workspace: Workspace, method: str, **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401  JSON
    """What Slack answers; nothing where it is as it is wanted already. Raises ChannelError."""
    try:
        return await workspace.call(method, **arguments)
    except PermanentFailure as error:
        if not str(error).endswith(_SO_ALREADY):
            raise
        return {}
