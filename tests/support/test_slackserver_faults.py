"""What can be made to go wrong with a call, as the real client meets it; and time's limits."""

import time

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.support import bolt
from tests.support.slackserver import Broken, Channel, Drop, Json, NotPossible, Person, SlackServer, Slow, TooMany
from tests.support.slackserver.workspace import Workspace


@pytest.fixture
def client(slack: SlackServer, workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.token, base_url=slack.base_url, retry_handlers=[])


def statuses(slack: SlackServer) -> list[int]:
    return [each.status for each in slack.calls("chat.postMessage")]


async def test_too_many_requests_say_when_to_come_again(
    slack: SlackServer, client: AsyncWebClient, channel: Channel
) -> None:
    slack.faults.add("chat.postMessage", TooMany(retry_after=30))
    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=channel.id, text="hello")
    assert raised.value.response.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "30"
    assert not channel.messages


async def test_a_client_that_waits_gets_through(slack: SlackServer, client: AsyncWebClient, channel: Channel) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    slack.faults.add("chat.postMessage", TooMany(retry_after=0), times=2)
    await client.chat_postMessage(channel=channel.id, text="hello")
    assert statuses(slack) == [429, 429, 200]


async def test_the_pace_of_a_channel(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, workspace: Workspace
) -> None:
    slack.faults.pace = True
    slack.clock.stop()
    await client.chat_postMessage(channel=channel.id, text="one")
    await client.chat_postMessage(channel=workspace.channel("other").id, text="elsewhere")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.chat_postMessage(channel=channel.id, text="two")
    slack.clock.advance(1)
    await client.chat_postMessage(channel=channel.id, text="two")
    assert statuses(slack) == [200, 200, 429, 200]


async def test_a_method_takes_as_many_calls_a_minute_as_its_tier_allows(
    slack: SlackServer, client: AsyncWebClient, anna: Person
) -> None:
    slack.faults.minute = 60
    slack.clock.stop()
    for _ in range(20):
        await client.users_list()
    slack.clock.advance(10)
    with pytest.raises(SlackApiError, match="ratelimited") as raised:
        await client.users_list()
    assert raised.value.response.headers["Retry-After"] == "50"
    await client.users_info(user=anna.id)
    slack.clock.advance(50)
    await client.users_list()


@pytest.mark.parametrize("status", [500, 503])
async def test_a_broken_server(slack: SlackServer, client: AsyncWebClient, channel: Channel, status: int) -> None:
    slack.faults.add("*", Broken(status))
    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=channel.id, text="hello")
    assert raised.value.response.status_code == status
    assert not channel.messages


@pytest.mark.parametrize(("drop", "posted"), [(Drop.BEFORE, 0), (Drop.AFTER, 1)])
async def test_a_connection_that_drops(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, drop: Drop, posted: int
) -> None:
    slack.faults.add("chat.postMessage", drop)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=channel.id, text="hello")
    assert len(channel.messages) == posted


async def test_what_was_posted_uncertainly_is_found_by_its_metadata(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, anna: Person
) -> None:
    thread = anna.post(channel, "help").ts
    slack.faults.add("chat.postMessage", Drop.AFTER)
    key: Json = {"event_type": "delivery", "event_payload": {"key": "d-1"}}
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=channel.id, thread_ts=thread, text="hello", metadata=key)
    plain = await client.conversations_replies(channel=channel.id, ts=thread)
    assert "metadata" not in plain["messages"][1]
    full = await client.conversations_replies(channel=channel.id, ts=thread, include_all_metadata=True)
    assert full["messages"][1]["metadata"] == key


async def test_a_slow_answer(slack: SlackServer, client: AsyncWebClient, channel: Channel) -> None:
    slack.faults.add("chat.postMessage", Slow(0.2))
    begin = time.monotonic()
    await client.chat_postMessage(channel=channel.id, text="hello")
    assert time.monotonic() - begin >= 0.2


def test_faults_can_be_forgotten(slack: SlackServer) -> None:
    slack.faults.add("auth.test", Broken())
    slack.faults.clear()
    assert slack.faults.take("auth.test") is None


# ------------------------------------------------------------------------------------------ response URLs


async def answer(url: str, body: Json) -> Json:
    async with bolt.session() as http, http.post(url, json=body) as response:
        answered: Json = await response.json()
        assert response.status == (200 if answered["ok"] else 404)
        return answered


def url_of(channel: Channel, anna: Person) -> str:
    return str(anna.command("/ticket", channel=channel).payload["response_url"])


async def test_a_response_url_takes_five_answers(slack: SlackServer, channel: Channel, anna: Person) -> None:
    url = url_of(channel, anna)
    for _ in range(5):
        assert (await answer(url, {"text": "hello"}))["ok"]
    assert (await answer(url, {"text": "hello"}))["error"] == "used_url"
    assert len(anna.whispers) == 5


async def test_a_response_url_lives_thirty_minutes(slack: SlackServer, channel: Channel, anna: Person) -> None:
    url = url_of(channel, anna)
    slack.clock.advance(30 * 60 + 1)
    assert (await answer(url, {"text": "hello"}))["error"] == "expired_url"


async def test_a_response_url_is_as_strict_as_a_post(slack: SlackServer, channel: Channel, anna: Person) -> None:
    url = url_of(channel, anna)
    assert (await answer(url, {"blocks": [{"type": "banner"}]}))["error"] == "invalid_blocks"
    assert (await answer(url, {}))["error"] == "no_text"
    assert (await answer(f"{url}x", {"text": "hello"}))["error"] == "invalid_url"


async def test_an_answer_to_all(slack: SlackServer, channel: Channel, anna: Person) -> None:
    await answer(url_of(channel, anna), {"text": "hello", "response_type": "in_channel"})
    (message,) = channel.messages.values()
    assert (message.text, message.subtype, message.user) == ("hello", "bot_message", "")
    assert not anna.whispers


async def test_an_original_is_replaced_and_removed(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, anna: Person
) -> None:
    button: Json = {"type": "button", "action_id": "yes", "text": {"type": "plain_text", "text": "Yes"}}
    blocks = [{"type": "actions", "elements": [button]}]
    await client.chat_postMessage(channel=channel.id, text="Open a ticket?", blocks=blocks)
    await client.chat_postEphemeral(channel=channel.id, user=anna.id, text="Open a ticket?", blocks=blocks)
    message, whisper = channel.messages[next(iter(channel.messages))], anna.whispers[0]
    for place in (message, whisper):
        url = anna.press(place, "yes").payload["response_url"]
        await answer(url, {"text": "Done.", "replace_original": True})
        assert place.text == "Done."
        await answer(url, {"delete_original": True})
    assert not channel.messages
    assert not anna.whispers


# ---------------------------------------------------------------------------- what a real client prevents


def test_what_somebody_cannot_do(workspace: Workspace, channel: Channel, anna: Person) -> None:
    ben = workspace.person("ben")
    message = anna.post(channel, "hello")
    anna.react(message, "ticket")
    for impossible in (
        lambda: ben.post(channel, "hello"),
        lambda: ben.edit(message, "bye"),
        lambda: ben.delete(message),
        lambda: anna.react(message, "ticket"),
        lambda: ben.unreact(message, "ticket"),
        lambda: anna.press(message, "yes"),
    ):
        with pytest.raises(NotPossible):
            impossible()
