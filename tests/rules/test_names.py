"""Names of agents, teams and categories in books: checked where it is known who and what there is."""

from typing import Annotated

import pytest
from msgspec import Struct

from rules.loader import load
from rules.names import AgentName, TeamName, named, wrong_name
from rules.problems import RuleBookError


class Assign(Struct, frozen=True):
    to: Annotated[str, named("agent", "least_busy")] = ""
    team: TeamName | None = None
    also: tuple[AgentName, ...] = ()


ACTIONS: dict[str, type[Struct]] = {"assign": Assign}
NAMES = {"agent": ["anna", "ben"], "team": ["support", "network"]}
RULE = """
[[trigger]]
name = "r"
on = ["ticket.opened"]
when = "{when}"
then = [{{ do = "assign", {then} }}]
"""


def problems(when: str = "desk.open", then: str = "", names: dict[str, list[str]] | None = None) -> list[str]:
    try:
        load(
            [("b.toml", RULE.format(when=when, then=then or "to = 'anna'"))], ACTIONS, NAMES if names is None else names
        )
    except RuleBookError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("ticket.team == 'suport'", "b.toml:5:24: there is no team 'suport'; did you mean 'support'?"),
        ("'suport' != ticket.team", "b.toml:5:9: there is no team 'suport'; did you mean 'support'?"),
        ("ticket.assignee == 'ana'", "b.toml:5:28: there is no agent 'ana'; did you mean 'anna'?"),
        ("ticket.owner in ('ben', 'ana')", "b.toml:5:33: there is no agent 'ana'; did you mean 'anna'?"),
        ("ticket.owner not in ('x',)", "b.toml:5:30: there is no agent 'x'"),
        ("actor.handle == 'bill'", "b.toml:5:25: there is no agent 'bill'"),
    ],
)
@pytest.mark.covers("bad:unknown-name")
def test_an_unknown_name_in_a_condition_is_told_with_its_place(when: str, said: str) -> None:
    assert problems(when) == [said]


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("to = 'ana'", "b.toml:6:26: assign: there is no agent 'ana'; did you mean 'anna'?"),
        ("team = 'netwerk'", "b.toml:6:26: assign: there is no team 'netwerk'; did you mean 'network'?"),
        ("also = ['anna', 'benn']", "b.toml:6:26: assign: there is no agent 'benn'; did you mean 'ben'?"),
    ],
)
@pytest.mark.covers("bad:unknown-name")
def test_an_unknown_name_in_an_action_is_told_with_its_place(then: str, said: str) -> None:
    assert problems(then=then) == [said]


@pytest.mark.parametrize("when", ["ticket.team == 'support'", "ticket.assignee in ('anna', 'ben')", "category == 'x'"])
@pytest.mark.parametrize("then", ["to = 'least_busy'", "to = 'anna', team = 'support', also = ['ben']"])
def test_what_is_there_may_be_named_and_what_nobody_listed(when: str, then: str) -> None:
    assert problems(when, then) == []


DEFINED = """
[[category]]
name = "printer"
[[category.fields]]
name = "asset"
label = "Asset number"
[[field]]
name = "tried"
label = "Already tried"
[[automation]]
name = "Nudge"
after = "1 day"
when = "status == 'solved'"
then = [{ do = "assign", to = "anna" }]
"""


@pytest.mark.covers("bad:unknown-name")
@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("category == 'printer'", ""),
        ("category in ('printer', 'printr')", "there is no category 'printr'; did you mean 'printer'?"),
        ("field('asset') == '1' and known(field('tried'))", ""),
        ("field('asett') == '1'", "there is no field 'asett'; did you mean 'asset'?"),
        ("timer.rule == 'Nudge'", ""),
        ("timer.rule == 'Nugde'", "there is no automation 'Nugde'; did you mean 'Nudge'?"),
    ],
)
def test_what_the_books_define_may_be_named_in_any_of_them(when: str, said: str) -> None:
    rule = RULE.format(when=when, then="to = 'anna'")
    try:
        load([("a.toml", rule), ("b.toml", DEFINED)], ACTIONS, NAMES)
        found = ""
    except RuleBookError as error:
        found = error.problems[0].message
    assert found == said


@pytest.mark.covers("bad:unknown-name")
def test_the_team_of_a_category_must_be_there() -> None:
    with pytest.raises(RuleBookError, match=r"b\.toml:3:8: there is no team 'suport'; did you mean 'support'"):
        load([("b.toml", "[[category]]\nname = 'printer'\nteam = 'suport'\n")], ACTIONS, NAMES)


def test_without_names_nothing_is_checked() -> None:
    assert problems("ticket.team == 'suport'", "to = 'nobody'", {}) == []


def test_of_a_kind_of_which_there_is_none_nothing_can_be_named() -> None:
    assert wrong_name({"team": []}, "team", "support") == "there is no team 'support'"
