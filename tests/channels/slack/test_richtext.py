"""What people write on Slack comes out as the plain text that they saw."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import verbs
from channels.base import Address, Forwarded
from channels.slack.mrkdwn import escaped, unescaped
from channels.slack.richtext import passed_on, people_in, text_of

NAMES = {"U1": "Ada Lovelace", "C1": "general", "S1": "it-team"}


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def items(*words: str, **fields: Any) -> dict[str, Any]:
    return {"type": "rich_text_list", "elements": [section(text(one)) for one in words], "style": "bullet", **fields}


def read(*elements: dict[str, Any], names: dict[str, str] = NAMES) -> str:
    return text_of(
        {"text": "what blocks say again", "blocks": [{"type": "rich_text", "elements": list(elements)}]}, names
    )


def test_words_lose_their_styles_and_keep_their_lines() -> None:
    said = section(
        text("A "), text("bold", bold=True), text(" word,\n  and "), text("code", code=True), text(".\n\nEnd")
    )
    assert read(said) == "A bold word,\n  and code.\n\nEnd"


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ({"type": "user", "user_id": "U1"}, "@Ada Lovelace"),
        ({"type": "user", "user_id": "U9"}, "@U9"),
        ({"type": "channel", "channel_id": "C1"}, "#general"),
        ({"type": "usergroup", "usergroup_id": "S1"}, "@it-team"),
        ({"type": "broadcast", "range": "channel"}, "@channel"),
        ({"type": "emoji", "name": "tada", "unicode": "1f389"}, "🎉"),
        ({"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fd", "skin_tone": 4}, "👋🏽"),
        ({"type": "emoji", "name": "wave::skin-tone-4"}, "👋🏽"),
        ({"type": "emoji", "name": "our-logo"}, ":our-logo:"),
        ({"type": "emoji", "name": "odd", "unicode": "d800-41"}, ":odd:"),
        ({"type": "link", "url": "https://example.org/"}, "https://example.org/"),
        ({"type": "link", "url": "https://example.org", "text": "example.org"}, "example.org"),
        ({"type": "link", "url": "https://example.org", "text": "the page"}, "the page <https://example.org>"),
        ({"type": "link", "url": "mailto:a@example.org", "text": "a@example.org"}, "a@example.org"),
        ({"type": "link", "url": "mailto:a@example.org", "text": "Ada"}, "Ada <a@example.org>"),
        ({"type": "date", "timestamp": 1795348800, "format": "{date_num}", "fallback": "2026-11-22"}, "2026-11-22"),
        ({"type": "date", "timestamp": 1795348800, "format": "{date_num}"}, "2026-11-22 12:00 UTC"),
        ({"type": "date", "timestamp": 10**30, "format": "{date_num}"}, ""),
        ({"type": "color", "value": "#F405B3"}, "#F405B3"),
        ({"type": "from next year", "text": "new"}, "new"),
        ({"type": "text", "text": "a &amp; b <not a link>"}, "a &amp; b <not a link>"),
    ],
)
def test_elements(element: dict[str, Any], words: str) -> None:
    assert read(section(text("("), element, text(")"))) == f"({words})"


def test_lists_quotations_and_code() -> None:
    said = read(
        section(text("Before:\n")),
        items("one", "two\nlines"),
        items("in", style="ordered", indent=1),
        items("three", style="ordered", offset=2),
        section(text("\nAfter\n")),
        {"type": "rich_text_quote", "elements": [text("quoted\n\ntwice")]},
        items("quoted too", border=1),
        {"type": "rich_text_preformatted", "elements": [text("#include <x.h>\n\n  code")]},
    )
    assert said.split("\n") == [
        "Before:",
        "- one",
        "- two",
        "  lines",
        "  1. in",
        "3. three",
        "",
        "After",
        "> quoted",
        ">",
        "> twice",
        "> - quoted too",
        "#include <x.h>",
        "",
        "  code",
    ]


@pytest.mark.parametrize("verb", ["#take", "#assign Ada", "#note"])
def test_a_verb_stands_on_a_line_of_its_own(verb: str) -> None:
    said = read(section(text(f"{verb}\nIt is the cable.\n"), {"type": "user", "user_id": "U1"}))
    request = verbs.read(said)
    assert not request.unknown
    assert [name for name, _ in request.calls] == [verb.removeprefix("#").partition(" ")[0]]
    assert request.words == "It is the cable.\n@Ada Lovelace"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"type": "section", "text": {"type": "mrkdwn", "text": "*b* <@U1> &amp;"}}, "*b* @Ada Lovelace &"),
        ({"type": "section", "fields": [{"type": "plain_text", "text": "a"}, {"type": "mrkdwn", "text": "b"}]}, "a\nb"),
        ({"type": "header", "text": {"type": "plain_text", "text": "Title :tada:", "emoji": True}}, "Title 🎉"),
        ({"type": "header", "text": {"type": "plain_text", "text": "10 :tada:", "emoji": False}}, "10 :tada:"),
        (
            {"type": "context", "elements": [{"type": "image", "alt_text": "o"}, {"type": "mrkdwn", "text": "by"}]},
            "o by",
        ),
        ({"type": "markdown", "text": "**as it is**"}, "**as it is**"),
        ({"type": "image", "alt_text": "a cat"}, "[a cat]"),
        ({"type": "video", "title": {"type": "plain_text", "text": "How"}, "title_url": "tel:1"}, "How <1>"),
        (
            {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, {"type": "raw_number", "text": "1"}]]},
            "a | 1",
        ),
        ({"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Press"}}]}, ""),
    ],
)
def test_other_blocks(block: dict[str, Any], words: str) -> None:
    assert text_of({"blocks": [block]}, NAMES) == words


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U1> <@U9|eve> <@U8>", "@Ada Lovelace @eve @U8"),
        ("<#C1> <#C9|other> <#C8|>", "#general #other #C8"),
        ("<!channel> <!here|here> <!subteam^S1> <!subteam^S9|@ops>", "@channel @here @it-team @ops"),
        ("<!date^1795348800^{date_num}|2026-11-22>", "2026-11-22"),
        ("<https://e.org?a=1&amp;b=2|page &amp; more>", "page & more <https://e.org?a=1&b=2>"),
        ("<https://e.org> <mailto:a@e.org|a@e.org> <tel:+41>", "https://e.org a@e.org +41"),
        (":tada: :wave::skin-tone-2: 10:30:15 :no-such-one:", "🎉 👋🏻 10:30:15 :no-such-one:"),
        ("*b* _i_ ~s~ `c`\n> q\n#take", "*b* _i_ ~s~ `c`\n> q\n#take"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_text_without_blocks(markup: str, words: str) -> None:
    assert text_of({"text": markup}, NAMES) == words


@given(st.text(st.characters(exclude_characters=":\r", exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_what_is_escaped_comes_back(words: str) -> None:
    assert unescaped(escaped(words)) == words
    assert text_of({"text": escaped(f"<!channel>{words}.")}, {}) == f"<!channel>{words}."


def test_what_is_passed_on_is_quoted_with_its_author() -> None:
    inner = {"type": "rich_text", "elements": [section(text("It is "), text("broken", bold=True), text(".\nReally."))]}
    shared = {
        "is_msg_unfurl": True,
        "from_url": "https://e.slack.com/archives/C1/p1",
        "author_id": "U2",
        "author_name": "Bob",
        "text": "It is *broken*.",
        "message_blocks": [{"team": "T1", "channel": "C1", "ts": "1.1", "message": {"blocks": [inner]}}],
    }
    said = {"text": "See this", "attachments": [shared]}
    assert text_of(said, NAMES) == "See this\n\n> Bob:\n> It is broken.\n> Really."
    assert passed_on(said, NAMES) == Forwarded(
        sender=Address("U2", "Bob"), subject="", text="It is broken.\nReally.", cover="See this"
    )
    assert passed_on({"text": "See this"}, NAMES) is None
    without_blocks = {**shared, "message_blocks": None}
    assert text_of({"attachments": [without_blocks]}, NAMES) == "> Bob:\n> It is *broken*."


def test_of_a_links_preview_only_the_title_counts_and_of_a_programs_words_all() -> None:
    preview = {"from_url": "https://e.org", "title": "A page", "title_link": "https://e.org", "text": "Long words"}
    assert text_of({"text": "x", "attachments": [preview]}, {}) == "x\n\n> A page <https://e.org>"
    alert = {"pretext": "Alert", "title": "Disk", "text": "full &gt; 90", "fields": [{"title": "Host", "value": "a"}]}
    assert text_of({"text": "", "attachments": [alert]}, {}) == "> Alert\n> Disk\n> full > 90\n> Host: a"
    assert text_of({"attachments": [{"fallback": "only this"}]}, {}) == "> only this"


def test_what_no_database_can_keep_is_left_out() -> None:
    assert text_of({"text": "a\x00b\ud800\r\nc"}, {}) == "ab?\nc"
    assert text_of({"text": "<@U1> \0"}, {"U1": "\0"}) == "@\0", "but a name is what it is given as"


def test_who_is_named_can_be_asked_first() -> None:
    said = section({"type": "user", "user_id": "U1"}, {"type": "channel", "channel_id": "C1"})
    blocks = [{"type": "rich_text", "elements": [said]}]
    message = {"blocks": blocks, "attachments": [{"text": "<@U2> <!subteam^S1|@it>"}]}
    assert people_in(message) == {"U1", "C1", "U2", "S1"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=5,
)
FIELDS = [
    "elements",
    "text",
    "rows",
    "fields",
    "url",
    "user_id",
    "style",
    "indent",
    "offset",
    "border",
    "unicode",
    "name",
]
ODD = st.recursive(
    JSON,
    lambda inner: st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["rich_text", "rich_text_section", "rich_text_list", "text", "link", "emoji", "table"]
            )
            | JSON
        },
        optional={field: inner | st.lists(inner, max_size=3) for field in FIELDS},
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(
    st.fixed_dictionaries({}, optional={"text": ODD, "blocks": ODD | st.lists(ODD), "attachments": ODD | st.lists(ODD)})
)
def test_nothing_that_comes_raises(message: dict[str, Any]) -> None:
    assert isinstance(text_of(message, NAMES), str)
    assert isinstance(people_in(message), set)
    assert isinstance(passed_on(message, NAMES), Forwarded | None)


def test_depth_and_length_cost_what_they_are_long() -> None:
    deep: dict[str, Any] = section(text("in"))
    for _ in range(200):
        deep = {"type": "rich_text_list", "elements": [deep], "indent": 10**9, "offset": -5}
    forwarded: dict[str, Any] = {"text": "the first"}
    for _ in range(200):
        forwarded = {"text": "<" * 500, "attachments": [{"is_share": True, "message_blocks": [{"message": forwarded}]}]}
    many = items(*["line\n" * 20] * 2_000)
    markup = "<@U1> <!date^" * 40_000 + "&" * 50_000 + ":a" * 50_000
    started = time.perf_counter()
    read(deep)
    text_of(forwarded, NAMES)
    assert read(many).count("\n") > 2_000 * 19
    text_of({"text": markup}, NAMES)
    assert time.perf_counter() - started < 5
