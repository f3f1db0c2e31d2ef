from hypothesis import given
from hypothesis import strategies as st

from rules.suggest import did_you_mean
from rules.words import composed, encoded, folded, is_word, words


def test_words_are_runs_of_letters_of_any_script() -> None:
    assert words("Straße, STRASSE! e\u0301cran 3x a_b") == {"strasse", "écran", "3x", "a_b"}
    assert is_word("Größe")
    assert not is_word("e-mail")
    assert not is_word("")


@given(st.text())
def test_folding_is_stable_and_blind_to_composition(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(composed(text)) == folded(text)
    assert encoded(text) == encoded(composed(text))


def test_the_nearest_word_is_meant() -> None:
    assert (
        did_you_mean("wating", ["new", "waiting_requester", "waiting_vendor"]) == "; did you mean 'waiting_requester'?"
    )
    assert did_you_mean("xyz", ["new"]) == ""
    assert did_you_mean("xyz", []) == ""
