"""Channels and threads: made, changed, entered and removed here, and the app is told of it."""

from tests.support.discordserver import shapes
from tests.support.discordserver.model import Channel, Guild, Kind, User
from tests.support.discordserver.refused import Json
from tests.support.discordserver.state import Dispatch, State


def create(state: State, guild: Guild, channel: Channel) -> Channel:
    channel.guild = guild
    channel.position = len(guild.channels)
    guild.channels[channel.id] = channel
    _tell(state, "CHANNEL_CREATE", channel, shapes.channel_of(channel))
    return channel


def changed(state: State, channel: Channel) -> None:
    _tell(state, "CHANNEL_UPDATE", channel, shapes.channel_of(channel))


def delete(state: State, channel: Channel) -> None:
    """With the threads in it. A category leaves its channels behind."""
    guild = channel.guild
    assert guild is not None
    if channel.is_thread:
        _delete_thread(state, guild, channel)
        return
    for each in list(guild.channels.values()):
        if each.is_thread and each.parent == channel.id:
            _delete_thread(state, guild, each)
    shape = shapes.channel_of(channel)
    _tell(state, "CHANNEL_DELETE", channel, shape)
    del guild.channels[channel.id]
    state.forget_place(channel)


def _delete_thread(state: State, guild: Guild, thread: Channel) -> None:
    shape: Json = {
        "id": str(thread.id),
        "guild_id": str(guild.id),
        "parent_id": str(thread.parent),
        "type": thread.kind.value,
    }
    _tell(state, "THREAD_DELETE", thread, shape)
    del guild.channels[thread.id]
    state.forget_place(thread)


# ------------------------------------------------------------------------------------------------- threads


def open_thread(state: State, thread: Channel, creator: User) -> Channel:
    """Put a new thread under its channel; its creator is in it."""
    guild = thread.guild
    assert guild is not None
    assert thread.thread is not None
    thread.owner_id = creator.id
    thread.thread.members[creator.id] = state.clock.now()
    guild.channels[thread.id] = thread
    parent = thread.parent_channel
    if parent is not None and parent.kind is Kind.FORUM:
        parent.last_message_id = thread.id
    data = shapes.thread_of(thread, newly_created=True, member_id=state.app.bot.id)
    _tell(state, "THREAD_CREATE", thread, data)
    return thread


def thread_changed(state: State, thread: Channel) -> None:
    _tell(state, "THREAD_UPDATE", thread, shapes.thread_of(thread, member_id=state.app.bot.id))


def set_archived(state: State, thread: Channel, *, archived: bool) -> None:
    assert thread.thread is not None
    if thread.thread.archived is not archived:
        thread.thread.archived = archived
        thread.thread.changed_at = state.clock.now()
        thread_changed(state, thread)


def tell_threads(state: State, channel: Channel) -> None:
    """https://discord.com/developers/docs/events/gateway-events#thread-list-sync."""
    guild = channel.guild
    assert guild is not None
    open_ones = [
        each
        for each in guild.threads
        if each.parent == channel.id and each.thread is not None and not each.thread.archived and state.may_see(each)
    ]
    data: Json = {"guild_id": str(guild.id), "channel_ids": [str(channel.id)]}
    _tell(state, "THREAD_LIST_SYNC", channel, data | shapes.threads_of(open_ones, state.app.bot.id))


def enter(state: State, thread: Channel, user: User) -> None:
    """Join a thread, or be added to it."""
    assert thread.thread is not None
    if user.id in thread.thread.members:
        return
    thread.thread.members[user.id] = state.clock.now()
    if user is state.app.bot:
        _tell(state, "THREAD_CREATE", thread, shapes.thread_of(thread, member_id=user.id))
    _tell_members(state, thread, added=[user])


def leave(state: State, thread: Channel, user: User) -> None:
    assert thread.thread is not None
    if thread.thread.members.pop(user.id, None) is not None:
        _tell_members(state, thread, removed=[user])


def _tell_members(
    state: State, thread: Channel, added: list[User] | None = None, removed: list[User] | None = None
) -> None:
    guild = thread.guild
    assert guild is not None
    assert thread.thread is not None
    data: Json = {
        "id": str(thread.id),
        "guild_id": str(guild.id),
        "member_count": min(len(thread.thread.members), 50),
        "added_members": [
            shapes.thread_member_of(thread, each.id) | {"member": shapes.member_of(guild.members[each.id])}
            for each in added or ()
            if each.id in guild.members
        ],
        "removed_member_ids": [str(each.id) for each in removed or ()],
    }
    left = any(each is state.app.bot for each in removed or ())
    state.dispatch(Dispatch("THREAD_MEMBERS_UPDATE", data, guild=guild, channel=thread, whatever=left))


def _tell(state: State, event: str, channel: Channel, data: Json) -> None:
    state.dispatch(Dispatch(event, data, guild=channel.guild, channel=channel))
