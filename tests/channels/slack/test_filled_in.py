"""What was filled in, as a message without a medium."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from channels.base import REQUEST, Act, Address, Incoming, Raw, Uncopied, Withheld
from channels.slack.forms import Memo
from channels.slack.parse import parse

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG = "The printer is on fire, and so is the carpet. " * 100
MESSAGE = Memo(opens=REQUEST, room="C1", ts="1.5", thread="1.1", author="U2", files=("a.png",))


def filled_in(memo: Memo, item: dict[str, Any], **entered: str) -> Incoming:
    def entry(name: str, value: str) -> dict[str, Any]:
        return {name: {"selected_user": value.removeprefix("T1:")} if name == "for" else {"value": value}}

    view = {
        "id": "V1",
        "private_metadata": memo.kept(),
        "state": {"values": {f"fl:input:{name}": entry(name, value) for name, value in entered.items()}},
    }
    kept = {"kind": "form", "team": "T1", "body": {"user": {"id": "U1"}, "view": view}, "item": item}
    payload = msgspec.json.encode(kept)
    return parse(Raw(channel="slack", key="form:V1", lane="T1:U1", payload=payload, received_at=NOW))


def test_words_that_were_too_long_for_the_form_are_whole_again() -> None:
    item = {"text": LONG, "user": "U2", "ts": "1.5"}
    assert filled_in(MESSAGE, item, words=LONG[:3000]).text == LONG.strip()
    assert filled_in(MESSAGE, item, words="Only this").text == "Only this"


@pytest.mark.parametrize(
    ("whose", "behalf", "in_its_thread"),
    [("T1:U2", Address("T1:U2"), True), ("T1:U1", None, False), ("T1:U3", Address("T1:U3"), False)],
)
def test_it_goes_on_below_the_message_only_with_who_wrote_that(
    whose: str, behalf: Address | None, *, in_its_thread: bool
) -> None:
    made = filled_in(MESSAGE, {"text": "It smokes", "user": "U2", "ts": "1.5"}, **{"words": "It smokes", "for": whose})
    assert (made.act, made.choice, made.about, made.on_behalf_of) == (Act.FILLED_IN, REQUEST, "T1:C1:1.5", behalf)
    assert (made.place is not None) is in_its_thread
    assert made.uncopied_files == ()


def test_what_cannot_be_fetched_is_named_and_it_goes_on_in_private() -> None:
    made = filled_in(MESSAGE, {}, **{"words": "It smokes", "for": "T1:U2"})
    assert made.place is None
    assert made.uncopied_files == (Uncopied("a.png", Withheld.UNREADABLE),)


def test_a_button_that_asks_brings_its_value_its_token_and_the_words() -> None:
    memo = Memo(opens="do:1:solve", label="Solve", room="C1", thread="1.1", token="abc")
    made = filled_in(memo, {}, words="A new cartridge")
    assert (made.choice, made.reply, made.tokens) == ("do:1:solve", "A new cartridge", ("abc",))
    assert made.place is not None
    assert made.place.thread == "T1:C1:1.1"
