"""What goes over the console's socket."""

import json
import pickle
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Address, Attachment, Choice, Envelope, Incoming, Kind, Outgoing, Raw, Role, Unparseable
from channels.console import ConsoleChannel, ConsoleSettings
from channels.console.messages import parse, render

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def raw(payload: bytes | dict[str, object]) -> Raw:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Raw(channel="console", key="k1", lane="console:ada", payload=data, received_at=NOW)


def envelope(**changes: object) -> Envelope:
    fields: dict[str, object] = {"key": "d1", "to": Address("Ada@Example.com"), "role": Role.REQUESTER, "sent_at": NOW}
    return Envelope(**(fields | changes))  # type: ignore[arg-type]


def test_a_line_becomes_a_message_of_a_trusted_person() -> None:
    incoming = parse(raw({"as": " Ada@Example.com ", "say": "My mouse is dead\r\nReally.", "token": "abc"}))
    assert incoming.kind is Kind.HUMAN
    assert incoming.sender == Address("ada@example.com")
    assert incoming.reply == incoming.text == "My mouse is dead\nReally."
    assert incoming.subject == "My mouse is dead"
    assert incoming.tokens == ("abc",)
    assert incoming.verified is True
    assert incoming.above_marker is True
    assert incoming.external_id == "console:k1"
    assert incoming.sent_at == NOW


def test_the_ticket_that_was_named_stands_in_the_subject() -> None:
    assert parse(raw({"as": "ada", "say": "Again!", "ticket": 42})).subject == "Again! [#42]"
    assert parse(raw({"as": "ada", "say": "", "ticket": 42})).subject == "[#42]"


def test_files_come_with_their_content() -> None:
    files = [{"name": "a\nb.txt", "content": b64encode(b"hello").decode(), "type": "text/plain"}]
    (file,) = parse(raw({"as": "ada", "say": "see", "files": files})).attachments
    assert (file.name, file.type, file.size, file.content) == ("a b.txt", "text/plain", 5, b"hello")
    assert file.sha256 == sha256(b"hello").hexdigest()


def test_a_broken_file_is_a_problem_and_not_the_end() -> None:
    incoming = parse(raw({"as": "ada", "say": "see", "files": [{"name": "x", "content": "%%%"}]}))
    assert incoming.attachments == ()
    assert incoming.problems == ("attachment_missing",)


def test_control_characters_do_not_get_in() -> None:
    assert parse(raw({"as": "ada", "say": "a\x00b\x1b[2Jc\u009b"})).text == "ab[2Jc"


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff", b"[]", b'{"say": 1, "as": "a"}', b'{"say": "x"}', b'{"say": "x", "as": "a\\u0000"}', b"[" * 100_000],
)
def test_what_is_no_message_is_unparseable(payload: bytes) -> None:
    with pytest.raises(Unparseable):
        parse(raw(payload))


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: json.dumps({"as": "a", "say": text}).encode()))
def test_parse_is_total(payload: bytes) -> None:
    try:
        incoming = parse(raw(payload))
    except Unparseable:
        return
    assert isinstance(incoming, Incoming)
    assert incoming == parse(raw(payload))


def test_parse_can_run_elsewhere() -> None:
    assert pickle.loads(pickle.dumps(ConsoleChannel(ConsoleSettings()).parse)) is parse  # noqa: S301  our own


def test_a_delivery_says_everything() -> None:
    file = Attachment(name="a.txt", type="text/plain", size=2, sha256="", content=b"hi")
    outgoing = Outgoing(
        body="Is it **done**?", subject="Mouse", choices=(Choice("y", "Yes"),), files=(file,), language="de"
    )
    line = render(outgoing, envelope(ticket=42, token="tok", speaker="Anna"))
    assert json.loads(line) == {
        "key": "d1",
        "ticket": 42,
        "token": "tok",
        "at": "2026-03-02T09:30:00Z",
        "from": "Anna",
        "subject": "Mouse",
        "body": "Is it **done**?",
        "choices": [{"value": "y", "label": "Yes"}],
        "files": [{"name": "a.txt", "type": "text/plain", "size": 2, "content": "aGk="}],
        "language": "de",
        "automatic": False,
    }
    assert b"\n" not in line


@pytest.mark.parametrize("marker", ["##- Please write above this line -##", "\\##- Oberhalb -\\##"])
def test_the_line_to_write_above_is_left_out(marker: str) -> None:
    line = render(Outgoing(body=f"{marker}\n\nNew ticket"), envelope())
    assert json.loads(line)["body"] == "New ticket"


@given(st.text(st.characters(), max_size=200))
def test_render_takes_any_text_and_is_the_same_each_time(text: str) -> None:
    outgoing = Outgoing(body=text, subject=text, choices=(Choice(text, text),))
    line = render(outgoing, envelope(speaker=text))
    assert line == render(outgoing, envelope(speaker=text))
    json.loads(line)


def test_render_takes_long_and_broken_text() -> None:
    assert len(render(Outgoing(body="ä" * 40_000), envelope())) > 80_000
    assert json.loads(render(Outgoing(body="a\ud800b"), envelope()))["body"] == "a?b"
