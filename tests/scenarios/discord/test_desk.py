"""How agents work tickets on Discord: the card, what stands in the thread below it, commands."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.db.models import Ticket
from bot.db.tx import Tx
from tests.scenarios.discord.conftest import Office, an_office
from tests.scenarios.discord.looking import choose, components, fill_in, press, threads_of, told
from tests.support import databases
from tests.support.discordserver import MessageKind
from tests.support.house import mail, reply


def test_buttons_and_lists_of_a_card_use_verbs_and_the_card_follows(office: Office) -> None:
    office.house.send(mail())
    card = office.card()
    press(office.anna, card, "Take")
    office.house.wait_until(lambda: "Take" not in components(card), "the card without its first button")
    choose(office.anna, card, "Priority", "do:1:priority:high")
    office.house.wait_until(lambda: office.house.ticket(1)["priority"] == "high", "the priority")
    assert office.anna.press(card, components(card)["Solve"]).wait().acknowledged
    assert office.anna.modal is not None
    fill_in(office.anna, words="There is new toner in it.")
    told(office, office.anna, "This goes to")
    office.settle()
    office.house.clock.forward(timedelta(seconds=11))
    office.house.wait_until(lambda: list(components(card)) == ["Reopen"], "the solved card")
    assert "toner" in str(office.house.mails_to("ada@example.com", 2)[-1])


def test_buttons_work_after_a_restart(office: Office) -> None:
    office.house.send(mail())
    card = office.card()
    office.settle()
    office.house.stop()
    office.house.start()
    office.server.wait_until(lambda: office.server.connected)
    press(office.anna, card, "Take")
    office.house.wait_until(lambda: "Take" not in components(card), "the card without its first button")


def test_whoever_is_no_agent_is_told_so_alone(office: Office) -> None:
    office.house.send(mail())
    press(office.ada, office.card(), "Take")
    assert told(office, office.ada, "people who work").is_ephemeral


def test_what_begins_with_two_strokes_stays_among_agents(office: Office) -> None:
    office.house.send(mail())
    written = office.anna.say(office.thread(), "// ask the vendor first")
    office.wait_for_mark(written, "🔒")
    office.settle()
    assert len(office.house.mails_to("ada@example.com")) == 1


def test_words_that_are_held_can_be_changed_stopped_and_kept(office: Office) -> None:
    office.house.send(mail())
    thread = office.thread()
    first, second, third = (office.anna.say(thread, f"Turn it off and on {n}") for n in ("once", "twice", "thrice"))
    for written in (first, second, third):
        office.wait_for_mark(written, "⏳")
    office.anna.edit(first, "Do not touch it")
    office.anna.react(second, "❌")
    office.anna.react(third, "🔒")
    office.house.wait_until(lambda: "🚫" in second.reactions, "the stop")
    office.house.wait_until(lambda: "🔒" in third.reactions and "⏳" not in third.reactions, "the note")
    office.settle()
    office.hold_is_over()
    assert "Do not touch it" in str(office.house.mails_to("ada@example.com", 2)[-1])
    office.wait_for_mark(first, "✉️")
    office.settle()
    assert len(office.house.mails_to("ada@example.com")) == 2


@pytest.mark.both_databases
def test_words_that_are_held_and_deleted_are_never_said(office: Office) -> None:
    office.house.send(mail())
    written = office.anna.say(office.thread(), "You fool")
    office.wait_for_mark(written, "⏳")
    office.anna.delete(written)
    office.house.wait_until(lambda: "draft_cancelled" in office.house.audit(1), "the end of the draft")
    office.hold_is_over()
    office.settle()
    assert len(office.house.mails_to("ada@example.com")) == 1


def test_an_answer_rings_at_the_assignee_and_nobody_else(office: Office) -> None:
    office.house.send(mail())
    press(office.anna, office.card(), "Take")
    office.house.wait_until(lambda: office.house.ticket(1)["assignee"], "Anna")
    office.settle()
    sent = office.house.mails_to("ada@example.com")[-1]
    office.house.send(reply(sent, "It is on fire, @everyone <@1>", sender="Ada Lovelace <ada@example.com>"))
    said = office.wait_for(office.thread(), "on fire")
    assert [user.id for user in said.mentions] == [office.anna.id]
    assert not said.mention_everyone


def test_a_command_is_answered_below_it_and_completes_its_verb(office: Office) -> None:
    office.house.send(mail())
    office.card()
    offered = office.anna.autocomplete("desk", "verb", "sho", office.desk).wait().choices
    assert "show" in [one["value"] for one in offered]
    open_now = office.anna.autocomplete("desk", "ticket", "1", office.desk, verb="show").wait().choices
    assert [one["value"] for one in open_now] == ["1"]
    names = office.anna.autocomplete("desk", "words", "ben", office.desk, verb="assign", ticket="1").wait().choices
    assert [one["value"] for one in names] == ["ben"]
    assert not office.ada.autocomplete("desk", "ticket", "1", office.desk).wait().choices
    assert office.anna.command("desk", office.desk, verb="show", ticket="1").wait().acknowledged
    assert told(office, office.anna, "#1").is_ephemeral


def test_who_joins_reads_all_of_it_with_one_button_and_who_asked_reads_no_note(office: Office) -> None:
    asked = office.ada.send_dm("The printer does not print")
    thread = office.thread()
    noted = office.anna.say(thread, "// It is the old one")
    office.wait_for_mark(noted, "🔒")
    office.ada.send_dm("It smells, too", reply_to=asked)
    office.wait_for(thread, "It smells, too")
    card = office.card()
    press(office.ben, card, "More")
    whole = told(office, office.ben, "It smells, too")
    assert whole.is_ephemeral
    assert "It is the old one" in whole.content
    press(office.ada, card, "More")
    theirs = told(office, office.ada, "It smells, too")
    assert "It is the old one" not in theirs.content
    eve = office.guild.person("eve")
    press(eve, card, "More")
    told(office, eve, "people who work")
    assert not [one for one in eve.ephemerals if "smells" in one.content]


def test_a_phone_call_is_written_down_in_a_form(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path)) as office:
        office.house.wait_until(lambda: office.server.calls("PUT /applications/{application}/commands"), "the commands")
        office.anna.command("desk", office.desk, verb="log").wait()
        fill_in(office.anna, **{"for": "carl@example.com"}, words="The phone is dead", via="walk_in", settled="yes")
        told(office, office.anna, "#1 is opened")
        assert office.house.ticket(1)["channel"] == "walk_in"
        assert office.house.ticket(1)["status"] == "solved"


@pytest.fixture
def forum(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office whose agents work in a forum."""
    with an_office(tmp_path, database_url, forum=True) as there:
        yield there


def test_in_a_forum_a_ticket_is_a_post_with_tags_for_status_and_priority(forum: Office) -> None:
    office = forum
    office.house.send(mail())
    post = office.post()
    tags = {tag.id: tag.name for tag in office.desk.tags}
    assert {"new", "medium"} >= {tags[id_] for id_ in post.applied_tags} >= {"new"}
    card = post.messages[0]
    press(office.anna, card, "Take")
    office.house.wait_until(lambda: "open" in [tags[id_] for id_ in post.applied_tags], "the tag")
    written = office.anna.say(post, "We come at ten")
    office.wait_for_mark(written, "⏳")
    office.hold_is_over()
    assert "at ten" in str(office.house.mails_to("ada@example.com", 2)[-1])
    assert post.name.startswith("#1 ")


def turned_confidential(office: Office) -> None:
    """What a category does for tickets that are opened in it, and something that happens on the ticket then."""
    office.settle()

    def unit(tx: Tx) -> None:
        tx.session.get_one(Ticket, 1).confidential = True

    office.house.run(unit)
    office.house.verb("priority", 1, "high", who="lea")


@pytest.mark.covers("H18")
@pytest.mark.parametrize("in_forum", [False, True])
def test_what_turns_confidential_goes_from_a_room_that_may_not_know_of_it(tmp_path: Path, *, in_forum: bool) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path), forum=in_forum) as office:
        asked = mail(subject="My salary", text="My salary is wrong.")
        asked.add_attachment(b"%PDF slip", maintype="application", subtype="pdf", filename="salary.pdf")
        office.house.send(asked)
        thread = office.post() if in_forum else office.thread()
        card = thread.messages[0] if in_forum else office.card()
        assert [one.filename for one in card.attachments] == ["salary.pdf"]
        office.anna.say(thread, "// I cannot see those")
        office.house.send(reply(office.house.mails_to("ada@example.com")[0], "100 too low", sender="ada@example.com"))
        office.wait_for(thread, "100 too low")
        turned_confidential(office)
        office.house.wait_until(lambda: thread.name == "#1", "the name")
        office.house.wait_until(lambda: "is confidential now" in card.content, "the card")
        office.house.wait_until(lambda: not thread.applied_tags, "the tags")
        said = [one for one in thread.messages if one.content and one.kind is MessageKind.DEFAULT]
        assert [one.content for one in said if one is not card] == ["// I cannot see those"]
        assert not card.attachments
        assert not components(card)
        assert "salary" not in str([one.content for one in [card, *thread.messages]]).lower()


SECOND_TIER = """
[[agent]]
handle = "carla"
name = "Carla Conti"
email = "carla@example.org"
tier = 2
teams = ["support"]
"""


@pytest.mark.covers("H5", "H7")
def test_an_escalated_ticket_has_a_post_of_the_next_tier_and_the_old_thread_is_for_notes(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path), extra=SECOND_TIER, tiers=True) as office:
        office.house.send(mail())
        old = office.thread()
        office.anna.say(old, "#take")
        office.house.wait_until(lambda: office.house.ticket(1)["assignee"] == "Anna Weber", "Anna")
        office.settle()
        office.anna.say(old, "#escalate It needs a technician.")
        post = office.house.wait_until(lambda: threads_of(office, office.second), "the post")[0]
        office.wait_for(post, "#1")
        office.house.wait_until(lambda: "worked on elsewhere" in office.card().content, "the old card")
        office.settle()
        noted = office.anna.say(old, "It is the one by the stairs.")
        office.wait_for_mark(noted, "🔒")
        office.wait_for(post, "the one by the stairs")
        written = office.ben.say(post, "I am on my way.")
        office.wait_for_mark(written, "⏳")
        office.hold_is_over()
        assert "on my way" in str(office.house.mails_to("ada@example.com", 2)[-1])
