"""What an archived or locked thread allows: https://discord.com/developers/docs/topics/threads#editing--deleting."""

from tests.support.discordserver import channels, errors
from tests.support.discordserver.model import Channel
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.state import State


def check_not_archived(channel: Channel) -> None:
    """Refuse a reaction, or a new member, in an archived thread."""
    if channel.thread is not None and channel.thread.archived:
        raise errors.thread_is_archived()


def check_can_edit(state: State, channel: Channel) -> None:
    """Refuse to change a message in an archived thread, or in a locked one."""
    check_not_archived(channel)
    if channel.thread is not None and channel.thread.locked and not state.may(channel, Permission.MANAGE_THREADS):
        raise errors.thread_is_locked()


def check_can_delete(state: State, channel: Channel) -> None:
    """To delete a message is all that an archived thread allows, unless it is locked as well."""
    thread = channel.thread
    if thread is not None and thread.archived and thread.locked and not state.may(channel, Permission.MANAGE_THREADS):
        raise errors.thread_is_archived()


def wake(state: State, channel: Channel) -> None:
    """What is sent to an archived thread brings it back, unless it is locked and the bot may not unlock it."""
    thread = channel.thread
    if thread is None:
        return
    if thread.locked and not state.may(channel, Permission.MANAGE_THREADS):
        raise errors.thread_is_archived() if thread.archived else errors.thread_is_locked()
    channels.set_archived(state, channel, archived=False)
