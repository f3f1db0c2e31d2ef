"""Reading back from the Slack server: history, threads, pages, files."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.support import bolt
from tests.support.slackserver import Broken, Channel, Drop, Person, SlackServer, Workspace


async def test_history_is_the_newest_first_in_pages_without_threads(
    client: AsyncWebClient, channel: Channel, anna: Person
) -> None:
    posts = [anna.post(channel, str(number)) for number in range(5)]
    anna.post(channel, "in the thread", thread=posts[0])
    anna.post(channel, "to all", thread=posts[0], broadcast=True)
    first = await client.conversations_history(channel=channel.id, limit=4)
    assert [each["text"] for each in first["messages"]] == ["to all", "4", "3", "2"]
    assert first["has_more"]
    anna.post(channel, "meanwhile")
    rest = await client.conversations_history(
        channel=channel.id, limit=4, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [each["text"] for each in rest["messages"]] == ["1", "0"]
    assert not rest["has_more"]
    assert rest["messages"][1]["reply_count"] == 2


async def test_history_between_two_moments(client: AsyncWebClient, channel: Channel, anna: Person) -> None:
    posts = [anna.post(channel, str(number)) for number in range(5)]
    oldest, latest = posts[1].ts, posts[3].ts
    without = await client.conversations_history(channel=channel.id, oldest=oldest, latest=latest)
    assert [each["text"] for each in without["messages"]] == ["2"]
    with_both = await client.conversations_history(channel=channel.id, oldest=oldest, latest=latest, inclusive=True)
    assert [each["text"] for each in with_both["messages"]] == ["3", "2", "1"]


async def test_a_thread_begins_with_its_first_message(client: AsyncWebClient, channel: Channel, anna: Person) -> None:
    first = anna.post(channel, "help")
    for number in range(3):
        anna.post(channel, str(number), thread=first)
    pages: list[list[str]] = []
    async for page in await client.conversations_replies(channel=channel.id, ts=first.ts, limit=2):
        pages.append([each["text"] for each in page["messages"]])
        anna.post(channel, "meanwhile")
    assert pages == [["help", "0"], ["1", "2"]]


async def test_every_ts_is_later_than_the_last(slack: SlackServer, channel: Channel, anna: Person) -> None:
    slack.clock.stop(1_700_000_000.0)
    first, second = anna.post(channel, "1"), anna.post(channel, "2")
    assert (first.ts, second.ts) == ("1700000000.000000", "1700000000.000001")
    slack.clock.run()
    assert 1_700_000_000 <= slack.clock.now() < 1_700_000_100


async def test_channels_and_members_in_pages(client: AsyncWebClient, workspace: Workspace, anna: Person) -> None:
    workspace.installation.token.scopes |= {"channels:read", "groups:read", "im:read"}
    workspace.channel("open", anna, with_bot=False)
    workspace.channel("hidden", anna, with_bot=False, private=True)
    ours = workspace.channel("desk", anna, private=True)
    types = "public_channel,private_channel"
    listed = await client.conversations_list(types=types)
    assert [each["name"] for each in listed["channels"]] == ["open", "desk"]
    mine = await client.users_conversations(types=types)
    assert [each["id"] for each in mine["channels"]] == [ours.id]
    members = await client.conversations_members(channel=ours.id, limit=1)
    assert members["members"] == [anna.id]
    assert members["response_metadata"]["next_cursor"]


async def test_a_direct_conversation_is_opened_once(client: AsyncWebClient, workspace: Workspace, anna: Person) -> None:
    channel = (await client.conversations_open(users=[anna.id]))["channel"]["id"]
    again = await client.conversations_open(users=[anna.id], return_im=True)
    assert (again["channel"]["id"], again["already_open"], again["channel"]["user"]) == (channel, True, anna.id)
    posted = await client.chat_postMessage(channel=anna.id, text="hello")
    assert posted["channel"] == channel == anna.dm.id


async def test_a_link_to_a_reply_names_its_thread(client: AsyncWebClient, channel: Channel, anna: Person) -> None:
    first = anna.post(channel, "help")
    reply = anna.post(channel, "please", thread=first)
    link = (await client.chat_getPermalink(channel=channel.id, message_ts=reply.ts))["permalink"]
    assert link.endswith(f"/archives/{channel.id}/p{reply.ts.replace('.', '')}?thread_ts={first.ts}&cid={channel.id}")


async def test_a_reply_to_a_reply_stays_in_the_thread(client: AsyncWebClient, channel: Channel, anna: Person) -> None:
    first = anna.post(channel, "help")
    reply = anna.post(channel, "please", thread=first)
    answer = await client.chat_postMessage(channel=channel.id, text="yes?", thread_ts=reply.ts)
    assert answer["message"]["thread_ts"] == first.ts


async def test_who_the_app_is(client: AsyncWebClient, slack: SlackServer, workspace: Workspace) -> None:
    workspace.installation.token.scopes.add("team:read")
    assert (await client.team_info())["team"]["id"] == workspace.id
    bot = (await client.bots_info(bot=workspace.installation.bot_id))["bot"]
    assert (bot["app_id"], bot["user_id"]) == (slack.app.id, workspace.bot.id)
    assert len((await client.users_list())["members"]) == 1


# -------------------------------------------------------------------------------------------------- files


async def test_a_file_is_uploaded_in_three_steps(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, anna: Person
) -> None:
    thread = anna.post(channel, "help").ts
    answer = await client.files_upload_v2(
        channel=channel.id, thread_ts=thread, filename="a.txt", content="printed", initial_comment="See here."
    )
    reply = channel.replies(thread)[0]
    assert (reply.text, reply.subtype, reply.files[0].content) == ("See here.", "file_share", b"printed")
    shares = (await client.files_info(file=answer["file"]["id"]))["file"]["shares"]
    assert shares["public"][channel.id][0]["ts"] == reply.ts


async def test_an_upload_of_another_length_is_refused(slack: SlackServer, client: AsyncWebClient) -> None:
    promised = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with bolt.session() as http, http.post(promised["upload_url"], data=b"four") as response:
        assert response.status == 400
    assert slack.state.files[promised["file_id"]].content is None


async def test_a_download_needs_the_token(client: AsyncWebClient, channel: Channel, anna: Person) -> None:
    file = anna.file("a.pdf", b"%PDF", "application/pdf")
    anna.post(channel, "see here", files=[file])
    shape = (await client.files_info(file=file.id))["file"]
    async with bolt.session() as http:
        async with http.get(shape["url_private"]) as without:
            assert (without.status, without.content_type) == (200, "text/html")
        headers = {"Authorization": f"Bearer {client.token}"}
        for url in (shape["url_private"], shape["url_private_download"]):
            async with http.get(url, headers=headers) as response:
                assert (await response.read(), response.content_type) == (b"%PDF", "application/pdf")


async def test_a_deleted_file_is_gone(client: AsyncWebClient, anna: Person) -> None:
    file = anna.file("a.txt", b"abc")
    url = (await client.files_info(file=file.id))["file"]["url_private"]
    file.deleted = True
    async with bolt.session() as http, http.get(url, headers={"Authorization": f"Bearer {client.token}"}) as response:
        assert response.status == 404


async def test_a_file_from_elsewhere_is_a_stub_until_asked_for(
    slack: SlackServer, client: AsyncWebClient, channel: Channel, anna: Person
) -> None:
    file = anna.file("a.txt", b"abc")
    file.external_stub = True
    anna.post(channel, "see here", files=[file])
    told = slack.deliveries[-1].payload["event"]["files"][0]
    assert (told["file_access"], "url_private" in told) == ("check_file_info", False)
    assert (await client.files_info(file=file.id))["file"]["url_private"]


async def test_a_download_that_fails(slack: SlackServer, client: AsyncWebClient, anna: Person) -> None:
    file = anna.file("a.iso", b"abc", size=10**9)
    shape = (await client.files_info(file=file.id))["file"]
    assert shape["size"] == 10**9
    headers = {"Authorization": f"Bearer {client.token}"}
    slack.faults.add("download", Broken(500))
    slack.faults.add("download", Drop.BEFORE, times=2)  # aiohttp itself tries a GET a second time
    async with bolt.session() as http:
        async with http.get(shape["url_private"], headers=headers) as response:
            assert response.status == 500
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(shape["url_private"], headers=headers)
        async with http.get(shape["url_private"], headers=headers) as response:
            assert await response.read() == b"abc"


async def test_a_file_can_be_deleted_by_who_uploaded_it(client: AsyncWebClient, anna: Person) -> None:
    answer = await client.files_upload_v2(filename="a.txt", content="printed")
    await client.files_delete(file=answer["file"]["id"])
    for file, code in ((answer["file"]["id"], "file_not_found"), (anna.file("b.txt", b"b").id, "cant_delete_file")):
        with pytest.raises(SlackApiError, match=code):
            await client.files_delete(file=file)
    with pytest.raises(SlackApiError, match="file_deleted"):
        await client.files_info(file=answer["file"]["id"])


async def test_a_reaction_can_be_read_and_taken_back(client: AsyncWebClient, channel: Channel, anna: Person) -> None:
    ts = anna.post(channel, "help").ts
    await client.reactions_add(channel=channel.id, timestamp=ts, name="ticket")
    message = (await client.reactions_get(channel=channel.id, timestamp=ts))["message"]
    assert [(each["name"], each["count"]) for each in message["reactions"]] == [("ticket", 1)]
    await client.reactions_remove(channel=channel.id, timestamp=ts, name="ticket")
    assert "reactions" not in (await client.reactions_get(channel=channel.id, timestamp=ts))["message"]


async def test_the_bot_joins_a_public_channel(client: AsyncWebClient, workspace: Workspace, anna: Person) -> None:
    workspace.installation.token.scopes.add("channels:join")
    channel = workspace.channel("lounge", anna, with_bot=False)
    await client.conversations_join(channel=channel.id)
    await client.chat_postMessage(channel=channel.id, text="hello")
    workspace.leave(channel, workspace.bot.id)
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await client.chat_postMessage(channel=channel.id, text="hello")
