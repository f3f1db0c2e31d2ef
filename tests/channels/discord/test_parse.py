"""What of all that Discord sends is kept, and what it says; with payloads as Discord documents them."""

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from channels.base import Act, Incoming, Kind, PlaceKind, Raw, Uncopied, Unparseable, Withheld
from channels.discord.ids import Where, moment, snowflake_at, where
from channels.discord.intake import Intake, is_kept
from channels.discord.parse import parse, read
from channels.discord.rooms import Room, Rooms
from channels.discord.settings import DiscordSettings
from channels.rich.fetched import FetchedFile

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HELP, DESK, GENERAL, FORUM = (f"40000000000000000{number}" for number in (1, 2, 3, 4))
THREAD, POST, DM = "410000000000000001", "610000000000000001", "420000000000000001"
ADA, ANNA, US = "200000000000000001", "200000000000000002", "100000000000000001"
SAID = "600000000000000001"
TOKEN = "a" * 34
IGNORED = [
    "message_own",
    "message_pinned",
    "message_joined",
    "message_thread_created",
    "message_thread_starter",
    "message_elsewhere",
    "message_update_embed",
    "reaction_other",
    "reaction_removed",
    "typing",
    "interaction_opens",
    "interaction_of_another_app",
    "interaction_command_form",
    "interaction_completes",
    "interaction_menu_of_message",
    "interaction_menu_of_user",
]


def recorded(name: str) -> dict[str, Any]:
    frame: dict[str, Any] = msgspec.json.decode((PAYLOADS / f"{name}.json").read_bytes())
    return frame


def intake() -> Intake:
    rooms = Rooms()
    for room in (
        Room(id=HELP, name="it-help", guild="3"),
        Room(id=DESK, name="desk", guild="3"),
        Room(id=GENERAL, name="general", guild="3"),
        Room(id=FORUM, kind=15, guild="3"),
        Room(id=THREAD, kind=11, parent=DESK, guild="3"),
        Room(id=POST, kind=11, parent=FORUM, guild="3"),
    ):
        rooms.note(room)
    rooms.hear("GUILD_CREATE", {"id": "3", "roles": [{"id": "500000000000000001", "name": "Sales"}]})
    made = Intake(DiscordSettings(token="t", desks={"default": DESK}, watched=(HELP, FORUM)), rooms)
    made.us = US
    return made


def raws(name: str) -> list[Raw]:
    frame = recorded(name)
    return list(intake().raws(frame["t"], frame["d"], NOW))


def taken(name: str) -> Raw:
    (raw,) = raws(name)
    return raw


def heard(name: str) -> Incoming:
    return parse(taken(name))


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_not_for_the_desk_is_not_kept(name: str) -> None:
    assert raws(name) == []


@pytest.mark.parametrize("name", sorted({path.stem for path in PAYLOADS.glob("*.json")} - set(IGNORED)))
def test_whatever_is_kept_can_be_read_and_has_a_key_of_its_own(name: str) -> None:
    found = raws(name)
    assert found
    assert len({raw.key for raw in found}) == len(found)
    for raw in found:
        assert parse(raw).verified
        assert "a secret" not in raw.payload.decode(), "the token of an interaction answers in our name"


def test_a_message_in_a_watched_channel_begins_there() -> None:
    raw = taken("message")
    said = parse(raw)
    assert (raw.key, raw.lane, raw.complete) == (f"{HELP}::{SAID}", f"{HELP}::{SAID}", True)
    assert said.sender is not None
    assert (said.sender.address, said.sender.name) == (ADA, "Ada from Sales")
    assert (said.reply, said.subject) == ("The printer is broken", "The printer is broken")
    assert said.place is not None
    assert said.place.kind is PlaceKind.WATCHED
    assert said.place.begins
    assert said.sent_at == moment(SAID)


def test_a_direct_message_is_in_the_lane_of_its_person() -> None:
    raw = taken("message_direct")
    place = parse(raw).place
    assert raw.lane == f"@{DM}"
    assert place is not None
    assert (place.kind, place.room, place.thread, place.begins) == (
        PlaceKind.DIRECT,
        f"@{DM}",
        f"@{DM}::{SAID}",
        True,
    )


def test_an_answer_to_ours_goes_on_where_our_conversation_began() -> None:
    said = heard("message_direct_reply")
    assert said.place is not None
    assert (said.place.thread, said.place.begins) == (f"@{DM}::600000000000000040", False)
    assert said.thread == (f"@{DM}::600000000000000040",)


def test_a_thread_is_found_with_its_channel_and_a_colleague_who_is_named_is_known() -> None:
    said = heard("message_in_thread")
    assert said.place is not None
    assert (said.place.kind, said.place.thread, said.place.begins) == (PlaceKind.DESK, f"{DESK}:{THREAD}", False)
    assert said.external_id == f"{DESK}:{THREAD}:{SAID}"
    assert said.reply == "//ask *him* @Anna Weber"


def test_names_stand_in_place_of_ids_and_our_own_is_left_out() -> None:
    said = heard("message_mention")
    assert said.place is not None
    assert said.place.called
    expected = "the door #it-help @Sales :lock: 2026-11-22 12:00 UTC /ticket https://example.org `<@1>`"
    assert said.reply == expected


def test_what_is_answered_comes_along_as_a_quote() -> None:
    said = heard("message_mention_reply")
    assert said.reply == "this"
    assert said.quoted == "> Anna Weber:\n> The scanner hums\n> loudly"


@pytest.mark.covers("bad:discord-words")
def test_an_answer_to_a_message_that_is_gone_is_a_message() -> None:
    assert heard("message_reply_to_deleted").reply == "And it smokes"


def test_files_are_waited_for_and_then_there() -> None:
    raw = taken("message_files")
    assert not raw.complete
    file = FetchedFile(id="7", name="log.txt", type="text/plain", content=b64encode(b"hello").decode())
    lost = FetchedFile(id="8", name="film.mp4", trouble=Withheld.TOO_LARGE, most=25_000_000)
    whole = msgspec.json.encode(replace(read(raw), files=(file, lost)))
    said = parse(replace(raw, payload=whole))
    assert [(one.name, one.content) for one in said.attachments] == [("log.txt", b"hello")]
    assert said.uncopied_files == (Uncopied("film.mp4", Withheld.TOO_LARGE, 25_000_000),)


@pytest.mark.covers("bad:discord-words")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("message_sticker", "[Wave]"),
        ("message_poll", "Which printer?\n- The old one\n- The new one"),
        ("message_forwarded", "> The lift is stuck\n> again"),
        ("message_voice", ""),
        ("message_empty", ""),
    ],
)
def test_what_has_no_words_says_what_it_is(name: str, words: str) -> None:
    assert heard(name).reply == words


@pytest.mark.parametrize(
    ("name", "words"),
    [("message_webhook", "Disk full\nhost 7\nUsed: 99 %"), ("message_of_bot", "Build failed")],
)
def test_programs_are_machines_that_nothing_automatic_answers(name: str, words: str) -> None:
    said = heard(name)
    assert (said.kind, said.quiet, said.reply) == (Kind.MACHINE, True, words)


def test_the_first_message_of_a_post_begins_it() -> None:
    place = heard("message_forum_post").place
    assert place is not None
    assert (place.kind, place.thread, place.begins) == (PlaceKind.WATCHED, f"{FORUM}:{POST}", True)


def test_a_change_has_a_key_of_its_own_that_begins_with_the_messages() -> None:
    raw = taken("message_update")
    said = parse(raw)
    assert raw.key == f"{HELP}::{SAID}:2026-11-22T12:01:00.000000+00:00"
    assert (said.act, said.about, said.reply) == (Act.EDITED, f"{HELP}::{SAID}", "The printer is broken!")


def test_of_what_is_gone_nobody_says_whose_it_was() -> None:
    (first, second) = raws("message_delete_bulk")
    assert first.key == taken("message_delete").key == f"{HELP}::{SAID}:deleted"
    assert second.key != first.key
    said = parse(first)
    assert (said.act, said.sender, said.about) == (Act.WITHDRAWN, None, f"{HELP}::{SAID}")


def test_a_sign_waits_for_the_message_that_it_is_below_and_that_is_its_authors() -> None:
    raw = taken("reaction")
    assert not raw.complete
    item = {"id": SAID, "content": "The lift is stuck", "author": {"id": ANNA, "global_name": "Anna Weber"}}
    said = parse(replace(raw, payload=msgspec.json.encode(replace(read(raw), item=item))))
    assert (said.act, said.choice, said.about) == (Act.REACTED, "request", f"{GENERAL}::{SAID}")
    assert said.on_behalf_of is not None
    assert said.on_behalf_of.address == ANNA
    assert said.text == "The lift is stuck"


@pytest.mark.parametrize(
    ("name", "choice", "label"),
    [("interaction_button", "do:1:take", "Take"), ("interaction_select", "do:1:priority:high", "High")],
)
def test_what_is_pressed_says_what_it_means_and_below_which_card(name: str, choice: str, label: str) -> None:
    said = heard(name)
    assert (said.act, said.choice, said.text, said.tokens) == (Act.PRESSED, choice, label, (TOKEN,))
    assert said.place is not None
    assert said.place.thread == f"{DESK}:{THREAD}", "a card and its thread have one id"
    assert said.language == "de"


def test_a_form_says_what_was_entered_below_the_card() -> None:
    said = heard("interaction_modal")
    assert (said.act, said.choice, said.reply, said.tokens) == (Act.FILLED_IN, "do:1:solve", "A new toner.", (TOKEN,))
    assert said.place is not None
    assert said.place.thread == f"{DESK}:{THREAD}"


def test_a_form_about_a_message_waits_for_that_and_is_whose_it_says() -> None:
    raw = taken("interaction_modal_of_message")
    assert not raw.complete
    item = {"id": SAID, "content": "The lift is stuck", "author": {"id": ADA, "username": "ada"}}
    said = parse(replace(raw, payload=msgspec.json.encode(replace(read(raw), item=item))))
    assert (said.category, dict(said.fields), said.choice) == ("hardware", {"field:floor": "3"}, "request")
    assert said.about == f"{GENERAL}::{SAID}"
    assert said.on_behalf_of is not None
    assert said.on_behalf_of.address == ADA
    assert said.place is not None
    assert said.place.room == GENERAL


def test_a_command_has_its_words() -> None:
    said = heard("interaction_command")
    assert (said.act, said.choice, said.reply, said.category) == (
        Act.COMMANDED,
        "ticket",
        "My mouse is dead",
        "hardware",
    )
    assert heard("interaction_desk").reply == "42 show"
    assert heard("interaction_command_direct").place is not None
    assert not is_kept(recorded("interaction_command_form")["d"]), "that opens a form"


def test_nonsense_is_a_dead_letter() -> None:
    bare = b'{"event": "%s", "at": "", "body": {}}'
    for payload in (b"", b"[]", bare % b"MESSAGE_CREATE", bare % b"X"):
        raw = Raw(channel="discord", key="k", lane="l", payload=payload, received_at=NOW)
        with pytest.raises(Unparseable):
            parse(raw)


def test_ids_are_written_and_read_back() -> None:
    for at in (Where("1", "2", "3"), Where("1", "", "3"), Where("1", "2"), Where("@4", "", "5"), Where("@4")):
        assert where(str(at)) == at
    assert where(f"{HELP}::{SAID}:deleted") == Where(HELP, "", SAID)
    assert moment("no id") is None
    assert moment(snowflake_at(NOW)) == NOW
