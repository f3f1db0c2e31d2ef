"""`firstline check --online` says in one line what is wrong with the app's installation, and what to do."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from channels.base import Checker
from channels.slack.channel import SlackChannel
from channels.slack.manifest import APP_SCOPE, EVENTS, SCOPES, manifest
from channels.slack.settings import SlackSettings
from tests.support.slackserver import ALL_SCOPES, SlackServer
from tests.support.slackserver import events as server_events
from tests.support.slackserver.api.registry import METHODS

ROOT = Path(__file__).parents[3]


@dataclass
class App:
    server: SlackServer

    async def check(self, **settings: Any) -> list[tuple[str, str]]:
        """What is found: its state and what is said."""
        given = {"app_token": self.server.app.app_token.secret, "api": self.server.base_url, **settings}
        channel = SlackChannel(SlackSettings(**given))
        assert isinstance(channel, Checker)
        return [(found.state, found.said) for found in await channel.check()]


@pytest.fixture
def app() -> Iterator[App]:
    with SlackServer() as server:
        yield App(server)


async def test_an_app_that_is_well_installed_is_good(app: App) -> None:
    acme = app.server.workspace("Acme")
    room = acme.channel("desk")
    found = await app.check(bot_tokens=(acme.token,), desks={"default": room.id})
    assert [state for state, _ in found] == ["good", "good", "good"]


async def test_a_missing_scope_is_named_with_what_it_is_for(app: App) -> None:
    acme = app.server.workspace("Acme", ALL_SCOPES - {"reactions:read"})
    state, said = (await app.check(bot_tokens=(acme.token,)))[0]
    assert state == "bad"
    assert "lacks reactions:read (to see the emoji that opens a ticket); add that" in said


@pytest.mark.covers("bad:slack-token")
@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("xoxb-wrong", "slack.bot_tokens: auth.test: invalid_auth"),
        ("xoxp-1", "it is no bot token: it begins with xoxb-"),
    ],
)
async def test_a_wrong_token_is_named(app: App, token: str, says: str) -> None:
    state, said = (await app.check(bot_tokens=(token,)))[0]
    assert state == "bad"
    assert says in said


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("xapp-wrong", "apps.connections.open: invalid_auth; make one with connections:write"),
        ("xoxb-1", "it is no app-level token: it begins with xapp-"),
        ("", "nothing comes in; set app_token"),
    ],
)
async def test_a_wrong_app_token_is_named(app: App, token: str, says: str) -> None:
    acme = app.server.workspace("Acme")
    state, said = (await app.check(bot_tokens=(acme.token,), app_token=token))[1]
    assert state == "bad"
    assert says in said


async def test_a_channel_that_the_app_is_not_in_is_named(app: App) -> None:
    acme = app.server.workspace("Acme")
    room = acme.channel("desk", with_bot=False)
    for name in (room.id, "C0NOSUCH1"):
        state, said = (await app.check(bot_tokens=(acme.token,), desks={"tier 2": name}))[-1]
        assert state == "bad"
        what = f"slack.desks.tier 2: the app is not in the channel {name}"
        assert said == f"{what}; write /invite @Firstline there, or correct its id"


async def test_slack_that_is_away_is_said(app: App) -> None:
    state, said = (await app.check(bot_tokens=("xoxb-1",), app_token="", api="http://127.0.0.1:9/api/"))[0]
    assert state == "bad"
    assert "slack.api: cannot be reached" in said


# ------------------------------------------------------------------------------------------ the manifest


def methods_in_the_code() -> set[str]:
    """The web methods that our code names."""
    source = "\n".join(path.read_text() for path in (ROOT / "channels" / "slack").glob("*.py"))
    named = set(re.findall(r'"([a-z]+(?:\.[a-zA-Z]+)+)"', source))
    return named & METHODS.keys()


def test_the_manifest_in_the_repository_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "manifest.json").read_text()) == manifest(), "run scripts/slack-manifest"


@pytest.mark.covers("must:slack-manifest")
def test_the_scopes_are_those_that_the_code_needs_and_no_others() -> None:
    used = methods_in_the_code()
    assert {"chat.postMessage", "files.completeUploadExternal", "users.lookupByEmail"} <= used
    for method in used - {"apps.connections.open"}:
        scopes = METHODS[method].scopes
        assert not scopes or SCOPES.keys() & set(scopes), f"{method} needs one of {scopes}"
    of_methods = {scope for method in used for scope in METHODS[method].scopes}
    of_events = {server_events.SCOPES.get(event, "") for event in EVENTS}
    of_features = {"commands", "files:read", "users:read.email"}
    assert SCOPES.keys() <= of_methods | of_events | of_features
    assert SCOPES.keys() == ALL_SCOPES
    assert METHODS["apps.connections.open"].scopes == (APP_SCOPE,)


def test_the_events_are_those_that_the_code_takes() -> None:
    source = (ROOT / "channels" / "slack" / "intake.py").read_text()
    for event in EVENTS:
        assert f'"{event.partition(".")[0]}"' in source
    kinds = {"message.channels": "channels", "message.groups": "groups", "message.im": "im"}
    assert {kind for event, kind in kinds.items() if event in EVENTS} == {
        scope.removesuffix(":history") for scope in SCOPES if scope.endswith(":history")
    }
