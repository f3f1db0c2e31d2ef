"""The transition table."""

import pytest

from bot.db.models import OPEN
from bot.ticket.status import TRANSITIONS, after
from rules.facts import Status

S = Status
TABLE = [
    ("take", S.NEW, S.OPEN),
    ("take", S.ON_HOLD, S.ON_HOLD),
    ("take", S.SOLVED, S.SOLVED),
    ("answer", S.NEW, S.OPEN),
    ("answer", S.WAITING_REQUESTER, S.OPEN),
    ("answer", S.SOLVED, S.SOLVED),
    ("wait_requester", S.OPEN, S.WAITING_REQUESTER),
    ("wait_requester", S.SOLVED, S.SOLVED),
    ("wait_vendor", S.OPEN, S.WAITING_VENDOR),
    ("hold", S.OPEN, S.ON_HOLD),
    ("wake", S.ON_HOLD, S.OPEN),
    ("wake", S.NEW, S.NEW),
    ("wake", S.CLOSED, S.CLOSED),
    ("solve", S.NEW, S.SOLVED),
    ("solve", S.CLOSED, S.CLOSED),
    ("close", S.SOLVED, S.CLOSED),
    ("close", S.NEW, S.CLOSED),
    ("reopen", S.SOLVED, S.OPEN),
    ("reopen", S.CLOSED, S.OPEN),
    ("reopen", S.NEW, S.NEW),
]


@pytest.mark.covers("H12")
@pytest.mark.parametrize(("happening", "before", "then"), TABLE)
def test_what_happens_moves_a_ticket_as_the_table_says(happening: str, before: Status, then: Status) -> None:
    assert after(happening, before) is then


def test_only_waiting_on_the_requester_leads_to_waiting_requester() -> None:
    assert [name for name, (_, to) in TRANSITIONS.items() if to is S.WAITING_REQUESTER] == ["wait_requester"]


def test_nothing_leads_back_to_new_and_every_status_can_be_left() -> None:
    assert S.NEW not in {to for _, to in TRANSITIONS.values()}
    for status in Status:
        assert any(after(happening, status) is not status for happening in TRANSITIONS)


def test_an_unknown_happening_is_an_error() -> None:
    with pytest.raises(KeyError):
        after("vanish", S.OPEN)


def test_open_statuses_are_all_but_solved_and_closed() -> None:
    assert set(Status) - {Status(name) for name in OPEN} == {S.SOLVED, S.CLOSED}
