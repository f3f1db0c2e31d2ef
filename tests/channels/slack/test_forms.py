"""Forms as modals within Slack's limits, and what was entered into them."""

import pytest

from channels.base import Choice, Form, Input, InputKind
from channels.slack import forms
from channels.slack.blocks import buttons
from channels.slack.forms import Memo
from channels.slack.menus import menu
from tests.support.slackserver.blockkit.views import check_modal

LONG = "much too long a word " * 400
EVERYTHING = Form(
    title=LONG,
    said=LONG,
    send=LONG,
    inputs=(
        Input(name="line", label=LONG, hint=LONG, value=LONG, needed=True),
        Input(name="words", label="", kind=InputKind.WORDS, value="one\ntwo"),
        Input(
            name="category",
            label="What",
            kind=InputKind.OPTION,
            options=tuple(Choice(f"c{number}", LONG) for number in range(250)),
            value="c249",
            leads=True,
        ),
        Input(name="verb", label="Verb", kind=InputKind.OPTION, value="take"),
        Input(name="for", label="For", kind=InputKind.PERSON, value="T1:U2"),
    ),
)


def test_a_form_is_what_slack_takes_however_long_its_words() -> None:
    memo = Memo(opens="do:1:solve", label=LONG, files=tuple([LONG] * 50), words=LONG)
    check_modal(forms.modal(EVERYTHING, memo))
    check_modal(forms.modal(Form(title="", said=""), memo))
    check_modal(forms.loading(memo))


def test_a_modal_keeps_what_it_is_about() -> None:
    memo = Memo(opens="request", room="C1", ts="1.2", thread="1.1", author="U1", files=("a.png",))
    assert forms.memo_of(forms.loading(memo)) == memo
    with pytest.raises(ValueError, match="no modal of ours"):
        forms.memo_of({"private_metadata": "something else"})


def test_what_was_entered_comes_back_by_name_and_other_blocks_do_not() -> None:
    values = {
        "fl:input:words": {"words": {"type": "plain_text_input", "value": "It smokes"}},
        "fl:input:line": {"line": {"type": "plain_text_input", "value": None}},
        "fl:input:category": {"category": {"type": "static_select", "selected_option": {"value": "printer"}}},
        "fl:input:for": {"for": {"type": "users_select", "selected_user": "U2"}},
        "theirs": {"x": {"type": "plain_text_input", "value": "?"}},
    }
    assert forms.entered({"state": {"values": values}}, "T1") == {
        "words": "It smokes",
        "line": "",
        "category": "printer",
        "for": "T1:U2",
    }


def test_what_is_wrong_stands_at_its_input() -> None:
    assert forms.errors({"words": "write some words"}) == {"fl:input:words": "write some words"}


def test_a_menu_has_a_hundred_lines_or_groups_of_them() -> None:
    choices = [Choice(f"v{number}", f"Number {number}") for number in range(201)]
    assert len(menu(choices[:100])["options"]) == 100
    groups = menu(choices)["option_groups"]
    assert [group["label"]["text"] for group in groups] == ["1–100", "101–200", "201–201"]
    assert menu([Choice("x" * 151, "cannot be told apart"), Choice("y", "Y")])["options"][0]["value"] == "y"


def test_a_choice_that_asks_opens_a_form_and_one_with_options_is_a_menu() -> None:
    drawn = buttons(
        (
            Choice("do:1:solve", "Solve", asks="What helped?"),
            Choice("do:1:assign", "Assign", options=(Choice("do:1:assign:ben", "Ben"),)),
            Choice("do:1:take", "Take"),
        ),
        "",
    )
    assert [(one["type"], one["action_id"]) for one in drawn[0]["elements"]] == [
        ("button", "fl:opens:1"),
        ("static_select", "fl:choice:2"),
        ("button", "fl:choice:3"),
    ]
