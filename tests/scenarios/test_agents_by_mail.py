"""Agents work from an ordinary mail program: words answer, `#verbs` do, and what is unclear is asked about first."""

import re
from email.message import EmailMessage
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from tests.support.house import House, mail, reply, text_of
from tests.support.story import (
    ANNA,
    BEN,
    LEA,
    MARKER,
    PROVEN,
    address_of,
    deliver,
    deliveries,
    entry,
    last_mail,
    lines,
    mails,
    request,
    said,
    somebody,
    words_of,
    writes,
)


def unmarked(house: House, agent: str, ticket: int, text: str) -> None:
    """The agent's answer from a program that does not quote, so that it shows no line to write above."""
    deliver(house, reply(last_mail(house, agent, ticket), text, sender=agent, quote=False))


# ------------------------------------------------------------------------------------------ words and verbs


@pytest.mark.covers("H7", "H17")
def test_answering_takes_the_ticket_and_makes_the_agent_its_owner(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, BEN, number, "Is the cable in?")
    ticket = shared.ticket(number)
    assert (ticket["status"], ticket["owner"], ticket["assignee"]) == ("open", "Ben Koch", "Ben Koch")
    answer = last_mail(shared, ada)
    assert "Is the cable in?" in text_of(answer)
    assert "Ben Koch" in text_of(answer)
    assert "IT Help" in text_of(answer)
    assert answer["Auto-Submitted"] is None, "a person's words are no automatic mail"


@pytest.mark.covers("H9")
def test_a_note_is_kept_and_reaches_the_assignee_only(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    before = len(mails(shared, ada))
    writes(shared, BEN, number, "#note\nHe broke it himself.\nAgain.")
    assert said(shared, number, "note") == ["He broke it himself.\nAgain."]
    assert "He broke it himself." in text_of(last_mail(shared, ANNA, number))
    assert len(mails(shared, ada)) == before


@pytest.mark.covers("H18")
@pytest.mark.parametrize(
    "text", ["#note he broke it himself", "#NOTE he broke it himself", "#note: he broke it himself"]
)
def test_a_note_on_the_verbs_own_line_is_a_note(shared: House, text: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, text)
    assert said(shared, number, "note") == ["he broke it himself"]
    assert len(mails(shared, ada)) == before


@pytest.mark.covers("H18")
@pytest.mark.parametrize(
    "text", ["#note:he broke it", "# nota\nhe broke it", "#note-\nhe broke it", "#notiz\nhe broke it"]
)
def test_a_verb_with_a_slip_in_it_sends_nothing(shared: House, text: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, text)
    assert len(mails(shared, ada)) == before
    assert "not sent" in text_of(last_mail(shared, ANNA, number)) or "Not done" in str(
        last_mail(shared, ANNA)["Subject"]
    )


@pytest.mark.covers("H12", "H17")
def test_solving_with_words_is_one_mail_to_the_requester(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, "#solve\nI have put in a new cable.")
    told = mails(shared, ada)[before:]
    assert len(told) == 1
    assert "I have put in a new cable." in text_of(told[0])
    assert shared.ticket(number)["status"] == "solved"
    assert said(shared, number).count("I have put in a new cable.") == 1


@pytest.mark.covers("H12")
def test_solving_without_words_tells_the_requester_once(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, "#solve")
    told = mails(shared, ada)[before:]
    assert len(told) == 1
    assert "solved" in text_of(told[0])


@pytest.mark.covers("H6", "H8")
def test_a_question_waits_for_the_requester_and_their_answer_goes_on(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#wait\nWhich printer is it?")
    assert shared.ticket(number)["status"] == "waiting_requester"
    assert "Which printer is it?" in text_of(last_mail(shared, ada))
    deliver(shared, reply(last_mail(shared, ada), "The blue one.", sender=ada))
    assert shared.ticket(number)["status"] == "open"
    assert "The blue one." in text_of(last_mail(shared, ANNA, number))


@pytest.mark.covers("H8")
def test_several_verbs_and_words_are_carried_out_together(shared: House) -> None:
    ada = somebody()
    other = request(shared)
    number = request(shared, ada)
    writes(shared, ANNA, number, f"#take\n#priority high\n#tag printer Basement\n#link {other}\n\nI am on my way.")
    ticket = shared.ticket(number)
    assert (ticket["priority"], ticket["assignee"]) == ("high", "Anna Weber")
    assert sorted(ticket["tags"]) == ["basement", "printer"]
    assert entry(shared, number, "linked").details["after"] == other
    assert "I am on my way." in text_of(last_mail(shared, ada))
    assert "#" not in text_of(last_mail(shared, ada)).replace(f"#{number}", "").partition("[fl:")[0]
    confirmation = str(last_mail(shared, ANNA, number)["Subject"])
    for part in ("is yours", "priority high", "tagged printer, basement", "linked"):
        assert part in confirmation


@pytest.mark.covers("H5", "H7")
def test_who_is_assigned_a_ticket_is_told_with_its_history(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, text="The printer on floor three smokes.\n")
    writes(shared, ANNA, number, "Please switch it off.")
    writes(shared, ANNA, number, "#assign ben")
    told = text_of(last_mail(shared, BEN, number))
    assert "Anna Weber has given you" in told
    assert "smokes" in told
    assert "Please switch it off." in told
    ticket = shared.ticket(number)
    assert (ticket["owner"], ticket["assignee"]) == ("Anna Weber", "Ben Koch")
    writes(shared, BEN, number, "I bring another one.")
    assert "I bring another one." in text_of(last_mail(shared, ada))


@pytest.mark.covers("H7")
def test_of_a_taken_ticket_the_others_are_sent_nothing_more(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, BEN, number, "Is the cable in?")
    told = len(mails(shared, ANNA, number))
    deliver(shared, reply(last_mail(shared, ada), "It is.", sender=ada))
    writes(shared, BEN, number, "#solve\nA new cable.")
    deliver(shared, reply(last_mail(shared, ada), "It is broken again.", sender=ada))
    assert "It is broken again." in text_of(last_mail(shared, BEN, number))
    assert len(mails(shared, ANNA, number)) == told


@pytest.mark.covers("H7")
def test_taking_a_taken_ticket_is_refused_and_names_the_colleague(shared: House) -> None:
    number = request(shared)
    writes(shared, BEN, number, "#take")
    writes(shared, ANNA, number, "#take")
    assert shared.ticket(number)["assignee"] == "Ben Koch"
    refusal = last_mail(shared, ANNA, number)
    assert "Ben Koch works on" in text_of(refusal)
    writes(shared, ANNA, number, "#take over")
    assert shared.ticket(number)["assignee"] == "Anna Weber"
    assert shared.ticket(number)["owner"] == "Ben Koch", "whoever took it first stays accountable"


@pytest.mark.covers("H18")
@pytest.mark.parametrize("text", ["#sovle\nIt works again.", "#priority high\n#sovle\nIt works again."])
def test_an_unknown_verb_sends_nothing_does_nothing_and_comes_back_with_help(shared: House, text: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, text)
    assert len(mails(shared, ada)) == before
    ticket = shared.ticket(number)
    assert (ticket["status"], ticket["priority"], ticket["assignee"]) == ("new", "medium", None)
    refusal = text_of(last_mail(shared, ANNA))
    assert "There is no #sovle; did you mean #solve?" in refusal
    assert "#solve, then what to tell the requester" in refusal
    assert "Nothing of your message was sent to the requester." in refusal


@pytest.mark.covers("H18")
def test_one_refused_verb_stops_the_words_and_all_others(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, "#tag printer\n#priority enormous\nIt works again.")
    assert len(mails(shared, ada)) == before
    assert shared.ticket(number)["tags"] == []
    refusal = text_of(last_mail(shared, ANNA, number))
    assert "critical, high, medium, low" in refusal
    assert "#tag printer #priority enormous" in refusal
    assert "#vendor" not in refusal, "only how those verbs are used"


@pytest.mark.covers("H18")
def test_words_for_two_verbs_at_once_go_nowhere(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, "#note\n#solve\nHe broke it himself.")
    assert len(mails(shared, ada)) == before
    assert shared.ticket(number)["status"] == "new"
    assert "one of #note, #solve" in text_of(last_mail(shared, ANNA, number))


@pytest.mark.covers("E80", "H18")
def test_nothing_an_agent_quotes_reaches_the_requester(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    writes(shared, BEN, number, "#note\nThe requester is rude.")
    writes(shared, ANNA, number, "#answer\nWe look into it.")
    answer = text_of(last_mail(shared, ada))
    assert "We look into it." in answer
    assert "rude" not in answer
    assert "rude" not in (last_mail(shared, ada).get_body(("html",)) or EmailMessage()).get_content()


# ------------------------------------------------------------------------------------------ drafts


@pytest.mark.covers("E80")
def test_words_without_a_line_to_write_above_are_held_until_they_are_sent(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    unmarked(shared, ANNA, number, "First line.\n\nSecond line: äöü.")
    assert len(mails(shared, ada)) == before
    assert shared.ticket(number)["status"] == "new"
    question = last_mail(shared, ANNA, number)
    assert "was not sent" in text_of(question)
    assert "First line." in text_of(question)
    writes(shared, ANNA, number, "#send")
    (answer,) = mails(shared, ada)[before:]
    assert words_of(answer).startswith("First line.\n\nSecond line: äöü.")
    assert shared.ticket(number)["assignee"] == "Anna Weber"
    assert said(shared, number)[-1] == "First line.\n\nSecond line: äöü."


@pytest.mark.covers("E80")
def test_a_held_answer_says_which_files_would_go_to_whom(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    answer = reply(last_mail(shared, ANNA, number), "#priority high\nThe manual.", sender=ANNA, quote=False)
    answer.add_attachment(b"%PDF" * 500, maintype="application", subtype="pdf", filename="manual.pdf")
    deliver(shared, answer)
    question = text_of(last_mail(shared, ANNA, number))
    assert f"sent to {ada.replace('<', '(').replace('>', ')')}" in question
    assert "manual.pdf (2 kB)" in question
    assert "#priority high" in question
    writes(shared, ANNA, number, "#send")
    (file,) = last_mail(shared, ada).iter_attachments()
    assert file.get_filename() == "manual.pdf"
    assert shared.ticket(number)["priority"] == "high"


@pytest.mark.covers("E80", "H18")
@pytest.mark.parametrize("copied", ["in copy", "at a notice of theirs"])
def test_an_agents_answer_to_the_requesters_own_mail_is_held_and_says_why(shared: House, copied: str) -> None:
    """It shows no line of ours: which of its words are new is a guess, and guesses are not sent but confirmed.

    Held even where the agent is in copy: then the requester has the mail already, and a second one would be too much.
    """
    ada = somebody()
    message = mail(ada, Cc="anna@example.org")
    number = deliver(shared, message).ticket
    assert number is not None
    before = len(mails(shared, ada))
    answered = message if copied == "in copy" else last_mail(shared, ada, number)
    answer = reply(answered, "It is the cable.", sender=ANNA, to_address="help@example.org")
    answer["Authentication-Results"] = PROVEN
    deliver(shared, answer)
    assert len(mails(shared, ada)) == before
    question = text_of(last_mail(shared, ANNA, number))
    assert "You answered a mail of the requester's own" in question
    assert "It is the cable." in question
    writes(shared, ANNA, number, "#send")
    assert "It is the cable." in text_of(last_mail(shared, ada))
    assert len(mails(shared, ada)) == before + 1


def test_a_held_answer_can_be_dropped(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    unmarked(shared, ANNA, number, "Rather not.")
    writes(shared, ANNA, number, "#cancel")
    writes(shared, ANNA, number, "#send")
    assert len(mails(shared, ada)) == before
    assert "Nothing of yours is held back" in text_of(last_mail(shared, ANNA, number))
    assert entry(shared, number, "draft_cancelled").actor == "agent anna"


@pytest.mark.covers("E80")
def test_words_between_the_quoted_ones_are_held(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    card = last_mail(shared, ANNA, number)
    quoted = [f"> {line}" for line in text_of(card).splitlines()]
    middle = next(at for at, line in enumerate(quoted) if "does not print" in line)
    text = "\n".join(["I see.", "", *quoted[: middle + 1], "", "Since when?", "", *quoted[middle + 1 :]])
    deliver(shared, reply(card, text, sender=ANNA, quote=False))
    assert len(mails(shared, ada)) == before
    assert "was not sent" in text_of(last_mail(shared, ANNA, number))


@pytest.mark.covers("H7", "E48")
def test_an_answer_after_a_colleagues_is_held(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    card = last_mail(shared, BEN, number)
    writes(shared, ANNA, number, "Anna is on it.")
    before = len(mails(shared, ada))
    deliver(shared, reply(card, "Ben is on it.", sender=BEN))
    assert len(mails(shared, ada)) == before
    said = text_of(last_mail(shared, BEN, number))
    assert re.search(r"Anna Weber answered before you, on .+ \d\d:\d\d", said)
    assert "`#send`" in said or "#send" in said
    writes(shared, BEN, number, "#send")
    assert "Ben is on it." in text_of(last_mail(shared, ada))
    assert shared.ticket(number)["assignee"] == "Anna Weber"


@pytest.mark.covers("H5")
def test_the_history_shows_what_the_desk_said_as_people_read_it(shared: House) -> None:
    number = request(shared, somebody())
    deliver(shared, mail(ANNA, "", f"#show {number}\n", Authentication_Results=PROVEN))
    shown = words_of(last_mail(shared, ANNA, number))
    assert f"> Thank you for your message. We have your request; its number is #{number}.\n" in shown
    assert "> Kind regards,\n> IT Help\n" in shown
    [line] = [line for line in shared.verb("show", number)["lines"] if "its number is" in line]
    assert line.startswith(f"{shared.clock().astimezone(ZoneInfo('Europe/Berlin')):%d %b %H:}"), "the desk's own time"
    assert f"its number is #{number}." in line
    assert "\\" not in line


@pytest.mark.covers("E70")
def test_a_picture_in_the_words_is_shown_where_it_stood(shared: House) -> None:
    ada = somebody()
    message = mail(ada, "An error", "It says\n\n[cid:image001.png@01DA]\n\nWhat now?\n")
    html = '<p>It says</p><img src="cid:image001.png@01DA"><p>What now?</p>'
    message.add_alternative(html, subtype="html")
    message.get_payload()[1].add_related(b"PNG", "image", "png", cid="<image001.png@01DA>", filename="image001.png")  # type: ignore[index, union-attr]
    number = deliver(shared, message).ticket
    card = last_mail(shared, ANNA, number)
    assert "[image001.png]" in text_of(card)
    shown = card.get_body(("html",))
    assert shown is not None
    assert '<img src="cid:image001.png@01DA"' in shown.get_content()


@pytest.mark.covers("H7", "E48")
@pytest.mark.parametrize("verb", ["answer", "solve", "wait"])
def test_words_on_a_verbs_own_line_are_held_after_a_colleagues_too(shared: House, verb: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    card = last_mail(shared, BEN, number)
    writes(shared, ANNA, number, "Anna is on it.")
    before = len(mails(shared, ada))
    deliver(shared, reply(card, f"#{verb} Ben is on it.", sender=BEN))
    assert len(mails(shared, ada)) == before
    assert f"#{verb} Ben is on it." in text_of(last_mail(shared, BEN, number))


@pytest.mark.covers("H18")
@pytest.mark.parametrize("text", ["It works now. #note He is rude.", "#solve It works now. #note He is rude."])
def test_a_verb_behind_other_words_is_asked_about(shared: House, text: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    writes(shared, ANNA, number, text)
    assert len(mails(shared, ada)) == before
    assert "Commands come first" in text_of(last_mail(shared, ANNA, number))


def test_a_held_answer_that_is_refused_when_it_is_sent_is_not_lost(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    unmarked(shared, BEN, number, "#take\nBen is on it.")
    writes(shared, ANNA, number, "Anna is on it.")
    before = len(mails(shared, ada))
    writes(shared, BEN, number, "#send")
    assert len(mails(shared, ada)) == before
    assert any("Anna Weber works on" in text_of(message) for message in mails(shared, BEN, number))
    shared.verb("assign", number, "ben")
    writes(shared, ANNA, number, "#note\nGo on, Ben.")
    shared.verb("assign", number, "lea")
    writes(shared, BEN, number, "#cancel")
    assert entry(shared, number, "draft_cancelled").actor == "agent ben"


# ------------------------------------------------------------------------------------------ files


@pytest.mark.covers("E70", "H2")
def test_a_requesters_file_reaches_the_agents_with_the_same_bytes(shared: House) -> None:
    content = bytes(range(256)) * 40
    message = mail(somebody())
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename="fehler größe.bin")
    number = deliver(shared, message).ticket
    assert number is not None
    for agent in (ANNA, BEN):
        (file,) = last_mail(shared, agent, number).iter_attachments()
        assert file.get_filename() == "fehler größe.bin"
        assert sha256(file.get_content()).digest() == sha256(content).digest()


@pytest.mark.covers("H2")
@pytest.mark.parametrize("verb", ["", "#solve\n", "#wait\n"])
def test_an_agents_file_reaches_the_requester(shared: House, verb: str) -> None:
    ada = somebody()
    number = request(shared, ada)
    answer = reply(last_mail(shared, ANNA, number), f"{verb}Here is the manual.", sender=ANNA)
    answer.add_attachment(b"%PDF-1.4 manual", maintype="application", subtype="pdf", filename="manual.pdf")
    deliver(shared, answer)
    (file,) = last_mail(shared, ada).iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("manual.pdf", b"%PDF-1.4 manual")


@pytest.mark.covers("H18")
def test_the_file_of_a_note_stays_inside(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    answer = reply(last_mail(shared, ANNA, number), "#note\nSee the log.", sender=ANNA)
    answer.add_attachment(b"secret", maintype="text", subtype="x-log", filename="router.log")
    deliver(shared, answer)
    assert len(mails(shared, ada)) == before


@pytest.mark.covers("H18")
def test_a_notice_attached_instead_of_quoted_stays_inside(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, BEN, number, "#note\nHe broke it himself.")
    notice = last_mail(shared, ANNA, number)
    answer = reply(notice, "Here you are.", sender=ANNA)
    answer.add_attachment(notice)
    answer.add_attachment(b"TNEF", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    answer.add_attachment(b"manual", maintype="application", subtype="pdf", filename="manual.pdf")
    deliver(shared, answer)
    assert [file.get_filename() for file in last_mail(shared, ada).iter_attachments()] == ["manual.pdf"]
    assert len(entry(shared, number, "files_kept_back").details["names"]) == 2


@pytest.mark.covers("H18")
def test_a_verb_with_a_logo_and_a_seal_below_it_says_nothing(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    before = len(mails(shared, ada))
    answer = reply(last_mail(shared, ANNA, number), "#take", sender=ANNA)
    answer.add_attachment(b"PNG", maintype="image", subtype="png", filename="logo.png", disposition="inline", cid="<l>")
    answer.add_attachment(b"seal", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    deliver(shared, answer)
    assert shared.ticket(number)["assignee"] == "Anna Weber"
    assert len(mails(shared, ada)) == before


# ------------------------------------------------------------------------------------------ outside a ticket


@pytest.mark.covers("H10", "H14")
def test_a_proven_agent_asks_by_mail_outside_any_ticket(shared: House) -> None:
    ada = somebody("Ada Zebrastripe")
    number = request(shared, ada, "Übersicht der Drucker", "The xylophone cupboard is locked.\n")
    shared.verb("take", number, who="anna")
    shared.verb("priority", number, "critical", who="anna")  # a list has no room for all that she took in these tests
    shared.settle()

    def asks(text: str) -> str:
        message = mail(ANNA, "A question", text)
        message["Authentication-Results"] = PROVEN
        before = len(mails(shared, ANNA))
        fate = deliver(shared, message)
        assert (fate.outcome, fate.ticket) == ("an agent's command", None)
        assert len(mails(shared, ANNA)) == before + 1
        return text_of(mails(shared, ANNA)[-1])

    assert f"#{number}" in asks("#mine\n")
    assert "xylophone" in asks(f"#show {number}\n")
    assert f"#{number}" in asks("#search xylophone Zebrastripe\n")
    assert f"#{number}" in asks("#search übersicht\n")
    assert f"#{number}" not in asks("#search xylophone trombone\n")
    assert "There is no ticket" in asks("#show 99999999\n")
    assert "needs a ticket" in asks("#take\n")
    assert "#mine" in asks("#help\n"), "an unknown verb comes back with all known ones"


@pytest.mark.covers("H10")
def test_the_subject_of_a_mail_without_text_is_a_command_too(shared: House) -> None:
    number = request(shared, somebody())
    fate = deliver(shared, mail(ANNA, f"#show {number}", "\n", Authentication_Results=PROVEN))
    assert (fate.outcome, fate.ticket) == ("an agent's command", None)
    assert "does not print any more" in text_of(last_mail(shared, ANNA))
    described = mail(ANNA, "#mine does not work", "What do I do wrong?\n", Authentication_Results=PROVEN)
    assert deliver(shared, described).outcome == "opened", "a mail with a text of its own is a request"


@pytest.mark.covers("H14")
def test_a_ticket_that_was_shown_can_be_worked_by_an_answer(shared: House) -> None:
    ada = somebody()
    other, number = request(shared), request(shared, ada, "No sound", "The headset is silent.\n")
    shared.verb("note", number, "She has two headsets.", who="ben")
    shared.verb("tag", number, "audio", who="ben")
    writes(shared, ANNA, other, f"#priority low\n#show {number}")
    assert "priority low" in str(last_mail(shared, ANNA, other)["Subject"]), "what was done is told apart"
    shown = last_mail(shared, ANNA, number)
    for part in (MARKER, "No sound", "The headset is silent.", "internal note", "two headsets", "audio", "Owner"):
        assert part in text_of(shown)
    writes(shared, ANNA, number, "Please plug it in.")
    assert "Please plug it in." in text_of(last_mail(shared, ada)), "not on the ticket where it was asked for"


@pytest.mark.covers("H10")
def test_ones_own_tickets_come_as_a_list_with_requester_priority_and_age(shared: House) -> None:
    number = request(shared, somebody("Grace Hopper"), "The moth in the relay")
    shared.verb("assign", number, "lea")
    shared.settle()
    writes(shared, LEA, number, "#mine")
    listed = last_mail(shared, LEA, number)
    assert MARKER in text_of(listed)
    assert f"#{number} The moth in the relay (Grace Hopper; priority medium; open; " in text_of(listed)


@pytest.mark.covers("H18")
@pytest.mark.parametrize("headers", [{}, {"Authentication-Results": "mx.elsewhere.example; dmarc=pass"}])
def test_an_unproven_agent_learns_nothing_by_mail(shared: House, headers: dict[str, str]) -> None:
    secret = request(shared, somebody(), "The plans", "The passphrase is swordfish.\n")
    message = mail(ANNA, "A question", f"#show {secret}\n")
    for name, value in headers.items():
        message[name] = value
    before = [text_of(told) for told in mails(shared, ANNA)]
    fate = deliver(shared, message)
    assert fate.outcome == "opened", "it is a request as anybody's"
    for told in [text_of(told) for told in mails(shared, ANNA)][len(before) :]:
        assert "swordfish" not in told


@pytest.mark.covers("H18")
def test_a_requesters_verbs_are_only_words(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    deliver(shared, reply(last_mail(shared, ada), "#solve\n#priority critical\nI know the commands.", sender=ada))
    ticket = shared.ticket(number)
    assert (ticket["status"], ticket["priority"]) == ("new", "medium")
    assert lines(shared, number)[-1].words.startswith("#solve")


@pytest.mark.covers("H5")
def test_the_second_tier_is_not_bothered_with_new_requests(shared: House) -> None:
    number = request(shared)
    assert {recipient for _, recipient in deliveries(shared, number, "desk")} == {address_of(ANNA), address_of(BEN)}
    assert mails(shared, LEA, number) == []


# ------------------------------------------------------------------------------------------ beside the cut


def test_what_was_cut_off_is_one_command_away(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, text="It smokes.\n\n-- \nAda Lovelace, Analytical Engines\n")
    cut_off = "Analytical Engines"
    assert cut_off not in text_of(last_mail(shared, ANNA, number))
    writes(shared, ANNA, number, "#show")
    assert cut_off not in text_of(last_mail(shared, ANNA, number))
    for command in ("#show full", f"#show {number} full"):
        writes(shared, ANNA, number, command)
        assert cut_off in text_of(last_mail(shared, ANNA, number))
    assert cut_off in str(shared.verb("show", argument=f"#{number} FULL")["lines"])


@pytest.mark.covers("H18")
def test_what_an_agent_quoted_is_not_shown_in_full_to_the_requester(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada)
    writes(shared, ANNA, number, "#take")
    writes(shared, BEN, number, "#note\nThe requester is rude.")
    writes(shared, ANNA, number, "#answer\nWe look into it.")
    seen = str(shared.verb("show", argument=f"{number} full", who=address_of(ada)))
    assert "We look into it." in seen
    assert "rude" not in seen
