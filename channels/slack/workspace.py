"""One workspace: its client, who we are there, and whom we have met."""

import asyncio
import logging
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import aiohttp

from channels.base import NotYet, PermanentFailure, TemporaryFailure, TooLarge, Withheld
from channels.rich.fetched import FetchedFile
from channels.slack import web
from channels.slack.ids import where
from channels.slack.parse import User
from channels.slack.web import TokenTrouble

log = logging.getLogger("firstline")

_REMEMBERED: Final = 5_000
_USERS_FOR: Final = 600.0
_DOWNLOAD_SECONDS: Final = 120


class Workspace:
    """A workspace that the app is installed in. `team`, its `url` and `us`, the bot's user, are known once it is met.

    `trouble` is why its token does not work.
    """

    def __init__(self, token: str, api: str) -> None:
        self.token = token
        self.client = web.client(token, api)
        self.team = ""
        self.url = ""
        self.us = ""
        self.bot = ""
        self.trouble = ""
        self._users: OrderedDict[str, tuple[float, User]] = OrderedDict()
        self._direct: dict[str, str] = {}
        self._mails: dict[str, str] = {}
        self._not_before: dict[str, float] = {}

    async def meet(self) -> None:
        """Learn who we are there. Raises ChannelError."""
        said = await self.call("auth.test")
        self.team, self.us, self.bot = str(said["team_id"]), str(said["user_id"]), str(said.get("bot_id", ""))
        self.url = str(said.get("url") or "")

    async def call(self, method: str, /, **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401  JSON
        """What Slack answers. Raises ChannelError; at once while Slack wants no more calls of this method."""
        now = asyncio.get_running_loop().time()
        until = self._not_before.get(method, 0.0)
        if until > now:
            raise NotYet(f"{method}: Slack wants fewer calls", retry_after=until - now)
        try:
            answer = await web.call(self.client, method, **arguments)
        except NotYet as error:
            self._not_before[method] = now + (error.retry_after or 0.0)
            raise
        except TokenTrouble as error:
            self.trouble = str(error)
            raise
        self.trouble = ""
        return answer

    async def user(self, user_id: str) -> User:
        """Somebody's name, verified address, language and zone; kept for some minutes. Raises ChannelError."""
        now = asyncio.get_running_loop().time()
        known = self._users.get(user_id)
        if known is not None and now - known[0] < _USERS_FOR:
            return known[1]
        if user_id.startswith("B"):
            return User(bot=True)
        try:
            found = (await self.call("users.info", user=user_id, include_locale=True))["user"]
        except PermanentFailure:
            return User()
        user = read_user(found, self.team)
        self._users[user_id] = (now, user)
        while len(self._users) > _REMEMBERED:
            self._users.popitem(last=False)
        return user

    def known(self, user_id: str) -> User:
        """What is known of somebody already, without asking anybody."""
        return self._users.get(user_id, (0.0, User()))[1]

    def forget(self, user_id: str) -> None:
        """Their profile has changed."""
        self._users.pop(user_id, None)

    async def person(self, address: str) -> str:
        """The id of somebody, who may be known by their mail address only. Raises ChannelError."""
        if "@" not in address:
            return where(address).room
        if address not in self._mails:
            found = await self.call("users.lookupByEmail", email=address)
            self._mails[address] = str(found["user"]["id"])
        return self._mails[address]

    async def room_with(self, address: str) -> str:
        """The room in which we speak with somebody alone; by a mail address too. Raises ChannelError."""
        person = await self.person(address)
        if person not in self._direct:
            opened = await self.call("conversations.open", users=person)
            self._direct[person] = str(opened["channel"]["id"])
        return self._direct[person]

    async def download(self, file: Mapping[str, Any], most: int) -> FetchedFile:
        """A file with its bytes, or why they are not here. Raises TemporaryFailure where it is worth another try."""
        if file.get("file_access") == "check_file_info":
            file = (await self.call("files.info", file=str(file["id"]))).get("file") or file
        name = str(file.get("name") or file.get("title") or "file")
        kind = str(file.get("mimetype") or "application/octet-stream")
        size, link = int(file.get("size") or 0), str(file.get("url_private_download") or file.get("url_private") or "")

        def without(why: Withheld) -> FetchedFile:
            return FetchedFile(id=str(file.get("id", "")), name=name, type=kind, trouble=why, most=most)

        if file.get("mode") in {"tombstone", "hidden_by_limit"} or not link:
            return without(Withheld.NOT_GIVEN)
        if size > most:
            return without(Withheld.TOO_LARGE)
        try:
            content = await self._bytes(link, kind, most)
        except TooLarge:
            return without(Withheld.TOO_LARGE)
        except PermanentFailure as error:
            log.warning("slack: the file %s is not copied: %s", name, error)
            return without(Withheld.NOT_GIVEN)
        return FetchedFile(id=str(file.get("id", "")), name=name, type=kind, content=b64encode(content).decode())

    async def _bytes(self, link: str, kind: str, most: int) -> bytes:
        timeout = aiohttp.ClientTimeout(total=_DOWNLOAD_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(link, headers={"Authorization": f"Bearer {self.token}"}) as answer,
            ):
                if answer.status == 429 or answer.status >= 500:
                    raise TemporaryFailure(f"a file cannot be fetched now: HTTP {answer.status}")
                if answer.status != 200:
                    raise PermanentFailure(f"Slack does not give it out: HTTP {answer.status}")
                if answer.content_type == "text/html" != kind:
                    raise PermanentFailure("Slack asks to log in for it: the app lacks files:read")
                content = await answer.content.read(most + 1)
                while len(content) <= most and (more := await answer.content.read(most + 1 - len(content))):
                    content += more
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TemporaryFailure(f"a file cannot be fetched now: {error}") from error
        if len(content) > most:
            raise TooLarge(f"over {most} bytes")
        return content


def read_user(found: Mapping[str, Any], team: str) -> User:
    """What `users.info` says of somebody. An address counts only where our own workspace has confirmed it."""
    profile = found.get("profile") or {}
    foreign = bool(found.get("is_stranger")) or str(found.get("team_id") or team) != team
    confirmed = found.get("is_email_confirmed", True) and not foreign
    return User(
        name=str(profile.get("real_name") or found.get("real_name") or found.get("name") or ""),
        mail=str(profile.get("email") or "") if confirmed else "",
        language=str(found.get("locale") or "").partition("-")[0] or None,
        zone=str(found.get("tz") or "") or None,
        external=foreign,
        bot=bool(found.get("is_bot")) or found.get("id") == "USLACKBOT",
    )
