"""Policies as books hold them: what is read, which one holds, and what is wrong with one, to the column."""

import pytest
from msgspec.structs import replace

from rules.durations import Duration, Unit
from rules.facts import Facts, Priority, Status, Target
from rules.kinds import Books
from rules.loader import load
from rules.policies import Policy, completed, pick, same_for_all
from rules.problems import RuleBookError

GOOD = """
[[policy]]
name = "VIP"
when = "requester.vip and priority != 'low'"
calendar = "night"
first_response = "30 minutes"
resolution = { critical = "4 hours", high = "1 business day" }
warn_at = [0.8, 0.5]
pauses = ["on_hold", "waiting_requester"]

[[policy]]
name = "Standard"
next_reply = "1 business day"

[[policy]]
name = "Off"
enabled = false
next_reply = "1 business day"
"""


def books(*texts: str, calendars: tuple[str, ...] | None = ("night",)) -> Books:
    return load(
        [(f"{number}.toml", text) for number, text in enumerate(texts)],
        {},
        {} if calendars is None else {"calendar": calendars},
    )


@pytest.mark.covers("H8")
def test_a_policy_is_read() -> None:
    vip, standard = books(GOOD).policies
    assert (vip.name, vip.book, vip.calendar) == ("VIP", "0.toml", "night")
    assert vip.promise(Target.FIRST_RESPONSE, Priority.LOW) == Duration(30, Unit.MINUTE)
    assert vip.promise(Target.RESOLUTION, Priority.HIGH) == Duration(1, Unit.DAY, business=True)
    assert vip.promise(Target.RESOLUTION, Priority.LOW) is None
    assert vip.warn_at == (0.5, 0.8)
    assert vip.pauses == (Status.WAITING_REQUESTER, Status.ON_HOLD)
    assert vip.stands_still_in(Status.SOLVED)
    assert not vip.stands_still_in(Status.OPEN)
    assert (standard.when, standard.pauses, standard.warn_at) == (None, (Status.WAITING_REQUESTER,), ())


@pytest.mark.covers("H8")
def test_the_first_policy_that_holds_is_the_one(facts: Facts) -> None:
    policies = books(GOOD).policies
    found = pick(policies, facts)
    assert found is not None
    assert found.name == "VIP"
    other = pick(policies, replace(facts, requester=replace(facts.requester, vip=False)))
    assert other is not None
    assert other.name == "Standard"
    assert pick((), facts) is None


def test_a_condition_that_cannot_be_worked_out_is_passed_over(facts: Facts) -> None:
    odd = '[[policy]]\nname = "Odd"\nwhen = "1 / (ticket.number - 42) > 0"\nnext_reply = "1 hour"\n'
    found = pick(books(odd, GOOD).policies, facts)
    assert found is not None
    assert found.name == "VIP"


def test_own_policies_come_before_those_of_the_shipped_books() -> None:
    shipped = ("sla.toml", '[[policy]]\nname = "Shipped"\nnext_reply = "1 hour"\n')
    own = ("tickets.toml", '[[policy]]\nname = "Own"\nnext_reply = "1 hour"\n')
    assert [policy.name for policy in load([shipped, own], {}).policies] == ["Own", "Shipped"]


def test_what_a_policy_does_not_say_of_the_first_response_the_standard_says() -> None:
    hour, day = Duration(1, Unit.HOUR), Duration(1, Unit.DAY)
    policy = Policy(name="Some", first_response={Priority.HIGH: hour})
    whole = completed(policy, Policy(first_response=same_for_all(day)))
    assert whole.promise(Target.FIRST_RESPONSE, Priority.HIGH) == hour
    assert whole.promise(Target.FIRST_RESPONSE, Priority.LOW) == day


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('next_reply = "soon"', "3:14: 'soon' is not a duration; write"),
        ('next_reply = "0 hours"', "3:14: nobody can promise '0 hours'; promise up to 365 days"),
        ('next_reply = "900000 weeks"', "3:14: nobody can promise '900000 weeks'"),
        ("next_reply = 4", '3:14: this is a text such as "4 business hours", or a table of them by priority'),
        ('next_reply = { urgent = "1 hour" }', "3:16: there is no priority 'urgent'"),
        ('next_reply = { hihg = "1 hour" }', "3:16: there is no priority 'hihg'; did you mean 'high'?"),
        ('next_reply = { high = "1 huor" }', "3:23: 'huor' is not minutes, hours, days or weeks"),
        ('next_reply = "1 hour"\ncalendar = "nigth"', "4:12: there is no calendar 'nigth'; did you mean 'night'?"),
        ('next_reply = "1 hour"\ncalendar = "desk"', "4:12: there is no calendar 'desk'; add a table of that name"),
        ('next_reply = "1 hour"\nwarn_at = 0.5', "4:11: 'warn_at' is a list of shares between 0 and 1"),
        ('next_reply = "1 hour"\nwarn_at = [0.5, 80]', "4:17: a share lies between 0 and 1"),
        ('next_reply = "1 hour"\npauses = "on_hold"', "4:10: 'pauses' is a list of statuses"),
        ('next_reply = "1 hour"\npauses = ["on_hold", "wating"]', "4:22: 'wating' is no status"),
        ('next_reply = "1 hour"\npauses = ["solved"]', "4:11: 'solved' stops the time in any case; leave it out"),
        ('next_reply = "1 hour"\nwhen = "message.first"', "4:9: "),
        (
            'next_reply = "1 hour"\nfirst_respnse = "1 hour"',
            "4:1: 'first_respnse' is not part of a policy; did you mean",
        ),
        ("warn_at = [0.5]", "2:8: the policy promises nothing: give it one of first_response, next_reply, resolution"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(line: str, problem: str) -> None:
    with pytest.raises(RuleBookError) as refused:
        books(f'[[policy]]\nname = "P"\n{line}\n')
    assert f"0.toml:{problem}" in str(refused.value)


def test_any_calendar_may_be_named_where_they_are_not_known() -> None:
    text = '[[policy]]\nname = "P"\nnext_reply = "1 hour"\ncalendar = "whatever"\n'
    assert books(text, calendars=None).policies[0].calendar == "whatever"
