"""People in copy did not ask for the desk's mail: they can leave by themselves, and nobody else is offered to."""

import re
from email.message import EmailMessage

import pytest

from tests.support.house import House, mail, reply
from tests.support.story import ANNA, address_of, deliver, entry, last_mail, lines, mails, request, somebody, writes


@pytest.fixture(scope="module")
def shared(embedded: House) -> House:
    """Who leaves is taken out of copy by what other tests show on both databases."""
    return embedded


def as_a_program_does(header: str, person: str) -> EmailMessage:
    """What a mail program sends when somebody presses its button (RFC 2369 section 3.2, RFC 6068)."""
    link = re.fullmatch(r"<mailto:([^?>]+)\?subject=(\w+)>", header)
    assert link is not None, header
    return mail(person, link[2], "This message was made by a program.\n", to=link[1])


def test_somebody_in_copy_leaves_by_their_mail_programs_button(shared: House) -> None:
    ada, eve = somebody(), somebody("Eve Ecker")
    number = request(shared, ada, Cc=eve)
    writes(shared, ANNA, number, "Please switch it off.")
    message = as_a_program_does(str(last_mail(shared, eve)["List-Unsubscribe"]), eve)
    said = len(lines(shared, number))
    fate = deliver(shared, message, to=str(message["To"]))
    assert (fate.outcome, fate.ticket) == ("taken out of copy", number)
    assert entry(shared, number, "unwatched").details == {"address": address_of(eve)}
    assert len(lines(shared, number)) == said, "it is no message on the ticket"
    writes(shared, ANNA, number, "Now on again.")
    assert len(mails(shared, eve)) == 1
    assert "List-Unsubscribe" not in last_mail(shared, ada)
    assert "List-Unsubscribe" not in last_mail(shared, ANNA)


@pytest.mark.covers("H18")
def test_nobody_is_taken_off_by_somebody_else_and_the_requester_stays(shared: House) -> None:
    ada, eve, mallory = somebody(), somebody("Eve Ecker"), somebody("Mallory")
    number = request(shared, ada, Cc=eve)
    writes(shared, ANNA, number, "Please switch it off.")
    forged = as_a_program_does(str(last_mail(shared, eve)["List-Unsubscribe"]), mallory)
    deliver(shared, forged, to=str(forged["To"]))
    own = reply(last_mail(shared, ada), "Stop.", sender=ada)
    own.replace_header("Subject", "unsubscribe")
    assert deliver(shared, own).outcome == "added"
    writes(shared, ANNA, number, "Now on again.")
    assert len(mails(shared, eve)) == 2
