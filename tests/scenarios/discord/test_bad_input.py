"""What is no request, what only looks like one, and what is gone: the desk goes on, and says nothing it should not."""

from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import Office, an_office
from tests.scenarios.discord.looking import components, fill_in, threads_of, told, words
from tests.support import databases
from tests.support.discordserver import Kind, MessageKind
from tests.support.house import mail
from tests.support.story import wait_until_followed


@pytest.mark.covers("bad:discord-words")
def test_a_program_in_a_watched_channel_is_answered_by_nobody(office: Office) -> None:
    robot = office.guild.other_bot("CI")
    for number in range(3):
        robot.say(office.watched, f"Build {number} failed")
    office.settle()
    assert not [one for thread in threads_of(office, office.watched) for one in office.by_bot(thread)]


@pytest.mark.covers("bad:discord-mentions")
def test_a_call_to_everybody_rings_nobody_anywhere(office: Office) -> None:
    office.ada.send_dm("@everyone **look** <@&1> ||here|| [x](https://evil.example) :tada:")
    card = office.card()
    assert not card.mention_everyone
    assert card.mentions == []
    assert "@everyone" not in card.content
    assert "\\[x\\](<https://evil.example>)" in card.content or "\\[x\\]" in card.content


@pytest.mark.covers("bad:discord-gone")
def test_a_private_thread_that_was_deleted_is_begun_anew_for_the_answer(office: Office) -> None:
    office.ada.mention_bot(office.offered, "the door is locked")
    first = office.house.wait_until(lambda: threads_of(office, office.offered), "her thread")[0]
    office.wait_for(first, "#1")
    thread = office.thread()
    office.settle()
    office.guild.delete_channel(first)
    written = office.anna.say(thread, "It is open now")
    office.wait_for_mark(written, "⏳")
    office.hold_is_over()
    second = office.house.wait_until(lambda: threads_of(office, office.offered), "another thread")[0]
    assert second.kind is Kind.PRIVATE_THREAD
    office.wait_for(second, "It is open now")
    office.ada.say(second, "Thank you, and the window?")
    office.wait_for(thread, "and the window")


@pytest.mark.covers("bad:discord-gone")
def test_a_bot_that_is_thrown_out_and_invited_again_goes_on(office: Office) -> None:
    wait_until_followed(office.house)
    office.house.send(mail())
    thread = office.thread()
    office.settle()
    office.guild.remove_bot()
    office.ada.say(office.watched, "The lift is stuck")
    office.ada.react(office.ada.say(office.offered, "Thanks!"), "🎫")
    office.guild.add_bot()
    office.house.wait_until(lambda: len(office.house.read(words)) == 3, "what was said without the bot")
    assert {"Thanks!", "The lift is stuck"} < set(office.house.read(words))
    office.house.clock.forward(office.minute)
    written = office.anna.say(thread, "// it is the old one")
    office.wait_for_mark(written, "🔒")


@pytest.mark.covers("bad:discord-words")
def test_nothing_and_very_much_are_messages_too(office: Office) -> None:
    office.ada.send_dm("🖨️")
    office.card()
    office.settle()
    office.ada.send_dm("word " * 390)
    office.house.wait_until(lambda: len(office.house.read(words)) == 2, "the long one")
    office.wait_for(office.thread(), "word word")


def two_tickets(office: Office) -> None:
    office.house.send(mail())
    office.house.send(mail(subject="The printer again"))
    office.card(2)
    office.settle()


@pytest.mark.covers("bad:discord-buttons")
def test_buttons_of_a_merged_ticket_and_of_one_that_is_gone_say_what_is_so(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path)) as office:
        two_tickets(office)
        take, gone = components(office.card())["Take"], components(office.card(2))["Take"]
        office.house.verb("merge", 1, "2")
        press_unseen(office, take)
        told(office, office.anna, "#2 is yours")
        assert office.house.ticket(2)["assignee"] == "Anna Weber"
        press_unseen(office, gone.replace("do:2", "do:77"))
        told(office, office.anna, "#77 is not there any more")


def press_unseen(office: Office, custom_id: str) -> None:
    """Press a button on the card of #1 as somebody sees it who has not looked since."""
    office.settle()
    card, other = office.card(), office.anna.say(office.offered, "Look")
    stale = {"type": 2, "style": 1, "label": "Take", "custom_id": custom_id, "id": 1}
    other.components, other.author = [{"type": 1, "components": [stale]}], card.author
    assert office.anna.press(other, custom_id).wait().acknowledged


@pytest.mark.covers("bad:discord-buttons")
def test_a_form_that_comes_twice_is_one_request(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path)) as office:
        office.house.wait_until(lambda: office.server.calls("PUT /applications/{application}/commands"), "the commands")
        office.ada.command("ticket", office.offered).wait()
        fill_in(office.ada, words="My mouse is dead")
        for _ in range(2):
            office.server.repeat("INTERACTION_CREATE")
        office.card()
        office.settle()
        assert office.house.read(words) == ["My mouse is dead"]


@pytest.mark.covers("bad:discord-gone")
def test_a_channel_of_agents_that_was_deleted_keeps_no_requester_waiting(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path)) as office:
        office.guild.delete_channel(office.desk)
        office.ada.send_dm("The lift is stuck")
        office.wait_for(office.ada.dm, "#1")

        def alarm() -> bool:
            return "delivery discord" in str(office.house.ask("status"))

        office.house.wait_until(alarm, "the alarm")
        assert office.house.ticket(1)["status"] == "new"


@pytest.mark.covers("bad:discord-words")
def test_other_kinds_of_messages_are_read_for_what_they_say(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path)) as office:
        post = office.ada.create_post(office.posts, "The lift is stuck", "On the third floor")
        office.wait_for(post, "#1")
        lunch = office.ben.say(office.guild.channel("lunch"), "It says E42")
        office.ada.send_sticker(post, "on fire")
        office.ada.send_poll(post, "Which lift?", "Left", "Right")
        office.ada.send_voice(post, b"OggS")
        office.ben.say(post, "Mine, too")
        office.ada.forward(lunch, post)
        office.guild.line(post, MessageKind.PINNED, office.ada)
        office.guild.webhook_says(post, "Build 7 failed")
        gone = office.ada.say(post, "Never mind this")
        answer = office.ada.say(post, "It is the left one", reply_to=gone)
        office.ada.delete(gone)
        office.wait_for(office.thread(), "It is the left one")
        office.settle()
        said = office.house.read(words)
        assert [one for one in ("[on fire]", "Which lift?\n- Left\n- Right", "> It says E42") if one not in said] == []
        assert "The lift is stuck" not in said
        assert answer.content in said
        office.house.wait_until(lambda: len(office.by_bot(office.desk)) == 1, "one card")
