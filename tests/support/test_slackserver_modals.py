"""What an app's answer does to a modal, a menu and a command; and what is entered in each kind of element."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support import bolt
from tests.support.slackserver import Answer, Json, NotPossible, Person, SlackServer, View, Workspace


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


def entry(name: str, optional: bool = True, **element: Any) -> Json:  # noqa: FBT001, FBT002 - as Block Kit has it
    return {
        "type": "input",
        "block_id": f"{name}-block",
        "optional": optional,
        "label": plain(name),
        "element": {"action_id": name, **element},
    }


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "ticket",
        "title": plain("Ticket"),
        "submit": plain("Send"),
        "blocks": list(blocks) or [entry("words", type="plain_text_input")],
    } | more


class App:
    """Answers whatever comes with what it is told to."""

    def __init__(self) -> None:
        self.answer: Json = {}

    async def __call__(self, ack: Any) -> None:
        await ack(**self.answer)


@pytest.fixture
async def app(slack: SlackServer, workspace: Workspace) -> AsyncIterator[App]:
    answering, listener = bolt.app_of(slack, workspace), App()
    answering.view("ticket")(listener)
    answering.options("device")(listener)
    answering.command("/ticket")(listener)
    async with bolt.by_sockets(slack, answering):
        yield listener


async def opened(slack: SlackServer, anna: Person, view: Json) -> View:
    client = bolt.client_of(slack, anna.workspace)
    trigger_id = slack.state.triggers.issue(anna.workspace.id, anna.id)
    await client.views_open(trigger_id=trigger_id, view=view)
    assert anna.modal is not None
    return anna.modal


async def answered(slack: SlackServer, app: App, anna: Person, **answer: Any) -> tuple[Answer, View]:
    view = await opened(slack, anna, modal())
    app.answer = answer
    return await anna.submit(view), view


async def test_an_update_shows_the_new_view_in_place(slack: SlackServer, app: App, anna: Person) -> None:
    new = modal({"type": "divider"})
    answer, view = await answered(slack, app, anna, response_action="update", view=new)
    assert answer.acknowledged
    assert anna.modal is view
    assert view.given["blocks"][0]["type"] == "divider"


async def test_a_push_covers_and_closing_uncovers(slack: SlackServer, app: App, anna: Person) -> None:
    answer, view = await answered(slack, app, anna, response_action="push", view=modal())
    assert answer.acknowledged
    top = anna.modal
    assert top is not None
    assert top.previous_view_id == view.id
    anna.close(top)
    assert anna.modal is view


async def test_a_clear_closes_all(slack: SlackServer, app: App, anna: Person) -> None:
    _, view = await answered(slack, app, anna, response_action="push", view=modal())
    top = anna.modal
    assert top is not None
    app.answer = {"response_action": "clear"}
    await anna.submit(top)
    assert anna.modal is None
    assert view.id not in slack.state.views


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "No."}}, "invalid_errors"),
        ({"response_action": "update", "view": {"type": "modal", "title": plain("x" * 25)}}, "invalid_arguments"),
    ],
)
async def test_a_bad_answer_is_an_error_for_the_user(
    slack: SlackServer, app: App, anna: Person, answer: Json, reason: str
) -> None:
    given, view = await answered(slack, app, anna, **answer)
    assert not given.acknowledged
    assert given.reason.startswith(reason)
    assert anna.modal is view


@pytest.mark.parametrize(
    ("offered", "good"),
    [
        ({"options": [option("one")]}, True),
        ({"option_groups": [{"label": plain("Group"), "options": [option("one")]}]}, True),
        ({"options": [option("one")] * 101}, False),
        ({"options": [{"text": plain("x" * 76), "value": "x"}]}, False),
        ({"option_groups": [{"label": plain("x" * 76), "options": [option("one")]}]}, False),
    ],
)
async def test_what_an_app_may_suggest(slack: SlackServer, app: App, anna: Person, offered: Json, good: bool) -> None:  # noqa: FBT001
    view = await opened(slack, anna, modal(entry("device", type="external_select")))
    app.answer = offered
    answer = await anna.suggest(view, "device", "prin")
    assert answer.acknowledged is good


async def test_a_bad_answer_to_a_command_is_not_shown(slack: SlackServer, app: App, anna: Person) -> None:
    app.answer = {"text": "x", "blocks": [{"type": "banner"}]}
    assert (await anna.command("/ticket")).reason.startswith("invalid_blocks")
    assert not anna.whispers


EVERYTHING = modal(
    entry("words", type="plain_text_input", min_length=2, max_length=5),
    entry("mail", type="email_text_input"),
    entry("count", type="number_input", is_decimal_allowed=False),
    entry("one", type="static_select", options=[option("low"), option("high")], initial_option=option("low")),
    entry("grouped", type="static_select", option_groups=[{"label": plain("All"), "options": [option("in")]}]),
    entry("many", type="checkboxes", options=[option("a"), option("b")]),
    entry("who", type="users_select"),
    entry("them", type="multi_users_select"),
    entry("day", type="datepicker", initial_date="2026-11-22"),
    entry("rich", type="rich_text_input"),
    entry("files", type="file_input"),
    entry("far", type="external_select"),
)


async def test_every_kind_of_element_has_its_state(slack: SlackServer, anna: Person) -> None:
    view = await opened(slack, anna, EVERYTHING)
    entered = {"words": "abc", "mail": "a@b.example", "count": 3, "grouped": "in", "many": ["b"]}
    entered |= {"who": anna.id, "them": [anna.id], "rich": "*x*", "files": ["F1"], "far": option("far")}
    values = anna.submit(view, entered).payload["view"]["state"]["values"]
    state = {name: values[f"{name}-block"][name] for name in (*entered, "one", "day")}
    assert state["words"] == {"type": "plain_text_input", "value": "abc"}
    assert state["count"]["value"] == "3"
    assert state["one"]["selected_option"]["value"] == "low"
    assert state["grouped"]["selected_option"]["value"] == "in"
    assert [each["value"] for each in state["many"]["selected_options"]] == ["b"]
    assert (state["who"]["selected_user"], state["them"]["selected_users"]) == (anna.id, [anna.id])
    assert state["day"]["selected_date"] == "2026-11-22"
    assert state["rich"]["rich_text_value"]["type"] == "rich_text"
    assert state["files"]["files"] == ["F1"]
    assert state["far"]["selected_option"]["value"] == "far"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("words", "a"),
        ("words", "abcdef"),
        ("mail", "nobody"),
        ("count", "three"),
        ("one", "middle"),
        ("unknown", "x"),
    ],
)
async def test_what_the_client_does_not_take(slack: SlackServer, anna: Person, name: str, value: str) -> None:
    view = await opened(slack, anna, EVERYTHING)
    with pytest.raises(NotPossible):
        anna.fill(view, {name: value})


async def test_what_must_be_filled_is(slack: SlackServer, anna: Person) -> None:
    view = await opened(slack, anna, modal(entry("words", optional=False, type="plain_text_input")))
    with pytest.raises(NotPossible, match="words-block"):
        anna.submit(view)


async def test_what_was_entered_survives_an_update_with_the_same_ids(slack: SlackServer, anna: Person) -> None:
    view = await opened(slack, anna, modal(entry("words", type="plain_text_input"), entry("x", type="datepicker")))
    anna.fill(view, {"words": "no paper"})
    client = bolt.client_of(slack, anna.workspace)
    await client.views_update(view_id=view.id, view=modal(entry("words", type="plain_text_input")))
    values = anna.submit(view).payload["view"]["state"]["values"]
    assert values == {"words-block": {"words": {"type": "plain_text_input", "value": "no paper"}}}
