"""How a text is read as verbs and words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.verbs import Request, has_verb_line, read, registry, starts_with_verb


@pytest.mark.parametrize(
    ("text", "calls", "words", "unknown"),
    [
        ("Hello", (), "Hello", ()),
        ("", (), "", ()),
        ("#take", (("take", ""),), "", ()),
        ("  #TAKE  ", (("take", ""),), "", ()),
        ("#take\n#priority high\n\nI am\n\non my way.", (("take", ""), ("priority", "high")), "I am\n\non my way.", ()),
        ("#note: he is rude", (("note", "he is rude"),), "", ()),
        ("# note\nhe is rude", (("note", ""),), "he is rude", ()),
        ("#sovle\nDone", (), "Done", ("sovle",)),
        ("#take\n#sovle", (("take", ""),), "", ("sovle",)),
        ("#note:he is rude", (), "", ("note:he",)),
        ("#  note he is rude", (("note", "he is rude"),), "", ()),
        ("#\u00a0note he is rude", (("note", "he is rude"),), "", ()),
        ("\u200b#note he is rude", (("note", "he is rude"),), "", ()),
        ("\ufeff\uff03note he is rude", (("note", "he is rude"),), "", ()),
        ("#watch a@b.example<mailto:a@b.example>", (("watch", "a@b.example"),), "", ()),
        ("#call for a@b.example <mailto:a@b.example> No sound", (("call", "for a@b.example No sound"),), "", ()),
        ("#Größe\nXL", (), "XL", ("größe",)),
        ("#42 is the same trouble", (), "#42 is the same trouble", ()),
        ("Hello\n#take", (), "Hello\n#take", ()),
        ("#", (), "#", ()),
    ],
)
def test_leading_verb_lines_are_verbs_and_the_rest_is_words(
    text: str, calls: tuple[tuple[str, str], ...], words: str, unknown: tuple[str, ...]
) -> None:
    assert read(text) == Request(calls, words, unknown)


@given(st.text(max_size=200))
def test_reading_never_fails_and_never_invents_words(text: str) -> None:
    request = read(text)
    assert "".join(request.words.split()) in "".join(text.split())
    assert all(name in registry() for name, _ in request.calls)


@given(st.lists(st.sampled_from(["#take", "#priority high", "#note x"]), max_size=4), st.text("abc \n", max_size=40))
def test_words_below_verbs_are_kept_whole(verbs: list[str], words: str) -> None:
    assert read("\n".join([*verbs, words])).words == words.strip()


@pytest.mark.parametrize(
    ("text", "internal", "takers"),
    [
        ("#note\nx", True, ["note"]),
        ("#take\n#solve\nx", False, ["solve"]),
        ("#note\n#solve\nx", True, ["note", "solve"]),
        ("#take\nx", False, []),
    ],
)
def test_it_is_known_whom_the_words_are_for(text: str, internal: bool, takers: list[str]) -> None:  # noqa: FBT001
    request = read(text)
    assert (request.internal, request.takers) == (internal, takers)


@pytest.mark.parametrize(
    ("text", "begins"),
    [("#mine", True), ("\n\n #mine", True), ("#whatever", True), ("Hello\n#mine", False), ("#42", False), ("", False)],
)
def test_a_command_begins_with_a_verb_known_or_not(text: str, begins: bool) -> None:  # noqa: FBT001
    assert starts_with_verb(text) is begins


@pytest.mark.covers("H18")
@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("Thanks.\n#note he is rude", True),
        ("Thanks.\n#Note: he is rude", True),
        ("Thanks.\n\u200b# note he is rude", True),
        ("It works again. #solve", True),
        ("It works again. #Note: he is rude", True),
        ("It is the same as #42.", False),
        ("Press #solved on http://example.org/#note", False),
        ("Thanks.\n#42 is the same", False),
        ("Thanks.\n#whatever", False),
    ],
)
def test_a_verb_further_down_is_noticed_however_it_is_written(text: str, has: bool) -> None:  # noqa: FBT001
    assert has_verb_line(text) is has


def test_every_verb_says_how_it_is_used_and_what_it_does() -> None:
    for name, verb in registry().items():
        assert str(verb.usage).startswith(f"#{name}")
        assert str(verb.help).endswith(".")
        assert verb.name == name
