"""Asking how it stands, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.enquiry import asks_how_it_stands


@pytest.mark.covers("H11")
@pytest.mark.parametrize(
    "text",
    [
        "status?",
        "Status ?\n",
        "#status",
        "Any news?\n\nThanks\nAda",
        "Hallo,\n\nwie ist der Stand?\n\nViele Grüße\nAda",
        "Stand?",
        "où en est ma demande ?",
        "Ci sono novità?",
        "Jaki jest status?",
        "Er der noget nyt?",
    ],
)
def test_the_usual_short_forms_are_understood(text: str) -> None:
    assert asks_how_it_stands(text)


@pytest.mark.parametrize(
    "text",
    ["", "status? It is broken again.", "The status lamp is red.\nstatus?", "Any news?\nMy number is 42.", "news", "?"],
)
def test_whatever_else_is_written_is_a_message_like_any_other(text: str) -> None:
    assert not asks_how_it_stands(text)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    asks_how_it_stands(text)
