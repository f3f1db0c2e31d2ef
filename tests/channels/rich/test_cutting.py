"""Where text is cut: nothing is lost, and nothing that people see as one character comes apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.rich.cutting import cut, excerpt, shortened
from channels.rich.limits import size

FAMILY = "👨‍👩‍👧‍👦"
WHOLE = ["👍🏽", "🇨🇭", "e\u0301", FAMILY, "❤\ufe0f", "🏴\U000e0067\U000e0062\U000e007f"]


@given(st.text(max_size=300), st.integers(1, 40))
def test_pieces_are_small_enough_and_make_up_the_text(text: str, most: int) -> None:
    pieces = list(cut(text, most))
    assert "".join(pieces) == text
    assert all(0 < size(piece) <= max(most, 2) for piece in pieces)


@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=60), st.integers(20, 60))
def test_characters_stay_whole(characters: list[str], most: int) -> None:
    begun = 0
    starts = {0} | {begun := begun + len(one) for one in characters}
    at = 0
    for piece in cut("".join(characters), most):
        assert at in starts
        at += len(piece)


def test_a_pile_of_accents_is_cut_all_the_same() -> None:
    assert [len(piece) for piece in cut("e" + "\u0301" * 250, 100)] == [100, 100, 51]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two\n\nthree four", ["one two\n\n", "three four"]),
        ("one two\nthree four", ["one two\n", "three four"]),
        ("One two. Three four", ["One two. ", "Three four"]),
        ("It is 12.345 m", ["It is ", "12.345 m"]),
        ("one two three four", ["one two ", "three four"]),
        ("onetwothreefour", ["onetwothreef", "our"]),
        ("これは。それは。あれは何", ["これは。それは。あれは何"]),
    ],
)
def test_where_it_is_cut(text: str, pieces: list[str]) -> None:
    assert list(cut(text, 12)) == pieces


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("One two.\nThree.", "One two."),
        ("One, two, three", "One, two,…"),
        ("0123456789.12", "0123456789…"),
        ("d. 22. Nov. 9 Uhr", "d. 22.…"),
        ("It is so. And", "It is so."),
        ("  short ", "short"),
    ],
)
def test_where_an_excerpt_ends(text: str, line: str) -> None:
    assert excerpt(text, 11) == line


@given(st.text(max_size=200), st.integers(10, 50))
def test_an_excerpt_is_one_short_line(text: str, most: int) -> None:
    line = excerpt(text, most)
    assert size(line) <= most
    assert "\n" not in line
    assert bool(line) == bool(text.split())
    assert size(shortened(text, most)) <= most
