"""Slack as a channel: events by socket or by signed HTTP in, web methods out."""

import asyncio
import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
import msgspec
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError

from channels.base import (
    Answers,
    ChannelError,
    Check,
    Envelope,
    Heard,
    History,
    IntakeUnavailable,
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
from channels.slack import intake, parse, render, showing
from channels.slack.checking import checks
from channels.slack.doors import Doors
from channels.slack.hearing import Hearing
from channels.slack.history import Reader
from channels.slack.home import at_home
from channels.slack.ids import Where, where
from channels.slack.listening import Handlers, build_app, connected
from channels.slack.parse import Kept
from channels.slack.richtext import people_in
from channels.slack.sending import Sending
from channels.slack.settings import SlackSettings
from channels.slack.whose import Whose
from channels.slack.workspace import Workspace

log = logging.getLogger("firstline")
_AGAIN_SECONDS: Final = 5.0
_LOOK_AT_TOKENS: Final = 60.0


class SlackChannel:
    """People on Slack, in one workspace or several."""

    name = "slack"
    seconds_a_card = 1.2
    """Slack takes about 50 changes of messages a minute."""

    def __init__(self, settings: SlackSettings) -> None:
        self.parse: Parse = parse.parse
        self.render: Render = render.render
        self.ready = asyncio.Event()
        self.settings = settings
        self._workspaces = [Workspace(token, settings.api) for token in settings.bot_tokens]
        self._by_team: dict[str, Workspace] = {}
        self._sending = Sending()
        self._hearing = Hearing()
        self._reader = Reader(settings)
        self._doors = Doors(self._workspace)
        self._finding = Whose()
        self._trouble = ""
        self._brought = 0

    def places(self) -> list[str]:
        """How events come, for the person at the terminal."""
        ways = ["by socket"] if self.settings.app_token else []
        ways += [f"by HTTP on {self.settings.listen}"] if self.settings.signing_secret else []
        return [f"Slack {' and '.join(ways)}, {len(self._workspaces)} workspace(s)"]

    def sources(self) -> list[Source]:
        """Slack as one source."""
        troubles = filter(None, [self._trouble, *(workspace.trouble for workspace in self._workspaces)])
        trouble = next(troubles, "")
        return [Source(name="slack", brought=self._brought, reached=bool(self._by_team), trouble=trouble)]

    # -------------------------------------------------------------------------------------- in

    async def listen(self, take: Take) -> None:
        """Take events in until cancelled; what cannot be made durable is not acknowledged, and Slack sends it again."""
        self.ready.set()  # an hour in which Slack is away must not keep the desk from starting
        try:
            await self._meet_all()
            app = build_app(self.settings, self._authorized, self._handlers(take))
            await self._connected(app)
        finally:
            self.ready.clear()

    def answer_with(self, answers: Answers) -> None:
        """What modals say."""
        self._doors.answers = answers

    def _handlers(self, take: Take) -> Handlers:
        return Handlers(
            keep=lambda body: self._keep(at_home(body, self._by_team), take),
            wrong=lambda body: self._doors.wrong(at_home(body, self._by_team)),
            answer=lambda body: self._doors.answer(at_home(body, self._by_team)),
            suggest=lambda body: self._doors.suggested(at_home(body, self._by_team)),
        )

    async def _meet_all(self) -> None:
        """Learn who we are everywhere; as long as that fails nothing comes in, and it is told."""
        while True:
            try:
                for workspace in self._workspaces:
                    await self._met(workspace)
            except ChannelError as error:
                self._trouble = str(error)
                log.warning("slack: %s", error)
                await asyncio.sleep(getattr(error, "retry_after", None) or _AGAIN_SECONDS)
            else:
                return

    async def _connected(self, app: AsyncApp) -> None:
        """Listen; the sockets find back by themselves, once they were open."""
        while True:
            try:
                async with connected(app, self.settings, self._workspaces[0].client, self._hearing):
                    self._trouble = ""
                    await self._watch_tokens()
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                self._trouble = f"slack.app_token: no socket can be opened: {error}"
                log.warning("slack: %s", self._trouble)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _watch_tokens(self) -> None:
        """Try now and then whether the tokens work: one that does not may have nothing to say for days."""
        while True:
            await asyncio.sleep(_LOOK_AT_TOKENS)
            for workspace in self._workspaces:
                with suppress(ChannelError):
                    await workspace.meet()

    async def _met(self, workspace: Workspace) -> Workspace:
        if not workspace.team:
            await workspace.meet()
        self._by_team[workspace.team] = workspace
        return workspace

    def _authorized(self, team: str) -> AuthorizeResult:
        workspace = self._by_team.get(team) or self._workspaces[0]
        return AuthorizeResult(
            enterprise_id=None,
            team_id=workspace.team,
            bot_token=workspace.token,
            bot_id=workspace.bot,
            bot_user_id=workspace.us,
        )

    async def _keep(self, body: Mapping[str, Any], take: Take) -> None:
        team = str((body.get("team") or {}).get("id") or body.get("team_id") or "")
        workspace = self._by_team.get(team)
        us = workspace.us if workspace is not None else ""
        raw = intake.raw_of(body, self.settings, us=us, received_at=datetime.now(UTC))
        try:
            self._brought += raw is not None and await take(raw)
        except IntakeUnavailable:
            self._hearing.missed()
            raise

    # -------------------------------------------------------------------------------------- what was said meanwhile

    def heard(self) -> Heard | None:
        """Since when Slack reaches us without a break."""
        return self._hearing.heard()

    async def rooms(self, agents: Collection[str]) -> list[str]:
        """The rooms of the settings, in whichever workspace, and the direct ones with agents. Raises ChannelError."""
        found = []
        for room in self.settings.named:
            with suppress(PermanentFailure):
                found.append(str(Where((await self._whose(room)).team, room)))
        for mail in agents:
            for workspace in self._by_team.values():
                with suppress(PermanentFailure):
                    found.append(str(Where(workspace.team, await workspace.room_with(mail))))
        return found

    async def read_back(self, place: str, since: datetime, known: Collection[Known]) -> History:
        """What its history has since then. Raises ChannelError."""
        at = where(place)
        return await self._reader.read(await self._workspace(at.team), at, since, known)

    # -------------------------------------------------------------------------------------- what is only named

    async def complete(self, raw: Raw) -> Raw:
        """The same with its author, those it names, its files, and the message that a reaction is about."""
        kept = parse.read(raw)
        workspace = await self._workspace(kept.team)
        item = await self._item(workspace, kept, raw)
        message = kept.body.get("message") or kept.body
        named = people_in(message) | people_in(item) | set(filter(None, (_author(kept), *parse.people_of(kept, item))))
        users = {name: await workspace.user(name) for name in sorted(named) if name.startswith(("U", "W", "B"))}
        attached = (message if parse.is_said(kept) else item).get("files") or ()
        files = [await workspace.download(file, self.settings.max_file) for file in attached]
        names = {name: user.name for name, user in users.items() if user.name}
        whole = msgspec.structs.replace(kept, users=users, names=names, files=tuple(files), item=item)
        return msgspec.structs.replace(
            raw, payload=msgspec.json.encode(whole), complete=True, lane=self._lane(kept, item, raw)
        )

    def _lane(self, kept: Kept, item: Mapping[str, Any], raw: Raw) -> str:
        """What was done with a message is worked with all else in its thread, which is known only now."""
        about = parse.about(kept, str(raw.meta.get("us", "")))
        if about is None or not item or parse.is_said(kept):
            return raw.lane
        return intake.lane_of(about, item, self.settings)

    async def _item(self, workspace: Workspace, kept: Kept, raw: Raw) -> dict[str, Any]:
        """The message that it is about; empty where it is not there, or is not wanted."""
        about = parse.about(kept, str(raw.meta.get("us", "")))
        if about is None:
            return {}
        try:
            said = await workspace.call("conversations.replies", channel=about.room, ts=about.ts, limit=1)
        except PermanentFailure:
            return {}
        return next((dict(one) for one in said.get("messages") or () if one.get("ts") == about.ts), {})

    # -------------------------------------------------------------------------------------- out

    async def deliver(self, rendered: bytes, envelope: Envelope) -> Receipt:
        """Post it, in its thread if it has one. Raises TemporaryFailure, PermanentFailure or NoAnswer."""
        return await self._sending.post(await self._workspace_of(envelope), rendered, envelope)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Look for it by its key, where it was to go."""
        return await self._sending.find(await self._workspace_of(envelope), envelope)

    async def project(self, projection: Projection) -> Receipt:
        """Show the latest state of a card, a mark or a page."""
        _, _, rest = projection.target.partition(":")
        return await showing.show(await self._workspace(where(rest).team), projection)

    # -------------------------------------------------------------------------------------- firstline check

    async def check(self) -> list[Check]:
        """Try every token, and look into every room."""
        return [found async for found in checks(self.settings, self._workspaces)]

    async def send_probe(self, name: str) -> str:  # noqa: ARG002  of the protocol
        """Nothing is said to ourselves: Slack would not tell us of it."""
        return ""

    def look_at_probe(self, raw: Raw, name: str) -> list[Check]:  # noqa: ARG002  of the protocol
        """There is none."""
        return []

    async def close(self) -> None:
        """Let go of connections."""

    async def _workspace_of(self, envelope: Envelope) -> Workspace:
        address = envelope.thread or envelope.to.address
        team = "" if "@" in address else where(address).team
        return await (self._workspace(team) if team else self._whose(address))

    async def _whose(self, address: str) -> Workspace:
        """The workspace of a room or a person that is named without one. Raises ChannelError."""
        return await self._finding.find(address, [await self._met(workspace) for workspace in self._workspaces])

    async def _workspace(self, team: str) -> Workspace:
        """The workspace of an id; the first where none is named. Raises TemporaryFailure where it cannot be reached."""
        if team in self._by_team:
            return self._by_team[team]
        for workspace in self._workspaces:
            met = await self._met(workspace)
            if team in {met.team, ""}:
                return met
        raise PermanentFailure(f"slack.bot_tokens: there is none of the workspace {team}")


def _author(kept: Kept) -> str:
    body = kept.body
    message = body.get("message") or body.get("previous_message") or {}
    user = body.get("user")
    if isinstance(user, Mapping):
        return str(user.get("id", ""))
    return str(user or body.get("user_id") or message.get("user") or body.get("bot_id") or "")
