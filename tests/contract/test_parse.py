"""What every channel promises of `parse`: pure and total."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import Incoming, Kind, Raw, Unparseable
from tests.support.media import MEDIA, NOW, Medium, opened


@pytest.fixture(params=MEDIA)
def medium(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Medium]:
    with opened[request.param](tmp_path) as made:
        yield made


def attempt(medium: Medium, payload: bytes) -> Incoming | str:
    """What parse makes of a payload, or its refusal."""
    raw = Raw(channel=medium.name, key="k", lane="l", payload=payload, received_at=NOW)
    try:
        incoming = medium.channel.parse(raw)
    except Unparseable as error:
        return str(error)
    msgspec.json.encode(incoming)
    return incoming


LIKELY = [
    b"",
    b"\x00",
    b"{}",
    b"[" * 100_000,
    b'{"kind": "human"}',
    b'{"say": 1}',
    b'{"say": "\\ud800", "as": "\\ud800"}',
    b"From: a\r\n\r\n",
    b"\xff\xfe" * 1000,
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 1000,
]


@pytest.mark.covers("E82")
@pytest.mark.parametrize("payload", LIKELY, ids=range(len(LIKELY)))
def test_any_payload_gives_a_message_or_is_unparseable(medium: Medium, payload: bytes) -> None:
    assert attempt(medium, payload) == attempt(medium, payload)


@pytest.mark.covers("E82")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_random_bytes_give_a_message_or_are_unparseable(medium: Medium, payload: bytes) -> None:
    assert attempt(medium, payload) == attempt(medium, payload)


@pytest.mark.covers("E82")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_message_gives_a_message_or_is_unparseable(medium: Medium, data: st.DataObject) -> None:
    good = medium.say(medium.someone, "The printer is broken.", None).payload
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    attempt(medium, good[:start] + data.draw(st.binary(max_size=20)) + good[end:])


def test_the_same_payload_gives_the_same_message_wherever_it_is_read(medium: Medium) -> None:
    raw = medium.say(medium.someone, "The printer is broken.", None)
    elsewhere = pickle.loads(pickle.dumps(medium.channel.parse))  # noqa: S301  our own
    assert medium.channel.parse(raw) == medium.channel.parse(raw) == elsewhere(pickle.loads(pickle.dumps(raw)))  # noqa: S301


def test_a_message_says_who_wrote_what_and_can_be_stored(medium: Medium) -> None:
    incoming = medium.channel.parse(medium.say(medium.someone, "The printer is broken.", None))
    assert incoming.kind is Kind.HUMAN
    assert incoming.sender is not None
    assert incoming.sender.address == medium.someone
    assert incoming.reply == "The printer is broken."
    assert incoming.external_id
    assert msgspec.json.decode(msgspec.json.encode(incoming), type=Incoming) == incoming
