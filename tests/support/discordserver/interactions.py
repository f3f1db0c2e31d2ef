"""What people do with commands, buttons, menus and dialogues, on its way to the app and answered.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

import asyncio
import time
from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Final

from tests.support.discordserver import permissions, shapes
from tests.support.discordserver.ids import new_secret
from tests.support.discordserver.model import Channel, Message, User
from tests.support.discordserver.refused import Json
from tests.support.discordserver.state import Dispatch, State

TOKEN_SECONDS: Final = 15 * 60


class Asked(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Reply(IntEnum):
    """https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True)
class Answer:
    """The app's first answer; or none came in time, and the person read "This interaction failed"."""

    acknowledged: bool
    kind: Reply | None = None
    data: Json = field(default_factory=dict)
    seconds: float = 0.0
    """How long it took, in real ones."""

    @property
    def choices(self) -> list[Json]:
        """What an autocompletion offered."""
        return list(self.data.get("choices", ()))


@dataclass(eq=False)
class Modal:
    """A dialogue on somebody's screen."""

    given: Json
    opened_by: "Interaction"

    @property
    def title(self) -> str:
        return str(self.given["title"])

    @property
    def custom_id(self) -> str:
        return str(self.given["custom_id"])


@dataclass(eq=False)
class Interaction:
    """Wait for the app's first answer with `await interaction` or `interaction.wait()`."""

    id: int
    kind: Asked
    user: User
    channel: Channel
    data: Json
    at: float
    message: Message | None = None
    """The one with the button or menu; of a dialogue, the one that it was opened from."""
    opened_from: "Interaction | None" = None
    """Of a dialogue: what it was the answer to."""
    token: str = field(default_factory=new_secret)
    reply: Reply | None = None
    original: Message | None = None
    """What `@original` means."""
    followups: dict[int, Message] = field(default_factory=dict)
    done: "Future[Answer]" = field(default_factory=Future)
    begun: float = field(default_factory=time.monotonic)

    def settle(self, answer: Answer) -> None:
        if not self.done.done():
            self.done.set_result(replace(answer, seconds=time.monotonic() - self.begun))

    def wait(self, timeout: float = 30.0) -> Answer:
        """For tests whose product runs in another thread or process."""
        return self.done.result(timeout)

    def __await__(self) -> Generator[Any, None, Answer]:
        return asyncio.wrap_future(self.done).__await__()

    @property
    def messages(self) -> dict[int, Message]:
        """What the app said in answer, by its ids."""
        original = {} if self.original is None else {self.original.id: self.original}
        return original | self.followups


def send(state: State, interaction: Interaction) -> Interaction:
    """Give it to the app, and give it up when no answer comes in time."""
    state.interactions[interaction.id] = interaction
    shape = shape_of(state, interaction)
    guild = interaction.channel.guild
    state.dispatch(Dispatch("INTERACTION_CREATE", shape, guild=guild, channel=interaction.channel, whatever=True))
    state.later(state.answer_seconds, lambda: _too_late(state, interaction))
    return interaction


def _too_late(state: State, interaction: Interaction) -> None:
    with state.lock:
        if interaction.reply is None:
            state.interactions.pop(interaction.id, None)
            interaction.settle(Answer(acknowledged=False))


def shape_of(state: State, interaction: Interaction) -> Json:
    channel = interaction.channel
    guild = channel.guild
    bot_may = permissions.in_channel(channel, state.app.bot.id)
    shape: Json = {
        "id": str(interaction.id),
        "application_id": str(state.app.id),
        "type": interaction.kind.value,
        "data": interaction.data,
        "token": interaction.token,
        "version": 1,
        "channel_id": str(channel.id),
        "channel": partial_channel(channel, interaction.user),
        "app_permissions": str(int(bot_may)),
        "locale": interaction.user.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
        "context": 0 if guild else 1,
        "attachment_size_limit": guild.upload_bytes if guild else 10 * 1024 * 1024,
    }
    if interaction.message is not None:
        shape["message"] = shapes.message_of(state, interaction.message)
    if guild is None:
        return shape | {"user": shapes.user_of(interaction.user)}
    may = str(int(permissions.in_channel(channel, interaction.user.id)))
    return shape | {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": shapes.member_of(guild.members[interaction.user.id]) | {"permissions": may},
    }


def partial_channel(channel: Channel, user: User) -> Json:
    return shapes.channel_of(channel) | {"permissions": str(int(permissions.in_channel(channel, user.id)))}
