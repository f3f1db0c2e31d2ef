"""What may come in: what looks forged or like spam waits for a person, and the blocked and unknown stay outside."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from bot.config import Config
from bot.db.models import AuditEntry
from bot.errors import NotDone
from bot.persons import people
from tests.support.house import House, mail, reply, running
from tests.support.story import (
    ANNA,
    Furnished,
    address_of,
    audit,
    deliver,
    entry,
    fate_of,
    identity,
    last_mail,
    mails,
    request,
    said,
    somebody,
    wait_until_put_off,
    writes,
)

FAILED = "mx.example.org; dmarc=fail header.from=example.com"


def kept_out(house: House, inbox_id: int) -> dict[str, Any]:
    """What the audit says of a mail that was kept out."""
    query = select(AuditEntry.details).where(AuditEntry.action == "kept_out")
    found: list[dict[str, Any]] = [
        details for details in house.read(lambda s: s.scalars(query).all()) if details["inbox"] == inbox_id
    ]
    return found[-1]


@pytest.mark.covers("H18")
@pytest.mark.parametrize(
    ("header", "value", "why"),
    [
        ("Authentication-Results", FAILED, "the check of its sender failed"),
        ("Authentication-Results", "mx.example.org; spf=fail smtp.mailfrom=example.com", "the check of its sender"),
        ("X-Spam-Flag", "YES", "a filter marked it as spam"),
        ("X-Spam-Status", "Yes, score=9.1 required=5.0", "a filter marked it as spam"),
        ("X-MS-Exchange-Organization-SCL", "6", "a filter marked it as spam"),
    ],
)
def test_what_looks_forged_or_like_spam_waits_in_quarantine(shared: House, header: str, value: str, why: str) -> None:
    ada = somebody()
    message = mail(ada)
    message[header] = value
    fate = deliver(shared, message)
    assert (fate.state, fate.ticket) == ("quarantine", None)
    assert why in fate.outcome
    assert address_of(ada) in fate.outcome
    assert mails(shared, ada) == []
    assert fate.id in [row["id"] for row in shared.ask("quarantine.list")]
    assert "third floor" in shared.ask("quarantine.show", id=fate.id)["payload"]
    shared.ask("quarantine.release", **{"id": fate.id, "as": "anna"})
    shared.settle()
    released = fate_of(shared, fate.id)
    assert (released.state, released.outcome) == ("done", "opened")
    assert len(mails(shared, ada)) == 1, "it is acknowledged as if it had just come"
    assert fate.id not in [row["id"] for row in shared.ask("quarantine.list")]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Authentication-Results", "mx.somewhere.example; dmarc=fail header.from=example.com"),
        ("X-Spam-Flag", "NO"),
        ("X-MS-Exchange-Organization-SCL", "1"),
        ("X-MS-Exchange-Organization-SCL", "-1"),
    ],
)
def test_other_marks_keep_nobody_out(shared: House, header: str, value: str) -> None:
    message = mail(somebody())
    message[header] = value
    assert deliver(shared, message).outcome == "opened"


def test_what_is_dropped_stays_on_record_and_makes_no_ticket(shared: House) -> None:
    ada = somebody()
    fate = deliver(shared, mail(ada, X_Spam_Flag="YES"))
    with pytest.raises(NotDone, match="may not decide"):
        shared.ask("quarantine.drop", **{"id": fate.id, "as": address_of(request_of(shared))})
    shared.ask("quarantine.drop", **{"id": fate.id, "as": "anna"})
    assert fate_of(shared, fate.id).state == "dropped"
    for name in ("show", "release", "drop"):
        with pytest.raises(NotDone, match=r"is dropped, and not in quarantine; see: firstline quarantine list"):
            shared.ask(f"quarantine.{name}", **{"id": fate.id, "as": "anna"})
    assert mails(shared, ada) == []


def request_of(house: House) -> str:
    """Somebody who has asked before."""
    person = somebody()
    request(house, person)
    return person


def test_a_failed_check_on_an_answer_reaches_nobody(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    message = reply(last_mail(shared, ada), "Give me the password.", sender=ada)
    message["Authentication-Results"] = FAILED
    before = said(shared, number)
    assert deliver(shared, message).state == "quarantine"
    assert said(shared, number) == before


@pytest.mark.covers("E85")
def test_spam_closes_silently_and_blocks_and_notspam_undoes_both(shared: House) -> None:
    eve = somebody("Eve Spammer")
    number = request(shared, eve)
    told = len(mails(shared, eve))
    assert writes(shared, ANNA, number, "#spam").outcome == "an agent's words"
    assert shared.ticket(number)["status"] == "closed"
    assert len(mails(shared, eve)) == told, "nobody tells the spammer"
    again = mail(eve, "Buy this")
    fate = deliver(shared, again)
    assert (fate.state, fate.ticket) == ("dropped", None)
    assert "is blocked" in fate.outcome
    assert kept_out(shared, fate.id)["external_id"] == str(again["Message-ID"]).strip("<>")
    answered = deliver(shared, reply(last_mail(shared, eve), "Buy more", sender=eve))
    assert answered.state == "dropped"
    assert len(mails(shared, eve)) == told
    with pytest.raises(NotDone, match="not blocked"):
        shared.verb("notspam", request(shared))
    assert shared.verb("notspam", number)["title"] == f"#{number} is open again, and {address_of(eve)} is not blocked"
    assert shared.ticket(number)["status"] == "open"
    assert deliver(shared, mail(eve, "I am sorry")).outcome == "opened"
    assert [entry.action for entry in audit(shared, number) if "spam" in entry.action] == ["spam", "not_spam"]


@pytest.mark.covers("H18")
def test_spam_blocks_every_address_and_drops_what_waits(house: House) -> None:
    eve = somebody("Eve Spammer")
    number, other = request(house, eve), request(house, eve, "Once more")
    second = somebody("Eve Second")
    person = identity(house, address_of(eve)).person_id
    house.run(lambda tx: people.join(tx, people.person(tx, person), "email", address_of(second)))
    deliver(house, reply(last_mail(house, ANNA, number), "Held words.", sender=ANNA, quote=False))
    told = len(mails(house, eve))
    house.sink.hang_up()
    house.verb("solve", other)
    house.verb("answer", number, "What do you want?")
    wait_until_put_off(house, eve, 2)
    house.verb("spam", number)
    house.sink.listen()
    house.clock.forward(timedelta(minutes=20))
    house.settle()
    assert len(mails(house, eve)) == told, "neither an answer on this ticket nor a notice on another"
    with pytest.raises(NotDone, match="nothing of yours is held"):
        house.verb("send", number)
    assert entry(house, number, "spam").details == {"addresses": [address_of(eve), address_of(second)]}
    for person_of_many in (eve, second):
        assert deliver(house, mail(person_of_many, "Buy this")).state == "dropped"
    assert address_of(second) in house.verb("notspam", number)["title"]
    assert deliver(house, mail(second, "I am sorry")).outcome == "opened"


def test_what_an_agent_writes_below_spam_is_a_note(shared: House) -> None:
    eve = somebody("Eve Spammer")
    number = request(shared, eve)
    told = len(mails(shared, eve))
    writes(shared, ANNA, number, "#spam\nThe third of these this week.")
    assert said(shared, number, "note") == ["The third of these this week."]
    assert len(mails(shared, eve)) == told


def test_spam_does_not_block_whom_a_ticket_was_merged_into(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Spammer")
    first, second = request(shared, ada), request(shared, eve)
    shared.verb("merge", second, f"{first} confirm")
    with pytest.raises(NotDone, match="#unmerge first"):
        shared.verb("spam", second)
    assert identity(shared, address_of(ada)).blocked_at is None


def test_a_colleague_cannot_be_blocked(shared: House) -> None:
    number = request(shared, ANNA)
    with pytest.raises(NotDone, match="colleague"):
        shared.verb("spam", number, who="ben")


def furnished(folder: Path, url: str, **email: Any) -> House:
    def change(config: Config) -> Config:
        return msgspec.structs.replace(config, channels={"email": config.channels["email"] | email})

    return Furnished(folder, url, change=change)


@pytest.fixture
def refusing(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A desk that takes mail of its own domain and of example.net only."""
    settings = {"unknown_senders": "refuse", "known_domains": ["example.net"]}
    with running(furnished(tmp_path, database_url, **settings)) as house:
        yield house


def test_unknown_domains_are_refused_at_the_door(refusing: House) -> None:
    for sender in ("ann@example.net", "ann@it.example.net", ANNA):
        assert deliver(refusing, mail(sender)).outcome == "opened"
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="known senders only"):
        refusing.send(mail("eve@example.com"))
    behind = deliver(refusing, mail("eve@example.com"), sender="list@example.net")
    assert (behind.state, behind.ticket) == ("dropped", None)
    assert "domain is not known" in behind.outcome
    assert mails(refusing, "eve@example.com") == []


def test_unknown_domains_wait_but_who_was_let_in_may_go_on(tmp_path: Path, database_url: str) -> None:
    with running(furnished(tmp_path, database_url, unknown_senders="quarantine")) as house:
        fate = deliver(house, mail("eve@example.com"))
        assert fate.state == "quarantine"
        house.ask("quarantine.release", **{"id": fate.id, "as": ""})
        house.settle()
        released = fate_of(house, fate.id)
        answer = reply(house.mails_to("eve@example.com")[0], "It is the blue one.", sender="eve@example.com")
        assert deliver(house, answer).ticket == released.ticket
        assert deliver(house, mail("eve@example.com", "Another thing")).state == "quarantine"


@pytest.mark.covers("E53")
@pytest.mark.parametrize("counts", [True, False])
def test_who_resends_a_mail_asks_where_that_is_wanted(tmp_path: Path, database_url: str, counts: bool) -> None:  # noqa: FBT001
    with running(furnished(tmp_path, database_url, resent_from=counts)) as house:
        deliver(house, mail("ada@example.com", Resent_From="Joe <joe@example.com>"))
        answered = "joe@example.com" if counts else "ada@example.com"
        assert len(house.mails_to(answered)) == 1
        assert len(house.sink.messages) == 3, "one acknowledgement, and two agents are told"


@pytest.mark.covers("E53")
def test_a_resent_mail_gives_no_agents_rights(shared: House) -> None:
    number = request(shared)
    message = reply(last_mail(shared, ANNA, number), "#solve\nDone.", sender=somebody("Eve Stranger"))
    message["Resent-From"] = ANNA
    message["Authentication-Results"] = "mx.example.org; dmarc=pass header.from=example.com"
    deliver(shared, message)
    assert shared.ticket(number)["status"] == "new"
