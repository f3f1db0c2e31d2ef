"""What the command line can ask: refusals are one line that says what to do."""

from typing import Any

import msgspec
import pytest
from sqlalchemy.exc import IntegrityError

from bot import alarms, operations
from bot.errors import NotDone
from bot.intake import inbox
from tests.support.media import Bench


def ask(desk: Bench, name: str, **arguments: Any) -> Any:
    return desk.store.run(operations.unit(desk.desk, name, arguments))


def test_an_unknown_operation_is_a_mistake_of_the_caller(desk: Bench) -> None:
    with pytest.raises(KeyError):
        ask(desk, "no such thing")


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("verb", {"verb": "take", "as": "nobody", "ticket": 1}, "nobody called 'nobody'"),
        ("verb", {"verb": "take", "as": "anna", "ticket": 77}, "no ticket #77"),
        ("verb", {"verb": "take", "as": "anna", "ticket": 10**25}, "no ticket #10000"),
        ("verb", {"verb": "take", "as": "anna"}, "needs a ticket"),
        ("verb", {"verb": "search", "as": "anna", "argument": "word " * 2000}, "20 words at most"),
        ("verb", {"verb": "take", "as": "anna", "ticket": -(10**25)}, "no ticket #-10000"),
        ("verb", {"verb": "show", "as": "anna", "argument": "9" * 5000}, "no ticket 9999"),
        ("verb", {"verb": "show", "as": "anna", "argument": "#" + "9" * 25}, "no ticket #9999"),
        *(
            (f"{queue}.{name}", {"id": number}, f"there is no .* {number}")
            for queue in ("inbox", "outbox")
            for name in ("show", "retry", "drop")
            for number in (10**25, -(10**25))
        ),
        ("inbox.release", {"id": 10**25, "as": "anna"}, "may not release"),
        ("inbox.show", {"id": 5}, "no inbox row 5"),
        ("inbox.retry", {"id": 5}, "no dead letter 5"),
        ("inbox.drop", {"id": 5}, "no inbox row 5"),
        ("outbox.show", {"id": 5}, "no outbox row 5"),
        ("outbox.retry", {"id": 5}, "no outbox row 5"),
        ("outbox.drop", {"id": 5}, "no outbox row 5"),
        ("jobs.list", {"state": "late"}, "no state 'late'; jobs are waiting, dead, done, dropped"),
        *(
            (f"jobs.{name}", {"job": job}, f"no job '{job[:9]}.*; give an id, or a schedule's name")
            for name in ("run", "skip")
            for job in ("5", "nightly", "9" * 19, "9" * 5000, "²", "-1", "")
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(desk: Bench, name: str, arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(NotDone, match=why) as refused:
        ask(desk, name, **arguments)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("verb", ["link", "merge"])
@pytest.mark.parametrize("number", ["9" * 5000, "##", "²", "-1", ""])
def test_a_number_that_is_no_tickets_is_said_in_one_line(desk: Bench, verb: str, number: str) -> None:
    """Python itself reads no number of more than 4,300 digits, and mail came to lie among the dead letters for it."""
    desk.take(desk.medium.say(desk.medium.someone, "The printer is broken.", None))
    with pytest.raises(NotDone, match="there is no other ticket"):
        ask(desk, "verb", **{"verb": verb, "as": "anna", "ticket": 1, "argument": number})


def test_a_delivery_that_was_sent_cannot_be_moved(desk: Bench) -> None:
    desk.take(desk.medium.say(desk.medium.someone, "The printer is broken.", None))
    queued = ask(desk, "outbox.list")
    assert {row["notice"] for row in queued} == {"acknowledgement", "ticket_opened"}
    row = queued[0]["id"]
    assert ask(desk, "outbox.drop", id=row)["state"] == "dropped"
    for name in ("outbox.drop", "outbox.retry"):
        with pytest.raises(NotDone, match="is dropped"):
            ask(desk, name, id=row)
    assert ask(desk, "status")["outbox_waiting"] == 1


def test_the_alarm_about_dead_letters_ends_with_the_last_of_them(desk: Bench) -> None:
    raw = desk.medium.say(desk.medium.someone, "Hello", None)
    desk.take(msgspec.structs.replace(raw, payload=b"no message"))
    (dead,) = ask(desk, "inbox.list")
    assert [alarm["name"] for alarm in ask(desk, "status")["alarms"]] == [alarms.DEAD_LETTERS]
    ask(desk, "inbox.drop", id=dead["id"])
    assert ask(desk, "status")["alarms"] == []


def test_a_row_that_could_not_be_stored_is_not_taken_for_one_that_is_there(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "new_id", lambda: 7)
    raw = desk.medium.say(desk.medium.someone, "Hello", None)
    assert desk.store.run(inbox.put(raw))
    assert not desk.store.run(inbox.put(raw)), "the same thing again"
    with pytest.raises(IntegrityError):
        desk.store.run(inbox.put(msgspec.structs.replace(raw, key="another")))
