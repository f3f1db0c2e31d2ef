"""Answers to interactions, given by a bare HTTP client: what is refused, and what becomes of the rest."""

from typing import Any

import pytest

from tests.support.discordrest import Rest, button, menu, places, rest, row
from tests.support.discordserver import (
    Attachment,
    Channel,
    DiscordServer,
    Guild,
    Interaction,
    Json,
    Message,
    MessageKind,
    NotPossible,
    Person,
)
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild", "rest"]

COMMANDS: list[Json] = [
    {
        "name": "desk",
        "description": "For agents",
        "options": [
            {
                "type": 2,
                "name": "ticket",
                "description": "One of them",
                "options": [
                    {
                        "type": 1,
                        "name": "close",
                        "description": "Close it",
                        "options": [
                            {"type": 4, "name": "number", "description": "Which", "required": True, "min_value": 1},
                            {"type": 3, "name": "why", "description": "Why", "max_length": 5, "autocomplete": True},
                            {"type": 3, "name": "how", "description": "x", "choices": [{"name": "A", "value": "a"}]},
                            {"type": 11, "name": "proof", "description": "A file"},
                            {"type": 6, "name": "by", "description": "Who"},
                            {"type": 7, "name": "where", "description": "Where"},
                            {"type": 8, "name": "team", "description": "Which team"},
                        ],
                    }
                ],
            }
        ],
    },
    {"name": "here", "description": "In guilds", "contexts": [0]},
    {"name": "Ticket for", "type": 2},
    {"name": "Open", "type": 3},
    {"name": "admin", "description": "For few", "default_member_permissions": str(1 << 5)},
]


@pytest.fixture
async def commands(rest: Rest) -> None:
    assert (await rest("PUT", f"/applications/{rest.server.app.id}/commands", COMMANDS))[0] == 200


@pytest.fixture
async def question(rest: Rest, channel: Channel) -> Message:
    rows = [row(button()), row(button(custom_id="off", disabled=True)), row(menu(3, max_values=2))]
    await rest.post(channel, "Open a ticket?", components=rows)
    return channel.messages[0]


def text_input(**more: Any) -> Json:
    return {"type": 4, "custom_id": "what", "style": 1} | more


def label(component: Json, **more: Any) -> Json:
    return {"type": 18, "label": "What", "component": component} | more


MODAL: Json = {"title": "Ticket", "custom_id": "t", "components": [label(text_input())]}
REQUIRED = "BASE_TYPE_REQUIRED"
BAD_LENGTH = "BASE_TYPE_BAD_LENGTH"
CHOICES = "BASE_TYPE_CHOICES"


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"title": "x" * 46}, {"title": BAD_LENGTH}),
        ({"custom_id": ""}, {"custom_id": REQUIRED}),
        ({"components": []}, {"components": REQUIRED}),
        ({"components": [label(text_input(custom_id=str(each))) for each in range(6)]}, {"components": BAD_LENGTH}),
        ({"components": [label(text_input(), label="x" * 46)]}, {"components.0.label": BAD_LENGTH}),
        ({"components": [label(text_input(style=3))]}, {"components.0.component.style": CHOICES}),
        ({"components": [row(text_input())]}, {"components.0.components.0.label": REQUIRED}),
        ({"components": [row(button())]}, {"components.0.components.0.type": CHOICES}),
        ({"components": [label(button())]}, {"components.0.component.type": CHOICES}),
        ({"components": [text_input()]}, {"components.0.type": CHOICES}),
        ({"components": [label(menu(26))]}, {"components.0.component.options": BAD_LENGTH}),
    ],
)
async def test_a_dialogue_that_is_wrong_is_refused(
    rest: Rest, anna: Person, question: Message, more: Json, where: dict[str, str]
) -> None:
    status, answer = await rest.answer(anna.press(question, "yes"), 9, MODAL | more)
    assert (status, answer["code"]) == (400, 50035)
    found = places(answer["errors"])
    assert {f"data.{place}": code for place, code in where.items()}.items() <= found.items()
    assert anna.modal is None


async def test_an_old_dialogue_of_rows_is_filled_in(rest: Rest, anna: Person, question: Message) -> None:
    old = MODAL | {"components": [row(text_input(label="What", min_length=3)), {"type": 10, "content": "Thanks."}]}
    assert (await rest.answer(anna.press(question, "yes"), 9, old))[0] == 204
    wrong: list[tuple[Json, str]] = [
        ({}, "is required"),
        ({"what": "x"}, "takes 3 to"),
        ({"what": "fire", "no": "x"}, "asks for no"),
    ]
    for entries, reason in wrong:
        with pytest.raises(NotPossible, match=reason):
            anna.submit(entries)
    sent = anna.submit({"what": "fire"})
    assert sent.data["components"][0]["components"][0]["value"] == "fire"
    assert sent.message is question
    with pytest.raises(NotPossible, match="no dialogue open"):
        anna.submit({})


async def test_a_dialogue_takes_people_choices_and_files(rest: Rest, anna: Person, question: Message) -> None:
    people = {"type": 5, "custom_id": "who"}
    files = {"type": 19, "custom_id": "proof", "required": False, "max_values": 2}
    options = menu(3, required=False)
    modal = MODAL | {"components": [label(people), label(files), label(options)]}
    await rest.answer(anna.press(question, "yes"), 9, modal)
    log = anna.upload("log.txt", b"x")
    wrong: list[tuple[Json, str]] = [
        ({"who": [anna, anna]}, "another number"),
        ({"who": anna, "proof": [anna]}, "takes files"),
        ({"who": anna, "menu": "9"}, "offers no"),
    ]
    for entries, reason in wrong:
        with pytest.raises(NotPossible, match=reason):
            anna.submit(entries)
    sent = anna.submit({"who": anna, "proof": [log]})
    assert sent.data["components"][0]["component"]["values"] == [str(anna.id)]
    assert sent.data["resolved"]["attachments"][str(log.id)]["filename"] == "log.txt"
    assert set(sent.data["resolved"]) == {"users", "members", "attachments"}


async def test_an_answer_must_fit_what_was_asked(rest: Rest, anna: Person, question: Message, commands: None) -> None:
    wrong: list[tuple[Interaction, int]] = [
        (anna.press(question, "yes"), 8),
        (anna.press(question, "yes"), 99),
        (anna.command("here", question.channel), 7),
        (anna.autocomplete("desk ticket close", "why", "x", question.channel), 4),
    ]
    for asked, kind in wrong:
        status, answer = await rest.answer(asked, kind, {"content": "x"})
        assert (status, answer["code"]) == (400, 50035)
    assert (await rest.answer(anna.press(question, "yes"), 4))[1]["code"] == 50006
    for kind in (4, 7):
        _, answer = await rest.answer(anna.press(question, "yes"), kind, {"content": "x" * 2001})
        assert places(answer["errors"]) == {"data.content": "BASE_TYPE_MAX_LENGTH"}


async def test_completions_are_checked(rest: Rest, anna: Person, channel: Channel, commands: None) -> None:
    choices = [{"name": "x", "value": "y"}]
    for wrong, place in (
        (choices * 26, "data.choices"),
        ([{"name": "x" * 101, "value": "y"}], "data.choices.0.name"),
        (None, "data.choices"),
    ):
        asked = anna.autocomplete("desk ticket close", "why", "x", channel)
        _, answer = await rest.answer(asked, 8, {"choices": wrong} if wrong else {})
        assert list(places(answer["errors"])) == [place]


async def test_a_button_is_answered_with_a_reply(rest: Rest, anna: Person, question: Message) -> None:
    asked = anna.press(question, "yes")
    await rest.answer(asked, 4, {"content": "Very well."})
    answer = question.channel.messages[-1]
    assert (answer.kind, answer.referenced) == (MessageKind.REPLY, question)
    assert answer.interaction is not None
    assert answer.interaction["id"] == str(asked.id)


async def test_what_one_person_sees_is_kept_apart(rest: Rest, anna: Person, guild: Guild, question: Message) -> None:
    asked = anna.press(question, "yes")
    await rest.answer(asked, 4, {"content": "Only you", "flags": 64, "components": [row(button())]})
    assert question.channel.messages == [question]
    whisper = anna.ephemerals[0]
    assert anna.press(whisper, "yes").message is whisper
    with pytest.raises(NotPossible, match="does not see"):
        guild.person("ben").press(whisper, "yes")
    assert (await rest("PATCH", rest.hook(asked, "@original"), {"content": "Changed"}))[1]["content"] == "Changed"
    _, followed = await rest("POST", rest.hook(asked), {"content": "More", "flags": 64})
    assert [each.content for each in anna.ephemerals] == ["Changed", "More"]
    assert (await rest("GET", rest.hook(asked, followed["id"])))[1]["content"] == "More"
    assert (await rest("DELETE", rest.hook(asked, "@original")))[0] == 204
    assert (await rest("GET", rest.hook(asked, "@original")))[1]["code"] == 10008
    assert [each.content for each in anna.ephemerals] == ["More"]


async def test_what_follows_needs_an_answer_before_and_a_token(rest: Rest, anna: Person, question: Message) -> None:
    asked = anna.press(question, "yes")
    assert (await rest("POST", rest.hook(asked), {"content": "x"}))[1]["code"] == 10015
    await rest.answer(asked, 6)
    assert (await rest("POST", rest.hook(asked), {}))[1]["code"] == 50006
    assert (await rest("POST", rest.hook(asked).replace(asked.token, "another"), {"content": "x"}))[1]["code"] == 50027
    assert (await rest("POST", f"/webhooks/1/{asked.token}", {"content": "x"}))[1]["code"] == 10015
    assert (await rest("PATCH", rest.hook(asked, "@original"), {"content": "x"}))[0] == 200
    assert question.content == "x"


async def test_a_file_comes_with_an_answer(rest: Rest, anna: Person, channel: Channel, commands: None) -> None:
    asked = anna.command("here", channel)
    await rest.answer(asked, 5, {"flags": 64})
    assert anna.ephemerals[0].flags & 128
    _, made = await rest("POST", rest.hook(asked), {"content": "Done"})
    assert made["flags"] == 64
    assert len(anna.ephemerals) == 1


# ------------------------------------------------------------------------------------- what clients allow


async def test_options_are_filled_as_they_were_registered(
    rest: Rest, anna: Person, guild: Guild, channel: Channel, commands: None
) -> None:
    team = guild.role("agents")
    proof = Attachment(rest.server.state.ids.new(), "a.txt", b"x", "text/plain")
    asked = anna.command("desk ticket close", channel, number=7, proof=proof, by=anna, where=channel, team=team)
    options = asked.data["options"][0]["options"][0]["options"]
    assert options[0] == {"name": "number", "type": 4, "value": 7}
    assert set(asked.data["resolved"]) == {"attachments", "users", "members", "channels", "roles"}
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("desk ticket", {}, "subcommand has to be named"),
        ("desk nothing", {}, "no subcommand 'nothing'"),
        ("desk ticket close", {"number": "7"}, "cannot be '7'"),
        ("desk ticket close", {"number": 0}, "out of bounds"),
        ("desk ticket close", {"number": 7, "why": "too long"}, "out of bounds"),
        ("desk ticket close", {"number": 7, "how": "b"}, "offers no 'b'"),
        ("desk ticket close", {"number": 7, "no": 1}, "no option no"),
        ("admin", {}, "lacks the permissions"),
    ]
    for path, values, reason in wrong:
        with pytest.raises(NotPossible, match=reason):
            anna.command(path, channel, **values)
    with pytest.raises(NotPossible, match="not offered in direct messages"):
        anna.command("here")
    with pytest.raises(NotPossible, match="no autocompletion"):
        anna.autocomplete("desk ticket close", "how", "a", channel)


async def test_where_the_app_is_not_it_offers_nothing(
    anna: Person, guild: Guild, channel: Channel, commands: None
) -> None:
    guild.remove_bot()
    with pytest.raises(NotPossible, match="the app is not in Acme"):
        anna.command("here", channel)


async def test_context_menus_name_their_target(
    rest: Rest, anna: Person, guild: Guild, channel: Channel, commands: None
) -> None:
    ben = guild.person("ben")
    assert anna.user_command("Ticket for", ben, channel).data["target_id"] == str(ben.id)
    said = ben.say(channel, "no paper")
    asked = anna.message_command("Open", said)
    assert asked.data["resolved"]["messages"][str(said.id)]["content"] == "no paper"


async def test_only_what_is_shown_and_switched_on_can_be_used(anna: Person, guild: Guild, question: Message) -> None:
    with pytest.raises(NotPossible, match="is disabled"):
        anna.press(question, "off")
    with pytest.raises(NotPossible, match="no button"):
        anna.press(question, "menu")
    with pytest.raises(NotPossible, match="another number"):
        anna.choose(question, "menu", "0", "1", "2")
    with pytest.raises(NotPossible, match="offers no"):
        anna.choose(question, "menu", "9")
    assert anna.choose(question, "menu", "0", "1").data["values"] == ["0", "1"]
    guild.delete_message(question)
    with pytest.raises(NotPossible, match="is gone"):
        anna.press(question, "yes")


async def test_nothing_is_used_in_an_archived_thread(
    rest: Rest, anna: Person, guild: Guild, channel: Channel, commands: None
) -> None:
    thread = anna.open_thread(channel, "ours")
    await rest("POST", f"/channels/{thread.id}/messages", {"content": "?", "components": [row(button())]})
    guild.archive(thread)
    with pytest.raises(NotPossible, match="is archived"):
        anna.press(thread.messages[-1], "yes")
    with pytest.raises(NotPossible, match="is archived"):
        anna.command("here", thread)


async def test_the_first_answer_is_the_only_one(
    discord_server: DiscordServer, rest: Rest, anna: Person, question: Message
) -> None:
    asked = anna.press(question, "yes")
    assert (await rest.answer(asked, 6))[0] == 204
    assert asked.wait().acknowledged
    assert 0 < asked.wait().seconds < 30
    status, answer = await rest.answer(asked, 6)
    assert (status, answer["code"]) == (400, 40060)
    assert discord_server.calls("POST /interactions/{interaction}/{token}/callback", ok=False)
