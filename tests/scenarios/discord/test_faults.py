"""What breaks between Discord and the desk: nothing is lost, nothing is done twice."""

from collections import Counter

import pytest

from tests.scenarios.discord.conftest import Office
from tests.scenarios.discord.looking import how_many, threads_of, words
from tests.support.discordserver import Broken, Channel, Drop, Fault, Kind, Slow, TooMany
from tests.support.house import mail

POST = "POST /channels/{channel}/messages"


def twice(office: Office, *channels: Channel) -> list[str]:
    """What the desk has said more than once in these channels."""
    said = Counter(one.content for channel in channels for one in office.by_bot(channel))
    return [content for content, times in said.items() if times > 1]


def an_answered_thread(office: Office) -> Channel:
    """A thread that Ada has with the desk alone."""
    office.ada.mention_bot(office.offered, "0")
    threads = office.house.wait_until(
        lambda: [one for one in office.guild.record.threads if one.kind is Kind.PRIVATE_THREAD], "her thread"
    )
    office.wait_for(threads[0], "#1")
    office.card()
    return threads[0]


@pytest.mark.covers("must:discord-cut")
@pytest.mark.timeout(240)
def test_the_gateway_is_cut_in_the_middle_of_300_messages(office: Office) -> None:
    thread = an_answered_thread(office)
    for number in range(1, 300):
        office.ada.say(thread, str(number))
        if number % 100 == 50:
            office.server.cut_sockets()
    office.house.wait_until(lambda: office.house.read(how_many) >= 150, "half of them")
    office.house.wait_until(lambda: office.house.read(how_many) == 300, "all of them")
    assert office.house.read(words) == [str(number) for number in range(300)]
    assert office.server.sockets.identified == 1, "sessions were resumed"


def test_asked_to_come_back_it_resumes_and_after_an_invalid_session_it_reads_the_history(office: Office) -> None:
    thread = an_answered_thread(office)
    office.server.reconnect()
    office.ada.say(thread, "1")
    office.house.wait_until(lambda: len(office.house.read(words)) == 2, "the second")
    assert office.server.sockets.identified == 1
    office.server.invalidate()
    office.ada.say(thread, "2")
    office.house.wait_until(lambda: len(office.house.read(words)) == 3, "the third")
    assert office.house.read(words) == ["0", "1", "2"]


@pytest.mark.covers("must:discord-cut")
def test_the_same_dispatch_again_is_the_same_message(office: Office) -> None:
    office.ada.send_dm("The printer is broken")
    office.wait_for(office.ada.dm, "#1")
    for _ in range(2):
        office.server.repeat("MESSAGE_CREATE")
    office.settle()
    office.ada.send_dm("It smells")
    office.house.wait_until(lambda: len(office.house.read(words)) == 2, "both")
    office.settle()
    assert office.house.read(words) == ["The printer is broken", "It smells"]


@pytest.mark.covers("must:discord-once")
@pytest.mark.parametrize("fault", [Broken(502, after=True), Drop.AFTER, Drop.BEFORE, TooMany(0.2)])
def test_what_may_have_been_posted_is_not_posted_twice(office: Office, fault: Fault) -> None:
    office.ada.send_dm("The printer is broken")
    thread = office.thread()
    office.settle()
    written = office.anna.say(thread, "Turn it off and on")
    office.wait_for_mark(written, "⏳")
    office.server.faults.add(POST, fault)
    office.hold_is_over()
    office.house.wait_until(lambda: not office.server.faults.waiting(POST), "the fault")
    office.house.clock.forward(office.minute)
    office.wait_for(office.ada.dm, "Turn it off and on")
    office.settle()
    assert twice(office, office.ada.dm, thread) == []


@pytest.mark.covers("must:discord-once")
@pytest.mark.parametrize(
    "route", ["POST /channels/{channel}/threads", "POST /channels/{channel}/messages/{message}/threads", POST]
)
def test_a_thread_is_begun_once_whatever_becomes_of_the_answer(office: Office, route: str) -> None:
    office.server.faults.add(route, Broken(502, after=True))
    office.ada.mention_bot(office.offered, "The door is locked")
    office.house.wait_until(lambda: not office.server.faults.waiting(route), "the fault")
    office.house.clock.forward(office.minute)
    office.card()
    threads = office.house.wait_until(
        lambda: [one for one in office.guild.record.threads if one.parent == office.offered.id], "her thread"
    )
    office.wait_for(threads[0], "#1")
    office.settle()
    assert len(threads) == 1
    assert len(office.by_bot(office.desk)) == 1
    assert twice(office, threads[0]) == []


@pytest.mark.covers("bad:discord-gone")
def test_a_thread_that_was_deleted_is_begun_anew(office: Office) -> None:
    office.house.send(mail())
    thread = office.thread()
    office.settle()
    office.guild.delete_channel(thread)
    office.house.verb("note", 1, "It is the old one", who="lea")
    threads = office.house.wait_until(
        lambda: [one for one in office.guild.record.threads if one.parent == office.desk.id], "another thread"
    )
    office.wait_for(threads[0], "It is the old one")


@pytest.mark.covers("bad:discord-gone")
def test_a_thread_that_was_closed_opens_again_for_a_mark(office: Office) -> None:
    office.house.send(mail())
    thread = office.thread()
    written = office.anna.say(thread, "We come at ten")
    office.wait_for_mark(written, "⏳")
    office.guild.archive(thread)
    office.hold_is_over()
    office.wait_for_mark(written, "✉️")


def test_what_is_said_in_a_new_thread_before_its_receipt_is_noted_is_heard(office: Office) -> None:
    office.server.faults.add("POST /channels/{channel}/messages", Slow(1.5), times=2)
    office.ada.mention_bot(office.offered, "the door is locked")
    thread = office.house.wait_until(lambda: threads_of(office, office.offered), "her thread")[0]
    office.wait_for(thread, "#1")
    office.ada.say(thread, "It is the one on the second floor")
    office.ada.say(thread, "and it is the blue one")
    office.wait_for(office.thread(), "the blue one")
    assert office.house.read(words)[1:] == ["It is the one on the second floor", "and it is the blue one"]
