"""The ways in which people ask on Discord, and where their ticket goes on."""

from pathlib import Path

import pytest

from tests.scenarios.discord.conftest import Office, an_office
from tests.scenarios.discord.looking import components, fill_in, press, private_thread, threads_of, told, words
from tests.support import databases
from tests.support.discordserver import Channel, Kind, Permission


def test_naming_the_desk_in_a_channel_opens_a_private_thread(office: Office) -> None:
    office.ada.mention_bot(office.offered, "the door is locked")
    thread = private_thread(office, office.offered)
    assert thread.name.startswith("#1 ")
    office.wait_for(thread, "#1")
    office.house.wait_until(lambda: thread.thread and office.ada.id in thread.thread.members, "Ada in it")
    office.ada.say(thread, "It is the one by the stairs")
    office.house.wait_until(lambda: len(office.house.read(words)) == 2, "what she added")
    office.wait_for(office.thread(), "the one by the stairs")
    assert len(threads_of(office, office.offered)) == 1


def test_every_message_in_a_watched_channel_is_a_request(office: Office) -> None:
    office.ada.say(office.watched, "The printer is broken")
    office.wait_for(private_thread(office, office.watched), "#1")


def test_talk_elsewhere_is_nobodys_business_and_in_an_offered_channel_the_author_is_asked(office: Office) -> None:
    office.ada.say(office.offered, "Does anybody know how to order toner?")
    asked = told(office, office.ada, "ticket")
    office.ben.say(office.guild.channel("lunch"), "Pizza?")
    press(office.ada, asked, "Open a ticket")
    office.wait_for(private_thread(office, office.offered), "#1")
    assert office.house.read(words) == ["Does anybody know how to order toner?"]


def test_who_wants_no_ticket_is_not_asked_again(office: Office) -> None:
    office.ada.say(office.offered, "Does anybody know how to order toner?")
    press(office.ada, told(office, office.ada, "ticket"), "No thanks")
    office.settle()
    office.ada.say(office.offered, "Or where there is some?")
    office.settle()
    assert len(office.by_bot(office.ada.dm)) == 1
    assert office.house.read(words) == []


def test_who_lets_no_bot_write_is_asked_in_the_channel_and_only_they_may_answer(office: Office) -> None:
    office.ada.close_dms()
    office.ada.say(office.offered, "Does anybody know how to order toner?")
    asked = office.wait_for(office.offered, "Shall we look into this?")
    assert [user.id for user in asked.mentions] == [office.ada.id]
    press(office.ben, asked, "Open a ticket")
    told(office, office.ben, "people who work on tickets")
    assert office.house.read(words) == []
    press(office.ada, asked, "Open a ticket")
    office.wait_for(private_thread(office, office.offered), "#1")
    assert office.house.read(words) == ["Does anybody know how to order toner?"]


def test_the_sign_below_a_message_opens_one_ticket_for_its_author(office: Office) -> None:
    asked = office.ada.say(office.offered, "Thank you")
    office.anna.react(asked, "🎫")
    office.ben.react(asked, "🎫")
    thread = private_thread(office, office.offered)
    office.wait_for(thread, "#1")
    office.settle()
    assert office.house.ticket(1)["requester"] == "Ada"
    assert len(office.by_bot(office.desk)) == 1


def test_a_second_message_soon_after_belongs_to_the_first_and_an_answer_to_its_ticket(office: Office) -> None:
    first = office.ada.send_dm("The printer is broken")
    acknowledged = office.wait_for(office.ada.dm, "#1")
    office.ada.send_dm("It smells")
    office.house.wait_until(lambda: len(office.house.read(words)) == 2, "the second")
    office.ada.send_dm("And it is hot", reply_to=acknowledged)
    office.ada.send_dm("Very hot", reply_to=first)
    office.house.wait_until(lambda: len(office.house.read(words)) == 4, "the answers")
    assert len(office.by_bot(office.desk)) == 1


def by_command(office: Office, channel: Channel, what: str = "My mouse is dead") -> None:
    office.house.wait_until(lambda: office.server.calls("PUT /applications/{application}/commands"), "the commands")
    assert office.ada.command("ticket", channel, words=what).wait().acknowledged


def test_what_two_ask_for_by_command_in_one_channel_goes_on_in_a_thread_for_each(office: Office) -> None:
    by_command(office, office.watched)
    thread = private_thread(office, office.watched)
    office.wait_for(thread, "#1")
    eve = office.guild.person("eve")
    assert eve.command("ticket", office.watched, words="And my screen").wait().acknowledged
    office.house.wait_until(lambda: len(threads_of(office, office.watched)) == 2, "both threads")
    both = threads_of(office, office.watched)
    office.wait_for(both[1], "#2")
    office.settle()
    assert [sorted(one.thread.members) for one in both if one.thread] == [
        sorted([office.server.app.bot.id, person.id]) for person in (office.ada, eve)
    ]
    assert {one.kind for one in both} == {Kind.PRIVATE_THREAD}
    assert not office.by_bot(office.ada.dm)
    office.ada.say(thread, "It is the wireless one")
    office.wait_for(office.thread(), "the wireless one")


def test_where_no_threads_are_allowed_it_goes_on_in_a_direct_message(office: Office) -> None:
    office.guild.allow_bot(office.watched, deny=Permission.CREATE_PRIVATE_THREADS)
    by_command(office, office.watched)
    office.wait_for(office.ada.dm, "#1")
    assert not threads_of(office, office.watched)


def test_who_lets_no_bot_write_gets_a_private_thread_in_the_channel_for_that(office: Office) -> None:
    office.guild.allow_bot(office.watched, deny=Permission.CREATE_PRIVATE_THREADS)
    office.ada.close_dms()
    by_command(office, office.watched)
    office.wait_for(private_thread(office, office.offered), "#1")
    assert "Take" in components(office.card())
    office.wait_for(office.thread(), "Ada takes no direct messages: **#1** goes on in a private thread")


def test_what_is_edited_and_deleted_is_so_on_the_ticket(office: Office) -> None:
    said = office.ada.send_dm("The printer is broken")
    office.wait_for(office.ada.dm, "#1")
    office.card()
    office.settle()
    office.ada.edit(said, "The scanner is broken")
    office.house.wait_until(lambda: office.house.read(words) == ["The scanner is broken"], "the change")
    office.ada.delete(said)
    office.house.wait_until(lambda: "withdrawn" in office.house.audit(1), "the end of it")


def test_files_are_copied_when_they_come_and_go_the_other_way(office: Office) -> None:
    log = office.ada.upload("log.txt", b"it burns")
    office.ada.send_dm("See the log", files=[log])
    card = office.card()
    assert [(one.filename, one.content) for one in card.attachments] == [("log.txt", b"it burns")]
    manual = office.anna.upload("manual.pdf", b"%PDF", "application/pdf")
    written = office.anna.say(office.thread(), "Read this", files=[manual])
    office.wait_for_mark(written, "⏳")
    office.hold_is_over()
    answer = office.wait_for(office.ada.dm, "Read this")
    assert [(one.filename, one.content) for one in answer.attachments] == [("manual.pdf", b"%PDF")]


def test_a_post_in_a_watched_forum_is_a_request_and_goes_on_there_for_all_to_see(office: Office) -> None:
    post = office.ada.create_post(office.posts, "The lift is stuck", "On the third floor")
    office.wait_for(post, "#1")
    assert office.house.ticket(1)["subject"] == "The lift is stuck"
    office.settle()
    written = office.anna.say(office.thread(), "Somebody is on the way")
    office.wait_for_mark(written, "⏳")
    office.hold_is_over()
    office.wait_for(post, "Somebody is on the way")
    office.ada.say(post, "It is two lifts")
    office.wait_for(office.thread(), "two lifts")
    assert threads_of(office, office.posts) == [post]


def test_a_command_in_a_post_of_a_public_forum_begins_a_post_that_says_what_was_asked(office: Office) -> None:
    first = office.ben.create_post(office.posts, "The lift is stuck", "On the third floor")
    office.wait_for(first, "#1")
    by_command(office, first, "My mouse is **dead**, @everyone")
    office.house.wait_until(lambda: len(threads_of(office, office.posts)) == 2, "her post")
    post = next(one for one in threads_of(office, office.posts) if one is not first)
    office.wait_for(post, "We have your request")
    said = office.by_bot(post)
    assert len(said) == 2
    assert post.name.startswith("#2 My mouse is")
    assert "**Ada** asks:" in said[0].content
    assert "> My mouse is \\*\\*dead\\*\\*" in said[0].content
    assert not said[0].mention_everyone
    assert post.thread is not None
    assert office.ada.id in post.thread.members
    told(office, office.ada, f"<#{post.id}>")
    office.ada.say(post, "It is the wireless one")
    office.wait_for(office.thread(2), "the wireless one")
    assert not office.by_bot(office.ada.dm)


def test_a_command_in_a_post_of_any_other_forum_goes_on_in_the_channel_for_private_threads(office: Office) -> None:
    forum = office.guild.forum("ideas")
    by_command(office, office.ben.create_post(forum, "An idea", "More plants"))
    thread = private_thread(office, office.offered)
    office.wait_for(thread, "#1")
    assert len(threads_of(office, forum)) == 1


@pytest.mark.covers("bad:discord-file")
def test_a_file_that_is_too_large_for_her_is_named_to_her_and_to_the_agent(tmp_path: Path) -> None:
    with an_office(tmp_path, databases.embedded(tmp_path)) as office:
        office.ada.send_dm("How is it done?")
        thread = office.thread()
        film, notes = b"\0" * 11 * 1024 * 1024, office.anna.upload("notes.txt", b"hi")
        office.anna.say(thread, "See the film", files=[office.anna.upload("film.mp4", film, "video/mp4"), notes])
        office.settle()
        office.hold_is_over()
        said = office.wait_for(office.ada.dm, "See the film")
        assert "too large to be sent: film.mp4" in said.content
        assert [file.filename for file in said.attachments] == ["notes.txt"]
        office.wait_for(thread, "were not sent: film.mp4")


@pytest.mark.covers("bad:discord-file")
def test_a_huge_file_of_hers_stays_at_discord_and_agents_read_its_name(tmp_path: Path) -> None:
    settings = "max_file = 1000\n"
    with an_office(tmp_path, databases.embedded(tmp_path), extra=settings) as office:
        office.ada.send_dm("The log", files=[office.ada.upload("log.txt", b"x" * 1001)])
        office.wait_for(office.thread(), "log.txt (it is larger than")
        assert not office.card().attachments


def test_without_the_intent_an_answer_is_written_in_a_form(tmp_path: Path) -> None:
    with an_office(tmp_path, f"sqlite:///{tmp_path}/desk.db", content=False) as office:
        office.ada.mention_bot(office.offered, "the door is locked")
        thread = private_thread(office, office.offered)
        said = office.wait_for(thread, "#1")
        pencil = next(one["custom_id"] for row in said.components for one in row["components"] if "emoji" in one)
        office.card()
        assert office.ada.press(said, pencil).wait().acknowledged
        fill_in(office.ada, words="It is the one by the stairs")
        office.wait_for(office.thread(), "the one by the stairs")
