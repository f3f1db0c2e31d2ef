"""What the Slack server sends has the shape of the recorded payloads, which were made from Slack's documents.

The recorded ones are what the channel's tests read; neither can drift from the other unnoticed.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from slack_sdk.web import WebClient

from tests.support.slackserver import Channel, Json, Message, Person, SlackServer, View, Workspace

RECORDED = Path(__file__).parents[1] / "channels" / "slack" / "payloads"
ASK: list[Json] = [
    {
        "type": "actions",
        "block_id": "ask",
        "elements": [
            {"type": "button", "action_id": "yes", "text": {"type": "plain_text", "text": "Open"}, "value": "7"},
            {
                "type": "static_select",
                "action_id": "priority",
                "placeholder": {"type": "plain_text", "text": "Priority"},
                "options": [{"text": {"type": "plain_text", "text": "High"}, "value": "high"}],
            },
        ],
    }
]
MORE: Json = {
    "type": "actions",
    "block_id": "more",
    "elements": [{"type": "button", "action_id": "add", "text": {"type": "plain_text", "text": "Add"}, "value": "1"}],
}
MODAL: Json = {
    "type": "modal",
    "callback_id": "ticket",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "New ticket"},
    "submit": {"type": "plain_text", "text": "Send"},
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
        MORE,
    ],
}


class Scene:
    """Anna, the bot and a channel, and what has to be there before the thing itself happens."""

    def __init__(self, slack: SlackServer, workspace: Workspace) -> None:
        self.slack = slack
        self.workspace = workspace
        self.anna: Person = workspace.person("anna", display_name="anna", locale="it-IT")
        self.channel: Channel = workspace.channel("help", self.anna)
        self.client = WebClient(token=workspace.token, base_url=slack.base_url)

    def post(self) -> Message:
        return self.anna.post(self.channel, "The printer is on fire")

    def question(self) -> Message:
        ts = self.client.chat_postMessage(channel=self.channel.id, text="Open a ticket?", blocks=ASK)["ts"]
        return self.channel.messages[cast("str", ts)]

    def whisper(self) -> Message:
        self.client.chat_postEphemeral(channel=self.channel.id, user=self.anna.id, text="Open a ticket?", blocks=ASK)
        return self.anna.whispers[0]

    def modal(self) -> View:
        trigger_id = self.slack.state.triggers.issue(self.workspace.id, self.anna.id)
        self.client.views_open(trigger_id=trigger_id, view=MODAL)
        assert self.anna.modal is not None
        return self.anna.modal

    def home(self) -> View:
        self.client.views_publish(user_id=self.anna.id, view={"type": "home", "blocks": [MORE]})
        assert self.anna.home is not None
        return self.anna.home

    def opened_home(self) -> None:
        self.home()
        self.anna.open_home()

    def unreacted(self) -> None:
        message = self.post()
        self.anna.react(message, "ticket")
        self.anna.unreact(message, "ticket")

    def thread(self) -> Message:
        first = self.post()
        self.anna.post(self.channel, "Still burning", thread=first)
        return first

    def own_edit(self) -> None:
        self.client.chat_update(channel=self.channel.id, ts=self.question().ts, text="Done", blocks=ASK)

    def group(self) -> None:
        ben = self.workspace.person("ben")
        self.anna.post(self.workspace.direct(self.workspace.bot.id, self.anna.id, ben.id), "hello")

    def guest(self) -> None:
        eve = self.workspace.guest("eve")
        eve.post(self.workspace.channel("shared", eve), "hello")

    def stub(self) -> None:
        file = self.anna.file("fire.png", b"png", "image/png")
        file.external_stub = True
        self.anna.post(self.channel, "See here", files=[file])

    def other_bot(self) -> None:
        jira = self.workspace.other_bot("jira")
        self.channel.members.append(jira.id)
        jira.post(self.channel, "DESK-1 was opened", subtype="bot_message")

    def joined(self) -> None:
        self.workspace.join(self.channel, self.workspace.person("ben").id, self.anna.id)

    def invited(self) -> None:
        self.joined()
        del self.workspace.deliveries[-1]


HAPPENS: dict[str, Callable[[Scene], Any]] = {
    "message": Scene.post,
    "message_im": lambda s: s.anna.post(s.anna.dm, "hello"),
    "message_mpim": Scene.group,
    "message_private": lambda s: s.anna.post(s.workspace.channel("board", s.anna, private=True), "hello"),
    "message_thread_reply": Scene.thread,
    "message_thread_broadcast": lambda s: s.anna.post(s.channel, "Out", thread=s.post(), broadcast=True),
    "message_file_share": lambda s: s.anna.post(s.channel, "See", files=[s.anna.file("fire.png", b"png")]),
    "message_file_stub": Scene.stub,
    "message_me_message": lambda s: s.anna.post(s.channel, "waves", subtype="me_message"),
    "message_from_guest": Scene.guest,
    "message_bot_message": Scene.other_bot,
    "message_own": Scene.question,
    "message_changed": lambda s: s.anna.edit(s.post(), "It is fine"),
    "message_changed_own": Scene.own_edit,
    "message_deleted": lambda s: s.anna.delete(s.post()),
    "message_changed_to_tombstone": lambda s: s.anna.delete(s.thread()),
    "message_channel_join": Scene.joined,
    "message_channel_topic": lambda s: s.workspace.set_topic(s.channel, s.anna.id, "printers"),
    "app_mention": lambda s: s.anna.mention_bot(s.channel, "help"),
    "app_home_opened": Scene.opened_home,
    "app_home_opened_messages": lambda s: s.anna.open_home("messages"),
    "reaction_added": lambda s: s.anna.react(s.post(), "ticket"),
    "reaction_removed": Scene.unreacted,
    "member_joined_channel": Scene.invited,
    "user_change": lambda s: s.workspace.change_user(s.anna.user, tz="Europe/Rome"),
    "tokens_revoked": lambda s: s.workspace.revoke_token(),
    "app_uninstalled": lambda s: s.workspace.uninstall(),
    "block_actions_button": lambda s: s.anna.press(s.question(), "yes"),
    "block_actions_select": lambda s: s.anna.choose(s.question(), "priority", "high"),
    "block_actions_ephemeral": lambda s: s.anna.press(s.whisper(), "yes"),
    "block_actions_modal": lambda s: s.anna.press(s.modal(), "add"),
    "block_actions_home": lambda s: s.anna.press(s.home(), "add"),
    "block_suggestion": lambda s: s.anna.suggest(s.modal(), "device", "prin"),
    "view_submission": lambda s: s.anna.submit(s.modal(), {"words": "no paper"}),
    "view_closed": lambda s: s.anna.close(s.modal()),
    "shortcut": lambda s: s.anna.shortcut("open"),
    "message_action": lambda s: s.anna.message_shortcut(s.post(), "open"),
    "slash_command": lambda s: s.anna.command("/ticket", "no paper", channel=s.channel),
}


@pytest.fixture
def scene(slack: SlackServer, workspace: Workspace) -> Scene:
    workspace.installation.token.scopes |= {"channels:read", "mpim:history"}
    return Scene(slack, workspace)


def structure(value: Any) -> Any:
    """Names and types only; of a list its first part."""
    if isinstance(value, dict):
        return {name: structure(part) for name, part in value.items()}
    if isinstance(value, list):
        return [structure(value[0])] if value else []
    return type(value).__name__


def recorded(name: str) -> Json:
    payload: Json = json.loads((RECORDED / f"{name}.json").read_text())
    return payload


@pytest.mark.parametrize("name", sorted(HAPPENS))
def test_the_server_and_the_record_agree(scene: Scene, name: str) -> None:
    HAPPENS[name](scene)
    assert structure(scene.slack.deliveries[-1].payload) == structure(recorded(name))


def test_every_record_is_compared() -> None:
    assert {each.stem for each in RECORDED.glob("*.json")} == set(HAPPENS)
