"""What Discord is given: within its limits, with nothing in it that people did not mean."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from channels.base import Address, Attachment, Choice, Envelope, Outgoing, Role
from channels.discord.markdown import contents, escaped
from channels.discord.memo import FORM, Memo, memo_of
from channels.discord.render import MOST, Rendered, drawn, nonce, read, render, rows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOKEN = "a" * 34
HOSTILE = [
    "<@200000000000000001> <@&5> <#4> <:x:1> <t:1:R> </ticket:1>",
    "@everyone @here",
    "**bold** _it_ ~~no~~ ||spoiler|| `code` ```x```",
    "# heading\n-# small\n> quote\n- list\n1. one\n* star",
    "[click](https://evil.example) https://discord.gg/abc",
]


def envelope(**more: Any) -> Envelope:
    given_ = {"key": "k:1", "to": Address("1"), "role": Role.DESK, "sent_at": NOW, "token": TOKEN, "ticket": 42}
    return Envelope(**{**given_, **more})


def posted(outgoing: Outgoing, **more: Any) -> Rendered:
    made = read(render(outgoing, envelope(**more)))
    for post in made.posts:
        assert len(post.payload["content"].encode("utf-16-le")) // 2 <= 2000
        assert len(post.payload["nonce"]) <= 25
        assert post.payload["enforce_nonce"]
        assert len(post.payload.get("components", ())) <= 5
        assert post.payload["content"] or post.files
        for row in post.payload.get("components", ()):
            assert len(row["components"]) <= 5
            assert all(len(one["custom_id"]) <= 100 for one in row["components"])
    return made


def quoted(words: str) -> str:
    """As a notice writes words that people wrote."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~@:])", r"\\\1", words)


@pytest.mark.covers("bad:discord-mentions")
@pytest.mark.parametrize("words", HOSTILE)
def test_what_people_wrote_is_no_markup_and_rings_nobody(words: str) -> None:
    (post,) = posted(Outgoing(body=quoted(words))).posts
    content = post.payload["content"]
    assert post.payload["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert re.search(r"(?<!\\)<(?!https?://)", content) is None
    assert "@everyone" not in content
    assert re.search(r"^(#{1,3}|-#|>|-|\d+\.) ", content, re.MULTILINE) is None
    for sign in ("*", "_", "~~", "||", "`", "["):
        assert re.search(rf"(?<!\\){re.escape(sign)}", re.sub("<https?://[^>]*>", "", content)) is None


def test_markdown_looks_as_it_was_meant() -> None:
    body = (
        "# Hello\n\nA **bold** and *thin* [page](https://example.org/a_b), `code`.\n\n- one\n  - deeper\n- two\n\n"
        "> said\n> before\n\n```\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nhttps://example.org/c_d"
    )
    (content,) = contents(body)
    assert content == (
        "## Hello\n\nA **bold** and *thin* [page](<https://example.org/a_b>), `code`.\n\n- one\n  - deeper\n- two\n\n"
        "> said\n> before\n\n```\nx = 1\n```\n\n```\na  b\n────\n1  2\n```\n\n<https://example.org/c_d>"
    )


def test_only_whom_the_desk_calls_is_rung() -> None:
    (post,) = posted(Outgoing(body="Look"), rings=(Address("200000000000000002"), Address("anna@example.org"))).posts
    assert post.payload["content"] == "<@200000000000000002> Look"
    assert post.payload["allowed_mentions"]["users"] == ["200000000000000002"]


def test_who_speaks_stands_above() -> None:
    (post,) = posted(Outgoing(body="Look"), speaker="*Anna*\n Weber").posts
    assert post.payload["content"] == "-# \\*Anna\\* Weber\nLook"


def test_long_words_are_cut_between_paragraphs_and_code_stays_code() -> None:
    paragraphs = [f"Paragraph {number} " + "word " * 60 for number in range(8)]
    body = "\n\n".join([*paragraphs, "```\n" + "line\n" * 900 + "```"])
    made = posted(Outgoing(body=body))
    assert 3 < len(made.posts) <= MOST
    for post in made.posts:
        assert post.payload["content"].count("```") % 2 == 0
    assert "".join(post.payload["content"] for post in made.posts).count("line") == 900
    count = len(made.posts)
    assert [post.payload["nonce"] for post in made.posts] == [nonce("k:1", part, count) for part in range(1, count + 1)]


def test_what_is_far_too_long_comes_as_a_file_too() -> None:
    body = "word " * 20_000
    (post,) = posted(Outgoing(body=body)).posts
    assert post.files[0].content.decode() == body
    assert post.payload["content"].startswith("word word")


def test_the_nonce_is_the_same_each_time_and_of_one_delivery() -> None:
    assert nonce("a", 1, 2) == nonce("a", 1, 2) != nonce("b", 1, 2)
    assert len({nonce("a", part, of) for part in (1, 2) for of in (2, 3)}) == 4
    assert len(nonce("a" * 100, 8, 8)) <= 25


def test_a_file_has_no_path_in_its_name() -> None:
    small = Attachment(name="a/b.txt", type="text/plain", size=2, sha256="", content=b"hi")
    (post,) = posted(Outgoing(body="See", files=(small,))).posts
    assert [file.name for file in post.files] == ["a_b.txt"]


def test_many_files_come_in_several_messages() -> None:
    files = tuple(Attachment(name=f"{n}.txt", type="", size=1, sha256="", content=b"x") for n in range(23))
    made = posted(Outgoing(body="See", files=files))
    assert [len(post.files) for post in made.posts] == [10, 10, 3]


def test_what_says_nothing_says_its_subject() -> None:
    (post,) = posted(Outgoing(body="", subject="A *thing*")).posts
    assert post.payload["content"] == "A \\*thing\\*"


def test_a_thread_is_called_by_number_and_subject() -> None:
    assert posted(Outgoing(body="x", subject="Printer\n" + "y" * 200)).title == "#42 Printer " + "y" * 87 + "…"


def test_buttons_stand_in_rows_and_a_list_has_one_of_its_own() -> None:
    many = tuple(Choice(f"do:42:assign:agent{n}", f"Agent {n}") for n in range(30))
    choices = (*(Choice(f"do:42:{n}", f"B{n}") for n in range(6)), Choice("do:42:assign", "Assign", options=many))
    made = rows(choices, TOKEN)
    assert [len(row["components"]) for row in made] == [5, 1, 1, 1]
    assert [len(row["components"][0].get("options", ())) for row in made[2:]] == [25, 5]
    ids = [one["custom_id"] for row in made for one in row["components"]]
    assert len(set(ids)) == len(ids)


def test_a_value_that_leaves_no_room_for_the_token_goes_without_and_one_that_is_far_too_long_is_left_out() -> None:
    (row,) = rows((Choice("x" * 80, "Long"), Choice("y" * 200, "Longer")), TOKEN)
    (button,) = row["components"]
    memo = memo_of(button["custom_id"])
    assert memo is not None
    assert (memo.value, memo.token) == ("x" * 80, "")


def test_what_a_custom_id_says_comes_back() -> None:
    memo = Memo(kind=FORM, value="request", token="", category="hardware", about="1:2:3")
    assert memo_of(memo.written()) == memo
    for strange in ("", "vote", "fl", "fl|c|x|y|z", "fl|c|1|t"):
        assert memo_of(strange) is None


@given(some.text(max_size=3_000))
def test_anything_can_be_rendered(body: str) -> None:
    posted(Outgoing(body=body))
    posted(Outgoing(body=quoted(body)))


@given(some.text(alphabet="*_~`|<>[]()#-+.1@\\ \nabe:", max_size=400))
def test_escaped_words_have_as_many_letters_as_before(words: str) -> None:
    assert escaped(words).replace("\\", "").replace("\u200b", "") == words.replace("\\", "")


def test_the_marker_of_mails_is_left_out() -> None:
    assert drawn(Outgoing(body="\\#\\#- write above -\\#\\#\n\nHi"), envelope()).posts[0].payload["content"] == "Hi"


def test_a_list_with_more_than_fits_says_how_to_choose_one_of_the_rest() -> None:
    many = tuple(Choice(f"do:1:assign:a{number}", f"Agent {number}") for number in range(60))
    listed = Choice("do:1:assign", "Assign", options=many, others="for others write #assign and a name")
    few = (Choice("p", "Priority", options=many[:4]), Choice("s", "Status", options=many[:3]))
    made = rows((*(Choice(str(n), str(n)) for n in range(5)), listed, *few), TOKEN)
    assert [len(row["components"][0].get("options", ())) for row in made] == [0, 25, 4, 3]
    assert made[1]["components"][0]["placeholder"] == "Assign – for others write #assign and a name"
    alone = rows((listed,), TOKEN)
    assert [len(row["components"][0]["options"]) for row in alone] == [25, 25, 10]
    assert {row["components"][0]["placeholder"] for row in alone} == {"Assign"}
