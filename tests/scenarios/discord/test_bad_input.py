"""What is no request, what only looks like one, and what is gone: the desk goes on, and says nothing it should not."""

import pytest

from tests.scenarios.discord.conftest import Office
from tests.scenarios.discord.looking import threads_of, words
from tests.scenarios.discord.test_missed import cursors
from tests.support.discordserver import Kind
from tests.support.house import mail


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
    office.house.wait_until(lambda: office.house.read(cursors), "the first cursor")
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
