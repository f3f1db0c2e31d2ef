"""Whoever answers everything by itself, or a list with our address on it: the mail between us comes to rest."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.support.house import House, mail, text_of
from tests.support.story import deliver, mails

ROBOT = "Example Office <office@example.net>"
LIST = "staff@lists.example.net"


def until_quiet(house: House, address: str, answer: Callable[[EmailMessage, int], EmailMessage | None]) -> int:
    """Answer each mail to `address` until no more come; how many came."""
    answered = 0
    for _ in range(60):
        house.settle()
        due = mails(house, address)[answered:]
        if not due:
            return answered
        for message in due:
            answered += 1
            if back := answer(message, answered):
                deliver(house, back)
    pytest.fail(f"still writing after {answered} mails")


def in_thread(message: EmailMessage, _number: int) -> EmailMessage:
    answer = mail(ROBOT, f"Re: {message['Subject']}", "Thank you for your mail. We will come back to you.\n")
    answer["In-Reply-To"] = answer["References"] = str(message["Message-ID"])
    return answer


def same_subject(_message: EmailMessage, _number: int) -> EmailMessage:
    return mail(ROBOT, "Thank you", "Thank you for your mail. We will come back to you.\n")


def numbered_subject(_message: EmailMessage, number: int) -> EmailMessage:
    return mail(ROBOT, f"We have your message {number}", f"It has the number {number} here.\n")


@pytest.mark.covers("E17", "must:loops-stop")
@pytest.mark.parametrize("answer", [in_thread, same_subject, numbered_subject])
def test_an_autoresponder_without_any_mark_is_not_answered_for_ever(
    house: House, answer: Callable[[EmailMessage, int], EmailMessage]
) -> None:
    deliver(house, mail(ROBOT, "The printer", "It is broken.\n"))
    assert 1 <= until_quiet(house, ROBOT, answer) <= 15


def rewritten(message: EmailMessage, _number: int) -> EmailMessage:
    """A post as a list sends it on that puts itself into From and takes all marks off."""
    return mail(f"Somebody via Staff <{LIST}>", f"[Staff] {message['Subject']}", text_of(message), to=LIST)


def passed_on(message: EmailMessage, _number: int) -> EmailMessage:
    """A post as a list sends it on that leaves From, the id and the threads as they are, and takes all marks off."""
    post = mail(str(message["From"]), f"[Staff] {message['Subject']}", text_of(message), to=LIST)
    for name in ("Message-ID", "In-Reply-To", "References"):
        del post[name]
        if name in message:
            post[name] = str(message[name])
    return post


def with_list_id(message: EmailMessage, number: int) -> EmailMessage:
    post = rewritten(message, number)
    post["List-Id"] = "Staff <staff.lists.example.net>"
    return post


@pytest.mark.covers("E06", "E11", "E17", "must:loops-stop")
@pytest.mark.parametrize(("list_", "most"), [(rewritten, 15), (passed_on, 1), (with_list_id, 1)])
def test_a_list_that_our_address_is_on_comes_to_rest(
    house: House, list_: Callable[[EmailMessage, int], EmailMessage], most: int
) -> None:
    deliver(house, mail(f"Ada via Staff <{LIST}>", "[Staff] Lunch", "Who comes to lunch?\n", to=LIST))
    assert 1 <= until_quiet(house, LIST, list_) <= most


@pytest.mark.covers("E06", "must:loops-stop")
def test_a_post_that_says_it_came_by_a_list_is_not_answered(house: House) -> None:
    post = mail(f"Ada via Staff <{LIST}>", "[Staff] Lunch", "Who comes?\n", to=LIST)
    post["List-Id"] = "Staff <staff.lists.example.net>"
    deliver(house, post)
    assert until_quiet(house, LIST, rewritten) == 0
