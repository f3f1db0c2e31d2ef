"""The relay is down, refuses, or drops the line: an alarm, a retry, and in the end the mail or an honest word."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update

from bot.db.models import Delivery, Event
from bot.outgoing import delivery
from bot.outgoing.delivery import Claimed, next_step
from channels.base import Address, ChannelError, Envelope, NoAnswer, Outgoing, PermanentFailure, Role, TemporaryFailure
from tests.support.house import House, mail, reply, running, text_of
from tests.support.sink import EVERYBODY, Drop

ADA = "ada@example.com"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A running desk, on each of the two databases."""
    with running(House(tmp_path, database_url)) as started:
        yield started


@pytest.mark.covers("bad:relay-down")
def test_a_relay_that_is_down_raises_an_alarm_and_gets_the_mail_later(house: House) -> None:
    house.sink.hang_up()
    house.send(mail())
    alarm = house.wait_until(lambda: alarms(house).get("delivery email"), "the alarm")
    assert alarm is not None
    assert "email.relay.host: 127.0.0.1" in alarm
    assert "cannot be reached" in alarm
    house.wait_until(lambda: states(house) == ["queued"] * 3, "all of them to wait")

    house.sink.listen()
    house.clock.forward(timedelta(minutes=1))
    house.mails_to(ADA)
    house.settle()
    assert once(house) == 3
    house.wait_until(lambda: not alarms(house), "the alarm to be cleared")


@pytest.mark.covers("bad:relay-down")
def test_an_alarm_of_before_a_restart_is_cleared_too(house: House) -> None:
    house.sink.hang_up()
    house.send(mail())
    house.wait_until(lambda: alarms(house), "the alarm")
    house.stop()
    house.sink.listen()
    house.clock.forward(timedelta(minutes=10))
    house.start()
    house.mails_to(ADA)
    house.settle()
    house.wait_until(lambda: not alarms(house), "the alarm to be cleared")


@pytest.mark.covers("bad:relay-down")
def test_a_relay_that_says_later_is_asked_later(house: House) -> None:
    house.sink.refuse[EVERYBODY] = "451 4.3.0 Please try again later"
    house.send(mail())
    alarm = house.wait_until(lambda: alarms(house).get("delivery email"), "the alarm")
    assert alarm == "451 4.3.0 Please try again later"
    house.sink.refuse.clear()
    house.clock.forward(timedelta(minutes=1))
    house.settle()
    assert once(house) == 3


@pytest.mark.covers("bad:relay-down")
@pytest.mark.parametrize("drop", list(Drop))
def test_a_relay_that_drops_the_line_gets_the_mail_again(house: House, drop: Drop) -> None:
    house.sink.drops.extend([drop] * 3)
    house.send(mail())
    house.wait_until(lambda: was_raised(house), "the alarm, which the next mail that arrives clears")
    house.wait_until(lambda: not house.sink.drops, "three drops")
    house.clock.forward(timedelta(minutes=1))
    house.settle()
    tries = [len(sent) for sent in copies(house).values()]
    assert sum(tries) - len(tries) == (3 if drop is Drop.AFTER_DOT_KEPT else 0), "a repeat has the same Message-ID"
    assert max(tries) <= 2
    assert all(len(set(sent)) == 1 for sent in copies(house).values()), "and is the same to the last octet"


@pytest.mark.covers("bad:relay-down")
def test_the_agent_is_told_of_a_message_that_cannot_arrive(house: House) -> None:
    house.sink.refuse[ADA] = "550 5.1.1 No such user"
    house.send(mail())
    told = house.wait_until(lambda: notices(house, "not_delivered"), "the notice")
    house.settle()
    letters = [received.message for received in house.sink.messages]
    about_it = [
        letter for letter in letters if "5.1.1 No such user" in text_of(letter) and letter["Subject"].endswith("[#1]")
    ]
    assert len(about_it) == len(told)
    assert about_it[0]["To"].addresses[0].domain == "example.org"
    assert ADA in text_of(about_it[0])
    assert "not_delivered" in house.audit(1)
    house.settle()
    assert house.ask("status")["outbox_failed"] == 1


@pytest.mark.covers("bad:relay-down")
def test_a_notice_about_a_failure_that_fails_causes_nothing(house: House) -> None:
    house.sink.refuse[EVERYBODY] = "550 5.7.1 Go away"
    house.send(mail())
    house.wait_until(lambda: notices(house, "not_delivered"), "the notice")
    house.settle()
    failed = house.ask("outbox.list", state="failed")
    about_failures = [row for row in failed if row["notice"] == "not_delivered"]
    others = [row for row in failed if row["notice"] not in {"not_delivered", "alarm"}]
    assert sorted(row["notice"] for row in others) == ["acknowledgement", "ticket_opened", "ticket_opened"]
    events = house.read(lambda session: session.scalar(select(func.count()).where(Event.name == "delivery.failed")))
    assert events == len(others), "a failed notice about a failure raises no event"
    assert len(about_failures) == 2 * len(others), "one for each agent of the tier, and that is all"
    assert house.sink.messages == []


def test_files_that_the_relay_finds_too_large_cost_the_agents_only_the_files(house: House) -> None:
    house.sink.offers = ["PIPELINING", "SIZE 300000", "8BITMIME"]
    house.sink.largest = 300_000
    message = mail(ADA)
    message.add_attachment(b"x" * 400_000, maintype="image", subtype="png", filename="my_photo.png")
    house.send(message)
    house.mails_to(ADA)
    house.settle()
    (told,) = house.mails_to("anna@example.org")
    assert "third floor" in text_of(told)
    assert "the files are too large to be sent: my_photo.png" in text_of(told)
    assert list(told.iter_attachments()) == []
    assert (states(house), alarms(house)) == (["sent"] * 3, {})


def test_an_answer_with_a_file_that_is_too_large_is_not_sent_without_it(house: House) -> None:
    house.send(mail(ADA))
    (card,) = house.mails_to("anna@example.org")
    house.settle()
    house.sink.largest = 300_000
    answer = reply(card, "Here is the manual.", sender="anna@example.org")
    answer.add_attachment(b"x" * 400_000, maintype="application", subtype="pdf", filename="manual.pdf")
    house.send(answer, to=str(answer["To"]))
    house.wait_until(lambda: notices(house, "not_delivered"), "the agent to be told")
    house.settle()
    assert len(house.mails_to(ADA)) == 1, "the acknowledgement"
    assert "larger than" in text_of(house.mails_to("anna@example.org")[-1])


def row(*, attempts: int = 0, unsure: bool = False) -> Claimed:
    envelope = Envelope(key="k", to=Address(ADA), role=Role.REQUESTER, sent_at=NOW)
    return Claimed(
        id=1,
        channel="email",
        outgoing=Outgoing(body=""),
        envelope=envelope,
        unsure=unsure,
        attempts=attempts,
        queued_at=NOW,
        by="",
    )


@pytest.mark.parametrize("error", [TemporaryFailure("later"), NoAnswer("lost")])
def test_retries_take_ever_longer_and_end(error: ChannelError) -> None:
    """Also where no answer came: a relay that keeps the mail and hangs up would repeat it for ever."""
    waits = [next_step(row(attempts=n), error, NOW, jitter=1.0).due_at - NOW for n in range(30)]
    assert waits[:4] == [timedelta(seconds=4), timedelta(seconds=8), timedelta(seconds=16), timedelta(seconds=32)]
    assert max(waits) == timedelta(hours=1)
    late = NOW + delivery.GIVE_UP_AFTER + timedelta(seconds=1)
    assert next_step(row(attempts=99), error, late, jitter=1.0).state == "failed"


def test_what_an_error_makes_of_a_row() -> None:
    assert next_step(row(), TemporaryFailure("x"), NOW, jitter=1.0).state == "queued"
    assert next_step(row(unsure=True), TemporaryFailure("x"), NOW, jitter=1.0).state == "unsure"
    assert next_step(row(), NoAnswer("x"), NOW, jitter=1.0).state == "unsure"
    assert next_step(row(), PermanentFailure("x"), NOW, jitter=1.0).state == "failed"
    patient = next_step(row(), TemporaryFailure("x", retry_after=90), NOW, jitter=1.0)
    assert patient.due_at == NOW + timedelta(seconds=90)


def test_a_row_whose_process_has_died_is_sent_again_after_its_lease(house: House) -> None:
    """On a server other processes may be sending; in an embedded database the next start would find it at once."""
    house.sink.hang_up()
    house.send(mail())
    house.wait_until(lambda: states(house) == ["queued"] * 3 and alarms(house), "the first attempts")
    everything = update(Delivery).where(Delivery.notice != "alarm")
    lost = everything.values(state="sending", leased_until=house.clock() + delivery.LEASE)
    house.run(lambda tx: tx.session.execute(lost).close())
    house.sink.listen()
    house.clock.forward(delivery.LEASE / 2)
    house.send(mail("eve@example.com"))
    house.mails_to("eve@example.com")
    house.wait_until(lambda: sorted(states(house)) == ["sending"] * 3 + ["sent"] * 3, "the others only")
    house.clock.forward(delivery.LEASE)
    house.mails_to(ADA)
    house.settle()
    assert once(house) == 6


def test_what_a_relay_says_is_recorded_whatever_it_is(house: House) -> None:
    """A refusal that cannot be stored would be asked for again for ever."""
    house.sink.refuse[ADA] = "550 5.1.1 No such\0 user"
    house.send(mail())
    house.wait_until(lambda: notices(house, "not_delivered"), "the notice")
    house.settle()
    assert [row["error"] for row in house.ask("outbox.list", state="failed")] == ["550 5.1.1 No such user"]


def test_a_failure_is_not_recorded_of_a_row_that_another_process_has_taken_over(house: House) -> None:
    house.send(mail())
    house.mails_to(ADA)
    house.settle()
    row_id = house.read(lambda session: session.scalar(select(Delivery.id).where(Delivery.notice == "acknowledgement")))
    late = msgspec.structs.replace(row(), id=row_id, by="one whose lease ran out")
    step = next_step(late, TemporaryFailure("later"), house.clock(), jitter=1.0)
    house.run(delivery.refused(house.desk, late, step))
    house.run(delivery.ended(late, step.state, step.error))
    assert set(states(house)) == {"sent"}


def test_an_idle_desk_asks_for_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house.send(mail())
    house.settle()
    house.stop()
    claims = 0
    claim = delivery.claim

    def counted(*arguments: Any) -> Any:
        nonlocal claims
        claims += 1
        return claim(*arguments)

    monkeypatch.setattr("bot.loops.delivery._RENEW_SECONDS", 0.0)
    monkeypatch.setattr("bot.loops.delivery.POLL_SECONDS", 0.005)
    monkeypatch.setattr(delivery, "claim", counted)
    house.start()
    house.wait_until(lambda: claims, "the first look")
    time.sleep(0.2)
    assert claims <= 3


def alarms(house: House) -> dict[str, str]:
    """What is up, by name."""
    return {alarm["name"]: alarm["detail"] for alarm in house.ask("status")["alarms"]}


def was_raised(house: House) -> bool:
    """Whether an alarm is up or was."""
    status = house.ask("status")
    return bool(status["alarms"] or status["cleared"])


def states(house: House) -> list[str]:
    """The states of all outbox rows but those of the alarms that the administrator gets."""
    return list(
        house.read(lambda session: session.scalars(select(Delivery.state).where(Delivery.notice != "alarm")).all())
    )


def notices(house: House, notice: str) -> list[int]:
    """The outbox rows of that notice."""
    return list(house.read(lambda session: session.scalars(select(Delivery.id).where(Delivery.notice == notice)).all()))


def copies(house: House) -> dict[str, list[bytes]]:
    """What arrived, by Message-ID."""
    found: dict[str, list[bytes]] = {}
    for received in list(house.sink.messages):
        found.setdefault(received.message_id, []).append(received.content)
    return found


def once(house: House) -> int:
    """How many messages the sink has, but for alarms; each must be there once."""
    assert set(house.sink.counts().values()) == {1}
    return sum(received.recipients != ["lea@example.org"] for received in house.sink.messages)
