"""What is wrong with a body, and where: messages, their components, commands."""

from typing import Any

import pytest

from tests.support.discordrest import Rest, button, buttons, menu, places, rest, row
from tests.support.discordserver import Channel, DiscordServer, Guild, Json
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild", "rest"]

TOO_LONG = "BASE_TYPE_MAX_LENGTH"
BAD_LENGTH = "BASE_TYPE_BAD_LENGTH"
REQUIRED = "BASE_TYPE_REQUIRED"

WRONG: list[tuple[Json, dict[str, str]]] = [
    ({"content": "x" * 2001}, {"content": TOO_LONG}),
    ({"content": 7}, {"content": "STRING_TYPE_CONVERT"}),
    ({"embeds": [{"title": "x"}] * 11}, {"embeds": TOO_LONG}),
    ({"embeds": [{"title": "x" * 257}]}, {"embeds.0.title": TOO_LONG}),
    ({"embeds": [{"description": "x" * 4097}]}, {"embeds.0.description": TOO_LONG}),
    ({"embeds": [{"description": "x" * 3001}] * 2}, {"embeds": "MAX_EMBED_SIZE_EXCEEDED"}),
    ({"embeds": [{"fields": [{"name": "x", "value": "y"}] * 26}]}, {"embeds.0.fields": TOO_LONG}),
    ({"embeds": [{"fields": [{"name": "x", "value": ""}]}]}, {"embeds.0.fields.0.value": REQUIRED}),
    (
        {"embeds": [{"fields": [{"name": "x" * 257, "value": "y" * 1025}]}]},
        {
            "embeds.0.fields.0.name": BAD_LENGTH,
            "embeds.0.fields.0.value": BAD_LENGTH,
        },
    ),
    ({"embeds": [{"footer": {"text": "x" * 2049}}]}, {"embeds.0.footer.text": TOO_LONG}),
    ({"embeds": [{"title": "x", "url": "javascript:1"}]}, {"embeds.0.url": "URL_TYPE_INVALID_SCHEME"}),
    ({"components": [row(each) for each in buttons(6)]}, {"components": TOO_LONG}),
    (
        {"components": [row(*buttons(6))]},
        {"components.0.components": BAD_LENGTH},
    ),
    ({"components": [row(button(custom_id="x" * 101))]}, {"components.0.components.0.custom_id": BAD_LENGTH}),
    ({"components": [row(button(label="x" * 81))]}, {"components.0.components.0.label": TOO_LONG}),
    (
        {"components": [row(button(), button())]},
        {"components.0.components.1.custom_id": "COMPONENT_CUSTOM_ID_DUPLICATED"},
    ),
    ({"components": [button()]}, {"components.0.type": "BASE_TYPE_CHOICES"}),
    ({"components": [row(menu(26))]}, {"components.0.components.0.options": BAD_LENGTH}),
    ({"components": [row(menu(0))]}, {"components.0.components.0.options": BAD_LENGTH}),
    ({"components": [row(menu(1), button())]}, {"components.0.components": "COMPONENT_LAYOUT_WIDTH_EXCEEDED"}),
    ({"nonce": "x" * 26}, {"nonce": TOO_LONG}),
    ({"attachments": [{"id": each} for each in range(11)]}, {"attachments": TOO_LONG}),
    (
        {"allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        {"allowed_mentions": "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"},
    ),
    ({"message_reference": {"message_id": "1"}}, {"message_reference": "REPLIES_UNKNOWN_MESSAGE"}),
    ({"flags": 1 << 15}, {"content": "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"}),
]


@pytest.mark.parametrize(("body", "where"), WRONG)
async def test_a_message_that_is_wrong_is_refused_at_its_place(
    rest: Rest, channel: Channel, body: Json, where: dict[str, str]
) -> None:
    status, answer = await rest("POST", f"/channels/{channel.id}/messages", {"content": "x"} | body)
    assert (status, answer["code"], answer["message"]) == (400, 50035, "Invalid Form Body")
    assert places(answer["errors"]) == where
    assert channel.messages == []


async def test_an_empty_message_is_refused(rest: Rest, channel: Channel) -> None:
    for content in ("", "  \n"):
        status, answer = await rest.post(channel, content)
        assert (status, answer["code"]) == (400, 50006)


async def test_an_edit_may_not_leave_nothing(rest: Rest, channel: Channel) -> None:
    _, made = await rest.post(channel, "something")
    path = f"/channels/{channel.id}/messages/{made['id']}"
    status, answer = await rest("PATCH", path, {"content": ""})
    assert (status, answer["code"]) == (400, 50006)
    assert channel.messages[0].content == "something"
    assert (await rest("PATCH", path, {"content": "", "embeds": [{"title": "x"}]}))[0] == 200


# ------------------------------------------------------------------------------------------------ commands

COMMAND: Json = {"name": "ticket", "description": "Open a ticket"}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"name": "Ticket"}, "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "a b"}, "APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "x" * 33}, BAD_LENGTH),
        ({"description": ""}, REQUIRED),
        ({"description": "x" * 101}, BAD_LENGTH),
        ({"options": [{"type": 3, "name": "x", "description": "y"}] * 26}, BAD_LENGTH.replace("BAD", "MAX")),
        (
            {
                "options": [
                    {"type": 3, "name": "a", "description": "y"},
                    {"type": 3, "name": "b", "description": "y", "required": True},
                ]
            },
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        ({"options": [{"type": 3, "name": "a", "description": "y", "choices": [{"name": "x"}] * 26}]}, TOO_LONG),
        ({"type": 3, "name": "Open", "description": "no"}, "APPLICATION_COMMAND_CONTEXT_MENU_FIELD"),
    ],
)
async def test_a_command_that_is_wrong_is_refused(
    discord_server: DiscordServer, rest: Rest, command: Json, code: str
) -> None:
    status, answer = await rest("PUT", f"/applications/{discord_server.app.id}/commands", [COMMAND | command])
    assert (status, answer["code"]) == (400, 50035)
    assert code in places(answer["errors"]).values()


async def test_commands_are_counted(discord_server: DiscordServer, rest: Rest) -> None:
    path = f"/applications/{discord_server.app.id}/commands"
    hundred = [COMMAND | {"name": f"c{number}"} for number in range(101)]
    assert (await rest("PUT", path, hundred))[1]["code"] == 30032
    _, twice = await rest("PUT", path, [COMMAND, COMMAND])
    assert places(twice["errors"]) == {"0": "APPLICATION_COMMANDS_DUPLICATE_NAME"}
    for start in ("a", "b"):
        assert (await rest("PUT", path, [COMMAND | {"name": f"{start}{number}"} for number in range(100)]))[0] == 200
    assert (await rest("PUT", path, [COMMAND]))[1]["code"] == 30034


async def test_a_command_that_stays_keeps_its_id(discord_server: DiscordServer, rest: Rest) -> None:
    path = f"/applications/{discord_server.app.id}/commands"
    _, first = await rest("PUT", path, [COMMAND, {"type": 3, "name": "Open a ticket"}])
    _, second = await rest("PUT", path, [COMMAND | {"description": "Another"}])
    assert first[0]["id"] == second[0]["id"]
    assert first[0]["version"] != second[0]["version"]
    assert [each["id"] for each in (await rest("GET", path))[1]] == [second[0]["id"]]


def text(content: str = "x") -> Json:
    return {"type": 10, "content": content}


@pytest.mark.parametrize(
    ("components", "code"),
    [
        ([text("x" * 4001)], BAD_LENGTH),
        ([text("x" * 2001), text("x" * 2001)], "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
        ([{"type": 17, "components": [text()] * 40}], "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"),
        ([{"type": 17, "components": [{"type": 17, "components": [text()]}]}], "BASE_TYPE_CHOICES"),
        ([{"type": 9, "components": [text()]}], REQUIRED),
        ([{"type": 9, "components": [text()], "accessory": text()}], "BASE_TYPE_CHOICES"),
        ([{"type": 12, "items": []}], BAD_LENGTH),
        ([button()], "BASE_TYPE_CHOICES"),
    ],
)
async def test_a_layout_that_is_wrong_is_refused(
    rest: Rest, channel: Channel, components: list[Json], code: str
) -> None:
    body = {"flags": 1 << 15, "components": components}
    _, answer = await rest("POST", f"/channels/{channel.id}/messages", body)
    assert code in places(answer["errors"]).values()


async def test_a_layout_that_is_right_is_taken(rest: Rest, channel: Channel) -> None:
    section = {"type": 9, "components": [text()], "accessory": button()}
    body = {"flags": 1 << 15, "components": [section, {"type": 14}, row(button(custom_id="b"))]}
    status, made = await rest("POST", f"/channels/{channel.id}/messages", body)
    assert (status, made["content"]) == (200, "")
    path = f"/channels/{channel.id}/messages/{made['id']}"
    assert (await rest("PATCH", path, {"content": "words"}))[1]["code"] == 50035


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (button(style=9), "BASE_TYPE_CHOICES"),
        (button(style=None), REQUIRED),
        (button(label=None), "BUTTON_COMPONENT_INVALID_LABEL_EMOJI"),
        (button(style=5), "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE"),
        (button(style=5, custom_id=None, url="ftp://x"), "URL_TYPE_INVALID_SCHEME"),
        (button(style=5, custom_id=None), REQUIRED),
        (button(custom_id=None), REQUIRED),
        (menu(2, min_values=3, max_values=2), "NUMBER_TYPE_MAX"),
        (menu(2) | {"options": [{"label": "x", "value": "y"}] * 2}, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"),
        (menu(2) | {"options": None}, REQUIRED),
        (menu(2, placeholder="x" * 151), TOO_LONG),
        ({"type": 4}, "BASE_TYPE_CHOICES"),
    ],
)
async def test_a_component_that_is_wrong_is_refused(rest: Rest, channel: Channel, wrong: Json, code: str) -> None:
    _, answer = await rest.post(channel, "x", components=[row(wrong)])
    assert code in places(answer["errors"]).values()


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x", "embeds": 7},
        {"content": "x", "embeds": [7]},
        {"content": "x", "embeds": [{"footer": 7}]},
        {"content": "x", "embeds": [{"color": "red"}]},
        {"content": "x", "embeds": [{"color": -1}]},
        {"content": "x", "embeds": [{"color": 1 << 24}]},
        {"content": "x", "embeds": [{"footer": {}}]},
        {"content": "x", "embeds": [{"url": "http://"}]},
        {"content": "x", "nonce": "n", "enforce_nonce": "yes"},
        {"content": "x", "allowed_mentions": {"parse": "all"}},
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        {"content": "x", "allowed_mentions": {"users": ["1", "1"]}},
        {"content": "x", "flags": 1 << 30},
        {"content": "x", "message_reference": {"message_id": "x"}},
        [],
    ],
)
async def test_what_is_of_another_type_is_refused(rest: Rest, channel: Channel, body: Any) -> None:
    assert (await rest("POST", f"/channels/{channel.id}/messages", body))[1]["code"] == 50035


async def test_a_body_that_is_no_json_is_refused(rest: Rest, channel: Channel) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{rest.server.api}/channels/{channel.id}/messages"
    async with rest.session.post(url, data=b"{", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)


async def test_one_command_is_made_and_taken_away(discord_server: DiscordServer, rest: Rest, guild: Guild) -> None:
    path = f"/applications/{discord_server.app.id}/guilds/{guild.id}/commands"
    _, made = await rest("POST", path, COMMAND)
    assert made["guild_id"] == str(guild.id)
    assert (await rest("GET", f"{path}/{made['id']}"))[1]["name"] == "ticket"
    assert (await rest("DELETE", f"{path}/{made['id']}"))[0] == 204
    assert (await rest("GET", path))[1] == []
    assert (await rest("PUT", path, {}))[1]["code"] == 50035
