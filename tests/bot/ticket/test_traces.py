"""What was said is found again however it is written elsewhere, and nothing else is taken for it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.notice.markup import escape, one_line, plain, quote
from bot.ticket.traces import Traces
from channels.slack.mrkdwn import escaped

SHORT, LONG = "hunter2", "My password is hunter2,\nplease do not tell anybody & sleep well <3"


@pytest.mark.parametrize(
    "written",
    [
        "## #1 hunter2\n\nmore",
        "> hunter2",
        "**#1**, hunter2, was sent",
        "Re: hunter2",
        "#1 hunter2 – new, priority medium",
        "**#1** hunter2 (Ada; priority medium)",
        "On call, critical: hunter2 [#1]",
    ],
)
def test_what_is_short_is_found_where_notices_put_it(written: str) -> None:
    assert Traces([SHORT], "…").without(written) == written.replace("hunter2", "…")


@pytest.mark.parametrize("other", ["Hi Ada, is it hunter2 or hunter3", "hunter2000", "a hunter2 b"])
def test_what_is_short_is_not_taken_out_of_other_words(other: str) -> None:
    assert Traces([SHORT], "…").without(other) == other


@pytest.mark.parametrize("text", [SHORT, LONG])
def test_with_numbers_only_subjects_of_these_tickets_are_found(text: str) -> None:
    traces = Traces([text], "…", numbers=(1, 12))
    assert traces.without(f"**#12** {one_line(text)}, **#2** {one_line(text)}") == f"**#12** …, **#2** {one_line(text)}"
    assert traces.without(text) == text


@pytest.mark.parametrize("form", [quote, plain, escape, one_line, escaped, str.upper])
def test_what_is_long_is_found_in_every_form(form: Callable[[str], str]) -> None:
    shown = Traces([LONG], "…").without({"text": [f"Before {form(LONG)} after"]})["text"][0]
    assert "hunter2" not in shown.lower()
    assert "Before " in shown
    assert " after" in shown


def test_what_is_cut_is_found_too() -> None:
    long = "The door of the server room does not close any more since the plumber was there. The code is 1234."
    for most in (60, 80):
        assert "plumber" not in Traces([long], "…").without(f"#1 {long[:most]}…")
        assert "server" not in Traces([long], "…").without(f"#1 {long[:most].rpartition(' ')[0]}…")


@given(st.lists(st.text(max_size=700), max_size=3), st.text(max_size=700))
def test_nothing_breaks_it_and_what_has_none_stays(texts: list[str], other: str) -> None:
    traces = Traces(texts, "")
    kept = traces.without({"a": [other, 1, None]})
    if not traces.may_be_in(other.encode("utf-8", "surrogatepass")) and not any(text in other for text in texts):
        assert kept == {"a": [other, 1, None]}
