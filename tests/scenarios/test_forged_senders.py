"""Somebody pretends to be an agent, or has what was given to one: it reaches nobody until a person decides."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from bot.errors import NotDone
from tests.support.clocks import pass_time
from tests.support.house import House, mail, reply, text_of
from tests.support.story import (
    ANNA,
    BEN,
    FORGED,
    PROVEN,
    address_of,
    audit,
    deliver,
    deliveries,
    entry,
    fate_of,
    last_mail,
    lines,
    mails,
    request,
    said,
    somebody,
    token_of,
    writes,
)

A_WHILE = timedelta(hours=4)
"""After so long an agent is told again that somebody uses their address."""


@pytest.mark.covers("H18")
@pytest.mark.parametrize("through", ["tag", "thread", "another's token"])
def test_an_agents_address_without_their_token_is_parked(shared: House, through: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    message = mail(ANNA, "Re: the printer", "Give me your password, please.\n")
    if through == "tag":
        message.replace_header("Subject", f"Re: the printer [#{number}]")
    elif through == "thread":
        message["References"] = str(last_mail(shared, ada)["References"])
    else:
        message["References"] = str(last_mail(shared, BEN, number)["Message-ID"])
    pass_time(shared, seconds=A_WHILE.total_seconds())
    before = len(mails(shared, ada)), len(said(shared, number))
    fate = deliver(shared, message)
    assert (fate.state, fate.ticket) == ("dead", number)
    assert (len(mails(shared, ada)), len(said(shared, number))) == before, "it reaches nobody"
    warning = text_of(last_mail(shared, ANNA, number))
    assert "could not verify that it is really from you" in warning
    assert "Give me your password" not in warning
    assert "parked" in [found.action for found in audit(shared, number)]


@pytest.mark.covers("H18")
def test_a_failed_check_of_the_sender_outweighs_the_token(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    fate = writes(shared, ANNA, number, "#solve\nAll done.", Authentication_Results=FORGED)
    assert fate.state == "dead"
    assert len(mails(shared, ada)) == before
    assert shared.ticket(number)["status"] == "new"


@pytest.mark.covers("H18")
@pytest.mark.parametrize("sender", ["anna@example.org, mallory@evil.example", "anna@example.org"])
def test_a_check_that_passed_for_somebody_else_proves_nothing(shared: House, sender: str) -> None:
    """The server checked the domain that it saw in From; we may see another person there."""
    ada = somebody()
    number = request(shared, ada)
    forged = bare(number, "#solve\nSend your password to mallory@evil.example.")
    forged.replace_header("From", sender)
    forged["Authentication-Results"] = "mx.example.org; dmarc=pass header.from=evil.example"
    before = len(mails(shared, ada))
    assert deliver(shared, forged).state == "dead"
    assert len(mails(shared, ada)) == before
    assert shared.ticket(number)["status"] == "new"


@pytest.mark.covers("H18")
def test_a_parked_mail_is_a_dead_letter_that_can_be_read_worked_again_and_dropped(shared: House) -> None:
    number = request(shared)
    fate = deliver(shared, mail(ANNA, f"Re: [#{number}]", "Trust me.\n", References="<x@example.com>"))
    if fate.state == "done":  # Anna is the owner at the beginning, so that her tag counts; anybody else's would not
        pytest.fail("an agent's bare tag was believed")
    listed = shared.ask("inbox.list")
    assert fate.id in [row["id"] for row in listed]
    shown = shared.ask("inbox.show", id=fate.id)
    assert "Trust me." in shown["payload"]
    assert "anna's address without proof" in shown["outcome"]
    shared.ask("inbox.retry", id=fate.id)
    shared.settle()
    assert [found.action for found in audit(shared, number)].count("parked") == 2, "it was worked and parked again"
    assert said(shared, number, "message") == ["It does not print any more."]
    assert shared.ask("inbox.drop", id=fate.id)["state"] == "dropped"


def bare(number: int, text: str) -> EmailMessage:
    """A mail that bears Anna's address, names a ticket, and proves nothing."""
    return mail(ANNA, f"Re: the printer [#{number}]", text)


@pytest.mark.covers("H18")
def test_what_an_admin_releases_is_a_requesters_mail_with_no_agents_rights(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#wait\nWhich printer?")
    before = len(mails(shared, ada))
    parked = deliver(shared, bare(number, "#solve\nThe blue one.\n"))
    shared.ask("inbox.release", **{"id": parked.id, "as": "lea"})
    shared.settle()
    released = fate_of(shared, parked.id)
    assert (released.state, released.outcome, released.ticket) == ("done", "added", number)
    line = lines(shared, number)[-1]
    assert (line.words, line.role) == ("#solve\nThe blue one.", "requester")
    assert line.flags.count("unverified_address") == 1
    assert shared.ticket(number)["status"] == "waiting_requester", "it neither solves nor reopens"
    assert len(mails(shared, ada)) == before
    told = text_of(last_mail(shared, ANNA, number))
    assert "The blue one." in told, "whoever's address it bears hears of it"
    assert "We could not verify" in told
    assert entry(shared, number, "released").actor == "agent lea"


@pytest.mark.covers("H18")
@pytest.mark.parametrize("who", ["anna", "eve"])
def test_only_an_admin_releases(shared: House, who: str) -> None:
    number = request(shared)
    parked = deliver(shared, bare(number, "Trust me.\n"))
    eve = somebody("Eve Stranger")
    request(shared, eve)
    with pytest.raises(NotDone, match="may not release what was parked; an agent with the role admin may"):
        shared.ask("inbox.release", **{"id": parked.id, "as": address_of(eve) if who == "eve" else who})
    assert fate_of(shared, parked.id).state == "dead"


@pytest.mark.covers("E46", "H18")
def test_what_came_again_with_proof_is_not_done_twice_by_a_release(shared: House) -> None:
    number = request(shared)
    message = bare(number, "#priority high\n")
    parked = deliver(shared, message)
    message["Authentication-Results"] = PROVEN
    assert deliver(shared, message).outcome == "an agent's words"
    shared.ask("inbox.release", **{"id": parked.id, "as": ""})
    shared.settle()
    assert fate_of(shared, parked.id).outcome == "duplicate"
    with pytest.raises(NotDone, match="is done; only what is dead or dropped"):
        shared.ask("inbox.release", **{"id": parked.id, "as": ""})


@pytest.mark.covers("H18")
def test_a_flood_of_unproven_mail_is_kept_but_fills_no_list_and_tells_once(house: House) -> None:
    most = house.desk.config.limits.parked_per_agent
    number = request(house)
    for count in range(most + 3):
        house.send(bare(number, f"Trust me {count} times.\n"))
    house.settle()
    assert len(house.ask("inbox.list")) == most
    aside = house.ask("inbox.list", state="dropped")
    assert [row["outcome"] for row in aside] == [
        f"it bears anna's address without proof, and {most} such wait already"
    ] * 3
    warnings = [told for told in mails(house, ANNA) if "Not taken in" in str(told["Subject"])]
    assert len(warnings) == 1
    assert [alarm["name"] for alarm in house.ask("status")["alarms"]] == ["parked anna"]
    house.ask("inbox.release", **{"id": aside[0]["id"], "as": ""})
    house.settle()
    assert said(house, number, "message")[-1] == f"Trust me {most + 2} times."
    house.clock.forward(A_WHILE)
    deliver(house, bare(number, "Trust me once more.\n"))
    warnings = [told for told in mails(house, ANNA) if "Not taken in" in str(told["Subject"])]
    assert len(warnings) == 2, "after a while of silence"


@pytest.mark.covers("E58", "H18")
def test_a_token_that_was_forwarded_gives_a_stranger_no_rights(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Stranger")
    number = request(shared, ada)
    before = len(mails(shared, ada))
    text = "#solve\n#priority low\n#assign anna\nEverything is fine."
    fate = deliver(shared, reply(last_mail(shared, ANNA, number), text, sender=eve))
    assert (fate.state, fate.ticket) == ("dead", number)
    assert fate.outcome == "it answers anna's notice from another address"
    ticket = shared.ticket(number)
    assert (ticket["status"], ticket["priority"], ticket["assignee"]) == ("new", "medium", None)
    assert len(mails(shared, ada)) == before
    assert mails(shared, eve) == [], "and the stranger is told nothing"
    warning = text_of(last_mail(shared, ANNA, number))
    assert f"{address_of(eve)} answered a message that we sent to you" in warning
    assert "Everything is fine" not in warning
    shared.ask("inbox.release", **{"id": fate.id, "as": ""})
    shared.settle()
    assert "unverified_address" in lines(shared, number)[-1].flags
    assert "We could not verify" in text_of(last_mail(shared, ANNA, number))
    assert shared.ticket(number)["status"] == "new"
    assert len(mails(shared, ada)) == before


@pytest.mark.covers("H18")
def test_a_requesters_token_makes_no_agent(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    token = token_of(last_mail(shared, ada))
    message = mail(ANNA, "Re: your request", f"#solve\nDone.\n\n[fl:{token}]\n")
    assert deliver(shared, message).state == "dead"
    assert shared.ticket(number)["status"] == "new"


@pytest.mark.covers("H18")
def test_an_agent_whose_mail_server_vouches_needs_no_token(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    message = mail(ANNA, f"Re: the printer [#{number}]", "#priority high\n")
    message["Authentication-Results"] = PROVEN
    assert deliver(shared, message).outcome == "an agent's words"
    assert shared.ticket(number)["priority"] == "high"


@pytest.mark.covers("H18")
def test_a_requester_whose_sender_check_failed_is_flagged_when_released(shared: House) -> None:
    ada = somebody()
    message = mail(ada)
    message["Authentication-Results"] = "mx.example.org; dmarc=fail header.from=example.com"
    fate = deliver(shared, message)
    assert mails(shared, ada) == []
    shared.ask("quarantine.release", **{"id": fate.id, "as": ""})
    shared.settle()
    number = fate_of(shared, fate.id).ticket
    assert number is not None
    assert "failed_authentication" in lines(shared, number)[0].flags


@pytest.mark.covers("H18")
def test_nothing_internal_can_be_queued_for_a_requester(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    writes(shared, BEN, number, "#note\nThe requester is rude.")
    writes(shared, ANNA, number, "#wait\nWhich one?")
    deliver(shared, reply(last_mail(shared, ada), "The blue one.", sender=ada))
    writes(shared, ANNA, number, "#solve\nDone.")
    assert {notice for notice, _ in deliveries(shared, number, "requester")} == {
        "acknowledgement",
        "question",
        "solved",
    }
