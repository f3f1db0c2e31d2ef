"""Remote help: the requester is asked, answers by a number, and only who agrees gets the link."""

from datetime import timedelta

import pytest

from bot.errors import NotDone
from tests.support.house import House, reply
from tests.support.story import (
    ANNA,
    audit,
    deliver,
    deliveries,
    entry,
    last_mail,
    mails,
    request,
    said,
    somebody,
    words_of,
    writes,
)


def asked(house: House, ada: str) -> int:
    """A ticket on which Anna has asked Ada."""
    number = request(house, ada, "Something is odd", "Please look.\n")
    writes(house, ANNA, number, "#remote")
    return number


def notices(house: House, number: int) -> list[str]:
    return [notice for notice, _ in deliveries(house, number) if notice.startswith("remote")]


@pytest.mark.covers("H19")
@pytest.mark.parametrize("words", ["1", "1.", "Yes", "yes!"])
def test_who_agrees_gets_the_link_and_the_agent_is_told(shared: House, words: str) -> None:
    ada = somebody()
    number = asked(shared, ada)
    question = last_mail(shared, ada)
    text = words_of(question)
    assert "Anna Weber would like to look at request" in text
    assert "1 — Yes\n2 — No" in text
    assert "remote.example.org" not in text
    deliver(shared, reply(question, words, sender=ada))
    assert f"https://remote.example.org/join/{number}" in words_of(last_mail(shared, ada))
    assert "agrees to remote help" in words_of(last_mail(shared, ANNA, number))
    assert notices(shared, number) == ["remote_asked", "remote_link", "remote_agreed"]
    started = entry(shared, number, "remote_started")
    assert started.actor.startswith("requester ")
    assert shared.ticket(number)["status"] == "new"
    assert words in said(shared, number), "what they answered is on the ticket"
    writes(shared, ANNA, number, "#remote end")
    assert entry(shared, number, "remote_ended").actor == "agent anna"
    assert [one.action for one in audit(shared, number) if one.action.startswith("remote")] == [
        "remote_asked",
        "remote_started",
        "remote_ended",
    ]


@pytest.mark.covers("H19")
@pytest.mark.parametrize("words", ["2", "No"])
def test_who_does_not_agree_gets_nothing(shared: House, words: str) -> None:
    ada = somebody()
    number = asked(shared, ada)
    deliver(shared, reply(last_mail(shared, ada), words, sender=ada))
    assert notices(shared, number) == ["remote_asked", "remote_declined"]
    assert "does not want remote help" in words_of(last_mail(shared, ANNA, number))
    deliver(shared, reply(mails(shared, ada)[-1], "1", sender=ada))
    assert "remote_link" not in notices(shared, number), "the question was answered once"


@pytest.mark.covers("H19")
@pytest.mark.parametrize("words", ["Yes, but call me first.", "3", "1 or 2?", "11"])
def test_anything_else_is_a_message_and_no_consent(shared: House, words: str) -> None:
    ada = somebody()
    number = asked(shared, ada)
    deliver(shared, reply(last_mail(shared, ada), words, sender=ada))
    assert notices(shared, number) == ["remote_asked"]
    assert words in words_of(last_mail(shared, ANNA, number)), "Anna reads it"


@pytest.mark.covers("H18", "H19")
def test_an_answer_to_another_mail_or_of_somebody_else_is_no_consent(shared: House) -> None:
    ada = somebody()
    number = asked(shared, ada)
    question = last_mail(shared, ada)
    deliver(shared, reply(mails(shared, ada)[0], "1", sender=ada))
    deliver(shared, reply(question, "1", sender=somebody("Mallory Black")))
    assert notices(shared, number) == ["remote_asked"]
    shared.clock.forward(timedelta(days=2))
    deliver(shared, reply(question, "1", sender=ada))
    assert notices(shared, number) == ["remote_asked"], "nor one that comes days later"


@pytest.mark.covers("H17", "H19")
def test_it_is_asked_and_answered_in_their_language(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, "Seltsam", "Guten Tag,\n\nmein Bild flackert seit heute Morgen, bitte schauen Sie.\n")
    shared.verb("remote", number)
    shared.settle()
    question = last_mail(shared, ada)
    assert "1 — Ja\n2 — Nein" in words_of(question)
    deliver(shared, reply(question, "Ja", sender=ada))
    assert f"https://remote.example.org/join/{number}" in words_of(last_mail(shared, ada))


@pytest.mark.covers("H19")
def test_it_is_asked_once_at_a_time_and_can_be_taken_back(shared: House) -> None:
    ada = somebody()
    number = asked(shared, ada)
    with pytest.raises(NotDone, match="asked already"):
        shared.verb("remote", number)
    shared.settle()
    question = last_mail(shared, ada)
    shared.verb("remote", number, "end")
    deliver(shared, reply(question, "1", sender=ada))
    assert "remote_link" not in notices(shared, number), "it was taken back"
    with pytest.raises(NotDone, match="no remote help"):
        shared.verb("remote", number, "end")
    with pytest.raises(NotDone, match="`#remote` to ask"):
        shared.verb("remote", number, "now")
    shared.verb("remote", number, "start")
    shared.settle()
    deliver(shared, reply(last_mail(shared, ada), "1", sender=ada))
    with pytest.raises(NotDone, match="goes on"):
        shared.verb("remote", number)
    shared.verb("solve", number, "Done.")
    shared.verb("remote", number, "end")
    with pytest.raises(NotDone, match="is done"):
        shared.verb("remote", number)
