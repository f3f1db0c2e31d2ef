"""Examples beside rules: a book carries its own tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from rules.catalogue import CATALOGUE
from rules.examples import run
from rules.facts import Priority
from rules.loader import load
from rules.problems import RuleBookError


class SetPriority(Struct, frozen=True):
    to: Priority


class AddTag(Struct, frozen=True):
    tag: str


ACTIONS: dict[str, type[Struct]] = {"set_priority": SetPriority, "add_tag": AddTag}
BOOK = """
[[trigger]]
name = "Smoke"
on = ["ticket.opened", "message.received"]
when = "any_word(text, 'smoke') and requester.department == 'Production' or count_recent(requester, '1h') > 3"
then = [{ do = "set_priority", to = "critical" }, { do = "add_tag", tag = "fire" }]

[[trigger.example]]
name = "on the shop floor"
facts = { text = "I see SMOKE", requester.department = "Production" }
fires = true
then = [{ do = "set_priority", to = "critical" }]

[[trigger.example]]
facts = { "message.text" = "smoke", requester = { department = "Sales" } }
fires = false

[[trigger.example]]
recent = { requester = 4 }
fires = true

[[trigger.example]]
facts = { event = "note.added" }
recent = { requester = 4 }
fires = false

[[automation]]
name = "Close"
after = "5 days"
when = "status == 'solved' and field('line') == '3'"
then = [{ do = "add_tag", tag = "closed" }]
[[automation.example]]
facts = { status = "solved", ticket.fields.line = "3" }
fires = true

[[macro]]
name = "printer"
then = [{ do = "add_tag", tag = "printer" }]
[[macro.example]]
fires = true
"""


def said(book: str) -> list[str]:
    """What does not come as its example says."""
    return [str(outcome) for outcome in run(load([("b.toml", book)], ACTIONS)) if not outcome.passed]


def problems(example: str, names: dict[str, list[str]] | None = None) -> list[str]:
    rule = '[[trigger]]\nname = "r"\non = ["ticket.opened"]\nthen = [{ do = "add_tag", tag = "x" }]\n'
    try:
        load([("b.toml", f"{rule}[[trigger.example]]\n{example}")], ACTIONS, names or {})
    except RuleBookError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.covers("must:rule-examples")
def test_examples_are_tried_each_on_its_rule() -> None:
    outcomes = run(load([("b.toml", BOOK)], ACTIONS))
    assert [outcome.said for outcome in outcomes] == [""] * 6
    assert [(outcome.kind, outcome.rule, outcome.example, outcome.line) for outcome in outcomes] == [
        ("trigger", "Smoke", "'on the shop floor'", 8),
        ("trigger", "Smoke", "2", 14),
        ("trigger", "Smoke", "3", 18),
        ("trigger", "Smoke", "4", 22),
        ("automation", "Close", "1", 32),
        ("macro", "printer", "1", 39),
    ]
    assert str(outcomes[1]) == "b.toml:14:1: Smoke, example 2: as expected"


@pytest.mark.covers("must:rule-examples")
def test_what_does_not_come_as_expected_is_told_with_its_place() -> None:
    assert said(BOOK.replace("I see SMOKE", "I see fog")) == [
        "b.toml:8:1: Smoke, example 'on the shop floor': it does not fire, and should"
    ]
    assert said(BOOK.replace('"Sales"', '"Production"')) == ["b.toml:14:1: Smoke, example 2: it fires, and should not"]
    high = BOOK.replace('to = "critical" }]', 'to = "high" }, { do = "add_tag", tag = "smoke" }]')
    (found,) = said(high)
    assert found.endswith(": it does not set priority (to high); it does not add tag (tag smoke)")
    assert said(BOOK.replace("status == 'solved' and", "1 / (tier - 1) > 0 and")) == [
        "b.toml:32:1: Close, example 1: its condition cannot be worked out: ZeroDivisionError: division by zero"
    ]


@pytest.mark.parametrize(
    ("example", "problem"),
    [
        ("", "5:1: the example has no 'fires'"),
        ("fires = 1", "6:9: 'fires' is true or false"),
        ("fires = true\nfact = {}", "7:1: 'fact' is not part of an example; did you mean 'facts'?"),
        ("fires = true\nfacts = 1", '7:9: facts stand in braces, such as { text = "no sound", tier = 2 }'),
        ("fires = true\nfacts = { tixt = 'a' }", "7:18: there is no fact 'tixt'; did you mean 'text'?"),
        (
            "fires = true\nfacts = { ticket.teir = 1 }",
            "7:25: there is no fact 'ticket.teir'; did you mean 'ticket.tier'?",
        ),
        ("fires = true\nfacts = { tier = 'a' }", "7:18: ticket.tier is a number"),
        ("fires = true\nfacts = { tier = true }", "7:18: ticket.tier is a number"),
        ("fires = true\nfacts = { tier = 1.5 }", "7:9: these facts cannot be: "),
        ("fires = true\nfacts = { text = 1 }", "7:18: message.text is a text"),
        ("fires = true\nfacts = { requester.vip = 'yes' }", "7:27: requester.vip is true or false"),
        ("fires = true\nfacts = { status = 'wating' }", "7:20: 'wating' is not one of new, "),
        ("fires = true\nfacts = { status = 1 }", "7:20: ticket.status is one of new, open"),
        ("fires = true\nfacts = { ticket.tags = ['a', 1] }", "7:25: ticket.tags is a list of texts"),
        ("fires = true\nfacts = { at = 2026-11-20T10:00:00 }", "7:16: at is a time with its zone"),
        (
            "fires = true\nfacts = { ticket.team = 'suport' }",
            "7:25: there is no team 'suport'; did you mean 'support'?",
        ),
        ("fires = true\nfacts = { ticket.fields.line = 3 }", "7:32: there is no fact 'ticket.fields.line'"),
        ("fires = true\nrecent = { requster = 1 }", "7:23: 'requster' is not one of requester, asset, category"),
        ("fires = true\nrecent = { requester = -1 }", "7:10: 'recent' says how many"),
        ("fires = false\nthen = [{ do = 'add_tag', tag = 'x' }]", "7:8: a rule that does not fire does nothing"),
        ("fires = true\nthen = [{ do = 'add_tgg', tag = 'x' }]", "7:11: there is no action 'add_tgg'"),
    ],
)
@pytest.mark.covers("bad:rule-book")
def test_a_wrong_example_is_told_with_its_place(example: str, problem: str) -> None:
    (found,) = problems(example, {"team": ["support"]})
    assert found.startswith(f"b.toml:{problem}")


def test_an_example_in_single_brackets_is_told() -> None:
    rule = '[[trigger]]\nname = "r"\non = ["ticket.opened"]\nthen = [{ do = "add_tag", tag = "x" }]\nexample = 1\n'
    with pytest.raises(RuleBookError, match=r"b\.toml:5:11: an example begins with double brackets"):
        load([("b.toml", rule)], ACTIONS)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_fact_can_be_given(name: str) -> None:
    fact = CATALOGUE[name]
    values = {
        "text": "'x'",
        "number": "3",
        "yes/no": "true",
        "time": "2026-11-30T08:00:00+01:00",
        "list of texts": "['x']",
        "one of a fixed list": f"'{next(iter(fact.type.choices), '')}'",
    }
    assert problems(f"facts = {{ {name} = {values[fact.type.sort]} }}\nfires = true") == []


@given(st.dictionaries(st.sampled_from(sorted(CATALOGUE)), st.sampled_from(["1", "''", "true", "[]", "{}", "1.5"])))
def test_any_facts_are_taken_or_refused(facts: dict[str, str]) -> None:
    written = ", ".join(f'"{name}" = {value}' for name, value in facts.items())
    assert all(problem.startswith("b.toml:") for problem in problems(f"facts = {{ {written} }}\nfires = true"))
