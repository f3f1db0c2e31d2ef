"""Each limit of Block Kit once: what is just allowed is taken, one more is refused with the place of the mistake."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.slackserver.blockkit import blocks, views
from tests.support.slackserver.refused import Json, Refused


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(number: int = 0, text: str = "x", **more: Any) -> Json:
    return {"text": plain(text), "value": str(number), **more}


def button(number: int = 0, **more: Any) -> Json:
    return {"type": "button", "action_id": f"a{number}", "text": plain("x"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def section(**more: Any) -> Json:
    return {"type": "section", "text": plain("x"), **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "a", "options": [option()], **more}


def entry(**element: Any) -> Json:
    return {"type": "input", "label": plain("x"), "element": element}


def image(url: str) -> Json:
    return {"type": "image", "image_url": url, "alt_text": "x"}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def table(rows: int, columns: int = 1) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


def confirm(**more: Any) -> Json:
    return {"title": plain("x"), "text": plain("x"), "confirm": plain("x"), "deny": plain("x")} | more


LIMITS: list[tuple[str, int, Callable[[int], Json]]] = [
    ("section text", 3000, lambda n: section(text=plain("x" * n))),
    ("section fields", 10, lambda n: {"type": "section", "fields": [plain("x")] * n}),
    ("section field", 2000, lambda n: {"type": "section", "fields": [plain("x" * n)]}),
    ("header", 150, lambda n: {"type": "header", "text": plain("x" * n)}),
    ("markdown", 12_000, lambda n: {"type": "markdown", "text": "x" * n}),
    ("actions", 25, lambda n: actions(*map(button, range(n)))),
    ("context", 10, lambda n: {"type": "context", "elements": [plain("x")] * n}),
    ("block_id", 255, lambda n: section(block_id="x" * n)),
    ("action_id", 255, lambda n: actions(button(action_id="x" * n))),
    ("button text", 75, lambda n: actions(button(text=plain("x" * n)))),
    ("button value", 2000, lambda n: actions(button(value="x" * n))),
    ("button url", 3000, lambda n: actions(button(url="https://".ljust(n, "x")))),
    ("options", 100, lambda n: section(accessory=select(options=[option(each) for each in range(n)]))),
    ("option text", 75, lambda n: section(accessory=select(options=[option(text="x" * n)]))),
    ("option value", 150, lambda n: section(accessory=select(options=[{"text": plain("x"), "value": "x" * n}]))),
    ("option description", 75, lambda n: section(accessory=select(options=[option(description=plain("x" * n))]))),
    ("placeholder", 150, lambda n: section(accessory=select(placeholder=plain("x" * n)))),
    ("overflow", 5, lambda n: actions({"type": "overflow", "options": [option(each) for each in range(n)]})),
    ("checkboxes", 10, lambda n: actions({"type": "checkboxes", "options": [option(each) for each in range(n)]})),
    ("radio", 10, lambda n: actions({"type": "radio_buttons", "options": [option(each) for each in range(n)]})),
    ("confirm title", 100, lambda n: actions(button(confirm=confirm(title=plain("x" * n))))),
    ("confirm text", 300, lambda n: actions(button(confirm=confirm(text=plain("x" * n))))),
    ("confirm button", 30, lambda n: actions(button(confirm=confirm(confirm=plain("x" * n))))),
    ("image url", 3000, lambda n: image("https://".ljust(n, "x"))),
    ("image alt", 2000, lambda n: image("https://x.example") | {"alt_text": "x" * n}),
    ("input label", 2000, lambda n: entry(type="plain_text_input") | {"label": plain("x" * n)}),
    ("input hint", 2000, lambda n: entry(type="plain_text_input") | {"hint": plain("x" * n)}),
    ("input length", 3000, lambda n: entry(type="plain_text_input", max_length=n)),
    ("table rows", 100, table),
    ("table columns", 20, lambda n: table(1, n)),
]


@pytest.mark.parametrize(("what", "most", "make"), LIMITS, ids=[each[0] for each in LIMITS])
def test_what_is_just_allowed_is_taken_and_one_more_is_not(what: str, most: int, make: Callable[[int], Json]) -> None:
    assert not blocks.complaints([make(most)], "message"), what
    complaint = blocks.complaints([make(most + 1)], "message")[0]
    assert "[json-pointer:/blocks/0" in complaint


MISTAKES: dict[str, Json] = {
    "missing required field: text": {"type": "header"},
    "must define either `text` or `fields`": {"type": "section"},
    "must be a valid https URL": image("http://x.example/1.png"),
    "must define either `image_url` or `slack_file`": {"type": "image", "alt_text": "x"},
    "unsupported type: banner": {"type": "banner"},
    "unsupported type: slider": section(accessory={"type": "slider"}),
    "unsupported type: plain_text_input": actions({"type": "plain_text_input"}),
    "unsupported type: button": entry(type="button", text=plain("x")),
    "invalid additional property: colour": section(colour="red"),
    "must be a valid type: plain_text": {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
    "must be more than 0 characters": section(text=plain("")),
    "no less than 1 items required": actions(),
    "must be one of: primary, danger": actions(button(style="loud")),
    "must define either `options` or `option_groups`": section(accessory={"type": "static_select"}),
    "initial option must exactly match one of the options": section(accessory=select(initial_option=option(9))),
    "`action_id` a0 already exists": actions(button(), button()),
    "unsupported type: rich_text_poem": rich({"type": "rich_text_poem", "elements": []}),
    "unsupported type: smell": rich({"type": "rich_text_section", "elements": [{"type": "smell"}]}),
    "must be one of: bullet, ordered": rich({"type": "rich_text_list", "style": "dash", "elements": []}),
    "must be a rich_text_section": rich({"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text"}]}),
    "must be between 0 and 8": rich({"type": "rich_text_list", "style": "bullet", "indent": 9, "elements": []}),
    "unsupported type: plain_text": {"type": "table", "rows": [[plain("x")]]},
    "must be an array": {"type": "actions", "elements": "button"},
    "must be an object": section(text="x"),
}
EMPTY: list[Json] = [
    rich(),
    rich({"type": "rich_text_section", "elements": []}),
    rich({"type": "rich_text_list", "style": "bullet", "elements": []}),
]


@pytest.mark.parametrize("complaint", MISTAKES)
def test_mistakes_are_named(complaint: str) -> None:
    found = blocks.complaints([MISTAKES[complaint]], "message")
    assert any(each.startswith(f"{complaint} [json-pointer:/blocks/0") for each in found), found


@pytest.mark.parametrize("block", EMPTY)
def test_rich_text_is_not_empty(block: Json) -> None:
    assert "no less than 1 items required" in blocks.complaints([block], "message")[0]


def test_a_sign_outside_the_bmp_counts_twice() -> None:
    assert not blocks.complaints([{"type": "header", "text": plain("🔥" * 75)}], "message")
    assert blocks.complaints([{"type": "header", "text": plain("🔥" * 76)}], "message")


def test_the_cells_of_a_table_have_10000_characters_together() -> None:
    def of(length: int) -> list[Json]:
        return [{"type": "table", "rows": [[{"type": "raw_text", "text": "x" * length}] * 10] * 10}]

    blocks.check_message(of(100), "")
    assert code(of(101)) == "invalid_blocks"


def code(given: Any, text: str = "") -> str:
    with pytest.raises(Refused) as raised:
        blocks.check_message(given, text)
    return raised.value.code


def test_a_message_has_fifty_blocks() -> None:
    blocks.check_message([section() for _ in range(50)], "")
    assert code([section() for _ in range(51)]) == "invalid_blocks"


def test_block_ids_are_unique() -> None:
    assert code([section(block_id="x"), section(block_id="x")]) == "invalid_blocks"


def test_all_blocks_of_a_message_together_have_a_limit() -> None:
    full = [section(text=plain("x" * 3000)) for _ in range(4)]
    blocks.check_message([*full, section(text=plain("x" * 1200))], "")
    assert code([*full, section(text=plain("x" * 1201))]) == "msg_blocks_too_long"
    assert code([{"type": "markdown", "text": "x" * 6001}] * 2) == "msg_blocks_too_long"


def test_a_message_has_one_table() -> None:
    assert code([table(1), table(1)]) == "invalid_attachments"


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("x"), "blocks": [section()]} | more


VIEW_LIMITS: list[tuple[str, int, Callable[[int], Json]]] = [
    ("blocks", 100, lambda n: modal(blocks=[section() for _ in range(n)])),
    ("title", 24, lambda n: modal(title=plain("x" * n))),
    ("submit", 24, lambda n: modal(submit=plain("x" * n))),
    ("close", 24, lambda n: modal(close=plain("x" * n))),
    ("private_metadata", 3000, lambda n: modal(private_metadata="x" * n)),
    ("callback_id", 255, lambda n: modal(callback_id="x" * n)),
    ("external_id", 255, lambda n: modal(external_id="x" * n)),
]


@pytest.mark.parametrize(("what", "most", "make"), VIEW_LIMITS, ids=[each[0] for each in VIEW_LIMITS])
def test_limits_of_a_modal(what: str, most: int, make: Callable[[int], Json]) -> None:
    views.check_modal(make(most))
    with pytest.raises(Refused, match="invalid_arguments") as raised:
        views.check_modal(make(most + 1))
    assert f"/view/{what}" in raised.value.messages[0]


@pytest.mark.parametrize(
    "view",
    [
        "x",
        {"type": "home", "blocks": [section()]},
        {"type": "modal", "blocks": [section()]},
        modal(blocks=[]),
        modal(blocks=[entry(type="plain_text_input")]),
        modal(blocks=[table(1)]),
        modal(blocks=[{"type": "markdown", "text": "x"}]),
        modal(colour="red"),
    ],
)
def test_what_is_no_modal(view: Any) -> None:
    with pytest.raises(Refused, match="invalid_arguments"):
        views.check_modal(view)


def test_a_view_has_250_kilobytes() -> None:
    large = modal(blocks=[section(text=plain("€" * 3000)) for _ in range(28)])
    with pytest.raises(Refused, match="view_too_large"):
        views.check_modal(large)


def test_a_home_tab_has_no_title() -> None:
    views.check_home({"type": "home", "blocks": [section()]})
    with pytest.raises(Refused, match="invalid_arguments"):
        views.check_home({"type": "home", "title": plain("x"), "blocks": [section()]})


def styled(**style: bool) -> Json:
    return {"type": "text", "text": "x", "style": style}


def test_rich_text_as_deep_as_it_goes() -> None:
    leaves: list[Json] = [
        styled(bold=True, code=True),
        {"type": "link", "url": "https://x.example", "text": "x"},
        {"type": "emoji", "name": "fire"},
        {"type": "user", "user_id": "U1"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": 1, "format": "{date}"},
        {"type": "color", "value": "#F405B3"},
    ]
    section_of_all: Json = {"type": "rich_text_section", "elements": leaves}
    whole = rich(
        section_of_all,
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [section_of_all]},
        {"type": "rich_text_quote", "elements": leaves, "border": 1},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]},
    )
    cells: list[Json] = [{"type": "raw_text", "text": "x"}, whole]
    rows: Json = {"type": "table", "rows": [cells], "column_settings": [{"align": "right"}, None]}
    blocks.check_message([whole, rows], "")


@pytest.mark.parametrize(
    "element",
    [
        {"type": "text", "text": ""},
        {"type": "text"},
        styled(loud=True),
        {"type": "broadcast", "range": "world"},
        {"type": "link"},
    ],
)
def test_rich_text_that_is_none(element: Json) -> None:
    assert blocks.complaints([rich({"type": "rich_text_section", "elements": [element]})], "message")


def test_a_menu_in_groups() -> None:
    groups = [{"label": plain("x" * 75), "options": [option(1)]}] * 100
    menu: Json = {"type": "static_select", "option_groups": groups, "initial_option": option(1)}
    assert not blocks.complaints([section(accessory=menu)], "message")
    menu["option_groups"] = [*groups, groups[0]]
    assert blocks.complaints([section(accessory=menu)], "message")
    menu["option_groups"] = [{"label": plain("x" * 76), "options": [option(1)]}]
    assert blocks.complaints([section(accessory=menu)], "message")
