"""The Slack server through the real slack-bolt: sockets and signed HTTP alike."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.support import bolt
from tests.support.slackserver import Channel, Json, Message, Person, SlackServer, View, Workspace

QUESTION: list[Json] = [
    {
        "type": "actions",
        "block_id": "ask",
        "elements": [
            {
                "type": "button",
                "action_id": "yes",
                "text": {"type": "plain_text", "text": "Open a ticket"},
                "value": "7",
            },
            {
                "type": "static_select",
                "action_id": "priority",
                "options": [
                    {"text": {"type": "plain_text", "text": "Low"}, "value": "low"},
                    {"text": {"type": "plain_text", "text": "High"}, "value": "high"},
                ],
            },
        ],
    }
]
FORM: Json = {
    "type": "modal",
    "callback_id": "ticket",
    "title": {"type": "plain_text", "text": "New ticket"},
    "submit": {"type": "plain_text", "text": "Send"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "what",
            "label": {"type": "plain_text", "text": "What is wrong?"},
            "element": {"type": "plain_text_input", "action_id": "words"},
        },
        {
            "type": "input",
            "block_id": "asset",
            "optional": True,
            "label": {"type": "plain_text", "text": "Which device?"},
            "element": {"type": "external_select", "action_id": "device", "min_query_length": 1},
        },
    ],
}


class Desk:
    """A small app that notes what it hears."""

    def __init__(self, app: AsyncApp) -> None:
        self.heard: list[Json] = []
        self.actions: list[Json] = []
        self.submitted: list[Json] = []
        app.event("message")(self.message)
        app.event("app_mention")(self.other)
        app.event("reaction_added")(self.other)
        app.event("app_home_opened")(self.other)
        app.action("yes")(self.pressed)
        app.action("priority")(self.chosen)
        app.view("ticket")(self.sent)
        app.view_closed("ticket")(self.chosen)
        app.options("device")(self.devices)
        app.command("/ticket")(self.command)
        app.shortcut("open")(self.pressed)

    async def message(self, event: Json, client: AsyncWebClient) -> None:
        self.heard.append(event)
        if event.get("text") == "help":
            await client.chat_postMessage(
                channel=event["channel"], thread_ts=event["ts"], text="Open a ticket?", blocks=QUESTION
            )

    async def other(self, event: Json) -> None:
        self.heard.append(event)

    async def pressed(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        self.actions.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def chosen(self, ack: Any, body: Json) -> None:
        await ack()
        self.actions.append(body)

    async def sent(self, ack: Any, view: Json) -> None:
        if view["state"]["values"]["what"]["words"]["value"] == "?":
            await ack(response_action="errors", errors={"what": "Please say more."})
            return
        await ack()
        self.submitted.append(view["state"]["values"])

    async def devices(self, ack: Any, body: Json) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": f"{body['value']}-1"}, "value": "d1"}])

    async def command(self, ack: Any, respond: Any, body: Json) -> None:
        await ack("One moment.")
        await respond(f"You said {body['text']}.")


@pytest.fixture(params=["sockets", "http"])
async def desk(request: pytest.FixtureRequest, slack: SlackServer, workspace: Workspace) -> AsyncIterator[Desk]:
    app = bolt.app_of(slack, workspace)
    connected = bolt.by_sockets(slack, app) if request.param == "sockets" else bolt.by_http(slack, app)
    async with connected:
        yield Desk(app)


async def asked(slack: SlackServer, channel: Channel, anna: Person) -> Message:
    """Anna's call for help, and the bot's question about it."""
    first = anna.post(channel, "help")
    await slack.until(lambda: channel.replies(first.ts))
    return channel.replies(first.ts)[0]


async def modal_of(slack: SlackServer, anna: Person) -> View:
    await slack.until(lambda: anna.modal)
    assert anna.modal is not None
    return anna.modal


async def test_a_message_reaches_the_app_and_its_answer_the_thread(
    slack: SlackServer, desk: Desk, channel: Channel, anna: Person
) -> None:
    question = await asked(slack, channel, anna)
    assert question.blocks[0]["elements"][0]["value"] == "7"
    assert desk.heard[0]["user"] == anna.id
    assert desk.heard[0]["blocks"][0]["elements"][0]["elements"] == [{"type": "text", "text": "help"}]
    assert slack.calls("chat.postMessage")[0]["thread_ts"] == desk.heard[0]["ts"]


async def test_a_button_opens_a_modal_and_what_is_entered_comes_back(
    slack: SlackServer, desk: Desk, channel: Channel, anna: Person
) -> None:
    question = await asked(slack, channel, anna)
    assert (await anna.press(question, "yes")).acknowledged
    view = await modal_of(slack, anna)
    assert (await anna.submit(view, {"words": "no paper"})).acknowledged
    assert desk.submitted[0]["what"]["words"] == {"type": "plain_text_input", "value": "no paper"}
    assert anna.modal is None


async def test_a_modal_stays_with_the_errors_that_the_app_finds(
    slack: SlackServer, desk: Desk, channel: Channel, anna: Person
) -> None:
    await anna.press(await asked(slack, channel, anna), "yes")
    view = await modal_of(slack, anna)
    answer = await anna.submit(view, {"words": "?"})
    assert answer.payload == {"response_action": "errors", "errors": {"what": "Please say more."}}
    assert anna.modal is view


async def test_a_choice_and_a_closed_modal_are_told(
    slack: SlackServer, desk: Desk, channel: Channel, anna: Person
) -> None:
    question = await asked(slack, channel, anna)
    await anna.choose(question, "priority", "high")
    assert desk.actions[0]["actions"][0]["selected_option"]["value"] == "high"
    await anna.shortcut("open")
    closing = anna.close(await modal_of(slack, anna))
    assert closing is not None
    assert (await closing).acknowledged
    assert desk.actions[-1]["type"] == "view_closed"
    assert anna.modal is None


async def test_an_external_menu_asks_the_app(slack: SlackServer, desk: Desk, anna: Person) -> None:
    await anna.shortcut("open")
    answer = await anna.suggest(await modal_of(slack, anna), "device", "printer")
    assert answer.payload["options"][0]["text"]["text"] == "printer-1"


async def test_a_command_is_answered_twice(slack: SlackServer, desk: Desk, channel: Channel, anna: Person) -> None:
    await anna.command("/ticket", "no paper", channel=channel)
    await slack.until(lambda: len(anna.whispers) == 2)
    assert {each.text for each in anna.whispers} == {"One moment.", "You said no paper."}


async def test_mentions_reactions_and_the_home_tab_are_told(
    slack: SlackServer, desk: Desk, channel: Channel, anna: Person
) -> None:
    message = anna.mention_bot(channel, "hello")
    anna.react(message, "ticket")
    anna.open_home()
    await slack.quiet()
    await slack.until(lambda: len(desk.heard) == 4)
    assert sorted(each["type"] for each in desk.heard) == [
        "app_home_opened",
        "app_mention",
        "message",
        "reaction_added",
    ]


async def test_edits_and_deletions_are_told(slack: SlackServer, desk: Desk, anna: Person) -> None:
    message = anna.post(anna.dm, "no paper")
    anna.edit(message, "no toner")
    anna.delete(message)
    await slack.until(lambda: len(desk.heard) == 3)
    told = {each.get("subtype", ""): each for each in desk.heard}
    assert told["message_changed"]["message"]["text"] == "no toner"
    assert told["message_changed"]["previous_message"]["text"] == "no paper"
    assert told["message_deleted"]["deleted_ts"] == told[""]["ts"]
    assert {each["channel_type"] for each in desk.heard} == {"im"}
