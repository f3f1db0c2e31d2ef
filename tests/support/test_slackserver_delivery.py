"""How the Slack server brings events to an app: once if all goes well, again if it does not."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from tests.support import bolt
from tests.support.slackserver import Channel, Delivery, Json, NotDelivered, Person, SlackServer, Workspace


def listening(slack: SlackServer, workspace: Workspace) -> tuple[AsyncApp, list[Json]]:
    """An app that notes the bodies of the messages it hears."""
    app, heard = bolt.app_of(slack, workspace), list[Json]()

    async def note(body: Json) -> None:
        heard.append(body)

    app.event("message")(note)
    return app, heard


class Endpoint:
    """A request URL that answers as it is told and notes what came."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[tuple[dict[str, str], str]] = []
        self.headers: dict[str, str] = {}
        self.pause = 0.0

    async def answer(self, http: web.Request) -> web.Response:
        body = await http.text()
        if "url_verification" in body:
            return web.Response(text=json.loads(body)["challenge"])
        self.requests.append((dict(http.headers), body))
        await asyncio.sleep(self.pause)
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200, headers=self.headers)


Serve = Callable[[Endpoint], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves endpoints for the length of a test."""
    runners: list[web.AppRunner] = []

    async def start(endpoint: Endpoint) -> str:
        application = web.Application()
        application.router.add_post("/slack/events", endpoint.answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"

    yield start
    for runner in runners:
        await runner.cleanup()


def of_messages(slack: SlackServer) -> list[Delivery]:
    return [each for each in slack.deliveries if each.payload.get("event", {}).get("type") == "message"]


# ------------------------------------------------------------------------------------------------ sockets


async def open_socket(slack: SlackServer, http: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A bare socket, greeted."""
    headers = {"Authorization": f"Bearer {slack.app.app_token.secret}"}
    async with http.post(f"{slack.base_url}apps.connections.open", headers=headers) as response:
        url = (await response.json())["url"]
    socket = await http.ws_connect(url)
    assert (await socket.receive_json())["type"] == "hello"
    return socket


async def test_each_payload_goes_to_one_of_the_sockets(
    slack: SlackServer, workspace: Workspace, anna: Person, channel: Channel
) -> None:
    app, heard = listening(slack, workspace)
    async with bolt.by_sockets(slack, app, 2):
        for number in range(20):
            anna.post(channel, str(number))
        await slack.until(lambda: {int(each["event"]["text"]) for each in heard} == set(range(20)))
        await slack.quiet()
    assert len(heard) <= 20 + sum(len(each.failures) for each in slack.deliveries), "one each, unless it was late"


async def test_a_url_for_a_socket_is_good_once(slack: SlackServer) -> None:
    async with bolt.session() as http:
        url = slack.sockets.new_url()
        await http.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)


async def test_the_eleventh_socket_is_turned_away(slack: SlackServer) -> None:
    async with bolt.session() as http:
        ten = [await open_socket(slack, http) for _ in range(10)]
        eleventh = await http.ws_connect(slack.sockets.new_url())
        assert await eleventh.receive_json() == {"type": "disconnect", "reason": "too_many_websockets"}
        assert not any(each.closed for each in ten)


async def test_an_event_that_nobody_acknowledges_goes_again_with_the_same_id(
    slack: SlackServer, anna: Person, channel: Channel
) -> None:
    slack.answer_within(0.05)
    async with bolt.session() as http:
        socket = await open_socket(slack, http)
        anna.post(channel, "hello")
        first, second = await socket.receive_json(), await socket.receive_json()
        assert first["envelope_id"] != second["envelope_id"]
        assert first["payload"] == second["payload"]
        assert (first["retry_attempt"], second["retry_attempt"], second["retry_reason"]) == (0, 1, "timeout")
        await slack.until(lambda: of_messages(slack)[0].due)
        slack.clock.advance(60)
        third = await socket.receive_json()
        await socket.send_json({"envelope_id": third["envelope_id"]})
        assert (await of_messages(slack)[0]).acknowledged


async def test_an_event_is_given_up_after_four_attempts(slack: SlackServer, anna: Person, channel: Channel) -> None:
    message = anna.post(channel, "hello")
    delivery = of_messages(slack)[0]
    for attempts, wait in ((2, 60), (3, 300)):
        await slack.until(lambda attempts=attempts: len(delivery.failures) == attempts and delivery.due)  # type: ignore[misc]
        slack.clock.advance(wait - 1)
        await asyncio.sleep(0.05)
        assert len(delivery.failures) == attempts
        slack.clock.advance(2)
    assert not (await delivery).acknowledged
    assert delivery.lost
    assert delivery.failures == ["connection_failed"] * 4
    assert message.ts in channel.messages


async def test_what_was_missed_is_brought_when_the_app_is_back(
    slack: SlackServer, workspace: Workspace, anna: Person, channel: Channel
) -> None:
    anna.post(channel, "hello")
    await slack.quiet()
    app, heard = listening(slack, workspace)
    async with bolt.by_sockets(slack, app):
        slack.redeliver_now()
        await slack.until(lambda: heard)
    assert heard[0]["event"]["text"] == "hello"


async def test_a_cut_in_the_middle_loses_nothing(
    slack: SlackServer, workspace: Workspace, anna: Person, channel: Channel
) -> None:
    app, heard = listening(slack, workspace)
    async with bolt.by_sockets(slack, app, 2):
        for number in range(60):
            anna.post(channel, str(number))
            if number == 30:
                slack.cut_sockets()
        await slack.until(lambda: slack.sockets.connections >= 4)
        await slack.quiet()
        slack.redeliver_now()
        await slack.until(lambda: len({each["event_id"] for each in heard}) == 60)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_the_client_comes_back_when_it_is_asked_to(
    slack: SlackServer, workspace: Workspace, anna: Person, channel: Channel, reason: str
) -> None:
    app, heard = listening(slack, workspace)
    async with bolt.by_sockets(slack, app):
        slack.disconnect(reason)
        await slack.until(lambda: slack.sockets.connections == 2)
        anna.post(channel, "hello")
        await slack.until(lambda: heard)


async def test_an_event_can_be_brought_again_on_purpose(
    slack: SlackServer, workspace: Workspace, anna: Person, channel: Channel
) -> None:
    app, heard = listening(slack, workspace)
    async with bolt.by_sockets(slack, app):
        anna.post(channel, "hello")
        delivery = of_messages(slack)[0]
        assert (await delivery).acknowledged
        assert (await slack.deliver_again(delivery)).acknowledged
        await slack.until(lambda: len(heard) == 2)
    assert heard[0]["event_id"] == heard[1]["event_id"] == delivery.event_id


async def test_an_interaction_is_not_brought_again(slack: SlackServer, anna: Person) -> None:
    slack.answer_within(0.05)
    answer = await anna.shortcut("open")
    assert (answer.acknowledged, answer.reason) == (False, "connection_failed")
    async with bolt.session() as http:
        socket = await open_socket(slack, http)
        assert (await anna.command("/ticket")).reason == "timeout"
        assert not socket.closed


# --------------------------------------------------------------------------------------------------- HTTP


async def test_requests_are_signed(slack: SlackServer, anna: Person, channel: Channel, serve: Serve) -> None:
    endpoint = Endpoint()
    await slack.deliver_to(await serve(endpoint))
    anna.post(channel, "hello")
    await slack.quiet()
    headers, body = endpoint.requests[0]
    base = f"v0:{headers['X-Slack-Request-Timestamp']}:{body}".encode()
    digest = hmac.new(slack.app.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={digest}"
    assert "X-Slack-Retry-Num" not in headers


@pytest.mark.parametrize(("what", "value"), [("signing_secret", "another"), ("signature_age", 301.0)])
async def test_an_app_refuses_what_is_signed_wrongly_or_long_ago(
    slack: SlackServer, workspace: Workspace, anna: Person, channel: Channel, what: str, value: object
) -> None:
    app, heard = listening(slack, workspace)
    async with bolt.by_http(slack, app):
        setattr(slack.app, what, value)
        anna.post(channel, "hello")
        await slack.quiet()
    assert not heard
    assert of_messages(slack)[0].failures == ["http_error"] * 2


async def test_an_error_is_tried_again_and_says_so(
    slack: SlackServer, anna: Person, channel: Channel, serve: Serve
) -> None:
    endpoint = Endpoint(500, 200)
    await slack.deliver_to(await serve(endpoint))
    anna.post(channel, "hello")
    await slack.quiet()
    (_, first), (headers, second) = endpoint.requests
    assert first == second
    assert (headers["X-Slack-Retry-Num"], headers["X-Slack-Retry-Reason"]) == ("1", "http_error")


async def test_a_slow_answer_counts_as_none(slack: SlackServer, anna: Person, channel: Channel, serve: Serve) -> None:
    endpoint = Endpoint()
    endpoint.pause = 0.3
    await slack.deliver_to(await serve(endpoint))
    slack.answer_within(0.1)
    anna.post(channel, "hello")
    await slack.quiet()
    assert of_messages(slack)[0].failures == ["http_timeout"] * 2


async def test_an_app_can_ask_not_to_be_tried_again(
    slack: SlackServer, anna: Person, channel: Channel, serve: Serve
) -> None:
    endpoint = Endpoint(500)
    endpoint.headers["X-Slack-No-Retry"] = "1"
    await slack.deliver_to(await serve(endpoint))
    anna.post(channel, "hello")
    await slack.quiet()
    assert of_messages(slack)[0].lost


async def test_a_url_that_does_not_answer_the_challenge_is_refused(slack: SlackServer) -> None:
    with pytest.raises(NotDelivered, match="connection_failed"):
        await slack.deliver_to("http://127.0.0.1:1/slack/events")


# ------------------------------------------------------------------------------------------- who gets what


def types(slack: SlackServer) -> list[str]:
    events = [each.payload["event"] for each in slack.deliveries]
    return [f"{each['type']} {each.get('subtype', '')}".strip() for each in events]


def test_the_app_hears_only_where_it_is_and_may(slack: SlackServer, workspace: Workspace, anna: Person) -> None:
    ben = workspace.person("ben")
    anna.post(workspace.channel("lounge", anna, with_bot=False), "hello")
    anna.post(workspace.direct(anna.id, ben.id), "hello")
    assert not types(slack)
    workspace.installation.token.scopes.remove("channels:history")
    anna.mention_bot(workspace.channel("help", anna), "hello")
    assert types(slack) == ["app_mention"]


def test_the_app_hears_only_what_it_subscribed_to(slack: SlackServer, workspace: Workspace, anna: Person) -> None:
    slack.app.events = {"message.im"}
    anna.mention_bot(workspace.channel("help", anna), "hello")
    anna.post(anna.dm, "hello")
    assert types(slack) == ["message"]


def test_kinds_of_messages(slack: SlackServer, workspace: Workspace, anna: Person, channel: Channel) -> None:
    first = anna.post(channel, "hello")
    anna.post(channel, "to all", thread=first, broadcast=True)
    anna.post(channel, "waves", subtype="me_message")
    anna.post(channel, "see here", files=[anna.file("a.txt", b"abc")])
    jira = workspace.other_bot("jira")
    workspace.join(channel, jira.id)
    jira.post(channel, "JIRA-1", subtype="bot_message")
    workspace.set_topic(channel, anna.id, "printers")
    anna.delete(first)
    assert types(slack) == [
        "message",
        "message thread_broadcast",
        "message me_message",
        "message file_share",
        "message channel_join",
        "message bot_message",
        "message channel_topic",
        "message message_changed",
    ]
    assert channel.messages[first.ts].subtype == "tombstone"


def test_the_end_of_a_workspace(slack: SlackServer, workspace: Workspace, anna: Person, channel: Channel) -> None:
    workspace.change_user(anna.user, locale="fr-FR")
    workspace.uninstall()
    anna.post(channel, "hello")
    assert types(slack) == ["user_change", "tokens_revoked", "app_uninstalled"]
    assert workspace.installation.token.revoked


def test_a_guest_of_another_organisation_is_marked(slack: SlackServer, workspace: Workspace) -> None:
    eve = workspace.guest("eve")
    eve.post(workspace.channel("shared", eve), "hello")
    payload = slack.deliveries[0].payload
    assert payload["is_ext_shared_channel"]
    assert payload["event"]["user_team"] == payload["event"]["team"] == eve.user.team_id
    assert payload["team_id"] == eve.user.team_id
    assert payload["context_team_id"] == workspace.id


def test_an_app_in_another_thread(slack: SlackServer, anna: Person, channel: Channel) -> None:
    with SlackServer() as elsewhere, pytest.raises(NotDelivered, match="http_error"):
        slack.deliver_elsewhere(elsewhere.base_url)
    delivery = anna.shortcut("open")
    assert delivery.wait().reason == "connection_failed"
    anna.post(channel, "hello")
    slack.wait_until(lambda: of_messages(slack)[0].due)
    with pytest.raises(TimeoutError):
        slack.wait_until(lambda: False, timeout=0.02)


async def test_a_server_ends_though_sockets_are_open(workspace: Workspace) -> None:
    async with bolt.session() as http:
        with SlackServer() as server:
            socket = await open_socket(server, http)
        assert (await socket.receive()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
