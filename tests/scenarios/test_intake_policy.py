"""What the settings decide about a message that comes in: its ticket, its team, its files."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.config import Config
from bot.db.models import Ticket
from bot.intake import inbox
from channels.base import Raw
from channels.email.intake import raw_mail
from tests.support.house import AGENTS, House, mail, reply, running, text_of
from tests.support.story import (
    ANNA,
    PROVEN,
    Fate,
    Furnished,
    address_of,
    deliver,
    deliveries,
    entry,
    last_mail,
    latest,
    mails,
    request,
    said,
    somebody,
)

TEAMS = f"""{AGENTS}
[[agent]]
handle = "nora"
name = "Nora Netz"
email = "nora@example.org"
teams = ["network"]

[[team]]
name = "network"
address = "it@example.org"
"""
NORA = "Nora Netz <nora@example.org>"


def house_with(folder: Path, url: str, *, extra: str | None = None, desk: Any = None, email: Any = None) -> House:
    def change(config: Config) -> Config:
        teams = (msgspec.structs.replace(config.team[0], address="help@example.org"), *config.team[1:])
        return msgspec.structs.replace(
            config,
            desk=msgspec.structs.replace(config.desk, **(desk or {})),
            channels={"email": config.channels["email"] | (email or {})},
            team=teams if extra else config.team,
        )

    if extra is None:
        return Furnished(folder, url, change=change)
    return Furnished(folder, url, change=change, extra=extra)


@pytest.fixture
def strict(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A desk where another subject is another matter, and the same subject the same for a week."""
    settings = {"new_subject_opens": True, "match_subject_days": 7}
    with running(house_with(tmp_path, database_url, desk=settings)) as house:
        yield house


@pytest.mark.covers("E33")
@pytest.mark.parametrize(
    ("subject", "same"),
    [
        ("AW: WG: Fwd[5]: the printer is broken", True),
        ("Re: The printer is broken", True),
        ("Something else [#{number}]", True),
        ("Re: A new laptop", False),
    ],
)
def test_another_subject_is_another_ticket_where_that_is_wanted(strict: House, subject: str, same: bool) -> None:  # noqa: FBT001
    ada = somebody()
    number = request(strict, ada)
    answer = reply(last_mail(strict, ada), "One more thing.", sender=ada)
    answer.replace_header("Subject", subject.format(number=number))
    fate = deliver(strict, answer)
    assert (fate.ticket == number) is same
    assert fate.outcome == ("added" if same else "opened")


@pytest.mark.covers("E33", "E41")
def test_as_delivered_the_subject_decides_nothing(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    answer = reply(last_mail(shared, ada), "One more thing.", sender=ada)
    answer.replace_header("Subject", "A new laptop")
    assert deliver(shared, answer).ticket == number
    assert deliver(shared, mail(ada, "Re: The printer is broken")).outcome == "opened"


@pytest.mark.covers("E41")
def test_an_answer_without_ids_finds_its_senders_young_ticket_where_that_is_wanted(strict: House) -> None:
    ada = somebody()
    number = request(strict, ada)
    assert deliver(strict, mail(ada, "Re: the printer is  broken")).ticket == number
    assert deliver(strict, mail(somebody("Bob Other"), "Re: The printer is broken")).outcome == "opened"
    assert deliver(strict, mail(ada, "The printer is broken", "Once more.\n")).outcome == "opened", "it is no answer"
    cy = somebody("Cy Late")
    request(strict, cy)
    strict.clock.forward(timedelta(days=8))
    assert deliver(strict, mail(cy, "Re: The printer is broken")).outcome == "opened", "too old"


@pytest.mark.covers("E48")
def test_a_mail_to_two_teams_is_one_ticket_and_the_other_is_told(tmp_path: Path, database_url: str) -> None:
    with running(house_with(tmp_path, database_url, extra=TEAMS)) as house:
        ada = somebody()
        message = mail(ada, to="Network <it@example.org>, help@example.org")
        fate = deliver(house, message, to="help@example.org")
        assert fate.ticket is not None
        again = deliver(house, message, to="it@example.org")
        assert (again.outcome, again.ticket) == ("duplicate", fate.ticket)
        team = house.read(lambda session: session.get_one(Ticket, fate.ticket).team)
        assert team == "network"
        assert sorted(deliveries(house, fate.ticket, "desk")) == [
            ("also_addressed", "anna@example.org"),
            ("also_addressed", "ben@example.org"),
            ("also_addressed", "lea@example.org"),
            ("ticket_opened", "nora@example.org"),
        ]
        told = text_of(last_mail(house, ANNA, fate.ticket))
        assert "was sent to support too" in told
        assert "network works on it" in told
        assert said(house, fate.ticket, "note") == ["This was sent to support too."]
        assert len(mails(house, ada)) == 1
        assert entry(house, fate.ticket, "also_addressed").details == {"team": "support"}


def with_files(*names: str) -> EmailMessage:
    message = mail(somebody())
    for name in names:
        message.add_attachment(b"MZ" + name.encode(), maintype="application", subtype="octet-stream", filename=name)
    return message


@pytest.mark.covers("E76")
def test_a_forbidden_file_is_left_out_and_the_ticket_says_so(tmp_path: Path, database_url: str) -> None:
    with running(house_with(tmp_path, database_url, email={"forbidden_files": [".exe", ".JS"]})) as house:
        fate = deliver(house, with_files("scan.pdf", "Setup.EXE", "a.js", "exe"))
        assert fate.ticket is not None
        told = last_mail(house, ANNA, fate.ticket)
        assert "Left out, for files of this kind are not taken: Setup.EXE, a.js" in text_of(told)
        assert [part.get_filename() for part in told.iter_attachments()] == ["scan.pdf", "exe"]
        assert entry(house, fate.ticket, "files_refused").details == {"names": ["Setup.EXE", "a.js"]}


@pytest.mark.covers("E43")
def test_mails_that_all_answer_one_that_never_came_are_one_thread(shared: House) -> None:
    """Issue trackers write so: the id that all of them answer is the beginning of each one's own."""
    root = "JIRA.10512.1709629200000"
    numbers = []
    for count, sender in ((1, somebody()), (2, somebody("Bob Other"))):
        message = mail(sender, "[JIRA] Scanner", f"Comment {count}.\n", In_Reply_To=f"<{root}@example.net>")
        message.replace_header("Message-ID", f"<{root}.{count}.17096292{count}0000@example.net>")
        numbers.append(deliver(shared, message).ticket)
    assert numbers[0] == numbers[1]
    other = mail(somebody(), "[JIRA] Scanner", In_Reply_To="<JIRA.10512.17096292@example.net>")
    assert deliver(shared, other).ticket not in numbers, "a longer number that begins alike"


def large(sender: str, subject: str = "Ein Foto", **headers: str) -> Raw:
    """A mail over the limit, as a source hands it over that cannot refuse it: a mailbox that somebody else keeps."""
    text = "Guten Tag, anbei ein Foto von dem Drucker, der leider nicht mehr druckt. Viele Grüße\n"
    message = mail(sender, subject, text, **headers)
    message.add_attachment(b"x" * 2_000_000, maintype="image", subtype="png", filename="foto.png")
    payload = message.as_bytes(policy=policy.SMTP)
    return raw_mail(payload, mail_from=address_of(sender), rcpt_to=["help@example.org"], received_at=datetime.now(UTC))


def hand_over(house: House, raw: Raw) -> Fate:
    house.run(inbox.put(raw))
    fate = house.wait_until(lambda: latest(house), "the mail to be worked")
    assert fate is not None
    house.settle()
    return fate


@pytest.mark.covers("E75")
def test_a_mail_over_the_limit_is_kept_and_its_sender_told_once_in_their_language(shared: House) -> None:
    ada = somebody()
    fate = hand_over(shared, large(ada))
    assert (fate.state, fate.outcome, fate.ticket) == ("dropped", "it is too large", None)
    assert "foto.png" in shared.ask("inbox.show", id=fate.id)["payload"], "it is kept as it was"
    (told,) = mails(shared, ada)
    assert told["Subject"] == "Re: Ein Foto"
    assert "2 MB" in text_of(told).replace("\xa0", " ")
    assert "zu groß" in text_of(told)
    assert hand_over(shared, large(ada)).state == "dropped"
    assert len(mails(shared, ada)) == 1, "once in a while"
    answered = deliver(shared, reply(told, "Then without it.", sender=ada))
    assert (answered.outcome, len(mails(shared, ada))) == ("opened", 2)


@pytest.mark.covers("E75")
@pytest.mark.parametrize("header", ["Auto_Submitted", "X_Spam_Flag"])
def test_of_large_mail_of_machines_and_spam_only_the_admins_are_told(shared: House, header: str) -> None:
    ada = somebody()
    value = {"Auto_Submitted": "auto-generated", "X_Spam_Flag": "YES"}[header]
    assert hand_over(shared, large(ada, **{header: value})).outcome == "it is too large"
    assert mails(shared, ada) == []
    alarms = {alarm["name"]: alarm["detail"] for alarm in shared.ask("status")["alarms"]}
    assert address_of(ada) in alarms["too large in email"]


@pytest.mark.covers("E75")
def test_a_large_mail_of_an_agent_carries_nothing_out(shared: House) -> None:
    number = request(shared)
    raw = large(ANNA, f"Re: The printer is broken [#{number}]", Authentication_Results=PROVEN)
    assert hand_over(shared, raw).state == "dropped"
    assert "zu groß" in text_of(last_mail(shared, ANNA))


@pytest.mark.covers("E39")
def test_each_team_decides_for_how_long_an_answer_reopens(tmp_path: Path, database_url: str) -> None:
    teams = TEAMS + "reopen_days = 1\n"
    with running(house_with(tmp_path, database_url, extra=teams)) as house:
        numbers = {}
        for address, agent in (("help@example.org", "anna"), ("it@example.org", "nora")):
            fate = deliver(house, mail(somebody(), to=address), to=address)
            assert fate.ticket is not None
            numbers[address] = fate.ticket
            house.verb("status", fate.ticket, "closed", who=agent)
        house.clock.forward(timedelta(days=3))
        outcomes = {}
        for address, number in numbers.items():
            told = next(message for message in house.sink.messages if f"[#{number}]" in str(message.message["Subject"]))
            sender = told.recipients[0]
            fate = deliver(house, reply(told.message, "Again.", sender=sender), to=address_of(told.message["Reply-To"]))
            outcomes[address] = fate.outcome
        assert outcomes == {"help@example.org": "added", "it@example.org": "opened"}


@pytest.mark.covers("E51")
def test_a_mail_of_nobody_is_kept_and_the_next_is_taken(shared: House) -> None:
    message = mail(somebody(), text="Who am I?\n")
    del message["From"]
    fate = deliver(shared, message, sender="program@example.com")
    assert (fate.state, fate.ticket) == ("dead", None)
    assert "Who am I?" in shared.ask("inbox.show", id=fate.id)["payload"]
    told = [alarm["detail"] for alarm in shared.ask("status")["alarms"]]
    assert f"inbox {fate.id} (email) could not be taken in: it names no sender" in told
    assert deliver(shared, mail(somebody())).outcome == "opened"


@pytest.mark.covers("E67")
@pytest.mark.parametrize("subject", ["", "   "])
def test_a_file_without_a_word_is_a_ticket_that_can_be_named(shared: House, subject: str) -> None:
    ada = somebody()
    message = mail(ada, subject, "\n")
    if not subject:
        del message["Subject"]
    message.add_attachment(b"PNG", maintype="image", subtype="png", filename="scan.png")
    fate = deliver(shared, message)
    assert fate.ticket is not None
    assert shared.ticket(fate.ticket)["subject"] == "(no subject)"
    told = last_mail(shared, ANNA, fate.ticket)
    assert [part.get_filename() for part in told.iter_attachments()] == ["scan.png"]
    assert len(mails(shared, ada)) == 1


@pytest.mark.covers("E80")
def test_a_new_ticket_keeps_what_is_quoted_and_an_answer_does_not(shared: House) -> None:
    ada = somebody()
    colleagues = mail("Bob Byte <bob@example.com>", "Monitor", "The monitor of room 7 flickers.\n", to=ada)
    first = reply(colleagues, "Can the desk help here?", sender=ada, to_address="help@example.org")
    number = deliver(shared, first).ticket
    assert number is not None
    assert "The monitor of room 7 flickers." in text_of(last_mail(shared, ANNA, number))
    assert "Can the desk help here?" in said(shared, number)[0]
    deliver(shared, reply(last_mail(shared, ada), "It is urgent.", sender=ada))
    assert said(shared, number)[-1] == "It is urgent."


FORWARDED = """\
Please look.

---------- Forwarded message ---------
From: {who}
Date: Mon, Nov 23, 2026 at 9:12 AM
Subject: My payslip
To: <nora@example.org>

It is wrong.
"""


@pytest.mark.covers("E48", "E81")
def test_a_ticket_that_comes_of_another_or_of_an_agent_is_of_the_same_team(tmp_path: Path, database_url: str) -> None:
    with running(house_with(tmp_path, database_url, extra=TEAMS)) as house:

        def told(number: int | None) -> tuple[str | None, set[str]]:
            assert number is not None
            team = house.read(lambda session: session.get_one(Ticket, number).team)
            return team, {address for notice, address in deliveries(house, number) if notice == "ticket_opened"}

        of_network = ("network", {"nora@example.org"})
        ada = somebody()
        passed_on = mail(
            NORA, "Fwd: My payslip", FORWARDED.format(who=ada), to="it@example.org", Authentication_Results=PROVEN
        )
        assert told(deliver(house, passed_on, to="it@example.org").ticket) == ("network", set()), "who forwards has it"
        to_others = mail(ANNA, "Fwd: My payslip", FORWARDED.format(who=ada), to="it@example.org")
        to_others["Authentication-Results"] = PROVEN
        assert told(deliver(house, to_others, to="it@example.org").ticket) == of_network, "whose address it is sent to"
        logged = mail(NORA, "A call", f"#call for {address_of(ada)}\nNo network.\n", Authentication_Results=PROVEN)
        assert deliver(house, logged).outcome == "an agent's command"
        number = int(str(last_mail(house, NORA)["Subject"]).split("#")[1].split()[0])
        assert told(number)[0] == "network"
        first = deliver(house, mail(ada, to="it@example.org"), to="it@example.org").ticket
        assert told(first) == of_network
        assert first is not None
        deliver(house, reply(last_mail(house, ada, first), "And a new telephone, please.", sender=ada))
        house.verb("split", first)
        fresh = entry(house, first, "split").details["after"]
        assert told(fresh) == of_network, "split"
        house.verb("status", first, argument="closed")
        house.clock.forward(timedelta(days=15))
        late = deliver(house, reply(last_mail(house, ada, first), "It is back.", sender=ada))
        assert late.ticket != first
        assert told(late.ticket) == of_network, "closed long ago"
