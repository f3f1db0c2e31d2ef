"""Whatever is said becomes messages that Slack takes, and nothing that people wrote is more than words."""

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.notice.markup import plain
from channels.base import Address, Attachment, Choice, Envelope, Outgoing, Role
from channels.slack.blocks import body_of_view, token_in
from channels.slack.render import messages, read, render, view
from channels.slack.richtext import text_of_blocks
from tests.support.slack_limits import check, named, types
from tests.support.slackserver.blockkit import views

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTILE = (
    "<!channel> <!here|x> <@U123ABC> <#C123> @here <!date^1^{date}|x> <https://evil.example|bank>"
    " *b* _i_ ~s~ `c` :tada: &lt;"
)
MARKDOWN = st.lists(
    st.sampled_from(
        "#_|##_|>_|-_|1._|7)_|____|```|\n|\n\n|---\n|*|**|~~|`|[x](https://example.org)|![i](cid:x)|![p](https://e.org/p.png)"
        "|<!channel>|<@U1>|a|word_|🎫|\\|https://example.org/a?b=(c).|http://|e\u0301|\x00|\ud800|\u202e|&|.|👨‍👩‍👧".replace(
            "_", " "
        ).split("|")
    )
    | st.sampled_from(["|a|b|\n|-|:-:|\n", "|", "x" * 900])
    | st.text(max_size=30),
    max_size=60,
).map("".join)


def envelope(*, speaker: str = "", key: str = "inbox:1:1", token: str = "") -> Envelope:
    return Envelope(key=key, to=Address("U024BE7LH"), role=Role.REQUESTER, sent_at=NOW, speaker=speaker, token=token)


def posted(body: str, *, speaker: str = "", **fields: Any) -> list[dict[str, Any]]:
    """The messages, as JSON, each of which Slack takes."""
    rendered = render(Outgoing(body=body, **fields), envelope(speaker=speaker))
    found: list[dict[str, Any]] = json.loads(rendered)["messages"]
    assert found
    for message in found:
        check(message)
    return found


def words(found: list[dict[str, Any]]) -> str:
    return "\n\n".join(text_of_blocks(message["blocks"], {}) for message in found)


def elements(body: str) -> list[dict[str, Any]]:
    """What lies in the blocks of rich text."""
    return [one for block in posted(body)[0]["blocks"] for one in block["elements"]]


@settings(deadline=None)
@given(
    body=MARKDOWN,
    subject=st.text(max_size=20),
    labels=st.lists(st.text(max_size=200), max_size=60),
    speaker=st.text(max_size=200),
    key=st.text(max_size=20),
    token=st.text(max_size=400),
)
def test_slack_takes_whatever_is_said(
    body: str, subject: str, labels: list[str], speaker: str, key: str, token: str
) -> None:
    choices = tuple(Choice(label * 20, label) for label in labels)
    outgoing, where = (
        Outgoing(body=body, subject=subject, choices=choices),
        envelope(speaker=speaker, key=key, token=token),
    )
    rendered = render(outgoing, where)
    assert rendered == render(outgoing, where)
    found = json.loads(rendered)["messages"]
    for message in found:
        check(message)
    assert len([*named(found, "action_id")]) == len(choices)
    assert types(found).isdisjoint({"user", "usergroup", "broadcast", "channel", "date", "emoji", "mrkdwn"})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n \n",
        "x" * 30_000,
        "word " * 8_000,
        "A sentence of words. " * 2_000,
        "🎫" * 15_000,
        "👨‍👩‍👧‍👦" * 4_000,
        "e" + "\u0301" * 20_000,
        "*a*b " * 8_000,
        "`a` " * 10_000,
        "a\n\n" * 13_000,
        "> " * 50 + "deep",
        "".join("  " * depth + "- in\n" for depth in range(50)),
        "- item\n" * 5_000,
        "# Title\n\n" * 2_000,
        "---\n\n" * 200,
        "|a|b|\n|-|-|\n" + "|cell|another|\n" * 500,
        "|a" * 30 + "|\n" + "|-" * 30 + "|\n" + "|x" * 30 + "|",
        "|a|\n|-|\n|" + "x" * 30_000 + "|\n" + "|y|\n" * 300,
        ("|a|b|\n|-|-|\n|1|2|\n\nand\n\n") * 30,
        "```\n" + "line of code\n" * 3_000 + "```",
        "- ```\n" + "  code\n" * 3_000 + "  ```\n- after",
        "[" + "label " * 1_000 + "](https://example.org)",
        "https://example.org/" + "path" * 5_000,
        "[" * 2_000 + "](x)" * 50,
        "`" * 20_000,
    ],
    ids=lambda body: body[:12] or "empty",
)
def test_slack_takes_what_is_too_much(body: str) -> None:
    found = posted(body, speaker="Ada Lovelace", choices=(Choice("yes", "Yes"),))
    assert len(found) <= 20


@pytest.mark.parametrize("words_", ["a word " * 6_000, "x" * 40_000, "🎫" * 9_000, "One. Two! " * 4_000])
def test_nothing_is_lost_when_it_is_split(words_: str) -> None:
    assert "".join(words(posted(plain(words_))).split()) == "".join(words_.split())


def test_long_code_is_code_in_every_message() -> None:
    code = "".join(f"line {number} of the code\n" for number in range(1_500))
    found = posted(f"```\n{code}```")
    assert len(found) > 1
    assert all(
        {one["type"] for one in message["blocks"][0]["elements"]} == {"rich_text_preformatted"} for message in found
    )
    assert [line for line in words(found).split("\n") if line] == code.splitlines()


@pytest.mark.covers("H18")
@pytest.mark.parametrize(
    "hostile", [HOSTILE, "@channel", "<@U024BE7LH>", "[a](https://evil.example)", "<https://evil.example|x>"]
)
def test_words_of_people_are_never_more_than_words(hostile: str) -> None:
    for body in (
        plain(hostile),
        f"> {plain(hostile)}",
        f"- {plain(hostile)}",
        f"# {plain(hostile)}",
        f"**{plain(hostile)}**",
    ):
        (found,) = posted(body, speaker=hostile, subject=hostile, choices=(Choice(hostile, hostile),))
        assert types(found).isdisjoint({"user", "usergroup", "broadcast", "channel", "date", "emoji", "mrkdwn"})
        assert all("text" not in link for link in named(found, "url")), "a link shows where it goes"
        assert "<" not in found["text"]
        assert all(text["emoji"] is False for text in named(found, "emoji"))
        assert hostile in words([found])


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_any_words_of_people_are_never_more_than_words(text: str) -> None:
    found = posted(plain(f"{HOSTILE} {text} {HOSTILE}"), speaker=text)
    assert types(found).isdisjoint({"user", "usergroup", "broadcast", "channel", "date", "emoji", "mrkdwn"})
    assert all("text" not in link for link in named(found, "url"))
    assert all("<" not in message["text"] for message in found)


PARAGRAPH = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=60
)


@settings(deadline=None)
@given(st.lists(st.lists(PARAGRAPH, min_size=1, max_size=4).map("\n".join), min_size=1, max_size=8).map("\n\n".join))
def test_paragraphs_come_back_as_they_were(text: str) -> None:
    assert words(posted(plain(text))) == text


def test_paragraphs_share_a_block_and_titles_have_their_own() -> None:
    (found,) = posted("# Title\n\none\ntwo\n\nthree\n\n### *Third*\n\n---")
    assert [block["type"] for block in found["blocks"]] == ["header", "rich_text", "divider"]
    assert words([found]) == "Title\n\none\ntwo\n\nthree\n\nThird"


def test_lists_lie_in_lists_and_count_on() -> None:
    body = "- one\n  1. a\n\n     more\n  2. b\n     ```\n     code\n     ```\n  3. c\n- two\n\n5. five\n6. six\n"
    (found,) = posted(body)
    first, second = found["blocks"]
    shapes = [(one["type"], one.get("indent"), one.get("offset"), len(one["elements"])) for one in first["elements"]]
    assert shapes == [
        ("rich_text_list", 0, None, 1),
        ("rich_text_list", 1, None, 2),
        ("rich_text_preformatted", None, None, 1),
        ("rich_text_list", 1, 2, 1),
        ("rich_text_list", 0, None, 1),
    ]
    assert [(one["offset"], len(one["elements"])) for one in second["elements"]] == [(4, 2)]
    assert words([found]) == "- one\n  1. a\n     more\n  2. b\ncode\n  3. c\n- two\n\n5. five\n6. six"


def test_what_lies_in_a_quotation_has_its_border() -> None:
    quote, list_, code = elements("> said\n>\n> again\n>\n> - x\n>\n> ```\n> code\n> ```")
    assert quote == {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said\n\nagain"}]}
    assert (list_["type"], list_["border"]) == ("rich_text_list", 1)
    assert (code["type"], code["border"]) == ("rich_text_preformatted", 1)


def test_styles_and_links() -> None:
    (section,) = elements(
        "**b** *i* ~~s~~ `c` ***bi*** [the page](https://example.org) <mailto:a@example.org> https://example.org/x_(y)."
    )
    shown = [(one.get("text") or one["url"], sorted(one.get("style", ()))) for one in section["elements"]]
    assert [one for one in shown if one[0] != " "] == [
        ("b", ["bold"]),
        ("i", ["italic"]),
        ("s", ["strike"]),
        ("c", ["code"]),
        ("bi", ["bold", "italic"]),
        ("the page", []),
        ("mailto:a@example.org", []),
        ("https://example.org/x_(y)", []),
        (".", []),
    ]
    assert [link["url"] for link in named(section, "url")] == [
        "https://example.org",
        "mailto:a@example.org",
        "https://example.org/x_(y)",
    ]


def test_pictures_are_links_and_those_that_go_along_their_names() -> None:
    (section,) = elements("![plan](https://example.org/p.png) ![screen.png](cid:a1) \\[cid:image001.png@01DA\\]")
    link, rest = section["elements"]
    assert link == {"type": "link", "url": "https://example.org/p.png", "text": "plan"}
    assert rest["text"] == " [screen.png] [image001.png]"


def test_a_table_is_slacks_own_where_it_fits() -> None:
    (found,) = posted("| A | B |\n|---|--:|\n| 1 | **2** |\n|  | x |")
    (table,) = found["blocks"]
    assert table["type"] == "table"
    assert [setting["align"] for setting in table["column_settings"]] == ["left", "right"]
    assert words([found]) == "A | B\n1 | 2\n | x"
    found, second = posted("|a|\n|-|\n|1|\n\n|b|\n|-|\n|2|")
    assert [found["blocks"][0]["type"], second["blocks"][0]["type"]] == ["table", "table"], "one a message"


def test_a_dialog_has_its_tables_as_columns() -> None:
    (block,) = body_of_view("| A | B |\n|---|--:|\n| 1 | **2** |")
    (code,) = block["elements"]
    assert code["elements"] == [{"type": "text", "text": "A  B\n────\n1  2"}]


def test_a_page_has_its_tables_as_columns_and_keeps_its_buttons() -> None:
    many = "\n\n".join(f"## Title {number}" for number in range(150))
    page = view(Outgoing(body=f"| A |\n|---|\n| 1 |\n\n{many}", choices=(Choice("new", "Open a ticket"),)))
    assert page[0]["elements"][0]["type"] == "rich_text_preformatted"
    assert len(page) == 100
    assert page[-1]["elements"][0]["text"]["text"] == "Open a ticket"
    views.check_home({"type": "home", "blocks": page})


def test_a_large_table_is_columns() -> None:
    found = posted("| Place | n |\n|---|---|\n" + "| 東京 | 1 |\n| Zürich | 2 |\n" * 100)
    code = found[0]["blocks"][0]["elements"][0]
    assert code["type"] == "rich_text_preformatted"
    assert code["elements"][0]["text"].split("\n")[:4] == ["Place   n", "─" * 9, "東京    1", "Zürich  2"]


def test_choices_are_buttons() -> None:
    outgoing = Outgoing(body="Which?", choices=tuple(Choice(f"value {n}", f"Choice\n{n}") for n in range(60)))
    (message,) = messages(outgoing, envelope(token="abc"))
    rows = message.blocks[1:]
    assert [len(row["elements"]) for row in rows] == [25, 25, 10]
    assert [row["block_id"] for row in rows] == ["fl:1:abc", "fl:2:abc", "fl:3:abc"]
    assert {token_in(row["block_id"]) for row in rows} == {"abc"}
    assert token_in("fl:x:abc") == ""
    assert rows[1]["elements"][0] == {
        "type": "button",
        "action_id": "fl:choice:26",
        "text": {"type": "plain_text", "text": "Choice 25", "emoji": False},
        "value": "value 25",
    }


def test_a_message_of_buttons_only_says_what_can_be_pressed() -> None:
    *_, last = posted("word " * 2_000, choices=tuple(Choice("x" * 1_500, f"Choice {n}") for n in range(12)))
    assert {block["type"] for block in last["blocks"]} == {"actions"}
    assert last["text"].startswith("Choice ")


def test_who_speaks_stands_above_and_in_the_notification() -> None:
    (found,) = posted("Hello.", speaker="Ada <Lovelace>")
    assert found["blocks"][0]["elements"][0]["text"] == "Ada <Lovelace>"
    assert found["text"] == "Ada &lt;Lovelace&gt;: Hello."


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Short & *sweet*.", "Short &amp; sweet."),
        (
            "The first sentence says what this is about. " + "The second goes on. " * 20,
            "The first sentence says what this is about.",
        ),
        ("no end " * 100, "no end " * 20 + "no end…"),
        ("x" * 500, "x" * 149 + "…"),
        ("# Title\n\nSee [the page](https://example.org).\n\n- one", "Title – See the page. · one"),
        ("# Title", "Title"),
        ("# Title\n\n---\n\n## Second\n\n> quoted", "Title – Second – quoted"),
        ("- one\n- two\n\n> quoted\n>\n> twice", "one · two quoted twice"),
        ("", "…"),
        ("---", "…"),
    ],
)
def test_the_notification_makes_sense_alone(body: str, text: str) -> None:
    said = posted(body)[0]["text"]
    assert said.startswith(text)
    assert len(said) <= 160


def test_without_words_it_says_the_subject_or_what_it_brings() -> None:
    file = Attachment(name="a/b\n.txt", type="text/plain", size=1, sha256="", content=b"x")
    assert words(posted("", subject="The *subject*", files=(file,))) == "The *subject*"
    assert words(posted("", files=(file,))) == "a/b .txt"
    (sent,) = read(render(Outgoing(body="", files=(file,)), envelope())).files
    assert (sent.name, sent.type, sent.content) == ("a_b .txt", "text/plain", b"x")


def test_only_whom_the_desk_names_is_mentioned() -> None:
    outgoing = Outgoing(body=plain("A requester says <@U999>"))
    (message,) = messages(outgoing, envelope(), mentioned=["U024BE7LH", "W012A3CDE"])
    found = msgspec.to_builtins(message)
    check(found)
    assert [user["user_id"] for user in named(found, "user_id")] == ["U024BE7LH", "W012A3CDE"]
    assert found["text"] == "<@U024BE7LH> <@W012A3CDE> A requester says &lt;@U999&gt;"
    with pytest.raises(ValueError, match="'U1> <!channel' is no id of a Slack user: give the id"):
        messages(outgoing, envelope(), mentioned=["U1> <!channel"])


def test_each_message_can_be_found_again() -> None:
    found = posted("word " * 8_000)
    assert [message["metadata"]["event_payload"] for message in found] == [
        {"key": "inbox:1:1", "part": part, "of": len(found)} for part in range(1, len(found) + 1)
    ]


def test_the_line_to_write_above_is_left_out() -> None:
    assert words(posted("\\#\\#- Please write above this line -\\#\\#\n\nHello.")) == "Hello."


def test_it_can_be_rendered_elsewhere() -> None:
    assert pickle.loads(pickle.dumps(render)) is render  # noqa: S301  our own
