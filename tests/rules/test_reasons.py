"""What decided a condition, in words."""

import pytest

from rules.conditions import compile_condition
from rules.facts import Facts
from rules.reasons import because, reasons


@pytest.mark.covers("H9")
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("requester.vip", "requester.vip"),
        ("not requester.vip", "requester.vip"),
        ("requester.vip and priority == 'medium'", "requester.vip; priority is medium"),
        ("requester.vip or priority == 'medium'", "requester.vip; priority is medium"),
        ("requester.vip or priority == 'low'", "requester.vip"),
        ("requester.vip and priority == 'low'", "priority is medium"),
        ("not (priority == 'low' or status == 'closed')", "priority is medium; status is new"),
        ("known(category)", "not known(category)"),
        ("known(category) or known(message.verified)", "not known(category); not known(message.verified)"),
        ("category == 'vpn'", "category is unknown"),
        (
            "any_word(text, 'ausfall') and message.attachments > 1",
            "any_word(text, 'ausfall'); message.attachments is 2",
        ),
        ("'vip' in ticket.tags", "ticket.tags is vip, line-3"),
        ("at - ticket.created_at > '2 hours'", "at is 2026-11-20 12:00 UTC, ticket.created_at is 2026-11-20 09:00 UTC"),
        (
            "1 / (message.attachments - 2) > 1",
            "1 / (message.attachments - 2) > 1 cannot be worked out: ZeroDivisionError: d",
        ),
    ],
)
def test_what_decided_is_said_in_one_line(source: str, said: str, facts: Facts) -> None:
    assert because(compile_condition(source), facts).startswith(said)


def test_a_rule_without_a_condition_needs_no_reason(facts: Facts) -> None:
    assert because(None, facts) == ""


def test_every_part_has_its_value_and_its_facts(facts: Facts) -> None:
    found = reasons(compile_condition("requester.vip and (priority == 'low' or not message.quiet)"), facts)
    assert [(one.short, one.value, one.decides) for one in found] == [
        ("requester.vip", True, True),
        ("priority == 'low'", False, False),
        ("message.quiet", False, True),
    ]
    assert found[1].facts == (("priority", "medium"),)


def test_of_many_words_those_are_named_that_were_found(facts: Facts) -> None:
    source = "any_word(text, 'fire', 'Ausfall', 'strasse', 'smoke')"
    assert because(compile_condition(source), facts) == "any_word(text, 'Ausfall', 'strasse', …)"
