"""A guild, as a test sets it up and changes it."""

from typing import TYPE_CHECKING

from tests.support.discordserver import channels, messages, model, permissions, saying, shapes, threads
from tests.support.discordserver.model import (
    Channel,
    Kind,
    Member,
    Message,
    MessageKind,
    Overwrite,
    Role,
    Tag,
    ThreadState,
)
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.person import Person
from tests.support.discordserver.refused import Json, NotPossible
from tests.support.discordserver.state import Dispatch, State

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING = Permission(0)


def new_guild(state: State, name: str, bot_may: Permission) -> "Guild":
    """With @everyone, a channel `general`, and the bot in it, if it may anything at all."""
    number = state.ids.new()
    made = model.Guild(number, name, state.owner.id)
    made.roles[number] = Role(number, "@everyone", permissions.EVERYONE, position=0)
    made.members[state.owner.id] = Member(state.owner, state.clock.now())
    state.guilds[number] = made
    guild = Guild(state, made)
    guild.channel("general")
    if bot_may:
        guild.add_bot(bot_may)
    return guild


class Guild:
    """Set up a guild and do to it what its owner can do."""

    def __init__(self, state: State, record: model.Guild) -> None:
        self.state = state
        self.record = record

    @property
    def id(self) -> int:
        return self.record.id

    # --------------------------------------------------------------------------------------- who is there

    def person(self, name: str, *roles: Role) -> Person:
        """Somebody new."""
        with self.state.lock:
            person = Person(self.state, self.state.new_user(name))
            self.join(person, *roles)
            return person

    def other_bot(self, name: str) -> Person:
        """A bot that is not the app: it writes as people do."""
        with self.state.lock:
            person = Person(self.state, self.state.new_user(name, is_bot=True))
            self.join(person)
            return person

    def join(self, person: Person, *roles: Role) -> None:
        with self.state.lock:
            member = Member(person.user, self.state.clock.now(), {each.id for each in roles})
            self.record.members[person.id] = member
            self._tell("GUILD_MEMBER_ADD", shapes.member_of(member) | self._place)

    def remove(self, person: Person) -> None:
        """Or they left."""
        with self.state.lock:
            del self.record.members[person.id]
            for thread in self.record.threads:
                channels.leave(self.state, thread, person.user)
            self._tell("GUILD_MEMBER_REMOVE", {"user": shapes.user_of(person.user)} | self._place)

    def role(self, name: str, permissions: Permission = NOTHING, *, mentionable: bool = False) -> Role:
        with self.state.lock:
            made = Role(self.state.ids.new(), name, permissions, len(self.record.roles), mentionable)
            self.record.roles[made.id] = made
            self._tell("GUILD_ROLE_CREATE", {"role": shapes.role_of(made)} | self._place)
            return made

    def change_role(self, role: Role, permissions: Permission) -> None:
        with self.state.lock:
            role.permissions = permissions
            self._tell("GUILD_ROLE_UPDATE", {"role": shapes.role_of(role)} | self._place)

    def delete_role(self, role: Role) -> None:
        with self.state.lock:
            for member in self.record.members.values():
                member.roles.discard(role.id)
            del self.record.roles[role.id]
            self._tell("GUILD_ROLE_DELETE", {"role_id": str(role.id)} | self._place)

    def give(self, person: Person, role: Role) -> None:
        with self.state.lock:
            self._change_member(person, {*self.record.members[person.id].roles, role.id})

    def take(self, person: Person, role: Role) -> None:
        with self.state.lock:
            self._change_member(person, self.record.members[person.id].roles - {role.id})

    def rename(self, person: Person, nick: str | None) -> None:
        with self.state.lock:
            member = self.record.members[person.id]
            member.nick = nick
            self._change_member(person, member.roles)

    def _change_member(self, person: Person, roles: set[int]) -> None:
        member = self.record.members[person.id]
        member.roles = roles
        self._tell("GUILD_MEMBER_UPDATE", shapes.member_of(member) | self._place)

    # -------------------------------------------------------------------------------------------- the bot

    @property
    def bot_role(self) -> Role:
        """The role that the bot came with."""
        return next(each for each in self.record.roles.values() if each.managed_by == self.state.app.bot.id)

    def add_bot(self, may: Permission = permissions.BOT) -> None:
        """Invite the bot, or invite it again."""
        with self.state.lock:
            bot = self.state.app.bot
            role = Role(self.state.ids.new(), bot.name, may, len(self.record.roles), managed_by=bot.id)
            self.record.roles[role.id] = role
            self.record.members[bot.id] = Member(bot, self.state.clock.now(), {role.id})
            self.tell_of_it()

    def tell_of_it(self) -> None:
        """GUILD_CREATE, as for a guild that was joined or is there again."""
        shape = shapes.guild_of(self.state, self.record, members=[self.record.members[self.state.app.bot.id]])
        self._tell("GUILD_CREATE", shape)

    def remove_bot(self) -> None:
        """Throw the bot out; its role goes with it."""
        with self.state.lock:
            role = self.bot_role
            del self.record.members[self.state.app.bot.id]
            del self.record.roles[role.id]
            for thread in self.record.threads:
                if thread.thread is not None:
                    thread.thread.members.pop(self.state.app.bot.id, None)
            self._tell("GUILD_DELETE", {"id": str(self.id)}, whatever=True)

    def fail(self) -> None:
        """An outage: the guild is there no more, for the time being."""
        with self.state.lock:
            self.record.available = False
            self._tell("GUILD_DELETE", {"id": str(self.id), "unavailable": True})

    def recover(self) -> None:
        with self.state.lock:
            self.record.available = True
            self.tell_of_it()

    # ------------------------------------------------------------------------------------------- channels

    def channel(
        self, name: str, *, kind: Kind = Kind.TEXT, private_to: "Iterable[Role | Person] | None" = None
    ) -> Channel:
        """A channel for everybody, or for some: then the bot must be among them, as a role or by `let_bot`."""
        with self.state.lock:
            channel = Channel(self.state.ids.new(), kind, name, self.record)
            if private_to is not None:
                self._hide(channel, private_to)
            return channels.create(self.state, self.record, channel)

    def _hide(self, channel: Channel, private_to: "Iterable[Role | Person]") -> None:
        view = Permission.VIEW_CHANNEL
        channel.overwrites[self.id] = Overwrite(self.id, is_member=False, allow=NOTHING, deny=view)
        for each in private_to:
            is_member = isinstance(each, Person)
            channel.overwrites[each.id] = Overwrite(each.id, is_member, allow=view, deny=NOTHING)

    def forum(self, name: str, *tags: str, requires_tag: bool = False) -> Channel:
        """A forum with these tags."""
        with self.state.lock:
            made = [Tag(self.state.ids.new(), each) for each in tags]
            channel = Channel(self.state.ids.new(), Kind.FORUM, name, self.record, tags=made, requires_tag=requires_tag)
            return channels.create(self.state, self.record, channel)

    def allow(
        self, channel: Channel, who: Role | Person, allow: Permission = NOTHING, deny: Permission = NOTHING
    ) -> None:
        """Set what a role or a member may in a channel, against what their roles say."""
        with self.state.lock:
            channel.overwrites[who.id] = Overwrite(who.id, isinstance(who, Person), allow, deny)
            channels.changed(self.state, channel)

    def allow_bot(self, channel: Channel, allow: Permission = NOTHING, deny: Permission = NOTHING) -> None:
        """The same for the bot; when it sees a channel anew, it is told of the threads there."""
        with self.state.lock:
            bot, saw = self.state.app.bot.id, self.state.may_see(channel)
            channel.overwrites[bot] = Overwrite(bot, is_member=True, allow=allow, deny=deny)
            channels.changed(self.state, channel)
            if not saw and self.state.may_see(channel):
                channels.tell_threads(self.state, channel)

    def delete_channel(self, channel: Channel) -> None:
        """A channel or a thread, with all that is in it."""
        with self.state.lock:
            channels.delete(self.state, channel)

    def rename_channel(self, channel: Channel, name: str) -> None:
        with self.state.lock:
            if channel.is_thread:
                threads.rename(self.state, channel, name, self.state.owner)
                channels.thread_changed(self.state, channel)
            else:
                channel.name = name
                channels.changed(self.state, channel)

    def archive(self, thread: Channel, *, lock: bool = False) -> None:
        """As a moderator does, or as time does by itself."""
        with self.state.lock:
            state = _thread_state(thread)
            state.locked = lock
            channels.set_archived(self.state, thread, archived=True)

    def unarchive(self, thread: Channel) -> None:
        with self.state.lock:
            _thread_state(thread).locked = False
            channels.set_archived(self.state, thread, archived=False)

    # ------------------------------------------------------------------------------------------- messages

    def webhook_says(self, channel: Channel, text: str, name: str = "Builds") -> Message:
        """A webhook, which is no member of anything."""
        with self.state.lock:
            number = self.state.ids.new()
            author = model.User(number, name, is_bot=True)
            said = saying.message_of(self.state, author, channel, text, (), {"webhook_id": number})
            return messages.post(self.state, said)

    def line(self, channel: Channel, kind: MessageKind, by: Person, text: str = "") -> Message:
        """A line of Discord's own: somebody joined, pinned, boosted."""
        with self.state.lock:
            number, now = self.state.ids.new(), self.state.clock.now()
            return messages.post(self.state, Message(number, channel, by.user, text, kind, now))

    def unfurl(self, message: Message, title: str) -> None:
        """Discord adds a preview of a link; nobody edited the message."""
        with self.state.lock:
            message.embeds = [*message.embeds, {"type": "article", "title": title, "url": "https://acme.example"}]
            messages.changed(self.state, message, by_author=False)

    def delete_message(self, message: Message) -> None:
        """As a moderator."""
        with self.state.lock:
            messages.delete(self.state, message)

    def purge(self, *gone: Message) -> None:
        """Many of one channel at once."""
        with self.state.lock:
            messages.delete_in_bulk(self.state, gone[0].channel, list(gone))

    def clear_reactions(self, message: Message, emoji: str = "") -> None:
        """All of them, or those of one kind."""
        with self.state.lock:
            messages.clear_reactions(self.state, message, emoji)

    # --------------------------------------------------------------------------------------------- inside

    @property
    def _place(self) -> Json:
        return {"guild_id": str(self.id)}

    def _tell(self, event: str, data: Json, *, whatever: bool = False) -> None:
        self.state.dispatch(Dispatch(event, data, guild=self.record, whatever=whatever))


def _thread_state(channel: Channel) -> ThreadState:
    if channel.thread is None:
        raise NotPossible(f"{channel.name} is no thread")
    return channel.thread
