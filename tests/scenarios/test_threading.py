"""Which ticket a mail belongs to: by the ids it answers, a token, or a tag from somebody on the ticket."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from bot.db.models import AuditEntry, Inbox, TicketLink
from bot.errors import NotDone
from tests.support.house import House, mail, reply, text_of
from tests.support.story import (
    ANNA,
    BEN,
    PROVEN,
    Fate,
    address_of,
    audit,
    deliver,
    deliveries,
    entry,
    last_mail,
    lines,
    mails,
    request,
    said,
    somebody,
    token_of,
    without_tokens,
    writes,
)


def with_ids(message: EmailMessage, *, in_reply_to: str = "", references: str = "") -> EmailMessage:
    """The mail with exactly these ids."""
    for name, value in (("In-Reply-To", in_reply_to), ("References", references)):
        del message[name]
        if value:
            message[name] = value
    return message


# ------------------------------------------------------------------------------------------ tags


@pytest.mark.covers("E27", "E42")
@pytest.mark.parametrize(
    "subject",
    [
        "Re: The printer is broken [#{}]",
        "RE: [ #{} ] the printer",
        'Re: "[#{}] Testing "',
        "VeryStrangeRe: [#{}]",
        "Another title altogether [#{}]",
        "[listname] [#{}]",
        "Re: [JIRA-77] [other #5] [#{}]",
    ],
)
def test_a_tag_from_the_requester_finds_the_ticket(shared: House, subject: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    fate = deliver(shared, mail(ada, subject.format(number), "One more thing.\n"))
    assert (fate.outcome, fate.ticket) == ("added", number)


@pytest.mark.covers("E27")
def test_the_tag_of_another_system_is_kept_in_the_subject(shared: House) -> None:
    number = request(shared, subject="[JIRA-77] [ticket #12] The printer is broken")
    assert shared.ticket(number)["subject"] == "[JIRA-77] [ticket #12] The printer is broken"


@pytest.mark.covers("E29")
@pytest.mark.parametrize("text", ["see photo[#{}.jpg", "ab#{}cd", "[#{}", "#{}"])
def test_a_number_that_is_no_tag_finds_nothing(shared: House, text: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    assert deliver(shared, mail(ada, text.format(number))).outcome == "opened"


@pytest.mark.covers("E29")
@pytest.mark.parametrize("body", ['<a href="http://shop.example/[#{}]">x</a>', '<img src="[#{}].jpg">', "See [#{}]."])
def test_a_number_in_the_body_finds_nothing(shared: House, body: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    message = mail(ada, "Another thing")
    message.add_alternative(body.format(number), subtype="html")
    assert deliver(shared, message).outcome == "opened"


@pytest.mark.covers("E30", "H18")
def test_a_stranger_with_the_right_number_gets_a_ticket_of_their_own(shared: House) -> None:
    number = request(shared)
    fate = deliver(shared, mail(somebody("Eve Stranger"), f"Re: The printer is broken [#{number}]", "Let me in.\n"))
    assert fate.outcome == "opened"
    assert fate.ticket != number
    assert said(shared, number, "message") == ["It does not print any more."]


@pytest.mark.covers("E28")
def test_of_a_wrong_and_a_right_tag_the_right_one_counts(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    assert deliver(shared, mail(ada, f"[#999999999] Re: printer [#{number}]")).ticket == number


# ------------------------------------------------------------------------------------------ ids


@pytest.mark.covers("E31")
def test_of_several_references_the_newest_counts(shared: House) -> None:
    ada = somebody()
    request(shared, ada, "Old", Message_ID="<e31-old@example.com>")
    newer = request(shared, ada, "New", Message_ID="<e31-new@example.com>")
    answer = with_ids(mail(ada, "Re: both"), references="<e31-old@example.com> <e31-new@example.com> <x@example.com>")
    assert deliver(shared, answer).ticket == newer


@pytest.mark.covers("E32", "E46")
def test_an_id_that_two_tickets_know_finds_the_newer_one(shared: House) -> None:
    ada = somebody()
    request(shared, ada, "Scanner", "The first message.\n", Message_ID="<e32@example.com>")
    newer = request(shared, ada, "Scanner", "Another message of the same id.\n", Message_ID="<e32@example.com>")
    assert deliver(shared, with_ids(mail(ada, "Re: Scanner"), in_reply_to="<e32@example.com>")).ticket == newer


@pytest.mark.covers("E33")
def test_a_changed_subject_does_not_leave_the_thread(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, Message_ID="<e33@example.com>")
    answer = with_ids(mail(ada, "Something else entirely"), references="<e33@example.com>")
    assert deliver(shared, answer).ticket == number


@pytest.mark.covers("E34")
def test_references_without_in_reply_to_are_enough(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, Message_ID="<e34@example.com>")
    answer = with_ids(mail(ada, "Re: The printer is broken"), references="<e34@example.com>")
    assert deliver(shared, answer).ticket == number


@pytest.mark.covers("E35", "E43")
@pytest.mark.parametrize(
    ("in_reply_to", "references"),
    [
        ("<unknown@example.com> <{}> <other@example.com>", ""),
        ("", "<unknown@example.com>,<{}>, <other@example.com>"),
        ("Your message of Monday <{}>", ""),
    ],
)
def test_several_ids_are_all_tried(shared: House, in_reply_to: str, references: str) -> None:
    ada = somebody()
    known = f"e35.{address_of(ada)}"
    number = request(shared, ada, Message_ID=f"<{known}>")
    answer = with_ids(mail(ada, "Re:"), in_reply_to=in_reply_to.format(known), references=references.format(known))
    assert deliver(shared, answer).ticket == number


@pytest.mark.covers("E36")
def test_the_marker_in_the_body_finds_the_ticket_when_everything_else_is_gone(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    answer = reply(last_mail(shared, ada), "It still does not print.", sender=ada, to_address="help@example.org")
    with_ids(answer, in_reply_to="<rewritten@provider.example>", references="<rewritten@provider.example>")
    del answer["Subject"]
    answer["Subject"] = "Re: your mail"
    fate = deliver(shared, answer)
    assert (fate.outcome, fate.ticket) == ("added", number)
    assert said(shared, number)[-1] == "It still does not print."


@pytest.mark.covers("E37")
def test_a_token_with_a_wrong_signature_is_refused_and_flagged(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    acknowledgement = last_mail(shared, ada)
    token = token_of(acknowledgement)
    forged = token[:-8] + ("a" * 8 if token[-8:] != "a" * 8 else "b" * 8)
    fate = deliver(shared, mail(somebody("Eve Stranger"), "Re: hello", f"Let me in.\n\n[fl:{forged}]\n"))
    assert fate.outcome == "opened"
    assert fate.ticket is not None
    assert fate.ticket != number
    assert "invalid_token" in lines(shared, fate.ticket)[0].flags


@pytest.mark.covers("E37", "H18")
@pytest.mark.parametrize("place", range(0, 34, 3))
def test_a_token_changed_in_any_place_is_worthless(shared: House, place: int) -> None:
    number = request(shared)
    token = token_of(last_mail(shared, ANNA, number))
    changed = token[:place] + ("a" if token[place] != "a" else "b") + token[place + 1 :]
    assert shared.desk.signer.verify(token) is not None
    assert shared.desk.signer.verify(changed) is None


@pytest.mark.covers("E44")
def test_the_reply_address_in_cc_counts_as_in_to(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    reply_to = str(last_mail(shared, ada)["Reply-To"])
    answer = mail(ada, "Hello again", "With a copy to you.\n", to="colleague@example.com", Cc=reply_to)
    assert deliver(shared, answer, to=address_of(reply_to)).ticket == number


# ------------------------------------------------------------------------------------------ late, internal, forwarded


@pytest.mark.covers("E39", "H12")
def test_an_answer_to_a_ticket_closed_long_ago_opens_a_linked_one(house: House) -> None:
    ada = somebody()
    number = request(house, ada, "The printer is broken")
    writes(house, ANNA, number, "#solve\nA new cable.")
    house.verb("status", number, "closed")
    house.clock.forward(timedelta(days=15))
    fate = deliver(house, reply(last_mail(house, ada, number), "It is broken again.", sender=ada))
    assert fate.outcome == "opened"
    assert fate.ticket is not None
    assert fate.ticket != number
    assert "[#" not in house.ticket(fate.ticket)["subject"]
    assert house.ticket(number)["status"] == "closed"
    linked = house.read(lambda session: session.get(TicketLink, (number, fate.ticket)))
    assert linked is not None
    later = deliver(house, reply(last_mail(house, ada, fate.ticket), "And again.", sender=ada))
    assert (later.outcome, later.ticket) == ("added", fate.ticket)


@pytest.mark.covers("E39")
def test_an_answer_to_a_ticket_closed_lately_reopens_it(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#solve\nA new cable.")
    shared.verb("status", number, "closed")
    fate = deliver(shared, reply(last_mail(shared, ada, number), "It is broken again.", sender=ada))
    assert (fate.outcome, fate.ticket) == ("added", number)
    assert shared.ticket(number)["status"] == "open"


@pytest.mark.covers("E40", "H18")
@pytest.mark.parametrize("shown_by", ["ids", "references", "address"])
@pytest.mark.parametrize("text", ["Indeed.", "#priority low\nIndeed.", "#note\nIndeed."])
def test_a_reply_to_an_internal_note_stays_internal(shared: House, shown_by: str, text: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    writes(shared, BEN, number, "#note\nThe requester is rude.")
    note = last_mail(shared, ANNA, number)
    assert "stays internal, as a note" in text_of(note)
    answer = reply(note, text, sender=ANNA, quote=shown_by != "address")
    if shown_by != "ids":
        with_ids(answer, references=str(answer["References"]) if shown_by == "references" else "")
    before = len(mails(shared, ada))
    deliver(shared, answer, to=address_of(str(answer["To"])))
    assert [(line.role, line.words) for line in lines(shared, number, "note")] == [
        ("desk", "The requester is rude."),
        ("desk", "Indeed."),
    ]
    assert len(mails(shared, ada)) == before
    assert shared.ticket(number)["priority"] == ("low" if "#priority" in text else "medium")


@pytest.mark.covers("E40")
def test_a_reply_to_a_note_goes_to_the_requester_where_a_verb_says_so(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    writes(shared, BEN, number, "#note\nThe requester is rude.")
    writes(shared, ANNA, number, "#answer\nWe look into it.")
    assert "We look into it." in text_of(last_mail(shared, ada))
    assert said(shared, number, "note") == ["The requester is rude."]


@pytest.mark.covers("E40", "H18")
def test_a_file_in_reply_to_a_note_stays_inside(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    writes(shared, BEN, number, "#note\nHave you the log?")
    answer = reply(last_mail(shared, ANNA, number), "", sender=ANNA)
    answer.add_attachment(b"secret", maintype="text", subtype="x-log", filename="router.log")
    before = len(mails(shared, ada))
    deliver(shared, answer)
    assert len(mails(shared, ada)) == before


@pytest.mark.covers("E40", "H18")
def test_a_strangers_reply_to_an_internal_notice_is_kept_from_the_requester(shared: House) -> None:
    ada, vendor = somebody(), somebody("Victor Vendor")
    number = request(shared, ada)
    fate = deliver(shared, reply(last_mail(shared, ANNA, number), "Anna, that costs 900 €.", sender=vendor))
    assert fate.state == "dead"
    shared.ask("inbox.release", **{"id": fate.id, "as": ""})
    shared.settle()
    line = lines(shared, number)[-1]
    assert line.role == "desk"
    assert "unverified_address" in line.flags
    seen = shared.verb("show", argument=str(number), who=address_of(ada))
    assert "900 €" not in str(seen)
    assert "900 €" in str(shared.verb("show", argument=str(number), who="ben"))


@pytest.mark.covers("E45")
def test_a_notification_that_an_agent_forwards_to_us_is_a_new_ticket_and_no_answer(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    card = last_mail(shared, ANNA, number)
    before = len(mails(shared, ada))
    text = f"Can somebody look at that?\n\n---------- Forwarded message ---------\n{text_of(card)}"
    forward = mail(ANNA, f"Fwd: {card['Subject']}", text, to="it@example.org", References=str(card["Message-ID"]))
    fate = deliver(shared, forward, to="it@example.org")
    assert fate.outcome == "opened"
    assert fate.ticket not in {None, number}
    assert len(mails(shared, ada)) == before


# ------------------------------------------------------------------------------------------ duplicates


@pytest.mark.covers("E46")
def test_the_same_mail_twice_is_one_message_and_the_second_is_audited(shared: House) -> None:
    message = mail(somebody(), Message_ID="<e46@example.com>")
    number = deliver(shared, message).ticket
    message["X-Relayed-By"] = "another way"
    fate = deliver(shared, message)
    assert number is not None
    assert (fate.state, fate.outcome, fate.ticket) == ("done", "duplicate", number)
    assert len(said(shared, number, "message")) == 1
    assert entry(shared, number, "duplicate").details["external_id"] == "e46@example.com"


@pytest.mark.covers("E46")
def test_another_message_under_a_used_id_is_kept(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, text="The first.\n", Message_ID="<e46-reused@example.com>")
    answer = mail(ada, f"Re: The printer is broken [#{number}]", "The second.\n", Message_ID="<e46-reused@example.com>")
    assert deliver(shared, answer).ticket == number
    assert said(shared, number, "message") == ["The first.", "The second."]


@pytest.mark.covers("E46")
def test_a_redelivery_by_the_mail_server_is_taken_and_changes_nothing(shared: House) -> None:
    message = mail(somebody())
    number = deliver(shared, message).ticket
    assert number is not None
    rows = shared.read(lambda session: session.scalar(select(func.count()).select_from(Inbox)))
    deliver(shared, message)
    assert shared.read(lambda session: session.scalar(select(func.count()).select_from(Inbox))) == rows
    assert len(said(shared, number, "message")) == 1


@pytest.mark.covers("E47")
def test_a_mail_without_an_id_that_comes_again_is_the_same_mail(shared: House) -> None:
    ada = somebody()
    message = mail(ada)
    del message["Message-ID"]
    first = deliver(shared, message)
    second = deliver(shared, message, to="it@example.org")
    assert (first.outcome, second.outcome) == ("opened", "duplicate")
    assert first.ticket == second.ticket


@pytest.mark.covers("E48")
def test_one_mail_to_two_of_our_addresses_is_one_ticket(shared: House) -> None:
    ada = somebody()
    message = mail(ada, to="help@example.org, it@example.org")
    first, second = deliver(shared, message), deliver(shared, message, to="it@example.org")
    assert (first.outcome, second.outcome) == ("opened", "duplicate")
    assert len(mails(shared, ada)) == 1
    assert first.ticket is not None
    agents = [recipient for _, recipient in deliveries(shared, first.ticket, "desk")]
    assert sorted(agents) == ["anna@example.org", "ben@example.org"], "no two agents answer blindly"


def again(house: House, message: EmailMessage) -> Fate:
    """The same mail by another way, so that the inbox takes it for another one."""
    message["X-Relayed-By"] = "another way"
    return deliver(house, message, to="it@example.org")


@pytest.mark.covers("E46")
@pytest.mark.parametrize(
    "text", ["#priority high", "#note\nHe broke it himself.", "#sovle\nDone.", "#wait\nWhich one?"]
)
def test_what_an_agent_says_twice_by_two_ways_is_done_once(shared: House, text: str) -> None:
    number = request(shared)
    message = reply(last_mail(shared, ANNA, number), text, sender=ANNA)
    first = deliver(shared, message)
    done, queued = audit(shared, number), deliveries(shared, number)
    second = again(shared, message)
    assert (first.outcome, second.outcome, second.ticket) == ("an agent's words", "duplicate", number)
    assert [found.action for found in audit(shared, number)[len(done) :]] == ["duplicate"]
    assert deliveries(shared, number) == queued


@pytest.mark.covers("E46")
def test_a_held_answer_that_comes_twice_is_one_draft(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    message = reply(last_mail(shared, ANNA, number), "It is the cable.", sender=ANNA, quote=False)
    deliver(shared, message)
    told, answered = len(mails(shared, ANNA, number)), len(mails(shared, ada))
    assert again(shared, message).outcome == "duplicate"
    assert len(mails(shared, ANNA, number)) == told
    writes(shared, ANNA, number, "#send")
    assert again(shared, message).outcome == "duplicate", "nor after it was sent"
    writes(shared, ANNA, number, "#send")
    assert len(mails(shared, ada)) == answered + 1


@pytest.mark.covers("E46")
def test_an_agents_command_outside_any_ticket_that_comes_twice_is_answered_once(shared: House) -> None:
    message = mail(ANNA, "A question", "#mine\n")
    message["Authentication-Results"] = PROVEN
    deliver(shared, message)
    told = len(mails(shared, ANNA))
    assert again(shared, message).outcome == "duplicate"
    assert len(mails(shared, ANNA)) == told


@pytest.mark.covers("E46", "H18")
def test_a_parked_mail_that_comes_twice_is_parked_once_but_a_proven_copy_counts(shared: House) -> None:
    number = request(shared)
    message = mail(ANNA, f"Re: the printer [#{number}]", "#priority high\n")
    assert deliver(shared, message).state == "dead"
    told = len(mails(shared, ANNA, number))
    assert again(shared, message).outcome == "duplicate"
    assert len(mails(shared, ANNA, number)) == told
    message["Authentication-Results"] = PROVEN
    assert again(shared, message).outcome == "an agent's words"
    assert shared.ticket(number)["priority"] == "high"
    del message["Authentication-Results"]
    assert again(shared, message).outcome == "duplicate", "and what was done is not parked"


# ------------------------------------------------------------------------------------------ who speaks


@pytest.mark.covers("E57")
def test_an_agent_who_asks_for_help_is_a_requester(shared: House) -> None:
    number = request(shared, BEN, "My own screen is black")
    assert shared.ticket(number)["requester"] == "Ben Koch"
    acknowledgement = last_mail(shared, BEN, number)
    fate = deliver(shared, reply(acknowledgement, "#solve\nIt was the cable.", sender=BEN))
    assert (fate.outcome, fate.ticket) == ("added", number)
    assert shared.ticket(number)["status"] == "new"
    assert lines(shared, number)[-1].role == "requester"


@pytest.mark.covers("E57", "H7", "H18")
def test_an_agents_own_request_is_shown_to_and_owned_by_colleagues(shared: House) -> None:
    number = request(shared, ANNA, "My own keyboard is wet")
    assert {recipient for _, recipient in deliveries(shared, number, "desk")} == {"ben@example.org"}
    assert shared.ticket(number)["owner"] == "Ben Koch"
    cousin = somebody("Carl Cousin")
    deliver(shared, with_ids(mail(cousin, "Re: keyboard"), in_reply_to=str(last_mail(shared, ANNA)["In-Reply-To"])))
    assert {recipient for _, recipient in deliveries(shared, number, "desk")} == {"ben@example.org"}


@pytest.mark.covers("E58", "H18")
def test_an_agents_answer_from_an_unknown_address_is_refused_and_the_agent_is_told_why(house: House) -> None:
    ada = somebody()
    number = request(house, ada)
    before = len(mails(house, ada))
    card = last_mail(house, ANNA, number)
    fate = deliver(house, reply(card, "#solve\nDone from home.", sender="Anna Weber <anna.private@example.net>"))
    assert (fate.state, fate.ticket) == ("dead", number)
    assert len(mails(house, ada)) == before
    assert house.ticket(number)["status"] == "new"
    answered = "anna.private@example.net answered a message that we sent to you"
    house.wait_until(lambda: answered in text_of(last_mail(house, ANNA, number)), "Anna to be told")
    told = text_of(last_mail(house, ANNA, number))
    assert "write again from the address that we know" in told


@pytest.mark.covers("E30")
def test_a_colleague_in_copy_may_answer_and_is_flagged(shared: House) -> None:
    ada, carl = somebody(), somebody("Carl Colleague")
    number = request(shared, ada, Message_ID=f"<copy.{address_of(ada)}>")
    answer = with_ids(mail(carl, "Re: The printer is broken", "Mine too.\n"), references=f"<copy.{address_of(ada)}>")
    fate = deliver(shared, answer)
    assert (fate.outcome, fate.ticket) == ("added", number)
    assert "not_on_ticket" in lines(shared, number)[-1].flags
    told = text_of(last_mail(shared, ANNA, number))
    assert "Carl Colleague" in told
    assert "careful" in told.lower()
    assert "received" in [found.action for found in audit(shared, number)]


@pytest.mark.covers("E46")
def test_nothing_of_a_duplicate_is_told_to_anybody(shared: House) -> None:
    ada = somebody()
    message = mail(ada)
    number = deliver(shared, message).ticket
    assert number is not None
    before = deliveries(shared, number)
    message["X-Relayed-By"] = "another way"
    deliver(shared, message)
    assert deliveries(shared, number) == before
    audited = shared.read(
        lambda session: session.scalars(
            select(AuditEntry.action).where(AuditEntry.ticket_id == number, AuditEntry.action == "duplicate")
        ).all()
    )
    assert len(audited) == 1


@pytest.mark.covers("E40")
def test_an_agents_answer_without_any_token_is_not_believed(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    before = len(mails(shared, ada))
    answer = without_tokens(reply(last_mail(shared, ANNA, number), "It is the cable.", sender=ANNA))
    fate = deliver(shared, answer)
    assert (fate.state, fate.ticket) == ("dead", number)
    assert len(mails(shared, ada)) == before
    assert "It is the cable." not in said(shared, number)


@pytest.mark.covers("E30", "H18")
def test_a_requesters_answer_from_another_address_is_added_flagged_and_gives_no_rights(shared: House) -> None:
    ada, other = somebody(), somebody("Ada Athome")
    number = request(shared, ada)
    writes(shared, ANNA, number, "Which printer is it?")
    fate = deliver(shared, reply(last_mail(shared, ada), "#solve\nThe blue one.", sender=other))
    assert (fate.outcome, fate.ticket) == ("added", number)
    assert "unverified_address" in lines(shared, number)[-1].flags
    assert "careful" in text_of(last_mail(shared, ANNA, number)).lower()
    assert shared.ticket(number)["status"] == "open"
    writes(shared, ANNA, number, "Thank you.")
    assert mails(shared, other) == [], "what is said goes to the requester's own address"
    with pytest.raises(NotDone):
        shared.verb("show", argument=str(number), who=address_of(other))
