"""Rule books: what loads, and every way in which one does not."""

from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from rules.facts import Facts, Priority
from rules.kinds import Books
from rules.loader import load, load_stored
from rules.problems import Problem, RuleBookError
from rules.shipped import shipped_books


class SetPriority(Struct, frozen=True):
    to: Priority


class Notify(Struct, frozen=True):
    who: Literal["requester", "agent"]
    notice: str
    delay: int = 0

    def __post_init__(self) -> None:
        if self.delay < 0:
            raise ValueError("the delay is negative")


ACTIONS: dict[str, type[Struct]] = {"set_priority": SetPriority, "notify": Notify}

GOOD = """
[[trigger]]
name = "Acknowledge"
on = ["ticket.opened", "ticket.reopened"]
when = "desk.open"
then = [{ do = "notify", who = "requester", notice = "ack" }]

[[trigger]]
name = "Raise"
on = ["ticket.opened"]
then = [{ do = "set_priority", to = "high" }, { do = "notify", who = "agent", notice = "x", delay = 5 }]

[[trigger]]
name = "Asleep"
on = ["ticket.opened"]
then = [{ do = "set_priority", to = "low" }]
enabled = false
"""


def problems(text: str, name: str = "b.toml") -> list[str]:
    with pytest.raises(RuleBookError) as refused:
        load([(name, text)], ACTIONS)
    assert str(refused.value).split("\n") == [str(problem) for problem in refused.value.problems]
    return [str(problem) for problem in refused.value.problems]


def trigger(*lines: str) -> str:
    return "\n".join(["[[trigger]]", *lines])


def names(books: Books, event: str) -> list[str]:
    return [one.name for one in books.on(event)]


def test_a_good_book(facts: Facts) -> None:
    books = load([("b.toml", GOOD)], ACTIONS)
    assert names(books, "ticket.opened") == ["Acknowledge", "Raise"]
    assert names(books, "ticket.reopened") == ["Acknowledge"]
    assert names(books, "note.added") == []
    assert books.on("no.such.event") == ()
    first, second = books.on("ticket.opened")
    assert first.book == "b.toml"
    assert first.when is not None
    assert first.when.holds(facts) is True
    assert first.then == (Notify("requester", "ack"),)
    assert second.when is None
    assert second.then == (SetPriority(Priority.HIGH), Notify("agent", "x", 5))


def test_no_books_is_a_desk_that_does_nothing() -> None:
    books = load([], ACTIONS)
    assert books.on("ticket.opened") == ()
    assert len(books.hash) == 64


def test_the_order_of_files_makes_no_difference() -> None:
    one = trigger('name = "one"', 'on = ["note.added"]', 'then = [{ do = "set_priority", to = "low" }]')
    two = one.replace('"one"', '"two"')
    there, back = load([("a", one), ("b", two)], ACTIONS), load([("b", two), ("a", one)], ACTIONS)
    assert there == back
    assert names(there, "note.added") == ["one", "two"]


def test_the_hash_is_of_what_is_said_and_the_text_loads_again() -> None:
    books = load([("b.toml", GOOD)], ACTIONS)
    assert load([("b.toml", GOOD.replace("\n\n", "\n# more\n\n"))], ACTIONS).hash == books.hash
    assert load([("b.toml", GOOD.replace('"ack"', '"hello"'))], ACTIONS).hash != books.hash
    assert load([("c.toml", GOOD)], ACTIONS).hash != books.hash
    again = load_stored(books.text, ACTIONS)
    assert (again.hash, again.text) == (books.hash, books.text)


def test_every_problem_is_told_with_its_place() -> None:
    text = """\
# a book
[[trigger]]
name = "a"
on = ["ticket.opend", "note.added"]
when = "status == 'wating' and \\"x\\" == tixt"
then = [{ do = "set_priority", to = "criticl" },
  { do = "notify", who = "requestr", notice = "x" },   # not this ]
  { do = "notify", whom = 1 }, { to = 1 },
  { do = "notfy" }, { do = "notify", who = "agent" },
  { do = 3 }, { do = "notify", who = "agent", notice = 3 },
  { do = "notify", who = "agent", notice = "x", delay = -1 },
]
enabled = "yes"
[[trigger]]
name = "a"
on = []
then = []
whn = 1
[[trigger.example]]
fact = 1
[[triger]]
x = 1
[[trigger]]
on = "note.added"
"""
    assert problems(text) == [
        "b.toml:4:7: there is no event 'ticket.opend'; did you mean 'ticket.opened'?",
        (
            "b.toml:5:19: 'wating' is not one of new, open, waiting_requester, waiting_vendor, on_hold, solved, closed"
            "; did you mean 'waiting_requester'?"
        ),
        "b.toml:5:41: there is no fact 'tixt'; did you mean 'text'?",
        "b.toml:6:32: set_priority: 'criticl' is not a possible value; did you mean 'critical'?",
        "b.toml:7:20: notify: 'requestr' is not a possible value; did you mean 'requester'?",
        "b.toml:8:20: notify has no 'whom'; did you mean 'who'?",
        "b.toml:8:32: the action has no 'do'",
        "b.toml:9:5: there is no action 'notfy'; did you mean 'notify'?",
        "b.toml:9:21: notify: there is no 'notice'",
        "b.toml:10:5: there is no action '3'",
        "b.toml:10:47: notify: this is a whole number, and must be a text",
        "b.toml:11:3: notify: the delay is negative",
        "b.toml:13:11: 'enabled' is true or false",
        "b.toml:15:8: there is a rule with the name 'a' already, in b.toml",
        "b.toml:16:6: 'on' is a list of one or more events, such as [\"ticket.opened\"]",
        "b.toml:17:8: 'then' is a list of one or more actions, such as [{ do = \"…\" }]",
        "b.toml:18:1: 'whn' is not part of a trigger; did you mean 'when'?",
        "b.toml:19:1: the example has no 'fires'",
        "b.toml:20:1: 'fact' is not part of an example; did you mean 'facts'?",
        "b.toml:21:1: 'triger' is not part of a rule book; did you mean 'trigger'?",
        "b.toml:23:1: the trigger has no 'name' and no 'then'",
    ]


def test_names_are_unique_over_books() -> None:
    with pytest.raises(RuleBookError) as refused:
        load([("z.toml", GOOD), ("a.toml", GOOD)], ACTIONS)
    assert [(problem.file, problem.line) for problem in refused.value.problems] == [
        ("z.toml", 3),
        ("z.toml", 9),
        ("z.toml", 14),
    ]
    assert refused.value.problems[0].message.endswith("in a.toml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = \n", "b.toml:1:5: this is not TOML: Invalid value"),
        ('[[trigger]]\nname = "x', "b.toml:2:10: this is not TOML: Unterminated string"),
        ("trigger = 1", "b.toml:1:1: a trigger begins with [[trigger]]"),
        ("[trigger]\nname = 1", "b.toml:1:1: a trigger begins with [[trigger]]"),
        ("a = " + "[" * 5000, "b.toml:1:5005: this is not TOML: it is nested too deeply"),
    ],
)
def test_what_is_no_book(text: str, problem: str) -> None:
    assert problems(text) == [problem]


@pytest.mark.parametrize("name", ["''", "3", '"' + "x" * 201 + '"', '"a\\nb"'])
def test_what_is_no_name(name: str) -> None:
    text = trigger(f"name = {name}", 'on = ["note.added"]', 'then = [{ do = "set_priority", to = "low" }]')
    assert problems(text) == ["b.toml:2:8: a rule's name is one line of 1 to 200 characters"]


@pytest.mark.parametrize(
    ("when", "place"),
    [
        ("'tixt'", "4:9"),
        ('"tixt"', "4:9"),
        ("'''tixt'''", "4:11"),
        ('"""tixt"""', "4:11"),
        ('"""\ntixt"""', "5:1"),
        ('"""\\\n   tixt"""', "5:4"),
        ("'''\ntixt'''", "5:1"),
        ('"\\u0027\\U00000027\\t== tixt"', "4:30"),
    ],
)
def test_columns_inside_any_kind_of_string(when: str, place: str) -> None:
    text = trigger(
        'name = "x"', 'on = ["note.added"]', f"when = {when}", 'then = [{ do = "set_priority", to = "low" }]'
    )
    assert [problem.split(" ")[0] for problem in problems(text)] == [f"b.toml:{place}:"]
    assert [problem.split(" ")[0] for problem in problems(text.replace("\n", "\r\n"))] == [f"b.toml:{place}:"]


def test_a_condition_that_is_no_text() -> None:
    text = trigger('name = "x"', 'on = ["note.added"]', "when = true", 'then = [{ do = "set_priority", to = "low" }]')
    assert problems(text) == ["b.toml:4:8: 'when' is a text"]


def test_problems_are_stored_and_sorted_as_values() -> None:
    assert min(Problem("b", 1, 1, "x"), Problem("a", 9, 1, "y")).file == "a"
    assert msgspec.json.decode(msgspec.json.encode(Problem("b", 1, 2, "x")), type=Problem) == Problem("b", 1, 2, "x")


@given(st.text(alphabet="[]{}trigenamwho=\"'.,#\n 1\\", max_size=80))
def test_any_text_loads_or_is_refused(text: str) -> None:
    try:
        books = load([("b.toml", "[[trigger]]\n" + text)], ACTIONS)
    except RuleBookError as refused:
        books = None
        assert_places(text, refused)
    assert books is None or books.on("ticket.opened") == ()


def assert_places(text: str, refused: RuleBookError) -> None:
    lines = ("[[trigger]]\n" + text).split("\n")
    for problem in refused.problems:
        assert 1 <= problem.line <= len(lines) + 1
        assert problem.column >= 1


def test_shipped_books_are_read() -> None:
    assert all(name.endswith(".toml") and "[[trigger]]" in text for name, text in shipped_books())


def test_an_automation_that_repeats_does_so_each_hour_at_most_and_restarts_on_events() -> None:
    def automation(after: str, *lines: str) -> str:
        then = 'then = [{ do = "notify", who = "agent", notice = "x" }]'
        return "\n".join(
            ["[[automation]]", 'name = "a"', f'after = "{after}"', "when = \"status == 'open'\"", then, *lines]
        )

    good = automation("1 hour", "repeat = true", 'restart = ["agent.answered"]')
    [read] = load([("b.toml", good)], ACTIONS).automations
    assert (read.repeat, read.restart) == (True, ("agent.answered",))
    assert problems(automation("59 minutes", "repeat = true")) == [
        "b.toml:6:10: what repeats does so each hour at most"
    ]
    assert problems(automation("1 day", "repeat = 3", 'restart = ["agent.answerd"]')) == [
        "b.toml:6:10: 'repeat' is true or false",
        "b.toml:7:12: there is no event 'agent.answerd'; did you mean 'agent.answered'?",
    ]
