"""Somebody pretends to be an agent, or has what was given to one: it reaches nobody until a person decides."""

import pytest

from tests.support.house import House, mail, reply, text_of
from tests.support.story import (
    ANNA,
    BEN,
    FORGED,
    PROVEN,
    audit,
    deliver,
    deliveries,
    last_mail,
    lines,
    mails,
    request,
    said,
    somebody,
    token_of,
    writes,
)


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
    before = len(mails(shared, ada)), len(said(shared, number))
    fate = deliver(shared, message)
    assert (fate.state, fate.ticket) == ("dead", number)
    assert (len(mails(shared, ada)), len(said(shared, number))) == before, "it reaches nobody"
    warning = text_of(last_mail(shared, ANNA, number))
    assert "could not make sure that it was you" in warning
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
    told = len(mails(shared, ANNA, number))
    shared.ask("inbox.retry", id=fate.id)
    shared.settle()
    assert len(mails(shared, ANNA, number)) == told + 1, "it was worked again, and parked again"
    assert said(shared, number, "message") == ["It does not print any more."]
    assert shared.ask("inbox.drop", id=fate.id)["state"] == "dropped"


@pytest.mark.covers("H18")
def test_a_token_that_was_forwarded_gives_a_stranger_no_rights(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Stranger")
    number = request(shared, ada)
    before = len(mails(shared, ada))
    text = "#solve\n#priority low\n#assign anna\nEverything is fine."
    fate = deliver(shared, reply(last_mail(shared, ANNA, number), text, sender=eve))
    assert (fate.outcome, fate.ticket) == ("added", number)
    ticket = shared.ticket(number)
    assert (ticket["status"], ticket["priority"], ticket["assignee"]) == ("new", "medium", None)
    assert len(mails(shared, ada)) == before
    assert mails(shared, eve) == [], "and the stranger is told nothing"
    assert "unverified_address" in lines(shared, number)[-1].flags
    assert "We could not verify" in text_of(last_mail(shared, ANNA, number))


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
def test_a_requester_whose_sender_check_failed_is_flagged_and_not_answered(shared: House) -> None:
    ada = somebody()
    message = mail(ada)
    message["Authentication-Results"] = "mx.example.org; dmarc=fail header.from=example.com"
    number = deliver(shared, message).ticket
    assert number is not None
    assert mails(shared, ada) == []
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
