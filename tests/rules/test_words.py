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


def test_a_word_cut_short_means_the_one_that_begins_so_or_has_its_letters() -> None:
    priorities = ["critical", "high", "medium", "low"]
    assert did_you_mean("crit", priorities) == "; did you mean 'critical'?"
    assert did_you_mean("Med", priorities) == "; did you mean 'medium'?"
    assert did_you_mean("mgr", ["lead", "manager"]) == "; did you mean 'manager'?"
    assert did_you_mean("vendor", ["new", "waiting_vendor"]) == "; did you mean 'waiting_vendor'?"
    assert did_you_mean("wait", ["new", "waiting_requester"]) == "; did you mean 'waiting_requester'?"
    assert did_you_mean("high", ["critical", "high", "higher"]) == "; did you mean 'high'?"
    assert did_you_mean("cr", priorities) == ""


def test_there_may_be_nothing_to_mean() -> None:
    assert did_you_mean("xyz", []) == ""
