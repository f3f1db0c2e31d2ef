"""Slack, Discord and mail in one desk: a card on both, every word once in each place where it belongs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.discord.looking import components, private_thread
from tests.scenarios.discord.looking import press as press_on_discord
from tests.scenarios.rooms.conftest import Offices, offices_at_work
from tests.scenarios.slack.looking import buttons, held, marks, the_card, wait_for, words
from tests.support.house import mail
from tests.support.slackserver import Message


@pytest.fixture
def on_each(tmp_path: Path, database_url: str) -> Iterator[Offices]:
    """The same desk, on each database in turn."""
    with offices_at_work(tmp_path, database_url) as there:
        yield there


def in_slacks_dm(offices: Offices, text: str) -> Message:
    """What the desk has said to Ada on Slack alone, once it has."""

    def found() -> list[Message]:
        return [one for one in offices.slack.ada.dm.messages.values() if one.by_bot and text in words(one)]

    return offices.house.wait_until(found, f"“{text}” on Slack to Ada")[0]


@pytest.mark.covers("must:rooms-across", "H7", "H11")
def test_what_is_asked_on_discord_is_answered_from_slack_with_files_and_changed_everywhere(on_each: Offices) -> None:
    offices, slack, discord = on_each, on_each.slack, on_each.discord
    asked = discord.ada.send_dm("It is brokn", files=[discord.ada.upload("log.txt", b"it burns")])
    card, thread = the_card(slack), discord.thread()
    assert [one.filename for one in discord.card().attachments] == ["log.txt"]
    offices.house.wait_until(
        lambda: [file.name for one in slack.desk.replies(card.ts) for file in one.files] == ["log.txt"], "the file"
    )
    manual = slack.anna.file("manual.pdf", b"%PDF-1.7", "application/pdf")
    written = held(slack, slack.anna.post(slack.desk, "Page 3 helps", thread=card, files=[manual]))
    offices.settle()
    assert offices.everywhere("Page 3 helps") == (0, 0, 0)
    discord.hold_is_over()
    answer = discord.wait_for(discord.ada.dm, "Page 3 helps")
    assert [(one.filename, one.content) for one in answer.attachments] == [("manual.pdf", b"%PDF-1.7")]
    told = discord.wait_for(thread, "Page 3 helps")
    offices.house.wait_until(lambda: marks(written) == {"envelope"}, "the mark")
    offices.settle()
    assert offices.everywhere("Page 3 helps") == (0, 2, 0)
    slack.anna.edit(written, "Page 4 helps")
    offices.house.wait_until(lambda: "Page 4" in answer.content and "Page 4" in told.content, "the change")
    more = discord.ada.send_dm("It does nt", reply_to=asked)
    there = wait_for(slack, card, "It does nt")
    beside = discord.wait_for(thread, "It does nt")
    offices.settle()
    discord.ada.edit(more, "It does not")
    offices.house.wait_until(lambda: "does not" in words(there) and "does not" in beside.content, "her change")
    offices.settle()
    assert offices.everywhere("does not") == (1, 1, 0)


@pytest.mark.covers("must:rooms-across", "H7", "H11")
def test_what_is_asked_on_slack_is_answered_from_discord_with_files_and_changed_everywhere(on_each: Offices) -> None:
    offices, slack, discord = on_each, on_each.slack, on_each.discord
    log = slack.ada.file("log.txt", b"it burns")
    asked = slack.ada.post(slack.ada.dm, "It is broken", files=[log])
    card, thread = the_card(slack), discord.thread()
    assert [(one.filename, one.content) for one in discord.card().attachments] == [("log.txt", b"it burns")]
    manual = discord.ben.upload("manual.pdf", b"%PDF-1.7", "application/pdf")
    written = discord.ben.say(thread, "Page 3 helps", files=[manual])
    discord.wait_for_mark(written, "⏳")
    discord.hold_is_over()
    answer = in_slacks_dm(offices, "Page 3 helps")
    told = wait_for(slack, card, "Page 3 helps")
    offices.house.wait_until(
        lambda: [file.name for one in slack.ada.dm.replies(asked.ts) for file in one.files] == ["manual.pdf"], "it"
    )
    discord.wait_for_mark(written, "✉️")
    offices.settle()
    assert offices.everywhere("Page 3 helps") == (2, 0, 0)
    discord.ben.edit(written, "Page 4 helps")
    offices.house.wait_until(lambda: "Page 4" in words(answer) and "Page 4" in words(told), "the change")
    more = slack.ada.post(slack.ada.dm, "It does not", thread=asked)
    beside = discord.wait_for(thread, "It does not")
    assert [user.id for user in beside.mentions] == [discord.ben.id]
    there = wait_for(slack, card, "It does not")
    offices.settle()
    slack.ada.delete(more)
    offices.house.wait_until(lambda: "does not" not in words(there) + beside.content, "what she took back")


@pytest.mark.covers("must:rooms-across", "H7")
def test_of_two_who_answer_a_mail_on_both_platforms_one_is_heard_and_the_other_asked(offices: Offices) -> None:
    slack, discord = offices.slack, offices.discord
    offices.house.send(mail())
    card, thread = the_card(slack), discord.thread()
    annas = held(slack, slack.anna.post(slack.desk, "Is it on?", thread=card))
    offices.settle()
    bens = discord.ben.say(thread, "Is it plugged in?")
    discord.wait_for_mark(bens, "⏳")
    discord.hold_is_over()
    offices.house.wait_until(lambda: offices.mailed("Is it on?"), "the answer")
    offices.house.wait_until(lambda: marks(annas) == {"envelope"}, "the mark")
    discord.wait_for_mark(bens, "🔒")
    discord.wait_for(discord.ben.dm, "Is it plugged in?")
    wait_for(slack, card, "Is it plugged in?")
    discord.wait_for(thread, "Is it on?")
    offices.house.wait_until(lambda: "Anna Weber" in words(the_card(slack)), "the card on Slack")
    offices.house.wait_until(lambda: "Anna Weber" in discord.card().content, "the card on Discord")
    offices.settle()
    assert offices.everywhere("Is it plugged in?") == (1, 1, 0)
    assert offices.everywhere("Is it on?") == (0, 1, 1)


@pytest.mark.covers("must:rooms-across", "H7")
def test_notes_of_either_side_reach_the_other_and_no_requester(offices: Offices) -> None:
    slack, discord = offices.slack, offices.discord
    asked = slack.ada.post(slack.ada.dm, "It is broken")
    card, thread = the_card(slack), discord.thread()
    noted = slack.anna.post(slack.desk, "// She sounds cross", thread=card)
    offices.house.wait_until(lambda: marks(noted) == {"lock"}, "the mark on Slack")
    discord.wait_for(thread, "She sounds cross")
    kept = discord.ben.say(thread, "She always does")
    discord.wait_for_mark(kept, "⏳")
    discord.ben.react(kept, "🔒")
    wait_for(slack, card, "She always does")
    stopped = discord.ben.say(thread, "Good riddance")
    discord.wait_for_mark(stopped, "⏳")
    discord.ben.delete(stopped)
    offices.settle()
    discord.hold_is_over()
    offices.settle()
    assert offices.everywhere("She sounds cross") == (0, 1, 0)
    assert offices.everywhere("She always does") == (1, 0, 0)
    assert offices.everywhere("Good riddance") == (0, 0, 0)
    seen = " ".join(words(one) for one in slack.ada.dm.replies(asked.ts))
    assert "cross" not in seen + "always" not in seen


@pytest.mark.covers("must:rooms-across")
def test_what_an_agent_on_slack_asks_is_pressed_on_discord_and_taken_by_the_card_there(offices: Offices) -> None:
    slack, discord = offices.slack, offices.discord
    discord.ada.send_dm("It is broken")
    card, thread = the_card(slack), discord.thread()
    slack.anna.post(slack.desk, "#take", thread=card)
    offices.house.wait_until(lambda: "Anna Weber" in discord.card().content, "the card on Discord")
    slack.anna.post(slack.desk, "#remote", thread=card)
    question = discord.wait_for(discord.ada.dm, "May they?")
    press_on_discord(discord.ada, question, "Yes")
    offices.house.wait_until(lambda: "remote_started" in offices.house.audit(1), "her answer")
    wait_for(slack, card, "agree")
    discord.ben.choose(discord.card(), components(discord.card())["Priority"], "do:1:priority:high").wait()
    offices.house.wait_until(lambda: "priority high" in words(the_card(slack)), "the card on Slack")
    offices.settle()
    assert offices.everywhere("May they?") == (0, 1, 0)
    assert thread.name.startswith("#1 ")


@pytest.mark.covers("must:rooms-across")
def test_what_an_agent_on_discord_asks_is_pressed_on_slack(offices: Offices) -> None:
    slack, discord = offices.slack, offices.discord
    asked = slack.ada.post(slack.ada.dm, "It is broken")
    thread = discord.thread()
    discord.ben.say(thread, "#take")
    discord.ben.say(thread, "#remote")
    question = offices.house.wait_until(
        lambda: [one for one in slack.ada.dm.replies(asked.ts) if one.by_bot and "Yes" in buttons(one)], "the question"
    )[0]
    slack.ada.press(question, buttons(question)["Yes"])
    discord.wait_for(thread, "agree")
    offices.settle()
    assert "remote_started" in offices.house.audit(1)


@pytest.mark.covers("must:rooms-across")
def test_who_is_one_person_on_discord_and_slack_and_by_mail_is_answered_where_they_asked(offices: Offices) -> None:
    slack, discord = offices.slack, offices.discord
    slack.ada.post(slack.ada.dm, "The printer is broken")
    the_card(slack)
    offices.settle()
    offices.house.ask("people.link", channel="discord", address=str(discord.ada.id), mail="ada@example.com")
    discord.ada.mention_bot(discord.offered, "my mouse is dead")
    theirs = private_thread(discord, discord.offered)
    discord.wait_for(theirs, "#2")
    written = discord.ben.say(discord.thread(2), "Take mine")
    discord.wait_for_mark(written, "⏳")
    discord.hold_is_over()
    discord.wait_for(theirs, "Take mine")
    offices.settle()
    assert offices.everywhere("Take mine") == (1, 1, 0), "in her own place, and below the other card"
    assert offices.house.ticket(1)["requester"] == offices.house.ticket(2)["requester"]
