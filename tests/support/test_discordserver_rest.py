"""REST, asked by a bare HTTP client: what is refused, with which status, code and place of the mistake."""

from typing import Any

import pytest

from tests.support.discordrest import Rest, places, rest
from tests.support.discordserver import (
    Channel,
    DiscordServer,
    Guild,
    Intent,
    Kind,
    Message,
    MessageKind,
    NotPossible,
    Permission,
    Person,
)
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild", "rest"]


@pytest.fixture
def said(anna: Person, channel: Channel) -> Message:
    return anna.say(channel, "the printer is on fire")


async def test_what_is_not_there_is_unknown(rest: Rest, channel: Channel, guild: Guild, said: Message) -> None:
    here = f"/channels/{channel.id}/messages"
    unknown = {
        ("GET", "/channels/1"): 10003,
        ("GET", "/guilds/1"): 10004,
        ("GET", f"{here}/1"): 10008,
        ("PATCH", f"{here}/1"): 10008,
        ("PUT", f"{here}/{said.id}/reactions/ticket/@me"): 10014,
        ("GET", "/users/1"): 10013,
        ("GET", f"/guilds/{guild.id}/members/{guild.state.new_user('eve').id}"): 10007,
        ("GET", f"/applications/{guild.state.app.id}/commands/1"): 10063,
        ("GET", "/applications/1/commands"): 10002,
        ("GET", "/nowhere"): 0,
    }
    for (method, path), code in unknown.items():
        status, answer = await rest(method, path, {"content": "x"} if method == "PATCH" else None)
        assert (status, answer["code"]) == (400 if code == 10014 else 404, code), path


async def test_who_has_no_token_is_nobody(discord_server: DiscordServer, rest: Rest) -> None:
    discord_server.app.token, token = "another", discord_server.token
    async with rest.session.get(f"{discord_server.api}/users/@me", headers={"Authorization": f"Bot {token}"}) as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == 0


async def test_what_the_bot_may_not_is_refused(rest: Rest, guild: Guild, channel: Channel, said: Message) -> None:
    def may(**deny: Permission) -> None:
        guild.allow_bot(channel, deny=deny.get("deny", Permission(0)))

    here = f"/channels/{channel.id}/messages"
    cases: list[tuple[Permission, str, str, Any, int]] = [
        (Permission.VIEW_CHANNEL, "POST", here, {"content": "x"}, 50001),
        (Permission.SEND_MESSAGES, "POST", here, {"content": "x"}, 50013),
        (Permission.READ_MESSAGE_HISTORY, "GET", f"{here}/{said.id}", None, 50013),
        (Permission.EMBED_LINKS, "POST", here, {"embeds": [{"title": "x"}]}, 50013),
        (Permission.ADD_REACTIONS, "PUT", f"{here}/{said.id}/reactions/🎫/@me", None, 50013),
        (Permission.MANAGE_MESSAGES, "DELETE", f"{here}/{said.id}", None, 50013),
        (Permission.CREATE_PUBLIC_THREADS, "POST", f"{here}/{said.id}/threads", {"name": "x"}, 50013),
        (Permission.CREATE_PRIVATE_THREADS, "POST", f"/channels/{channel.id}/threads", {"name": "x"}, 50013),
    ]
    for denied, method, path, body, code in cases:
        may(deny=denied)
        status, answer = await rest(method, path, body)
        assert (status, answer["code"]) == (403, code), denied
    may(deny=Permission.ATTACH_FILES)
    assert (await rest.upload(channel, b"x"))[1]["code"] == 50013
    may(deny=Permission.READ_MESSAGE_HISTORY)
    assert await rest("GET", here) == (200, [])
    assert (await rest.post(channel, "x", message_reference={"message_id": str(said.id)}))[1]["code"] == 160002


async def test_another_s_message_is_not_the_bot_s_to_change(rest: Rest, channel: Channel, said: Message) -> None:
    status, answer = await rest("PATCH", f"/channels/{channel.id}/messages/{said.id}", {"content": "x"})
    assert (status, answer["code"]) == (403, 50005)


async def test_who_closed_their_direct_messages_gets_none(rest: Rest, guild: Guild, anna: Person) -> None:
    anna.close_dms()
    status, opened = await rest("POST", "/users/@me/channels", {"recipient_id": str(anna.id)})
    assert (status, opened["type"]) == (200, 1)
    assert (await rest("POST", f"/channels/{opened['id']}/messages", {"content": "x"}))[1]["code"] == 50007
    anna.open_dms()
    assert (await rest("POST", f"/channels/{opened['id']}/messages", {"content": "x"}))[0] == 200
    guild.remove(anna)
    assert (await rest("POST", f"/channels/{opened['id']}/messages", {"content": "x"}))[1]["code"] == 50278


async def test_the_same_nonce_makes_one_message_for_a_few_minutes(
    discord_server: DiscordServer, rest: Rest, channel: Channel
) -> None:
    once = {"nonce": "n1", "enforce_nonce": True}
    _, first = await rest.post(channel, "x", **once)
    _, second = await rest.post(channel, "x", **once)
    assert first["id"] == second["id"]
    assert first["nonce"] == "n1"
    await rest.post(channel, "x", nonce="n1")
    assert len(channel.messages) == 2
    discord_server.clock.advance(600)
    await rest.post(channel, "x", **once)
    assert len(channel.messages) == 3


async def test_a_history_is_read_in_pages(rest: Rest, channel: Channel, anna: Person) -> None:
    said = [anna.say(channel, str(number)) for number in range(7)]
    here = f"/channels/{channel.id}/messages"

    async def read(query: str) -> list[str]:
        return [each["content"] for each in (await rest("GET", f"{here}?{query}"))[1]]

    assert await read("limit=2") == ["6", "5"]
    assert await read(f"limit=2&after={said[1].id}") == ["3", "2"]
    assert await read(f"limit=2&before={said[3].id}") == ["2", "1"]
    assert await read(f"limit=3&around={said[3].id}") == ["4", "3", "2"]
    assert (await rest("GET", f"{here}?limit=101"))[1]["code"] == 50035


async def test_files_are_kept_and_their_links_expire(
    discord_server: DiscordServer, rest: Rest, channel: Channel
) -> None:
    said = {"content": "look", "attachments": [{"id": "0", "description": "A log", "filename": "log.txt"}]}
    _, made = await rest.upload(channel, b"line", b"two", said=said)
    assert [each["filename"] for each in made["attachments"]] == ["log.txt", "1.txt"]
    assert made["attachments"][0]["description"] == "A log"
    url = made["attachments"][0]["url"]
    async with rest.session.get(url) as answer:
        assert (answer.status, await answer.read(), answer.content_type) == (200, b"line", "text/plain")
    async with rest.session.get(url.replace("hm=", "hm=0")) as answer:
        assert answer.status == 404
    discord_server.clock.advance(25 * 3600)
    async with rest.session.get(url) as answer:
        assert answer.status == 404
    _, again = await rest("GET", f"/channels/{channel.id}/messages/{made['id']}")
    async with rest.session.get(again["attachments"][0]["url"]) as answer:
        assert answer.status == 200


async def test_files_beyond_the_guild_s_limit_are_refused(rest: Rest, guild: Guild, channel: Channel) -> None:
    guild.record.upload_bytes = 100
    assert (await rest.upload(channel, b"x" * 100))[0] == 200
    status, answer = await rest.upload(channel, b"x" * 101)
    assert (status, answer["code"]) == (413, 40005)
    assert (await rest.upload(channel, *([b"x"] * 11)))[1]["code"] == 50035
    named = {"content": "x", "attachments": [{"id": "7", "filename": "no.txt"}]}
    _, answer = await rest.upload(channel, b"x", said=named)
    assert places(answer["errors"]) == {"attachments": "ATTACHMENT_NOT_FOUND"}
    guild.record.upload_bytes = 100 * 1024 * 1024
    status, answer = await rest.upload(channel, b"x" * (13 * 1024 * 1024), b"y" * (13 * 1024 * 1024))
    assert (status, answer["code"]) == (413, 40005)


async def test_an_edit_keeps_the_files_that_it_names(rest: Rest, channel: Channel) -> None:
    _, made = await rest.upload(channel, b"one", b"two")
    kept = made["attachments"][1]["id"]
    path = f"/channels/{channel.id}/messages/{made['id']}"
    _, changed = await rest("PATCH", path, {"attachments": [{"id": kept}]})
    assert [each["id"] for each in changed["attachments"]] == [kept]
    assert changed["edited_timestamp"]


async def test_only_who_is_allowed_is_mentioned(rest: Rest, guild: Guild, channel: Channel, anna: Person) -> None:
    ben = guild.person("ben")
    text = f"{anna.mention} {ben.mention} @everyone"
    _, everyone = await rest.post(channel, text)
    assert {each["username"] for each in everyone["mentions"]} == {"anna", "ben"}
    assert not everyone["mention_everyone"]
    _, none = await rest.post(channel, text, allowed_mentions={"parse": []})
    assert none["mentions"] == []
    _, one = await rest.post(channel, text, allowed_mentions={"parse": [], "users": [str(ben.id)]})
    assert [each["username"] for each in one["mentions"]] == ["ben"]


async def test_twenty_kinds_of_reactions_are_the_most(rest: Rest, channel: Channel, anna: Person) -> None:
    said = anna.say(channel, "x")
    for number in range(20):
        anna.react(said, chr(0x1F300 + number))
    path = f"/channels/{channel.id}/messages/{said.id}/reactions"
    assert (await rest("PUT", f"{path}/🎫/@me"))[1]["code"] == 30010
    assert (await rest("PUT", f"{path}/{chr(0x1F300)}/@me"))[0] == 204
    _, users = await rest("GET", f"{path}/{chr(0x1F300)}")
    assert {each["username"] for each in users} == {"anna", "desk"}


async def test_the_application_says_what_it_was_granted(discord_server: DiscordServer, rest: Rest) -> None:
    discord_server.grant(Intent.MESSAGE_CONTENT)
    _, about = await rest("GET", "/applications/@me")
    assert about["flags"] == 1 << 19


async def test_channels_are_made_and_changed_by_who_may(rest: Rest, guild: Guild, channel: Channel) -> None:
    made = {"name": "new", "type": 0}
    assert (await rest("POST", f"/guilds/{guild.id}/channels", made))[1]["code"] == 50013
    guild.change_role(guild.bot_role, Permission.MANAGE_CHANNELS | guild.bot_role.permissions)
    assert (await rest("POST", f"/guilds/{guild.id}/channels", made))[1]["name"] == "new"
    assert (await rest("PATCH", f"/channels/{channel.id}", {"topic": "x" * 1025}))[1]["code"] == 50035
    assert (await rest("PATCH", f"/channels/{channel.id}", {"name": "helpdesk"}))[1]["name"] == "helpdesk"
    assert (await rest("DELETE", f"/channels/{channel.id}"))[0] == 200
    assert (await rest("GET", f"/channels/{channel.id}"))[1]["code"] == 10003
    assert Kind.TEXT in {each.kind for each in guild.record.channels.values()}


async def test_many_are_deleted_at_once_unless_they_are_old(
    discord_server: DiscordServer, rest: Rest, channel: Channel, anna: Person
) -> None:
    ids = [str(anna.say(channel, str(number)).id) for number in range(3)]
    path = f"/channels/{channel.id}/messages/bulk-delete"
    assert (await rest("POST", path, {"messages": ids[:1]}))[1]["code"] == 50035
    assert (await rest("POST", path, {"messages": ids[:2]}))[0] == 204
    discord_server.clock.advance(15 * 86_400)
    ids.append(str(anna.say(channel, "new").id))
    assert (await rest("POST", path, {"messages": ids[2:]}))[1]["code"] == 50034
    assert len(channel.messages) == 2


async def test_a_direct_conversation_has_no_moderators(rest: Rest, anna: Person) -> None:
    said = anna.send_dm("x")
    here = f"/channels/{anna.dm.id}"
    assert (await rest("DELETE", f"{here}/messages/{said.id}"))[1]["code"] == 50003
    assert (await rest("PATCH", here, {"name": "x"}))[1]["code"] == 50003
    assert (await rest("PUT", f"{here}/messages/pins/{said.id}"))[0] == 204
    assert said.pinned
    assert (await rest("DELETE", f"{here}/pins/{said.id}"))[0] == 204
    assert (await rest("DELETE", here))[0] == 200
    assert (await rest("GET", "/users/@me/channels"))[1] == []


async def test_lines_of_discord_s_own_are_not_deleted_or_replied_to(
    rest: Rest, guild: Guild, channel: Channel, anna: Person
) -> None:
    line = guild.line(channel, MessageKind.POLL_RESULT, anna)
    assert (await rest("DELETE", f"/channels/{channel.id}/messages/{line.id}"))[1]["code"] == 50021
    _, answer = await rest.post(channel, "x", message_reference={"message_id": str(line.id)})
    assert list(places(answer["errors"]).values()) == ["REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"]
    _, answer = await rest.post(channel, "x", message_reference={"message_id": str(line.id), "channel_id": "1"})
    assert list(places(answer["errors"]).values()) == ["REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL"]


async def test_reactions_are_taken_away(rest: Rest, anna: Person, said: Message) -> None:
    path = f"/channels/{said.channel.id}/messages/{said.id}/reactions"
    anna.react(said, "🎫")
    for emoji in ("🎫", "🔥", "✅"):
        await rest("PUT", f"{path}/{emoji}/@me")
    await rest("DELETE", f"{path}/🎫/{anna.id}")
    await rest("DELETE", f"{path}/🔥/@me")
    assert said.reactions == {"🎫": [rest.server.app.bot.id], "✅": [rest.server.app.bot.id]}
    await rest("DELETE", f"{path}/✅")
    assert list(said.reactions) == ["🎫"]
    await rest("DELETE", path)
    assert said.reactions == {}
    rest.server.app.emojis[77] = "ours"
    assert (await rest("PUT", f"{path}/ours:77/@me"))[0] == 204
    assert (await rest("PUT", f"{path}/theirs:78/@me"))[1]["code"] == 10014


async def test_who_is_in_a_guild_can_be_asked(rest: Rest, guild: Guild, anna: Person) -> None:
    here = f"/guilds/{guild.id}"
    assert [each["user"]["username"] for each in (await rest("GET", f"{here}/members?limit=10"))[1]] == [
        "owner",
        "desk",
        "anna",
    ]
    assert [each["user"]["id"] for each in (await rest("GET", f"{here}/members/search?query=an"))[1]] == [str(anna.id)]
    assert (await rest("GET", f"{here}/members/{anna.id}"))[1]["user"]["global_name"] == "Anna"
    assert {each["name"] for each in (await rest("GET", f"{here}/channels"))[1]} == {"general"}
    assert {each["name"] for each in (await rest("GET", f"{here}/roles"))[1]} == {"@everyone", "desk"}
    assert [each["name"] for each in (await rest("GET", "/users/@me/guilds"))[1]] == ["Acme"]
    assert (await rest("GET", f"/users/{anna.id}"))[1]["username"] == "anna"
    assert (await rest("GET", here))[1]["name"] == "Acme"
    rest.server.grant()
    assert (await rest("GET", f"{here}/members"))[1]["code"] == 50001


async def test_threads_are_listed(rest: Rest, guild: Guild, channel: Channel, anna: Person) -> None:
    bot = rest.server.app.bot
    threads = [anna.open_thread(channel, str(number), message=anna.say(channel, "x")) for number in range(3)]
    private = anna.open_thread(channel, "private", private=True)
    assert (await rest("PUT", f"/channels/{private.id}/thread-members/@me"))[0] == 204
    _, active = await rest("GET", f"/guilds/{guild.id}/threads/active")
    assert {each["id"] for each in active["threads"]} == {str(each.id) for each in [*threads, private]}
    assert [each["user_id"] for each in active["members"]] == [str(bot.id)]
    for each in [*threads, private]:
        rest.server.clock.advance(1)
        guild.archive(each)
    archived = f"/channels/{channel.id}/threads/archived"
    _, page = await rest("GET", f"{archived}/public?limit=2")
    assert ([each["name"] for each in page["threads"]], page["has_more"]) == (["2", "1"], True)
    before = page["threads"][-1]["thread_metadata"]["archive_timestamp"]
    _, page = await rest("GET", f"{archived}/public", params={"before": before})
    assert ([each["name"] for each in page["threads"]], page["has_more"]) == (["0"], False)
    joined = f"/channels/{channel.id}/users/@me/threads/archived/private"
    for path in (f"{archived}/private", joined):
        assert [each["name"] for each in (await rest("GET", path))[1]["threads"]] == ["private"]
    assert (await rest("GET", f"{joined}?before={private.id}"))[1]["threads"] == []


async def test_who_is_in_a_thread_can_be_asked_and_changed(
    rest: Rest, guild: Guild, channel: Channel, anna: Person
) -> None:
    thread = anna.open_thread(channel, "ours", private=True)
    here = f"/channels/{thread.id}/thread-members"
    assert [each["user_id"] for each in (await rest("GET", here))[1]] == [str(anna.id)]
    outside = rest.server.person("eve")
    assert (await rest("PUT", f"{here}/{outside.id}"))[1]["code"] == 10007
    hidden = guild.person("ben")
    guild.allow(channel, hidden, deny=Permission.VIEW_CHANNEL)
    assert (await rest("PUT", f"{here}/{hidden.id}"))[1]["code"] == 50001
    assert (await rest("DELETE", f"{here}/{anna.id}"))[0] == 204
    await rest("PUT", f"{here}/@me")
    assert (await rest("DELETE", f"{here}/@me"))[0] == 204
    assert (await rest("GET", f"/channels/{channel.id}/thread-members"))[1]["code"] == 50024
    rest.server.grant()
    assert (await rest("GET", here))[1]["code"] == 50001


async def test_a_forum_keeps_its_tags(rest: Rest, guild: Guild, anna: Person) -> None:
    guild.change_role(guild.bot_role, Permission.MANAGE_CHANNELS | guild.bot_role.permissions)
    forum = guild.forum("desk", "new", "old")
    tags = [{"id": str(forum.tags[0].id), "name": "new"}, {"name": "solved"}]
    _, changed = await rest("PATCH", f"/channels/{forum.id}", {"available_tags": tags})
    assert [each["name"] for each in changed["available_tags"]] == ["new", "solved"]
    assert changed["available_tags"][0]["id"] == tags[0]["id"]
    too_many = {"available_tags": [{"name": str(number)} for number in range(21)]}
    assert (await rest("PATCH", f"/channels/{forum.id}", too_many))[1]["code"] == 50035
    assert (await rest.post(forum, "x"))[1]["code"] == 50008
    with pytest.raises(NotPossible, match="has no tag"):
        anna.create_post(forum, "x", "y", tags=["nothing"])


async def test_a_message_is_forwarded_and_a_poll_is_made(rest: Rest, channel: Channel, said: Message) -> None:
    reference = {"type": 1, "channel_id": str(channel.id), "message_id": str(said.id)}
    status, made = await rest("POST", f"/channels/{channel.id}/messages", {"message_reference": reference})
    assert (status, made["message_snapshots"][0]["message"]["content"]) == (200, said.content)
    poll = {"question": {"text": "Lunch?"}, "answers": [{"poll_media": {"text": "yes"}}]}
    assert (await rest.post(channel, poll=poll))[1]["poll"]["question"]["text"] == "Lunch?"


async def test_the_gateway_is_where_it_says(discord_server: DiscordServer, rest: Rest) -> None:
    assert (await rest("GET", "/gateway"))[1] == {"url": discord_server.gateway}
    discord_server.sockets.sessions_left = 7
    assert (await rest("GET", "/gateway/bot"))[1]["session_start_limit"]["remaining"] == 7
