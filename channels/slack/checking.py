"""`firstline check --online` for Slack: whether the tokens work, what they lack, and which rooms the app is not in."""

from collections.abc import AsyncIterator, Iterator, Mapping

from channels.base import ChannelError, Check, PermanentFailure
from channels.slack import web
from channels.slack.manifest import APP_SCOPE, SCOPES
from channels.slack.settings import SlackSettings
from channels.slack.workspace import Workspace


async def checks(settings: SlackSettings, workspaces: list[Workspace]) -> AsyncIterator[Check]:
    """Log in with every token, open a socket's door, look into every room. Nothing is raised."""
    works = []
    for number, workspace in enumerate(workspaces):
        found = await _bot_token(f"slack.bot_tokens[{number}]", workspace)
        yield found
        if found.state == "good":
            works.append(workspace)
    for way in _ways_in(settings):
        yield way
    if settings.app_token:
        yield await _app_token(settings)
    for room, setting in _named(settings).items():
        if works:
            yield await _room(setting, room, works)


async def _bot_token(setting: str, workspace: Workspace) -> Check:
    name = "slack token"
    if not workspace.token.startswith("xoxb-"):
        said = f"{setting}: it is no bot token: it begins with xoxb-; see OAuth & Permissions in the app's settings"
        return Check(name=name, state="bad", said=said)
    try:
        await workspace.meet()
        given = await web.scopes(workspace.client)
    except ChannelError as error:
        return Check(name=name, state="bad", said=f"{setting}: {error}")
    missing = sorted(SCOPES.keys() - given)
    if missing:
        reasons = ", ".join(f"{scope} (to {SCOPES[scope]})" for scope in missing)
        said = f"{setting}: it lacks {reasons}; add that under OAuth & Permissions and install the app again"
        return Check(name=name, state="bad", said=said)
    return Check(name=name, state="good", said=f"logged in to the workspace {workspace.team}")


def _ways_in(settings: SlackSettings) -> Iterator[Check]:
    if not (settings.app_token or settings.signing_secret):
        said = "slack: nothing comes in; set app_token (xapp-…) for sockets, or signing_secret for HTTP"
        yield Check(name="slack way in", state="bad", said=said)


async def _app_token(settings: SlackSettings) -> Check:
    name, setting = "slack app token", "slack.app_token"
    if not settings.app_token.startswith("xapp-"):
        said = f"{setting}: it is no app-level token: it begins with xapp-; make one under Basic Information"
        return Check(name=name, state="bad", said=said)
    try:
        await web.call(web.client(settings.app_token, settings.api), "apps.connections.open")
    except ChannelError as error:
        why = str(error).partition("; ")[0].removeprefix("slack.bot_tokens: ")
        said = f"{setting}: {why}; make one with {APP_SCOPE} under Basic Information, and turn Socket Mode on"
        return Check(name=name, state="bad", said=said)
    return Check(name=name, state="good", said="a socket can be opened")


def _named(settings: SlackSettings) -> Mapping[str, str]:
    """The settings that name a room, by room."""
    return {
        **dict.fromkeys(settings.offered, "slack.offered"),
        **dict.fromkeys(settings.watched, "slack.watched"),
        **{room: f"slack.desks.{of}" for of, room in settings.desks.items()},
    }


async def _room(setting: str, room: str, workspaces: list[Workspace]) -> Check:
    for workspace in workspaces:
        try:
            await workspace.call("conversations.history", channel=room, limit=1)
        except PermanentFailure:
            continue
        except ChannelError as error:
            return Check(name="slack room", state="bad", said=f"{setting}: {room}: {error}")
        return Check(name="slack room", state="good", said=f"{setting}: the app is in {room}")
    said = f"{setting}: the app is not in the channel {room}; write /invite @Firstline there, or correct its id"
    return Check(name="slack room", state="bad", said=said)
