"""Tickets come together and apart, vendors are asked, people in copy hear the answers, and agents are away."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from bot.db.models import Identity, Ticket, TicketLink, Watcher
from bot.db.tx import Tx
from bot.errors import NotDone
from tests.support.house import House, mail, reply, text_of
from tests.support.story import (
    ANNA,
    BEN,
    LEA,
    PROVEN,
    address_of,
    audit,
    bounce,
    deliver,
    deliveries,
    entry,
    last_mail,
    lines,
    mails,
    request,
    said,
    somebody,
    wait_until_put_off,
    writes,
)


def merged(house: House, source: int, target: int, *, confirm: bool = False) -> None:
    house.verb("merge", source, f"{target} confirm" if confirm else str(target))
    house.settle()


def _in_copy(message: EmailMessage, person: str) -> EmailMessage:
    message["Cc"] = person
    return message


def watching(house: House, number: int) -> set[str]:
    query = (
        select(Identity.address)
        .join(Watcher, Watcher.person_id == Identity.person_id)
        .where(Watcher.ticket_id == number, Watcher.removed_at.is_(None), Identity.channel == "email")
    )
    return set(house.read(lambda session: session.scalars(query).all()))


def asked_vendor(house: House, requester: str, vendor: str, words: str = "What does E 41 mean?") -> int:
    number = request(house, requester, subject="Secret subject of Ada", text="My private words.\n")
    writes(house, ANNA, number, f"#vendor {address_of(vendor)}\n{words}")
    return number


# ------------------------------------------------------------------------------------------ merging


@pytest.mark.covers("E38", "H7")
def test_an_answer_to_a_merged_ticket_goes_to_the_one_in_which_it_goes_on(shared: House) -> None:
    ada = somebody()
    first, second = request(shared, ada), request(shared, ada, "The printer again")
    writes(shared, ANNA, first, "#take")
    writes(shared, ANNA, second, f"#merge {first}")
    assert shared.read(lambda session: session.get_one(Ticket, second).status) == "closed"
    assert entry(shared, second, "merged").details["after"] == first
    fate = deliver(shared, reply(last_mail(shared, ada, second), "It is the blue one.", sender=ada))
    assert (fate.outcome, fate.ticket) == ("added", first)
    assert "It is the blue one." in text_of(last_mail(shared, ANNA))
    assert "It is the blue one." in said(shared, second), "the message stays with its conversation"
    shown = shared.verb("show", argument=str(second))
    assert shown["data"]["number"] == first, "the number leads on"
    assert any("blue one" in line for line in shown["lines"])


@pytest.mark.covers("H6", "H9")
def test_a_ticket_on_the_terminal_says_what_is_known_of_it_to_agents_only(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, "Printer broken", "My printer does not print.")
    shared.verb("category", number, "printer")
    shared.verb("urgency", number, "high")
    lines = shared.verb("show", argument=str(number))["lines"]
    head = lines[: lines.index("")]
    assert head[0].startswith("priority: ")
    assert "urgency high" in head[0]
    assert f"requester: Ada Lovelace, {address_of(ada)}" in head
    assert {"works on it: nobody", "tier: 1", "category: Printer"} <= set(head)
    assert any(line.startswith("not known yet: ") for line in head)
    assert any(line.startswith(("first response: due", "first answer: due")) for line in head)
    theirs = shared.verb("show", argument=str(number), who=address_of(ada))["lines"]
    assert not any(line.startswith(("priority", "owner", "tier", "category")) for line in theirs)


@pytest.mark.covers("E38")
def test_a_circle_of_merged_tickets_loses_nothing(shared: House) -> None:
    ada = somebody()
    first, second = request(shared, ada), request(shared, ada, "The printer again")
    merged(shared, first, second)
    with pytest.raises(NotDone, match="no other ticket"):
        shared.verb("merge", second, str(first))

    def close_the_circle(tx: Tx) -> None:
        tx.session.get_one(Ticket, second).merged_into_id = first

    shared.run(close_the_circle)
    fate = deliver(shared, reply(last_mail(shared, ada, first), "Is anybody there?", sender=ada))
    assert (fate.state, fate.outcome, fate.ticket) == ("done", "added", first)
    assert "Is anybody there?" in said(shared, first)


@pytest.mark.covers("H18")
def test_tickets_of_two_people_are_merged_on_confirmation_and_each_gets_only_their_own(shared: House) -> None:
    ada, bob = somebody(), somebody("Bob Byte")
    first, second = request(shared, ada, "No network"), request(shared, bob, "No network here")
    writes(shared, ANNA, second, f"#merge {first}")
    refusal = text_of(last_mail(shared, ANNA, second))
    assert "Ada Lovelace" in refusal
    assert f"#merge {first} confirm" in refusal
    assert shared.ticket(second)["status"] == "new"
    writes(shared, ANNA, second, f"#merge {first} confirm")
    before = len(mails(shared, bob))
    writes(shared, ANNA, first, "Ada, please restart your switch.")
    assert "restart your switch" in text_of(last_mail(shared, ada))
    assert len(mails(shared, bob)) == before
    deliver(shared, reply(last_mail(shared, bob), "It is still dead.", sender=bob))
    told = last_mail(shared, ANNA, second)
    assert "It is still dead." in text_of(told)
    hers = len(mails(shared, ada))
    deliver(shared, reply(told, "Bob, use the other socket.", sender=ANNA))
    assert "other socket" in text_of(last_mail(shared, bob))
    assert len(mails(shared, ada)) == hers
    shown = shared.ask("verb", **{"verb": "show", "as": address_of(bob), "argument": str(second)})
    assert "switch" not in str(shown), "who is merged in is not shown the other's ticket"
    with pytest.raises(NotDone):
        shared.ask("verb", **{"verb": "show", "as": address_of(bob), "argument": str(first)})
    writes(shared, ANNA, first, "#solve\nAda, the cable was out.")
    assert "cable was out" in text_of(last_mail(shared, ada))
    assert "solved" in text_of(last_mail(shared, bob))
    assert "cable" not in text_of(last_mail(shared, bob))


@pytest.mark.covers("H18")
def test_a_held_answer_on_a_merged_ticket_goes_to_whom_it_was_written(shared: House) -> None:
    ada, bob = somebody(), somebody("Bob Byte")
    first, second = request(shared, ada), request(shared, bob)
    card = last_mail(shared, ANNA, second)
    merged(shared, second, first, confirm=True)
    hers = len(mails(shared, ada))
    deliver(shared, reply(card, "Only for Bob.", sender=ANNA, quote=False))
    assert "bob" in text_of(last_mail(shared, ANNA, second))
    writes(shared, ANNA, second, "#send")
    assert "Only for Bob." in text_of(last_mail(shared, bob))
    assert len(mails(shared, ada)) == hers


def test_unmerging_gives_back_what_was_there(shared: House) -> None:
    ada = somebody()
    first, second = request(shared, ada), request(shared, ada, "Another thing")
    shared.verb("wait", second, "Which one?")
    before = said(shared, second)
    merged(shared, second, first)
    deliver(shared, reply(last_mail(shared, ada, second), "The blue one.", sender=ada))
    writes(shared, ANNA, first, f"#unmerge {second}")
    assert shared.ticket(second)["status"] == "waiting_requester"
    assert said(shared, second)[: len(before)] == before
    assert "The blue one." in said(shared, second), "what was said to it meanwhile is its own"
    assert "The blue one." not in said(shared, first)
    assert shared.ticket(second)["number"] == second
    pair = (min(first, second), max(first, second))
    assert shared.read(lambda session: session.get(TicketLink, pair)) is None
    fate = deliver(shared, reply(last_mail(shared, ada, second), "And the red one.", sender=ada))
    assert fate.ticket == second
    with pytest.raises(NotDone, match="no such ticket"):
        shared.verb("unmerge", first)


def test_a_message_becomes_a_ticket_of_its_own(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    with pytest.raises(NotDone, match="nothing came"):
        shared.verb("split", number)
    deliver(shared, reply(last_mail(shared, ada), "By the way, my phone is dead too.", sender=ada))
    writes(shared, ANNA, number, "#split The phone is dead")
    fresh = entry(shared, number, "split").details["after"]
    ticket = shared.ticket(fresh)
    assert (ticket["subject"], ticket["requester"]) == ("The phone is dead", "Ada Lovelace")
    assert any("my phone is dead" in words for words in said(shared, fresh))
    assert f"[#{fresh}]" in str(last_mail(shared, ada)["Subject"])
    assert entry(shared, fresh, "linked").details["after"] == number


# ------------------------------------------------------------------------------------------ whose request it is


@pytest.mark.covers("H1")
def test_a_call_is_logged_by_mail(shared: House) -> None:
    grace = address_of(somebody("Grace Hopper"))
    deliver(
        shared,
        mail(ANNA, "A call", f"#call for {grace}\nThe headset is silent.\n", Authentication_Results=PROVEN),
    )
    told = last_mail(shared, grace)
    assert "Thank you for your call" in text_of(told)
    assert "The headset is silent." in text_of(told)
    assert "recorded for" in str(last_mail(shared, ANNA)["Subject"])


@pytest.mark.covers("H1")
def test_a_call_that_was_settled_at_once_is_solved(shared: House) -> None:
    grace = address_of(somebody("Grace Hopper"))
    answer = shared.verb("call", argument=f"solved for {grace} How do I print?")
    assert shared.ticket(answer["data"]["number"])["status"] == "solved"


@pytest.mark.parametrize("argument", ["", "ada@example.com", "for nobody", "for help@example.org It rings."])
def test_a_call_of_nobody_is_refused_in_a_line(shared: House, argument: str) -> None:
    with pytest.raises(NotDone) as refused:
        shared.verb("call", argument=argument)
    assert "\n" not in str(refused.value)


def test_a_request_becomes_somebody_elses(shared: House) -> None:
    ada, grace = somebody(), somebody("Grace Hopper")
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, f"#for {address_of(grace)}\nWhich printer is it?")
    assert "Which printer is it?" in text_of(last_mail(shared, grace))
    assert len(mails(shared, ada)) == before
    fate = deliver(shared, reply(last_mail(shared, grace), "The blue one.", sender=grace))
    assert fate.ticket == number
    assert lines(shared, number)[-1].flags == ["no Date"]


@pytest.mark.covers("H18")
@pytest.mark.parametrize("verb", ["#for", "#vendor"])
def test_a_held_answer_names_whom_its_verb_names(shared: House, verb: str) -> None:
    grace = address_of(somebody("Grace Hopper"))
    number = request(shared)
    card = last_mail(shared, ANNA, number)
    deliver(shared, reply(card, f"{verb} {grace}\nWhich one is it?", sender=ANNA, quote=False))
    assert f"sent to {grace}" in text_of(last_mail(shared, ANNA, number))
    assert mails(shared, grace) == []
    writes(shared, ANNA, number, "#send")
    assert "Which one is it?" in text_of(last_mail(shared, grace))


def test_an_agent_opens_a_request_for_somebody(shared: House) -> None:
    grace = address_of(somebody("Grace Hopper"))
    deliver(shared, mail(ANNA, "x", f"#for {grace}\nShe needs a mouse.\n", Authentication_Results=PROVEN))
    assert "She needs a mouse" in str(last_mail(shared, grace)["Subject"])


# ------------------------------------------------------------------------------------------ away


@pytest.mark.covers("H7")
def test_who_is_away_gets_no_ticket_mail_and_the_others_do(house: House) -> None:
    number = request(house)
    writes(house, ANNA, number, "#take")
    day = f"{house.clock() + timedelta(days=3):%Y-%m-%d}"
    assert "00:00" in house.verb("away", argument=f"until {day}")["title"]
    before = len(mails(house, ANNA))
    fresh = request(house, subject="Another thing")
    assert house.ticket(fresh)["owner"] == "Ben Koch"
    assert last_mail(house, BEN, fresh)
    taken = house.read(lambda session: session.get_one(Ticket, number).requester_id)
    address = house.read(
        lambda session: session.scalars(select(Identity.address).where(Identity.person_id == taken)).one()
    )
    deliver(house, reply(last_mail(house, f"<{address}>"), "Hello?", sender=f"<{address}>"))
    assert "Hello?" in text_of(last_mail(house, BEN, number)), "somebody hears of it"
    assert len(mails(house, ANNA)) == before
    with pytest.raises(NotDone, match="Anna Weber is away"):
        house.verb("assign", fresh, "anna", who="ben")
    assert house.verb("away", who="ben")["lines"] == [f"Anna Weber: {day} 00:00"]
    house.verb("back")
    request(house, subject="And one more")
    assert len(mails(house, ANNA)) == before + 1


@pytest.mark.covers("H7")
def test_the_lead_owns_the_tickets_of_who_is_away_until_they_are_back(house: House) -> None:
    ada = somebody()
    number, done, passed = request(house, ada), request(house), request(house)
    for one in (number, done, passed):
        writes(house, ANNA, one, "#take")
    day = house.clock() + timedelta(days=2)
    house.verb("away", argument=f"until {day:%Y-%m-%d}")
    house.settle()
    assert house.ticket(number)["owner"] == "Lea Lund"
    assert house.ticket(number)["assignee"] == "Anna Weber"
    assert entry(house, number, "owner").details["why"] == "Anna Weber is away"
    told = last_mail(house, LEA)
    assert "Anna Weber is away until" in str(told["Subject"])
    assert all(f"#{one}" in text_of(told) for one in (number, done, passed))
    deliver(house, reply(last_mail(house, ada, number), "Hello?", sender=ada))
    writes(house, BEN, number, "I am here.")
    assert "I am here." in text_of(last_mail(house, ada, number)), "it is not held for somebody who is away"
    house.verb("away", argument=f"until {day + timedelta(days=1):%Y-%m-%d}")
    house.verb("solve", done, who="ben")
    house.run(lambda tx: setattr(tx.session.get_one(Ticket, passed), "owner_id", house.desk.directory.nobody))
    house.clock.forward(timedelta(days=2, hours=1))
    house.settle()
    assert house.ticket(number)["owner"] == "Lea Lund", "it became a day longer"
    house.clock.forward(timedelta(days=1))
    house.wait_until(lambda: house.ticket(number)["owner"] == "Anna Weber", "the tickets to go back")
    assert house.ticket(done)["owner"] == "Lea Lund", "what is done stays where it is"
    assert house.ticket(passed)["owner"] == "IT Help", "and what somebody else has got since"


def test_who_comes_back_early_owns_their_tickets_again(house: House) -> None:
    number = request(house)
    writes(house, ANNA, number, "#take")
    house.verb("away", argument=f"until {house.clock() + timedelta(days=2):%Y-%m-%d}")
    assert house.ticket(number)["owner"] == "Lea Lund"
    house.verb("back")
    assert house.ticket(number)["owner"] == "Anna Weber"


@pytest.mark.covers("H7")
@pytest.mark.parametrize("form", ["until {0.day} {0:%b}", "until {0:%d %B %Y} 14:00", "{0:%Y-%m-%d} 14:00"])
def test_the_day_of_coming_back_is_written_as_people_do(house: House, form: str) -> None:
    day = house.clock() + timedelta(days=9)
    clock = "14:00" if "14" in form else "00:00"
    assert f"{day:%Y-%m-%d} {clock}" in house.verb("away", argument=form.format(day))["title"]


@pytest.mark.covers("H7")
def test_a_stand_in_who_goes_away_too_passes_on_what_is_not_theirs(house: House) -> None:
    number = request(house)
    writes(house, ANNA, number, "#take")
    now = house.clock()
    for handle, days in (("anna", 3), ("lea", 2)):
        house.verb("away", argument=f"until {now + timedelta(days=days):%Y-%m-%d}", who=handle)
    assert house.ticket(number)["owner"] == "Ben Koch"
    house.verb("back", who="lea")
    assert house.ticket(number)["owner"] == "Ben Koch", "it was Anna's and not hers"
    house.verb("back")
    assert house.ticket(number)["owner"] == "Anna Weber"


def test_where_nobody_else_is_there_the_owner_stays(house: House) -> None:
    number = request(house)
    for handle in ("lea", "ben", "anna"):
        house.verb("away", argument=f"until {house.clock() + timedelta(days=2):%Y-%m-%d}", who=handle)
    assert house.ticket(number)["owner"] == "Anna Weber"


def test_somebody_hears_of_it_though_all_are_away(house: House) -> None:
    for handle in ("anna", "ben"):
        house.verb("away", argument=f"until {house.clock() + timedelta(days=2):%Y-%m-%d}", who=handle)
    number = request(house)
    assert last_mail(house, ANNA, number)
    assert last_mail(house, BEN, number)


@pytest.mark.parametrize(
    "argument", ["until", "until tomorrow", "until 2026-02-30", "until 9999-12-31", "until 2001-01-01"]
)
def test_a_date_that_is_none_is_refused(shared: House, argument: str) -> None:
    with pytest.raises(NotDone, match=r"#away until|not in the future"):
        shared.verb("away", argument=argument)


# ------------------------------------------------------------------------------------------ in copy


@pytest.mark.covers("H11")
def test_people_in_copy_hear_the_answers_and_nothing_internal(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Ecker")
    number = request(shared, ada, Cc=f"{eve}, IT <it@example.org>, ben@example.org, no-reply@shop.example")
    assert watching(shared, number) == {address_of(eve)}
    writes(shared, ANNA, number, "#note\nThe requester is rude.")
    assert mails(shared, eve) == []
    writes(shared, ANNA, number, "Please switch it off.")
    (copy,) = mails(shared, eve)
    assert "Please switch it off." in text_of(copy)
    assert "rude" not in copy.as_string()
    assert address_of(str(copy["To"])) == address_of(eve)
    fate = deliver(shared, reply(copy, "I have switched it off.", sender=eve))
    assert fate.ticket == number
    line = lines(shared, number)[-1]
    assert (line.role, line.words, "watcher" in line.flags) == ("watcher", "I have switched it off.", True)
    told = text_of(last_mail(shared, ANNA, number))
    assert "I have switched it off." in told
    assert "somebody in copy" in told


def test_somebody_in_copy_does_not_reopen(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Ecker")
    number = request(shared, ada, Cc=eve)
    writes(shared, ANNA, number, "#solve\nA new cable.")
    deliver(shared, reply(last_mail(shared, eve), "Mine is broken too.", sender=eve))
    assert shared.ticket(number)["status"] == "solved"


@pytest.mark.covers("H11", "H17")
def test_people_in_copy_are_asked_nothing_and_promised_nothing(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Ecker")
    number = request(shared, ada, Cc=eve)
    writes(shared, ANNA, number, "#wait\nWhich one is it?")
    assert "as soon as we have your answer" in text_of(last_mail(shared, ada))
    assert "your answer" not in text_of(last_mail(shared, eve))
    writes(shared, ANNA, number, "#solve\nA new cable.")
    assert f"your request #{number}" in text_of(last_mail(shared, ada))
    words = text_of(last_mail(shared, eve))
    assert f"we regard request #{number}, The printer is broken, as solved" in words
    assert "A new cable." in words
    assert "open it again" not in words


@pytest.mark.covers("E54")
def test_one_mail_puts_forty_people_on_a_ticket_at_most(shared: House) -> None:
    copies = ", ".join(address_of(somebody("Copy Cat")) for _ in range(60))
    number = request(shared, Cc=copies)
    assert len(watching(shared, number)) == 40
    assert entry(shared, number, "watchers_left_out").details == {"count": 20}


@pytest.mark.covers("E55")
def test_the_mailbox_a_mail_was_delivered_to_is_never_in_copy(shared: House) -> None:
    eve = somebody("Eve Ecker")
    number = request(shared, Cc=f"helpdesk@example.net, {eve}", Delivered_To="helpdesk@example.net")
    assert watching(shared, number) == {address_of(eve)}


@pytest.mark.covers("H11")
def test_an_agent_puts_somebody_in_copy_and_takes_them_off(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Ecker")
    address = address_of(eve)
    number = request(shared, ada)
    writes(shared, ANNA, number, f"#watch {address}\nPlease switch it off.")
    assert "Please switch it off." in text_of(last_mail(shared, eve, number))
    assert "Please switch it off." in text_of(last_mail(shared, ada, number))
    assert shared.verb("watch", number, f"<mailto:{address}>")["title"] == f"{address} is in copy on #{number}"
    assert [found.action for found in audit(shared, number)].count("watched") == 1
    writes(shared, ANNA, number, f"#unwatch {address}")
    assert watching(shared, number) == set()
    before = len(mails(shared, eve))
    deliver(shared, _in_copy(reply(last_mail(shared, ada, number), "It is off.", sender=ada), eve))
    writes(shared, ANNA, number, "Now on again.")
    assert len(mails(shared, eve)) == before, "a mail that still has them in copy does not bring them back"
    shared.verb("unwatch", number, address)
    assert [found.action for found in audit(shared, number)].count("unwatched") == 1
    shared.verb("watch", number, address)
    assert watching(shared, number) == {address}


def test_what_waits_for_somebody_taken_off_is_not_sent(house: House) -> None:
    eve = somebody("Eve Ecker")
    number = request(house, Cc=eve)
    house.sink.hang_up()
    house.verb("answer", number, "Please switch it off.")
    assert ("answer", address_of(eve)) in deliveries(house, number)
    wait_until_put_off(house, eve, 1)
    house.verb("unwatch", number, address_of(eve))
    house.sink.listen()
    house.clock.forward(timedelta(minutes=10))
    house.settle()
    assert mails(house, eve) == []


@pytest.mark.parametrize("argument", ["nobody", "help@example.org", "ada@", "a@example.com b@example.com"])
def test_nobody_and_we_ourselves_are_not_put_in_copy(shared: House, argument: str) -> None:
    number = request(shared)
    for verb in ("watch", "unwatch"):
        with pytest.raises(NotDone) as refused:
            shared.verb(verb, number, argument)
        assert "\n" not in str(refused.value)
    assert watching(shared, number) == set()


def test_the_requester_is_not_put_in_copy_and_who_is_not_cannot_be_taken_off(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    with pytest.raises(NotDone, match="is the requester"):
        shared.verb("watch", number, address_of(ada))
    with pytest.raises(NotDone, match="is not in copy"):
        shared.verb("unwatch", number, address_of(somebody("Eve Ecker")))


@pytest.mark.covers("H18")
def test_an_agent_follows_a_ticket(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    writes(shared, BEN, number, "#watch")
    assert entry(shared, number, "watched").details == {"address": "Ben Koch"}
    deliver(shared, reply(last_mail(shared, ada, number), "It smokes.", sender=ada))
    assert "It smokes." in text_of(last_mail(shared, BEN, number))
    assert "It smokes." in text_of(last_mail(shared, ANNA, number))
    writes(shared, ANNA, number, "#note\nShe is right.")
    assert "She is right." in text_of(last_mail(shared, BEN, number))
    writes(shared, ANNA, number, "Please leave the room.")
    assert "Please leave the room." in text_of(last_mail(shared, BEN, number))
    assert "Please leave the room." in text_of(last_mail(shared, ada, number))
    writes(shared, BEN, number, "#unwatch")
    before = len(mails(shared, BEN))
    writes(shared, ANNA, number, "#solve\nThe fire is out.")
    assert len(mails(shared, BEN)) == before
    shared.verb("watch", number, "ben")
    assert shared.verb("watch", number, "anna")["title"] == f"Anna Weber follows #{number}"
    before = len(mails(shared, ANNA))
    deliver(shared, reply(last_mail(shared, ada, number), "Not quite.", sender=ada))
    assert len(mails(shared, ANNA)) == before + 1, "who works on it and follows it hears it once"


def test_a_mail_that_nothing_may_answer_puts_nobody_in_copy(shared: House) -> None:
    headers = {"List_Id": "<all.example.com>", "Precedence": "list"}
    number = request(shared, somebody(), Cc=somebody("Eve Ecker"), **headers)
    assert watching(shared, number) == set()


# ------------------------------------------------------------------------------------------ vendors


@pytest.mark.covers("H19")
def test_a_vendor_is_asked_and_sees_only_the_agents_words(shared: House) -> None:
    ada, vendor = somebody(), somebody("Printer Co")
    number = asked_vendor(shared, ada, vendor)
    assert shared.ticket(number)["status"] == "waiting_vendor"
    shown = shared.verb("show", argument=str(number))["lines"]
    assert any("Anna Weber (internal): What does E 41 mean?" in line for line in shown)
    (question,) = mails(shared, vendor)
    assert "What does E 41 mean?" in text_of(question)
    assert f"[#{number}]" in str(question["Subject"])
    whole = question.as_string()
    for secret in ("Secret subject", "private words", "Lovelace", address_of(ada)):
        assert secret not in whole
    hers = len(mails(shared, ada))
    deliver(shared, reply(question, "Replace the drum.", sender=vendor))
    assert shared.ticket(number)["status"] == "open"
    line = lines(shared, number)[-1]
    assert (line.kind, line.role, line.words) == ("note", "vendor", "Replace the drum.")
    told = text_of(last_mail(shared, ANNA, number))
    assert f"The vendor {vendor.replace('<', '(').replace('>', ')')} answered on #{number}" in told
    assert "Answer #share to send it to Ada Lovelace" in told
    assert "Replace the drum." in text_of(last_mail(shared, ANNA, number))
    assert len(mails(shared, ada)) == hers
    shown = shared.ask("verb", **{"verb": "show", "as": address_of(ada), "argument": str(number)})
    assert "drum" not in str(shown)
    writes(shared, ANNA, number, "#share\nThe maker says:")
    answer = text_of(last_mail(shared, ada))
    assert answer.index("The maker says:") < answer.index("Replace the drum.")
    assert len(mails(shared, vendor)) == 1
    with pytest.raises(NotDone, match="no answer of a vendor"):
        shared.verb("share", number)


@pytest.mark.covers("H17", "H19")
def test_a_vendor_is_greeted_in_the_language_of_the_question(shared: House) -> None:
    vendor = somebody("Drucker AG")
    words = "Guten Tag, was bedeutet die Meldung E 41, die unser Drucker seit heute Morgen zeigt?"
    asked_vendor(shared, somebody(), vendor, words)
    assert "Freundliche Grüße" in text_of(last_mail(shared, vendor))


@pytest.mark.covers("H19")
def test_a_vendors_file_is_shared_with_the_answer(shared: House) -> None:
    ada, vendor = somebody(), somebody("Printer Co")
    number = asked_vendor(shared, ada, vendor)
    answer = reply(last_mail(shared, vendor), "See the manual.", sender=vendor)
    answer.add_attachment(b"%PDF drum", maintype="application", subtype="pdf", filename="drum.pdf")
    deliver(shared, answer)
    writes(shared, ANNA, number, "#share")
    (file,) = last_mail(shared, ada).iter_attachments()
    assert file.get_content() == b"%PDF drum"


@pytest.mark.covers("H19")
def test_who_answers_a_vendor_unasked_is_marked(shared: House) -> None:
    """They know the vendor's mail and show no token of ours: what they write must not pass for the vendor's."""
    ada, vendor, other = somebody(), somebody("Printer Co"), somebody("Mallory")
    number = asked_vendor(shared, ada, vendor)
    answer = reply(last_mail(shared, vendor), "Replace the drum.", sender=vendor)
    deliver(shared, answer)
    aside = mail(other, "Re: E 41", "No, pay us first.\n", In_Reply_To=str(answer["Message-ID"]))
    assert deliver(shared, aside).ticket == number
    told, unasked = lines(shared, number)[-2:]
    assert (told.words, told.role, unasked.role) == ("Replace the drum.", "vendor", "vendor")
    assert "not_on_ticket" not in told.flags
    assert "not_on_ticket" in unasked.flags
    shared.verb("share", number)
    shared.settle()
    assert "Replace the drum." in text_of(last_mail(shared, ada))
    assert "pay us" not in text_of(last_mail(shared, ada))


@pytest.mark.covers("H19")
def test_all_answers_of_a_vendor_are_shared_with_the_files_of_both(shared: House) -> None:
    ada, vendor = somebody(), somebody("Printer Co")
    number = asked_vendor(shared, ada, vendor)
    question = last_mail(shared, vendor)
    for words, drum in (("First, open it.", b"%PDF open"), ("Then replace the drum.", b"%PDF drum")):
        answer = reply(question, words, sender=vendor)
        answer.add_attachment(drum, maintype="application", subtype="pdf", filename=f"{len(words)}.pdf")
        deliver(shared, answer)
    automatic = reply(question, "I am on holiday.", sender=vendor)
    automatic["Auto-Submitted"] = "auto-replied"
    deliver(shared, automatic)
    mine = reply(last_mail(shared, ANNA, number), "#share all\nThe maker says:", sender=ANNA)
    mine.add_attachment(b"%PDF key", maintype="application", subtype="pdf", filename="key.pdf")
    deliver(shared, mine)
    told = last_mail(shared, ada, number)
    words = text_of(told)
    assert words.index("The maker says:") < words.index("First, open it.") < words.index("Then replace the drum.")
    assert "holiday" not in words
    assert [file.get_content() for file in told.iter_attachments()] == [b"%PDF key", b"%PDF open", b"%PDF drum"]
    with pytest.raises(NotDone, match="no answer of a vendor"):
        shared.verb("share", number, "all")


@pytest.mark.covers("H19")
def test_a_shared_answer_is_told_apart_from_the_agents_words(shared: House) -> None:
    ada, vendor = somebody(), somebody("Printer Co")
    number = asked_vendor(shared, ada, vendor)
    deliver(shared, reply(last_mail(shared, vendor), "Dear Anna,\n\nreplace the *drum*.", sender=vendor))
    told = text_of(last_mail(shared, ANNA, number)).replace("\r\n", "\n")
    assert f"({address_of(vendor)}) answered on #{number}" in told
    assert "The requester does not see it" in told
    assert "Answer #share to send it to Ada Lovelace" in told
    writes(shared, ANNA, number, "#share\nHere is what they say.")
    words = text_of(last_mail(shared, ada, number)).replace("\r\n", "\n")
    assert "Here is what they say.\n\nPrinter Co wrote:\n\n> Dear Anna,\n>\n> replace the *drum*.\n" in words
    assert "> replace the *drum*." in said(shared, number)[-1]


@pytest.mark.covers("H19")
def test_what_a_vendor_answers_while_the_agent_is_away_reaches_the_others(house: House) -> None:
    ada, vendor = somebody(), somebody("Printer Co")
    number = asked_vendor(house, ada, vendor)
    house.verb("away", argument=f"until {house.clock() + timedelta(days=2):%Y-%m-%d}")
    deliver(house, reply(last_mail(house, vendor), "Replace the drum.", sender=vendor))
    assert "Replace the drum." in text_of(last_mail(house, BEN, number))


def test_what_the_desk_begins_is_one_thread(shared: House) -> None:
    ada, grace, vendor = somebody(), somebody("Grace Hopper"), somebody("Printer Co")
    called = shared.verb("call", argument=f"for {address_of(grace)} No sound")["data"]["number"]
    shared.verb("answer", called, "Is it plugged in?")
    number = request(shared, ada)
    roots = set()
    for words in ("What is E 41?", "And E 42?"):
        writes(shared, ANNA, number, f"#vendor {address_of(vendor)}\n{words}")
    shared.settle()
    for person in (grace, vendor):
        first, second = mails(shared, person)
        assert first["References"] == second["References"]
        roots.add(str(first["References"]))
    eve = somebody("Eve Ecker")
    writes(shared, ANNA, number, f"#for {address_of(eve)}\nIs it on?")
    roots.add(str(last_mail(shared, eve)["References"]))
    assert len(roots) == 3, "and nobody sees the thread of another"
    fate = deliver(shared, reply(last_mail(shared, eve), "It is.", sender=eve))
    assert fate.ticket == number


@pytest.mark.covers("H19")
def test_only_the_newest_answer_is_shared_unless_all_are_asked_for(shared: House) -> None:
    ada, vendor = somebody(), somebody("Printer Co")
    number = asked_vendor(shared, ada, vendor)
    for words in ("Open it.", "Close it."):
        deliver(shared, reply(last_mail(shared, vendor), words, sender=vendor))
    shared.verb("share", number)
    shared.settle()
    assert "Close it." in text_of(last_mail(shared, ada))
    assert "Open it." not in text_of(last_mail(shared, ada))
    with pytest.raises(NotDone, match="#share all"):
        shared.verb("share", number)
    shared.verb("share", number, "all")
    shared.settle()
    assert "Open it." in text_of(last_mail(shared, ada))
    assert "Close it." not in text_of(last_mail(shared, ada))


@pytest.mark.covers("H19")
def test_an_answer_to_a_merged_tickets_question_can_be_shared_there(shared: House) -> None:
    ada, vendor = somebody(), somebody("Printer Co")
    first = request(shared, ada, "Another thing")
    number = asked_vendor(shared, ada, vendor)
    merged(shared, number, first)
    deliver(shared, reply(last_mail(shared, vendor), "Replace the drum.", sender=vendor))
    shared.verb("share", number)
    shared.settle()
    assert "Replace the drum." in text_of(last_mail(shared, ada, number))


@pytest.mark.covers("H19")
def test_a_vendors_automatic_answer_and_bounce_do_not_end_the_waiting(shared: House) -> None:
    vendor = somebody("Printer Co")
    number = asked_vendor(shared, somebody(), vendor)
    question = last_mail(shared, vendor)
    automatic = reply(question, "We have your mail.", sender=vendor)
    automatic["Auto-Submitted"] = "auto-replied"
    deliver(shared, automatic)
    assert shared.ticket(number)["status"] == "waiting_vendor"
    assert lines(shared, number)[-1].kind == "note"
    deliver(shared, bounce(question), sender="<>")
    assert "did not arrive" in text_of(last_mail(shared, ANNA, number))
    assert shared.ticket(number)["status"] == "waiting_vendor"


def test_somebody_on_the_ticket_is_no_vendor(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    for address in (address_of(ada), "ben@example.org", "help@example.org", "nobody"):
        writes(shared, ANNA, number, f"#vendor {address}\nWhat is it?")
    assert [notice for notice, _ in deliveries(shared, number, "vendor")] == []
    assert "vendor_asked" not in {found.action for found in audit(shared, number)}
