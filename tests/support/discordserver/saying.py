"""What people say: the same checks that their clients and Discord make."""

from collections.abc import Sequence
from typing import Any, Final

from tests.support.discordserver import channels, messages, permissions
from tests.support.discordserver.model import WITH_MESSAGES, Attachment, Channel, Message, MessageKind, User
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import NotPossible
from tests.support.discordserver.state import State

CHARACTERS: Final = 4000
"""For people who pay; all others have 2000."""
FILES: Final = 10


def check_may_send(state: State, user: User, channel: Channel) -> None:
    if channel.kind not in WITH_MESSAGES:
        raise NotPossible(f"nobody can write in {channel.name}")
    if state.find_channel(channel.id) is not channel:
        raise NotPossible(f"{channel.name} is gone")
    wanted = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    allowed = permissions.in_channel(channel, user.id)
    if wanted not in allowed:
        raise NotPossible(f"{user.name} may not write in {channel.name or 'this conversation'}")
    if channel.thread is not None and channel.thread.locked and Permission.MANAGE_THREADS not in allowed:
        raise NotPossible(f"{channel.name} is locked")


def message_of(
    state: State, user: User, channel: Channel, text: str, files: Sequence[Attachment], more: dict[str, Any]
) -> Message:
    check_length(text)
    if len(files) > FILES:
        raise NotPossible(f"{len(files)} files are too many")
    if not text.strip() and not files and not more:
        raise NotPossible("an empty message cannot be sent")
    return Message(
        id=state.ids.new(),
        channel=channel,
        author=user,
        content=text.strip(),
        timestamp=state.clock.now(),
        attachments=list(files),
        **more,
    )


def check_length(text: str) -> None:
    if len(text) > CHARACTERS:
        raise NotPossible(f"{len(text)} characters are too many")


def refer(message: Message, original: Message) -> None:
    if original.channel is not message.channel or original.id not in original.channel.kept:
        raise NotPossible("there is no such message here to reply to")
    message.kind = MessageKind.REPLY
    message.referenced = original
    message.reference = {"type": 0, "message_id": str(original.id)} | messages.place_of(message.channel)


def wake(state: State, channel: Channel, user: User) -> None:
    """Who writes in a thread is in it, and brings it back."""
    if channel.is_thread:
        channels.set_archived(state, channel, archived=False)
        channels.enter(state, channel, user)
