"""New threads: from a message, beside the messages, or as a post in a forum.

https://discord.com/developers/docs/topics/threads
"""

from tests.support.discordserver import channels, messages
from tests.support.discordserver.model import Channel, Kind, Message, MessageKind, ThreadState, User
from tests.support.discordserver.state import State


def new(state: State, parent: Channel, name: str, kind: Kind, thread_id: int = 0) -> Channel:
    """A thread that nobody knows of yet."""
    now = state.clock.now()
    thread = Channel(thread_id or state.ids.new(), kind, name, parent.guild, parent=parent.id)
    thread.thread = ThreadState(created_at=now, changed_at=now)
    return thread


def start_from(state: State, message: Message, thread: Channel, creator: User) -> Channel:
    """It has the message's id, and begins with a line that points at the message."""
    message.thread = thread
    channels.open_thread(state, thread, creator)
    starter = _line(state, thread, creator, MessageKind.THREAD_STARTER)
    starter.referenced = message
    starter.reference = {"type": 0, "message_id": str(message.id)} | messages.place_of(message.channel)
    messages.post(state, starter)
    messages.changed(state, message, by_author=False)
    return thread


def start_beside(state: State, thread: Channel, creator: User) -> Channel:
    """The channel says that a public one was opened, and nothing of a private one."""
    channels.open_thread(state, thread, creator)
    parent = thread.parent_channel
    if parent is not None and thread.kind is not Kind.PRIVATE_THREAD:
        line = _line(state, parent, creator, MessageKind.THREAD_CREATED)
        line.content = thread.name
        line.reference = {"type": 0} | messages.place_of(thread)
        messages.post(state, line)
    return thread


def start_post(state: State, thread: Channel, first: Message) -> Channel:
    """In a forum; the first message has the thread's id."""
    channels.open_thread(state, thread, first.author)
    messages.post(state, first)
    return thread


def add(state: State, thread: Channel, user: User, by: User) -> None:
    """Somebody is added by somebody else, and a line says so."""
    assert thread.thread is not None
    if user.id not in thread.thread.members:
        channels.enter(state, thread, user)
        _say_who(state, thread, user, by, MessageKind.RECIPIENT_ADD)


def remove(state: State, thread: Channel, user: User, by: User) -> None:
    assert thread.thread is not None
    if user.id in thread.thread.members:
        channels.leave(state, thread, user)
        _say_who(state, thread, user, by, MessageKind.RECIPIENT_REMOVE)


def _say_who(state: State, thread: Channel, user: User, by: User, kind: MessageKind) -> None:
    line = _line(state, thread, by, kind)
    line.mentions = [user]
    messages.post(state, line)


def rename(state: State, thread: Channel, name: str, by: User) -> None:
    """A line says so."""
    if thread.name != name:
        thread.name = name
        line = _line(state, thread, by, MessageKind.CHANNEL_NAME_CHANGE)
        line.content = name
        messages.post(state, line)


def archive_idle(state: State) -> None:
    """Archive what has been silent for as long as it was set to wait."""
    now = state.clock.now()
    for guild in state.guilds.values():
        for channel in guild.threads:
            thread = channel.thread
            assert thread is not None
            last = max([thread.changed_at, *(each.timestamp for each in channel.messages)])
            if not thread.archived and now - last >= thread.auto_archive_minutes * 60:
                channels.set_archived(state, channel, archived=True)


def _line(state: State, channel: Channel, by: User, kind: MessageKind) -> Message:
    return Message(state.ids.new(), channel, by, kind=kind, timestamp=state.clock.now())
