"""What somebody does at Discord, as a test writes it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.support.discordserver import channels, kinds, messages, permissions, saying, threads
from tests.support.discordserver.asking import Asker
from tests.support.discordserver.model import Attachment, Channel, Kind, Message, User
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import NotPossible
from tests.support.discordserver.state import State

if TYPE_CHECKING:
    from tests.support.discordserver.guild import Guild


class Person(Asker):
    """A user and the client in their hands. What a real client would not allow raises NotPossible."""

    def __init__(self, state: State, user: User) -> None:
        self.state = state
        self.user = user

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    # ------------------------------------------------------------------------------------------- seeing

    @property
    def dm(self) -> Channel:
        """The direct conversation with the bot."""
        with self.state.lock:
            return self.state.direct_with(self.user)

    @property
    def ephemerals(self) -> list[Message]:
        """What only this person sees, wherever."""
        with self.state.lock:
            return [each for each in self.state.whispers if each.whispered_to == self.id]

    # ------------------------------------------------------------------------------------------ messages

    def say(
        self,
        channel: Channel,
        text: str = "",
        *,
        reply_to: Message | None = None,
        files: Sequence[Attachment] = (),
        **more: Any,
    ) -> Message:
        """Write in a channel, a thread or a direct conversation; `more` are fields of the message."""
        with self.state.lock:
            saying.check_may_send(self.state, self.user, channel)
            message = saying.message_of(self.state, self.user, channel, text, files, more)
            if reply_to is not None:
                saying.refer(message, reply_to)
            messages.find_mentions(self.state, message)
            saying.wake(self.state, channel, self.user)
            return messages.post(self.state, message)

    def mention_bot(self, channel: Channel, text: str, **more: Any) -> Message:
        return self.say(channel, f"<@{self.state.app.bot.id}> {text}", **more)

    def send_dm(self, text: str = "", **more: Any) -> Message:
        """To the bot."""
        return self.say(self.dm, text, **more)

    def send_sticker(self, channel: Channel, name: str) -> Message:
        return self.say(channel, **kinds.sticker(self.state, name))

    def send_poll(self, channel: Channel, question: str, *answers: str) -> Message:
        return self.say(channel, poll=kinds.poll(self.state, question, answers))

    def send_voice(self, channel: Channel, content: bytes, seconds: float = 2.5) -> Message:
        return self.say(channel, **kinds.voice(self.state, content, seconds))

    def forward(self, message: Message, channel: Channel) -> Message:
        """The message as it is now, without its author."""
        with self.state.lock:
            self._must_see(message)
            return self.say(channel, **kinds.forwarded(self.state, message))

    def upload(self, filename: str, content: bytes, content_type: str | None = "text/plain") -> Attachment:
        """A file to say something with."""
        return Attachment(self.state.ids.new(), filename, content, content_type)

    def edit(self, message: Message, text: str) -> None:
        with self.state.lock:
            self._must_have_written(message)
            saying.check_length(text)
            message.content = text.strip()
            messages.find_mentions(self.state, message)
            messages.changed(self.state, message)

    def delete(self, message: Message) -> None:
        with self.state.lock:
            self._must_have_written(message)
            messages.delete(self.state, message)

    def react(self, message: Message, emoji: str) -> None:
        with self.state.lock:
            self._must_see(message)
            if self.id in message.reactions.get(emoji, []):
                raise NotPossible(f"{self.name} reacted with {emoji} already")
            messages.react(self.state, message, self.user, emoji)

    def unreact(self, message: Message, emoji: str) -> None:
        with self.state.lock:
            if self.id not in message.reactions.get(emoji, []):
                raise NotPossible(f"{self.name} has not reacted with {emoji}")
            messages.unreact(self.state, message, self.user, emoji)

    def close_dms(self) -> None:
        """Accept no more direct messages from the bot."""
        self.user.accepts_direct_messages = False

    def open_dms(self) -> None:
        self.user.accepts_direct_messages = True

    def leave(self, guild: "Guild") -> None:
        guild.remove(self)

    # ------------------------------------------------------------------------------------------- threads

    def open_thread(
        self, channel: Channel, name: str, *, message: Message | None = None, private: bool = False
    ) -> Channel:
        """From a message, or beside them."""
        with self.state.lock:
            kind = Kind.PRIVATE_THREAD if private else Kind.PUBLIC_THREAD
            wanted = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
            self._must_be_allowed(channel, wanted)
            if message is not None:
                thread = threads.new(self.state, channel, name, kind, message.id)
                return threads.start_from(self.state, message, thread, self.user)
            return threads.start_beside(self.state, threads.new(self.state, channel, name, kind), self.user)

    def create_post(
        self, forum: Channel, title: str, text: str = "", *, tags: Sequence[str] = (), **more: Any
    ) -> Channel:
        """In a forum; `more` as for `say`."""
        with self.state.lock:
            self._must_be_allowed(forum, Permission.SEND_MESSAGES)
            if forum.requires_tag and not tags:
                raise NotPossible(f"a post in {forum.name} needs a tag")
            thread = threads.new(self.state, forum, title, Kind.PUBLIC_THREAD)
            thread.applied_tags = [_tag(forum, each) for each in tags]
            files = more.pop("files", ())
            first = saying.message_of(self.state, self.user, thread, text, files, more)
            first.id = thread.id
            messages.find_mentions(self.state, first)
            return threads.start_post(self.state, thread, first)

    def close_post(self, thread: Channel) -> None:
        """Close a thread or post of one's own."""
        with self.state.lock:
            if thread.owner_id != self.id:
                self._must_be_allowed(thread, Permission.MANAGE_THREADS)
            channels.set_archived(self.state, thread, archived=True)

    def add_to_thread(self, thread: Channel, person: "Person") -> None:
        with self.state.lock:
            threads.add(self.state, thread, person.user, self.user)

    def join_thread(self, thread: Channel) -> None:
        with self.state.lock:
            channels.enter(self.state, thread, self.user)

    def leave_thread(self, thread: Channel) -> None:
        with self.state.lock:
            channels.leave(self.state, thread, self.user)

    # --------------------------------------------------------------------------------------------- inside

    def sees(self, channel: Channel) -> bool:
        return Permission.VIEW_CHANNEL in permissions.in_channel(channel, self.id)

    def _must_be_allowed(self, channel: Channel, wanted: Permission) -> None:
        if wanted not in permissions.in_channel(channel, self.id):
            raise NotPossible(f"{self.name} may not do that in {channel.name}")

    def _must_see(self, message: Message) -> None:
        if message.id not in message.channel.kept:
            raise NotPossible(f"the message {message.id} is gone")
        if not self.sees(message.channel):
            raise NotPossible(f"{self.name} does not see the message {message.id}")

    def _must_have_written(self, message: Message) -> None:
        self._must_see(message)
        if message.author is not self.user:
            raise NotPossible(f"{self.name} did not write this message")


def _tag(forum: Channel, name: str) -> int:
    for each in forum.tags:
        if each.name == name:
            return each.id
    raise NotPossible(f"{forum.name} has no tag {name!r}")
