"""By signed HTTP: what is signed by Slack and fresh is kept and acknowledged, and nothing else is."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot.demo.stage import free_port
from channels.base import IntakeUnavailable, Raw
from channels.slack.channel import SlackChannel
from channels.slack.settings import SlackSettings
from tests.support.slackserver import Person, SlackServer, Workspace


@dataclass
class Desk:
    """A channel that listens, and what it handed over. `away`: how many times nothing can be kept."""

    server: SlackServer
    acme: Workspace
    ada: Person
    channel: SlackChannel
    url: str
    kept: list[Raw] = field(default_factory=list)
    away: int = 0

    async def take(self, raw: Raw) -> bool:
        if self.away:
            self.away -= 1
            raise IntakeUnavailable("the disk is full")
        new = raw.key not in {one.key for one in self.kept}
        self.kept += [raw] if new else []
        return new

    async def post(self, body: dict[str, Any], *, secret: str = "", age: float = 0.0) -> tuple[int, str]:
        """As Slack does: https://docs.slack.dev/authentication/verifying-requests-from-slack."""
        stamp, text = str(int(time.time() - age)), json.dumps(body)
        key = (secret or self.server.app.signing_secret).encode()
        signature = "v0=" + hmac.new(key, f"v0:{stamp}:{text}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature,
            "Content-Type": "application/json",
        }
        async with aiohttp.ClientSession() as session, session.post(self.url, data=text, headers=headers) as answer:
            return answer.status, await answer.text()


@pytest.fixture(params=[False, True], ids=["http", "http and sockets"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    port = free_port()
    with SlackServer() as server:
        acme = server.workspace("Acme")
        settings = SlackSettings(
            bot_tokens=(acme.token,),
            signing_secret=server.app.signing_secret,
            app_token=server.app.app_token.secret if request.param else "",
            listen=f"127.0.0.1:{port}",
            api=server.base_url,
        )
        made = Desk(server, acme, acme.person("ada"), SlackChannel(settings), f"http://127.0.0.1:{port}/slack/events")
        listening = asyncio.create_task(made.channel.listen(made.take))
        await server.until(lambda: made.channel.heard() is not None)
        yield made
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def an_event(desk: Desk) -> dict[str, Any]:
    """A direct message, as Slack would post it."""
    with desk.server.state.lock:
        desk.ada.post(desk.ada.dm, "Hello")
        return dict(desk.server.deliveries[-1].payload)


@pytest.mark.covers("must:slack-http")
async def test_slack_verifies_the_address_and_what_it_sends_is_kept_and_acknowledged(desk: Desk) -> None:
    await desk.server.deliver_to(desk.url)
    desk.ada.post(desk.ada.dm, "Hello")
    await desk.server.quiet()
    assert desk.server.deliveries[-1].acknowledged
    assert len(desk.kept) == 1


@pytest.mark.covers("bad:slack-signature")
@pytest.mark.parametrize(("secret", "age"), [("wrong", 0.0), ("", 301.0), ("", -310.0)])
async def test_what_is_signed_wrongly_or_long_ago_is_refused(desk: Desk, secret: str, age: float) -> None:
    body = {"type": "event_callback", "team_id": desk.acme.id, "event_id": "Ev1", "event": {"type": "message"}}
    body["event"] = {"type": "message", "channel": desk.ada.dm.id, "user": desk.ada.id, "text": "forged", "ts": "1.1"}
    status, _ = await desk.post(body, secret=secret, age=age)
    assert status == 401
    assert desk.kept == []
    assert (await desk.post(body))[0] == 200
    assert [raw.key for raw in desk.kept] == [f"{desk.acme.id}:{desk.ada.dm.id}:1.1"]


async def test_the_challenge_is_answered(desk: Desk) -> None:
    status, text = await desk.post({"type": "url_verification", "challenge": "c4", "token": "t"})
    assert status == 200
    assert "c4" in text


async def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(desk: Desk) -> None:
    await desk.server.deliver_to(desk.url)
    before = desk.channel.heard()
    desk.away = 2
    desk.ada.post(desk.ada.dm, "Hello")
    await desk.server.until(lambda: desk.server.deliveries[-1].due is not None)
    assert desk.kept == []
    assert before is not None
    after = desk.channel.heard()
    assert after is not None
    assert after.since > before.since, "what came then is asked for"
    desk.server.redeliver_now()
    await desk.server.quiet()
    assert desk.server.deliveries[-1].acknowledged
    assert len(desk.kept) == 1


@pytest.mark.covers("must:slack-http")
async def test_the_same_by_both_ways_is_the_same(desk: Desk) -> None:
    body = an_event(desk)
    await desk.post(body)
    await desk.post(body)
    await desk.server.until(lambda: desk.kept)
    assert len(desk.kept) == 1


@pytest.mark.parametrize("desk", [True], ids=["sockets"], indirect=True)
async def test_while_one_socket_is_renewed_the_other_takes_what_comes(desk: Desk) -> None:
    await desk.server.until(lambda: len(desk.server.sockets.open) == 2)
    await asyncio.sleep(0.6)  # a look at both of them
    before = desk.channel.heard()
    for number in range(20):
        desk.ada.post(desk.ada.dm, str(number))
        if number == 5:
            desk.server.disconnect("refresh_requested", at_most=1)
        await asyncio.sleep(0.02)
    await desk.server.until(lambda: len(desk.kept) == 20)
    await desk.server.until(lambda: len(desk.server.sockets.open) == 2)
    await asyncio.sleep(0.6)
    after = desk.channel.heard()
    assert before is not None
    assert after is not None
    assert after.since == before.since
