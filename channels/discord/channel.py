"""Discord as a channel: dispatches of the gateway in, REST methods out."""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from channels.base import (
    Answers,
    ChannelError,
    Check,
    Envelope,
    Heard,
    History,
    Known,
    Parse,
    PermanentFailure,
    Projection,
    Raw,
    Receipt,
    Render,
    Source,
    Take,
)
from channels.discord import commands, parse, render
from channels.discord.api import Api
from channels.discord.checking import checks, invite
from channels.discord.doors import Doors
from channels.discord.hearing import Hearing
from channels.discord.history import Reader
from channels.discord.ids import where
from channels.discord.intake import Intake, about, files_of, is_kept, user_of
from channels.discord.interactions import Interactions
from channels.discord.keeping import Kept
from channels.discord.listening import Listener
from channels.discord.members import Members
from channels.discord.rooms import Rooms
from channels.discord.sending import Sending
from channels.discord.settings import DiscordSettings
from channels.discord.showing import Showing

log = logging.getLogger("firstline")
_AGAIN_SECONDS: Final = 5.0
Json = dict[str, Any]


class DiscordChannel:
    """People on Discord, in a server and in direct messages."""

    name = "discord"
    seconds_a_card = 1.0
    """Discord takes about five changes in five seconds in one channel."""

    def __init__(self, settings: DiscordSettings) -> None:
        self.parse: Parse = parse.parse
        self.render: Render = render.render
        self.ready = asyncio.Event()
        self.settings = settings
        self._rooms = Rooms()
        self._api = Api(settings, self._rooms)
        self._members = Members(settings, self._api, self._rooms)
        self._intake = Intake(settings, self._rooms, self._members.said)
        self._interactions = Interactions(self._api)
        self._doors = Doors(self._interactions, self._rooms, self._members)
        self._sending = Sending(self._api, self._interactions)
        self._showing = Showing(self._api)
        self._reader = Reader(self._api, self._intake)
        self._hearing = Hearing(settings.shards)
        self._trouble = ""
        self._brought = 0
        self._answering: set[asyncio.Task[None]] = set()

    def places(self) -> list[str]:
        """How events come, for the person at the terminal."""
        return [f"Discord by gateway, {self.settings.shards} shard(s)"]

    def sources(self) -> list[Source]:
        """Discord as one source."""
        trouble = self._trouble or self._hearing.trouble or self._api.trouble
        reached = self._hearing.heard() is not None
        return [Source(name="discord", brought=self._brought, reached=reached, trouble=trouble)]

    # -------------------------------------------------------------------------------------- in

    async def listen(self, take: Take) -> None:
        """Take events in until cancelled; what cannot be made durable counts as not received, and comes again."""
        self.ready.set()  # an hour in which Discord is away must not keep the desk from starting
        try:
            await self._log_in()
            listener = Listener(self._api, self._hearing, lambda event, data: self._hear(event, data, take))
            self._at_once(self._set_up())
            await listener.run()
        finally:
            self.ready.clear()
            for task in list(self._answering):
                task.cancel()

    def answer_with(self, answers: Answers) -> None:
        """What modals say."""
        self._doors.answers = answers

    async def _log_in(self) -> None:
        """As long as that fails nothing comes in, and it is told."""
        while True:
            try:
                await self._api.client()
            except ChannelError as error:
                self._trouble = str(error)
                log.warning("discord: %s", error)
                await asyncio.sleep(getattr(error, "retry_after", None) or _AGAIN_SECONDS)
            else:
                self._trouble, self._intake.us = "", self._api.us
                return

    async def _set_up(self) -> None:
        """Commands and the panel, as far as they are not there yet."""
        try:
            answers = self._doors.answers
            await commands.register(self._api, answers.translated(commands.texts()) if answers is not None else {})
            if self.settings.panel:
                await commands.show_panel(self._api, await self._doors.request_form())
        except ChannelError as error:
            log.warning("discord: commands or the panel are not up to date: %s", error)

    def _hear(self, event: str, data: Mapping[str, Any], take: Take) -> Kept | None:
        """What is to be kept of a dispatch: what was said in its order, and what is done with buttons beside that."""
        self._rooms.hear(event, data)
        self._see_where_we_are(event, data)
        if event == "INTERACTION_CREATE" and not is_kept(data):
            self._at_once(self._doors.answer(dict(data)))
            return None
        raws = list(self._intake.raws(event, data, datetime.now(UTC)))
        if not raws:
            return None
        if event == "INTERACTION_CREATE":
            return Kept(raws[0].key, lambda: self._interaction(dict(data), raws[0], take))
        return Kept("said", lambda: self._keep(raws, take))

    def _see_where_we_are(self, event: str, data: Mapping[str, Any]) -> None:
        """Of a server in which we work: whether we are in it. One that is down for a while has not thrown us out."""
        guild = str(data.get("id") or "")
        if event == "GUILD_CREATE":
            self._hearing.invited(guild)
        elif event == "GUILD_DELETE" and not data.get("unavailable"):
            named = [*self.settings.named, self.settings.panel, self.settings.private]
            rooms = [self._rooms.get(room) for room in named]
            if any(room is not None and room.guild == guild for room in rooms):
                link = invite(self._api.application)
                self._hearing.thrown_out(guild, f"discord.desks: the bot is not in the server {guild} any more: {link}")

    async def _keep(self, raws: Iterable[Raw], take: Take) -> None:
        for raw in raws:
            self._brought += await take(raw)

    async def _interaction(self, data: Json, raw: Raw, take: Take) -> None:
        """It is kept first, then it is said that it was, then it is worked."""
        try:
            if await self._doors.is_wrong(data):
                return
        except ChannelError as error:
            log.warning("discord: a form is taken as it is: %s", error)
        await self._keep([raw], take)
        self._at_once(self._say_taken(data))

    async def _say_taken(self, data: Json) -> None:
        try:
            await self._interactions.taken(data, str(user_of(data).get("id") or ""))
        except ChannelError as error:
            log.warning("discord: somebody could not be told that it is taken: %s", error)

    def _at_once(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside the listening: it must not wait, and nothing waits for it."""
        task = asyncio.create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    # -------------------------------------------------------------------------------------- what was said meanwhile

    def heard(self) -> Heard | None:
        """Since when Discord reaches us without a break."""
        return self._hearing.heard()

    async def rooms(self, agents: Collection[str]) -> list[str]:  # noqa: ARG002  nobody is found by mail here
        """The channels of the settings; those with people alone, the desk knows. Raises ChannelError."""
        return list(self.settings.named)

    async def read_back(self, place: str, since: datetime, known: Collection[Known]) -> History:
        """What its history has since then. Raises ChannelError."""
        await self._api.client()
        self._intake.us = self._api.us
        return await self._reader.read(where(place), since, known)

    # -------------------------------------------------------------------------------------- what is only named

    async def complete(self, raw: Raw) -> Raw:
        """The same with its files, and the message that it is about."""
        kept = parse.read(raw)
        item: Json = {}
        wanted = about(kept.event, where(kept.at), kept.body, str(raw.meta.get("us", "")))
        if wanted is not None:
            try:
                item = await self._api.message(wanted)
            except PermanentFailure:
                item = {}
        attached = files_of(kept.body if kept.event in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} else item)
        files = [await self._api.download(file, self.settings.max_file) for file in attached]
        whole = msgspec.structs.replace(kept, files=tuple(files), item=item)
        known = await self._known_of(raw, kept)
        return msgspec.structs.replace(
            raw, payload=msgspec.json.encode(whole), meta={**raw.meta, **known}, complete=True
        )

    async def _known_of(self, raw: Raw, kept: parse.Kept) -> Mapping[str, Any]:
        """The roles that make an agent of who did it, where Discord did not say them. Raises ChannelError.

        What is said now is judged by what is so now; a history is read faster than that could be asked.
        """
        if not self.settings.agent_roles or "roles" in raw.meta:
            return {}
        user = str(user_of(kept.body).get("id") or kept.body.get("user_id") or "")
        ask = self._members.ask if where(kept.at).is_direct else self._members.of
        return {"roles": list(await ask(user)) if user else []}

    async def roles_of(self, address: str) -> tuple[str, ...]:
        """The roles that make an agent of somebody, as they are now. Raises ChannelError."""
        return await self._members.ask(address)

    # -------------------------------------------------------------------------------------- out

    async def deliver(self, rendered: bytes, envelope: Envelope) -> Receipt:
        """Post it, in its thread if it has one. Raises TemporaryFailure, PermanentFailure or NoAnswer."""
        await self._api.client()
        return await self._sending.post(rendered, envelope)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """None: what is there of it is found when it is posted again, for only then is known what it says."""
        await self._sending.find(envelope)
        return None

    async def project(self, projection: Projection) -> Receipt:
        """Show the latest state of a card or a mark."""
        return await self._showing.show(projection)

    # -------------------------------------------------------------------------------------- firstline check

    async def check(self) -> list[Check]:
        """Try the token, and look into every channel."""
        return [found async for found in checks(self.settings, self._api)]

    async def send_probe(self, name: str) -> str:  # noqa: ARG002  of the protocol
        """Nothing is said to ourselves: it would not be taken in."""
        return ""

    def look_at_probe(self, raw: Raw, name: str) -> list[Check]:  # noqa: ARG002  of the protocol
        """There is none."""
        return []

    async def close(self) -> None:
        """Let go of connections."""
        await self._api.close()
