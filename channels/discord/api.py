"""Discord's REST methods through discord.py, which keeps to its rate limits, and what their failures mean."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aiohttp
import discord
from discord.http import Route

from channels.base import ChannelError, NoAnswer, NotYet, PermanentFailure, TemporaryFailure, TooLarge, Withheld
from channels.discord.ids import DIRECT, Where
from channels.discord.pace import paced
from channels.discord.render import File
from channels.discord.rooms import Room, Rooms, room_of
from channels.discord.settings import DiscordSettings
from channels.rich.fetched import FetchedFile

log = logging.getLogger("firstline")
Json = dict[str, Any]

_SECONDS: Final = 60
_DOWNLOAD_SECONDS: Final = 120
_WAITS: Final = 30.0
"""Seconds that discord.py waits for its turn; beyond, the outbox comes back."""


class Gone(PermanentFailure):
    """The channel, thread, message or person is not there, or not any more."""


class NotAMember(Gone):
    """They are not in that server."""


class Closed(PermanentFailure):
    """They let no bot write to them."""


class NotAllowed(TemporaryFailure):
    """The bot may not do that there, until somebody gives it the right."""


class TokenTrouble(TemporaryFailure):
    """The token does not work until an administrator has mended it."""


class ThreadArchived(PermanentFailure):
    """Nothing can be changed in it until it is opened again."""


class HasThread(PermanentFailure):
    """There is a thread of this message already."""


_MEANS: Final[Mapping[int, type[PermanentFailure | TemporaryFailure]]] = {
    10007: NotAMember,  # Unknown Member
    10013: NotAMember,  # Unknown User
    50007: Closed,  # Cannot send messages to this user
    50278: Closed,  # the same, with no guild in common
    50001: NotAllowed,  # Missing Access
    50013: NotAllowed,  # Missing Permissions
    50083: ThreadArchived,
    160004: HasThread,
    40005: TooLarge,
}


class _Once(discord.File):
    """Stands beside what must not be asked twice: discord.py rewinds files before it tries again."""

    def __init__(self) -> None:
        """No file."""

    def reset(self, *, seek: int | bool = True) -> None:
        """Before each try. Raises NoAnswer before the second: it may have been done."""
        if seek:
            raise NoAnswer("Discord is in trouble, and may have done it")


discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nothing is spoken here


class Api:
    """The bot's own account. It logs in when it is first needed; `us` is its user, `application` the app's id."""

    def __init__(self, settings: DiscordSettings, rooms: Rooms) -> None:
        Route.BASE = settings.api.rstrip("/")  # discord.py knows one Discord in a process
        self.settings = settings
        self.rooms = rooms
        self.us = ""
        self.application = ""
        self.trouble = ""
        self.content = settings.content
        self._client: discord.Client | None = None
        self._entering = asyncio.Lock()
        self._direct: dict[str, str] = {}

    async def client(self) -> discord.Client:
        """discord.py's client, logged in. Raises ChannelError."""
        async with self._entering:
            if self._client is None:
                self._client = await self._entered()
            return self._client

    async def _entered(self) -> discord.Client:
        made = discord.Client(
            intents=discord.Intents(self.intents),
            max_ratelimit_timeout=_WAITS,
            shard_count=self.settings.shards,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            http_trace=paced(),
        )
        try:
            async with asyncio.timeout(_SECONDS):
                await made.login(self.settings.token)
        except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
            await made.close()
            raise self._failed("log in", error) from error
        self.us, self.application, self.trouble = str(made.user.id if made.user else ""), str(made.application_id), ""
        flags = made.application_flags
        if self.content and not (flags.gateway_message_content or flags.gateway_message_content_limited):
            self.content = False
            log.warning("discord: the Message Content Intent is off: see firstline check --online")
        return made

    @property
    def intents(self) -> int:
        """What the gateway hands over: guilds, messages and reactions there and direct; and texts in channels."""
        bits = (0, 9, 10, 12, 13, *([15] if self.content else []))
        return sum(1 << bit for bit in bits)

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401  JSON
        *,
        params: Mapping[str, str] | None = None,
        files: Sequence[File] = (),
        once: bool = False,
        named: Mapping[str, str] | None = None,
        **ids: str,
    ) -> Any:  # noqa: ANN401  JSON
        """What Discord answers. Raises ChannelError. What is asked `once` is not tried again by discord.py.

        What is `named`, or given by its name, fills in the path; by it discord.py knows which calls share a rate limit.
        """
        client = await self.client()
        given: dict[str, Any] = {"params": params} if params else {}
        if files:
            given["form"] = _form(body, files)
        elif body is not None:
            given["json"] = body
        if once:
            given["files"] = [_Once()]
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await client.http.request(Route(method, path, **{**(named or {}), **ids}), **given)
        except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._failed(f"{method} {path}", error) from error
        self.trouble = ""
        return answer

    def _failed(self, what: str, error: Exception) -> ChannelError:
        failure = failure_of(what, error)
        self.trouble = str(failure) if isinstance(failure, TokenTrouble) else self.trouble
        return failure

    # -------------------------------------------------------------------------------------- channels

    async def room(self, channel: str) -> Room:
        """A channel or thread. Raises ChannelError."""
        known = self.rooms.get(channel)
        if known is None:
            known = room_of(await self.call("GET", "/channels/{channel_id}", channel_id=channel))
            self.rooms.note(known)
        return known

    async def direct(self, user: str) -> Where:
        """The room in which we speak with somebody alone. Raises ChannelError."""
        if user not in self._direct:
            opened = await self.call("POST", "/users/@me/channels", {"recipient_id": user})
            self._direct[user] = str(opened["id"])
        return Where(f"{DIRECT}{self._direct[user]}")

    async def post(self, channel: str, payload: Json, files: Sequence[File] = ()) -> Json:
        """A new message. Raises ChannelError."""
        said = await self.call("POST", "/channels/{channel_id}/messages", payload, files=files, channel_id=channel)
        return dict(said)

    async def message(self, at: Where) -> Json:
        """A message. Raises ChannelError; Gone where it is not there."""
        path = "/channels/{channel_id}/messages/{message_id}"
        return dict(await self.call("GET", path, channel_id=at.channel, message_id=at.message))

    async def messages(self, channel: str, after: str, most: int) -> list[Json]:
        """What was said there after a message, the oldest first. Raises ChannelError."""
        found: list[Json] = []
        while len(found) < most:
            page = await self.call(
                "GET",
                "/channels/{channel_id}/messages",
                params={"after": after, "limit": "100"},
                channel_id=channel,
            )
            found += sorted(page, key=lambda one: int(one["id"]))
            if len(page) < 100:
                return found
            after = str(found[-1]["id"])
        return found

    async def open_again(self, thread: str) -> None:
        """A thread that nothing was said in for long is closed, and refuses changes. Raises ChannelError."""
        await self.call("PATCH", "/channels/{channel_id}", {"archived": False}, channel_id=thread)

    async def download(self, file: Mapping[str, Any], most: int) -> FetchedFile:
        """A file with its bytes, or why they are not here. Raises TemporaryFailure where it is worth another try."""
        name, kind = str(file.get("filename") or "file"), str(file.get("content_type") or "application/octet-stream")
        size = int(file.get("size") or 0)

        def without(why: Withheld) -> FetchedFile:
            return FetchedFile(id=str(file.get("id", "")), name=name, type=kind, trouble=why, most=most)

        if size > most:
            return without(Withheld.TOO_LARGE)
        try:
            content = await _bytes(str(file.get("url") or ""), most)
        except TooLarge:
            return without(Withheld.TOO_LARGE)
        except PermanentFailure as error:
            log.warning("discord: the file %s is not copied: %s", name, error)
            return without(Withheld.NOT_GIVEN)
        kind = kind.partition(";")[0].strip()
        return FetchedFile(id=str(file.get("id", "")), name=name, type=kind, content=b64encode(content).decode())


def _form(body: Any, files: Sequence[File]) -> list[dict[str, Any]]:  # noqa: ANN401  JSON
    """A message with files, as Discord takes it."""
    described = [
        {"id": number, "filename": file.name, **({"description": file.description} if file.description else {})}
        for number, file in enumerate(files)
    ]
    payload = discord.utils._to_json({**body, "attachments": described})  # noqa: SLF001  as discord.py itself does
    parts = [
        {
            "name": f"files[{number}]",
            "value": file.content,
            "filename": file.name,
            "content_type": file.type or "application/octet-stream",
        }
        for number, file in enumerate(files)
    ]
    return [{"name": "payload_json", "value": payload}, *parts]


async def _bytes(link: str, most: int) -> bytes:
    timeout = aiohttp.ClientTimeout(total=_DOWNLOAD_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(link) as answer:
            if answer.status == 429 or answer.status >= 500:
                raise TemporaryFailure(f"a file cannot be fetched now: HTTP {answer.status}")
            if answer.status != 200:
                raise PermanentFailure(f"Discord does not give it out any more: HTTP {answer.status}")
            content = await answer.content.read(most + 1)
            while len(content) <= most and (more := await answer.content.read(most + 1 - len(content))):
                content += more
    except aiohttp.InvalidURL as error:
        raise PermanentFailure("it has no address") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise TemporaryFailure(f"a file cannot be fetched now: {error}") from error
    if len(content) > most:
        raise TooLarge(f"over {most} bytes")
    return content


def failure_of(what: str, error: Exception) -> ChannelError:
    """What an error means: try again, not at all, or find out first whether it was done."""
    match error:
        case discord.RateLimited():
            return NotYet(f"{what}: Discord wants fewer calls", retry_after=error.retry_after)
        case discord.LoginFailure():
            return TokenTrouble("discord.token: Discord does not know it; make a new one under Bot, and set it")
        case discord.HTTPException():
            return _refused(what, error)
        case aiohttp.ClientConnectorError() | ConnectionRefusedError():
            return TemporaryFailure(f"discord.api: cannot be reached: {error}")
        case _:
            return NoAnswer(f"{what}: the connection ended: {type(error).__name__} {error}")


def _refused(what: str, error: discord.HTTPException) -> ChannelError:
    said = f"{what}: {error.code} {error.text or f'HTTP {error.status}'}"
    if error.status == 401:
        return TokenTrouble(f"discord.token: {said}; make a new one under Bot, and set it")
    if error.status == 429:
        return NotYet(said, retry_after=_WAITS)
    if error.status >= 500:
        return NoAnswer(said)
    known = _MEANS.get(error.code, Gone if error.status == 404 else PermanentFailure)
    return known(f"{said}; see firstline check --online" if known is NotAllowed else said)
