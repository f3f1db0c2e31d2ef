"""Each error of the Slack server's Web API once, as the real client meets it."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.support import bolt
from tests.support.slackserver import Channel, Json, Person, Refusal, SlackServer, Workspace

MODAL: Json = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Ticket"},
    "blocks": [{"type": "divider"}],
}
HOME: Json = {"type": "home", "blocks": [{"type": "divider"}]}


async def refused(call: Any) -> Json:
    """What a call is refused with."""
    with pytest.raises(SlackApiError) as raised:
        await call
    body: Json = dict(raised.value.response.data)
    return body


async def error(call: Any) -> str:
    return str((await refused(call))["error"])


# ------------------------------------------------------------------------------------------------- tokens


async def test_a_token_names_its_team_its_bot_and_its_scopes(client: AsyncWebClient, workspace: Workspace) -> None:
    answer = await client.auth_test()
    assert (answer["team_id"], answer["user_id"]) == (workspace.id, workspace.bot.id)
    assert answer["bot_id"] == workspace.installation.bot_id
    assert set(answer.headers["x-oauth-scopes"].split(",")) == workspace.installation.token.scopes


async def test_bad_tokens(slack: SlackServer, client: AsyncWebClient, workspace: Workspace) -> None:
    assert await error(AsyncWebClient(token="xoxb-no", base_url=slack.base_url).auth_test()) == "invalid_auth"
    assert await error(AsyncWebClient(base_url=slack.base_url).auth_test()) == "not_authed"
    assert await error(client.apps_connections_open(app_token=workspace.token)) == "not_allowed_token_type"
    app_token = slack.app.app_token.secret
    assert await error(AsyncWebClient(token=app_token, base_url=slack.base_url).auth_test()) == "not_allowed_token_type"
    workspace.revoke_token()
    assert await error(client.auth_test()) == "token_revoked"


async def test_a_missing_scope_is_named(client: AsyncWebClient, workspace: Workspace, channel: Channel) -> None:
    workspace.installation.token.scopes = {"users:read"}
    body = await refused(client.chat_postMessage(channel=channel.id, text="hello"))
    assert (body["error"], body["needed"], body["provided"]) == ("missing_scope", "chat:write", "users:read")


async def test_without_its_scope_an_email_is_not_shown(
    client: AsyncWebClient, workspace: Workspace, anna: Person
) -> None:
    assert (await client.users_info(user=anna.id))["user"]["profile"]["email"] == "anna@acme.example"
    workspace.installation.token.scopes.remove("users:read.email")
    assert "email" not in (await client.users_info(user=anna.id))["user"]["profile"]


async def test_another_workspace_is_out_of_reach(slack: SlackServer, client: AsyncWebClient) -> None:
    elsewhere = slack.workspace("Other").channel("help")
    assert await error(client.chat_postMessage(channel=elsewhere.id, text="hello")) == "channel_not_found"


async def test_methods_and_bodies_that_slack_does_not_know(slack: SlackServer, client: AsyncWebClient) -> None:
    assert await error(client.api_call("chat.shout")) == "unknown_method"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {client.token}"}
    async with bolt.session() as http:
        for body, code in (("{", "invalid_json"), ("[]", "json_not_object")):
            async with http.post(f"{slack.base_url}auth.test", data=body, headers=headers) as response:
                assert (await response.json())["error"] == code


# ---------------------------------------------------------------------------------------------- messages


async def test_where_the_bot_may_not_post(client: AsyncWebClient, workspace: Workspace, anna: Person) -> None:
    public = workspace.channel("lounge", anna, with_bot=False)
    private = workspace.channel("board", anna, with_bot=False, private=True)
    archived = workspace.channel("old", anna)
    workspace.archive(archived, anna.id)
    jira, gone = workspace.other_bot("jira"), workspace.person("gone", deleted=True)
    expected = {
        public.id: "not_in_channel",
        private.id: "channel_not_found",
        archived.id: "is_archived",
        "C0": "channel_not_found",
        jira.id: "cannot_dm_bot",
        gone.id: "user_disabled",
        "": "invalid_arguments",
    }
    assert {each: await error(client.chat_postMessage(channel=each, text="hello")) for each in expected} == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"text": ""}, "no_text"),
        ({"text": " \n"}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "not json"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"text": "x", "attachments": [{"text": "y"}] * 101}, "too_many_attachments"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "username": "Boss"}, "missing_scope"),
        ({"text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"text": "x", "metadata": "text"}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "key"}}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": {"event_type": "key", "event_payload": {"k": "v" * 8000}}}, "metadata_too_large"),
    ],
)
async def test_messages_that_slack_does_not_take(
    client: AsyncWebClient, channel: Channel, content: Json, code: str
) -> None:
    assert await error(client.api_call("chat.postMessage", json={"channel": channel.id, **content})) == code
    assert not channel.messages


async def test_a_text_at_its_limit_is_taken(client: AsyncWebClient, channel: Channel) -> None:
    answer = await client.chat_postMessage(channel=channel.id, text="x" * 40_000)
    assert (await error(client.chat_update(channel=channel.id, ts=answer["ts"], text="ü" * 2_001))) == "msg_too_long"
    await client.chat_update(channel=channel.id, ts=answer["ts"], text="ü" * 2_000)


async def test_messages_that_cannot_be_changed(
    slack: SlackServer, client: AsyncWebClient, workspace: Workspace, channel: Channel, anna: Person
) -> None:
    theirs = anna.post(channel, "hello").ts
    ours = (await client.chat_postMessage(channel=channel.id, text="hello"))["ts"]
    assert await error(client.chat_update(channel=channel.id, ts=theirs, text="x")) == "cant_update_message"
    assert await error(client.chat_delete(channel=channel.id, ts=theirs)) == "cant_delete_message"
    assert await error(client.chat_update(channel=channel.id, ts="1.000001", text="x")) == "message_not_found"
    assert await error(client.chat_delete(channel=channel.id, ts="1.000001")) == "message_not_found"
    assert await error(client.api_call("chat.update", json={"channel": channel.id, "ts": ours})) == "no_text"
    workspace.edit_window = 60
    slack.clock.advance(61)
    assert await error(client.chat_update(channel=channel.id, ts=ours, text="x")) == "edit_window_closed"
    assert await error(client.chat_update(channel=anna.id, ts=ours, text="x")) == "channel_not_found"
    assert await error(client.chat_delete(channel=anna.id, ts=ours)) == "channel_not_found"
    workspace.archive(channel, anna.id)
    assert await error(client.chat_update(channel=channel.id, ts=ours, text="x")) == "is_inactive"


async def test_a_whisper_needs_a_member(client: AsyncWebClient, channel: Channel, workspace: Workspace) -> None:
    ben = workspace.person("ben")
    call = client.chat_postEphemeral(channel=channel.id, user=ben.id, text="psst")
    assert await error(call) == "user_not_in_channel"


# ------------------------------------------------------------------------------------- everything else


async def test_reactions(client: AsyncWebClient, channel: Channel, anna: Person) -> None:
    ts = anna.post(channel, "hello").ts
    where = {"channel": channel.id, "timestamp": ts}
    assert await error(client.reactions_remove(**where, name="ticket")) == "no_reaction"
    await client.reactions_add(**where, name="ticket")
    assert await error(client.reactions_add(**where, name="ticket")) == "already_reacted"
    assert await error(client.reactions_add(**where, name="No Name")) == "invalid_name"
    assert await error(client.reactions_add(channel=channel.id, timestamp="1.0", name="x")) == "message_not_found"
    for number in range(22):
        await client.reactions_add(**where, name=f"n{number}")
    assert await error(client.reactions_add(**where, name="one-more")) == "too_many_reactions"


async def test_people(client: AsyncWebClient, workspace: Workspace, anna: Person) -> None:
    assert await error(client.users_info(user="U0")) == "user_not_found"
    assert await error(client.users_lookupByEmail(email="nobody@acme.example")) == "users_not_found"
    assert (await client.users_lookupByEmail(email="Anna@acme.example"))["user"]["id"] == anna.id
    eve = workspace.guest("eve")
    shape = (await client.users_info(user=eve.id, include_locale=True))["user"]
    assert (shape["is_stranger"], shape["team_id"] == workspace.id, shape["locale"]) == (True, False, "en-US")
    assert "email" not in shape["profile"]


async def test_conversations(client: AsyncWebClient, workspace: Workspace, channel: Channel, anna: Person) -> None:
    assert await error(client.conversations_open(users="U0")) == "user_not_found"
    assert await error(client.conversations_open(users=[f"U{each}" for each in range(9)])) == "too_many_users"
    assert await error(client.conversations_history(channel="C0")) == "channel_not_found"
    assert await error(client.conversations_history(channel=channel.id, cursor="?")) == "invalid_cursor"
    assert await error(client.conversations_history(channel=channel.id, limit=1001)) == "invalid_limit"
    assert await error(client.conversations_history(channel=channel.id, oldest="long ago")) == "invalid_ts_oldest"
    assert await error(client.conversations_replies(channel=channel.id, ts="1.0")) == "thread_not_found"
    assert await error(client.conversations_info(channel=channel.id)) == "missing_scope"
    workspace.installation.token.scopes |= {"channels:read", "channels:join"}
    assert await error(client.conversations_list(types="public_channel,rooms")) == "invalid_types"
    assert (await client.conversations_info(channel=channel.id))["channel"]["is_member"]
    assert await error(client.conversations_join(channel=anna.dm.id)) == "method_not_supported_for_channel_type"


async def test_triggers_live_three_seconds_and_open_once(
    slack: SlackServer, client: AsyncWebClient, workspace: Workspace, anna: Person
) -> None:
    triggers = slack.state.triggers
    assert await error(client.views_open(trigger_id="1.2.3", view=MODAL)) == "invalid_trigger_id"
    late = triggers.issue(workspace.id, anna.id)
    slack.clock.advance(3.1)
    assert await error(client.views_open(trigger_id=late, view=MODAL)) == "expired_trigger_id"
    trigger = triggers.issue(workspace.id, anna.id)
    await client.views_open(trigger_id=trigger, view=MODAL)
    assert await error(client.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"


async def test_views(slack: SlackServer, client: AsyncWebClient, workspace: Workspace, anna: Person) -> None:
    def trigger(parent: str = "") -> str:
        return slack.state.triggers.issue(workspace.id, anna.id, parent)

    first = (await client.views_open(trigger_id=trigger(), view=MODAL | {"external_id": "e"}))["view"]
    assert await error(client.views_open(trigger_id=trigger(), view=MODAL | {"external_id": "e"})) == (
        "duplicate_external_id"
    )
    changed = (await client.views_update(view_id=first["id"], hash=first["hash"], view=MODAL))["view"]
    assert changed["hash"] != first["hash"]
    assert await error(client.views_update(view_id=first["id"], hash=first["hash"], view=MODAL)) == "hash_conflict"
    assert await error(client.views_update(view_id="V0", view=MODAL)) == "not_found"
    second = (await client.views_push(trigger_id=trigger(first["id"]), view=MODAL))["view"]
    third = (await client.views_push(trigger_id=trigger(second["id"]), view=MODAL))["view"]
    assert (third["root_view_id"], third["previous_view_id"]) == (first["id"], second["id"])
    assert await error(client.views_push(trigger_id=trigger(third["id"]), view=MODAL)) == "push_limit_reached"
    home = (await client.views_publish(user_id=anna.id, view=HOME))["view"]
    assert await error(client.views_publish(user_id=anna.id, view=HOME, hash="0.0")) == "hash_conflict"
    assert (await client.views_publish(user_id=anna.id, view=HOME))["view"]["id"] == home["id"]
    assert await error(client.views_publish(user_id=anna.id, view=MODAL)) == "invalid_arguments"


async def test_files_that_are_not_there(client: AsyncWebClient, channel: Channel) -> None:
    assert await error(client.files_info(file="F0")) == "file_not_found"
    assert await error(client.files_completeUploadExternal(files=[{"id": "F0", "title": "x"}])) == "file_not_found"
    promised = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    ungiven = [{"id": promised["file_id"], "title": "x"}]
    assert await error(client.files_completeUploadExternal(files=ungiven, channel_id=channel.id)) == "file_not_found"
    too_long = client.files_getUploadURLExternal(filename="a.txt", length=10**9 + 1)
    assert await error(too_long) == "file_upload_size_restricted"
    assert await error(client.files_getUploadURLExternal(filename="a.txt", length=0)) == "invalid_arguments"


async def test_a_file_goes_to_a_channel_s_id_and_below_the_first_message_of_a_thread(
    client: AsyncWebClient, channel: Channel, anna: Person
) -> None:
    first = anna.post(channel, "hello")
    reply = anna.post(channel, "again", thread=first)
    given = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session, session.post(given["upload_url"], data=b"abc") as answer:
        assert answer.status == 200
    files = [{"id": given["file_id"], "title": "x"}]
    to_somebody = client.files_completeUploadExternal(files=files, channel_id=anna.id)
    assert await error(to_somebody) == "channel_not_found"
    below_a_reply = client.files_completeUploadExternal(files=files, channel_id=channel.id, thread_ts=reply.ts)
    assert await error(below_a_reply) == "invalid_arguments"
    await client.files_completeUploadExternal(files=files, channel_id=channel.id, thread_ts=first.ts)


async def test_any_other_error_can_be_asked_for(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.faults.add("auth.test", Refusal("account_inactive"))
    assert await error(client.auth_test()) == "account_inactive"
    assert (await client.auth_test())["ok"]
