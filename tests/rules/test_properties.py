"""What holds for any books: in which files and in which order they come makes no difference where no rule depends."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from rules.engine import decide
from rules.facts import Event, Facts
from rules.loader import load


class AddTag(Struct, frozen=True):
    tag: str


CONDITIONS = [
    "status == 'new'",
    "any_word(text, 'down')",
    r"matches(text, '0x\d+')",
    "requester.vip and desk.open",
    "not known(category)",
    "1 / (tier - 1) > 0",
    "category != 'vpn'",
    "tier + 1 == 2 or 'vip' in ticket.tags",
    "count_recent(requester, '1h') > 1",
]
RULE = "[[trigger]]\nname = \"{0}\"\non = {1}\nwhen = '''{2}'''\nthen = [{{ do = \"add_tag\", tag = \"{0}\" }}]\n"


@st.composite
def rules(draw: st.DrawFn) -> list[str]:
    """Rules that do not depend on each other: each only tags, with its own tag."""
    count = draw(st.integers(1, 8))
    events = st.lists(st.sampled_from(["ticket.opened", "note.added"]), min_size=1, max_size=2, unique=True)
    return [RULE.format(f"r{number}", draw(events), draw(st.sampled_from(CONDITIONS))) for number in range(count)]


def books_of(sources: Sequence[tuple[str, str]]) -> tuple[object, ...]:
    books = load(sources, {"add_tag": AddTag})
    return books.hash, books.text, {event: [one.name for one in books.on(event)] for event in Event}


SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.mark.covers("must:order-of-books")
@SHARED
@given(written=rules(), data=st.data())
def test_the_order_in_which_books_are_read_makes_no_difference(written: list[str], data: st.DataObject) -> None:
    sources = [(f"{number}.toml", rule) for number, rule in enumerate(written)]
    assert books_of(data.draw(st.permutations(sources))) == books_of(sources)


@pytest.mark.covers("must:order-of-books")
@SHARED
@given(written=rules(), data=st.data())
def test_the_order_of_files_makes_no_difference_to_rules_that_do_not_depend_on_each_other(
    written: list[str], data: st.DataObject, facts: Facts
) -> None:
    moved = data.draw(st.permutations(written))
    split = data.draw(st.integers(0, len(moved)))
    one = load([("a", "".join(written))], {"add_tag": AddTag})
    other = load([("a", "".join(moved[:split])), ("b", "".join(moved[split:]))], {"add_tag": AddTag})
    there, back = decide(one, facts, frozenset()), decide(other, facts, frozenset())
    assert set(there.firings) == set(back.firings)
    assert set(there.errors) == set(back.errors)


@SHARED
@given(written=rules(), data=st.data())
def test_a_rule_that_had_its_turn_does_not_fire_again(written: list[str], data: st.DataObject, facts: Facts) -> None:
    books = load([("a", "".join(written))], {"add_tag": AddTag})
    first = {firing.rule for firing in decide(books, facts, frozenset()).firings}
    had = frozenset(data.draw(st.sets(st.sampled_from(sorted(first)))) if first else ())
    assert {firing.rule for firing in decide(books, facts, had).firings} == first - had
