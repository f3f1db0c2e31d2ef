import json
import pickle
import random
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli.parse import parse
from channels.base import Address, Incoming, Raw, Unparseable
from channels.email.parse import Mail, MailParser
from channels.email.settings import ParseSettings

FIXTURES = Path(__file__).parent / "fixtures"
PARSER = MailParser(ParseSettings(addresses=("help@example.org",), authserv_ids=("mx.example.org",)))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n"
TOKEN = "AbCdEfGhIjKlMnOp"


def read(name: str) -> Mail:
    return PARSER.mail((FIXTURES / f"{name}.eml").read_bytes(), received_at=NOW)


def raw(payload: bytes) -> Raw:
    return Raw(channel="email", key="k", lane="l", payload=payload, received_at=NOW)


def files(mail: Mail) -> list[tuple[str, str, bool]]:
    return [(file.name, file.type, file.inline) for file in mail.attachments]


# ------------------------------------------------------------------------------------------ threads


@pytest.mark.covers("E31")
def test_the_newest_reference_comes_first() -> None:
    mail = read("e31-references")
    assert mail.references == ("first@example.org", "second@example.org", "third@example.org")
    assert mail.thread == ("third@example.org", "second@example.org", "first@example.org")


@pytest.mark.covers("E34")
def test_references_alone_are_enough() -> None:
    assert read("e34-references-only").thread == ("first@example.org",)


@pytest.mark.covers("E35")
def test_several_ids_however_they_are_separated() -> None:
    mail = read("e35-several")
    assert mail.in_reply_to == ("a@example.org", "b@example.org")
    assert mail.references == ("c@example.org", "a@example.org", "d@example.org")
    assert mail.thread == ("a@example.org", "b@example.org", "d@example.org", "c@example.org")
    assert read("e35-phrase").in_reply_to == ("real@example.org",)


@pytest.mark.covers("E36")
def test_the_marker_in_the_quoted_body_is_a_token() -> None:
    assert read("e36-marker").tokens == ("AbCdEfGhIjKlMnOpQrSt",)


@pytest.mark.covers("E43")
def test_an_id_of_a_notification_system_is_a_thread() -> None:
    assert read("e43-jira").thread == ("JIRA.10512.1709629200000@example.net",)


@pytest.mark.covers("E44")
def test_tokens_in_any_recipient() -> None:
    assert read("e44-token-in-cc").tokens == (TOKEN, "ZyXwVuTsRqPoNmLk")
    envelope = {"mail_from": "ann@example.net", "rcpt_to": [f"help+{TOKEN}@example.org"]}
    assert PARSER.mail(b"From: ann@example.net\n\nHi", envelope).tokens == (TOKEN,)


def test_tokens_for_other_mailboxes_are_not_ours() -> None:
    assert PARSER.mail(f"From: a@b\nTo: ann+{TOKEN}@example.net\n\nHi".encode()).tokens == ()


def test_tokens_come_from_ids_first() -> None:
    head = f"From: a@b\nTo: help+{'x' * 16}@example.org\nIn-Reply-To: <fl.1.{TOKEN}@example.org>"
    mail = PARSER.mail(f"{head}\n\n[fl:{'y' * 20}]".encode())
    assert mail.tokens == (TOKEN, "x" * 16, "y" * 20)


# ------------------------------------------------------------------------------------------ who


@pytest.mark.covers("E47")
def test_a_mail_without_an_id_gets_the_same_one_whenever_it_is_read() -> None:
    payload = (FIXTURES / "e47-no-id.eml").read_bytes()
    assert read("e47-no-id").message_id == f"{sha256(payload).hexdigest()}@missing.invalid"
    assert read("e47-no-id").message_id == read("e47-no-id").message_id
    assert any("Message-ID" in problem for problem in read("e47-no-id").problems)


@pytest.mark.covers("E49")
@pytest.mark.parametrize(("name", "usable"), [("e49-empty", 0), ("e49-malformed", 0), ("e49-good", 1)])
def test_from_is_the_sender_whatever_reply_to_says(name: str, usable: int) -> None:
    mail = read(name)
    assert mail.sender == Address("ann@example.net", "Ann Example")
    assert len(mail.reply_to) == usable
    assert any("Reply-To" in problem for problem in mail.problems) is (usable == 0)


@pytest.mark.covers("E50")
def test_a_sender_with_blanks_is_cleaned_and_flagged() -> None:
    mail = read("e50-blanks")
    assert mail.sender == Address("annsmith@example.net", "Ann")
    assert "From is not a deliverable address" in mail.problems
    assert read("e50-stray").sender == Address("ann@example.net", "Ann")


@pytest.mark.covers("E51")
def test_nobody_sent_it() -> None:
    mail = read("e51-nobody")
    assert mail.sender is None
    assert "no sender" in mail.problems


@pytest.mark.covers("E52")
def test_addresses_in_utf8() -> None:
    assert read("e52-utf8-address").sender == Address("jürgen@exämple.net", "Jürgen")


@pytest.mark.covers("E53")
def test_who_passed_it_on() -> None:
    assert read("e53-resent").resent_from == Address("joe@example.net", "Joe")


@pytest.mark.covers("E55")
def test_a_delivered_to_address_takes_no_part() -> None:
    mail = read("e55-delivered-to")
    assert [person.address for person in (*mail.to, *mail.cc)] == ["help@example.org"]


@pytest.mark.covers("E56")
def test_our_control_headers_from_outside_say_nothing() -> None:
    plain = PARSER.mail((FIXTURES / "e56-control.eml").read_bytes().replace(b"X-Firstline-", b"X-Other-"))
    assert read("e56-control") == plain


@pytest.mark.covers("E59")
def test_addresses_as_people_write_them() -> None:
    mail = read("e59-addresses")
    assert mail.sender == Address("ann@example.net", "Ann")
    assert mail.to == (
        Address("help@example.org"),
        Address("joe@example.net", "Doe, Joe"),
        Address("jim@example.net"),
    )
    assert mail.cc == (
        Address("sue@example.net", "name | [x]"),
        Address("max@example.net", "Müller, Max"),
        Address("kim@example.net", "Kim (IT)"),
    )


# ------------------------------------------------------------------------------------------ what


@pytest.mark.covers("E60")
def test_an_unknown_charset_keeps_the_bytes() -> None:
    mail = read("e60-unknown-charset")
    assert mail.subject == "caf\ufffd"
    assert mail.text == "Good \ufffd\ufffd day\n"
    assert [(file.type, file.content) for file in mail.attachments] == [
        ("application/octet-stream", b"Good \xe9\xff day\n")
    ]
    assert any("x-klingon-1" in problem and "text/plain" in problem for problem in mail.problems)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(name, text, id=name, marks=pytest.mark.covers(name[:3].upper()))
        for name, text in [
            ("e61-latin1-as-utf8", "Das Ger\ufffdt ist kaputt € 5\n"),
            ("e62-iso-2022-jp", "プリンター ①㈱ ｶﾅ\n"),
            ("e62-gb2312", "朱镕基 €\n"),
            ("e62-ks-c-5601", "똠방각하\n"),
            ("e64-unknown-encoding", "plain after all\n"),
            ("e64-uuencode-body", "See the notes:\n\n\nbegin with care\n"),
            ("e68-backslashes", "It is in C:\\new\\table and \\u00e9=41\n"),
            ("e73-script-plain", "Type <script>alert(1)</script> there\n"),
            ("e77-outlook", "Hello,\nthe scanner is broken.\nIt shows a light.\nAnn\n"),
            ("e77-mutt", "Hello,\n\nthe scanner is broken.\n\nIt shows a light.\n\nAnn"),
            ("e78-two-plain", "The good version"),
            ("e79-signed", "Signed words"),
        ]
    ],
)
def test_the_text(name: str, text: str) -> None:
    assert read(name).text == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("stub-plain", "The real words"),
        ("flowed", "One long line.\n\n> quoted too\nFrom here\n-- \nAnn\n"),
        ("apple-mixed", "Before\nAfter"),
        ("wrong-boundary", "Still read"),
        ("truncated", "Hello"),
        ("mbox-line", "Hello\n"),
        (
            "calendar",
            (
                "Move the printer\n2024-03-05 10:00 (Europe/Rome)"
                " – 2024-03-05 11:00 (Europe/Rome)\nRoom 7, first floor\n"
                "Ann <ann@example.net>"
            ),
        ),
    ],
)
def test_bodies_of_unusual_shape(name: str, text: str) -> None:
    assert read(name).text == text


@pytest.mark.covers("E63")
def test_raw_headers_are_read_in_the_charset_of_the_body_or_as_latin1() -> None:
    mail = read("e63-raw-header")
    assert (mail.subject, mail.sender) == ("Gerät defekt", Address("joerg@example.net", "Jörg"))
    assert read("e63-raw-koi8").subject == "Принтер"


@pytest.mark.covers("E64")
@pytest.mark.parametrize("name", ["e64-uuencode-body", "e64-uuencode-part"])
def test_uuencoded_files(name: str) -> None:
    assert [(file.name, file.content) for file in read(name).attachments] == [("notes.txt", b"remember the milk\n")]


@pytest.mark.covers("E65")
def test_words_and_names_in_pieces() -> None:
    mail = read("e65-words")
    assert mail.subject == "Grüße aus Köln"
    assert [file.name for file in mail.attachments] == ["Angebot für Ann.pdf", "Straße.pdf"]


@pytest.mark.covers("E66")
def test_dates_that_cannot_be() -> None:
    assert read("e66-no-date").date is None
    assert read("e66-future").date == NOW


@pytest.mark.covers("E67")
def test_no_subject_and_no_words_but_a_file() -> None:
    mail = read("e67-no-words")
    assert (mail.subject, mail.text.strip()) == ("", "")
    assert files(mail) == [("scan.png", "image/png", False)]


@pytest.mark.covers("E69")
def test_a_tnef_part_that_cannot_be_read_stays_a_file() -> None:
    assert read("e69-tnef").text == "Hello"
    assert files(read("e69-tnef")) == [("winmail.dat", "application/ms-tnef", False)]


@pytest.mark.covers("E70")
def test_a_nested_mail_is_a_file_named_after_its_subject() -> None:
    mail = read("e70-nested")
    assert files(mail) == [("Lamp - Café.eml", "message/rfc822", False)]
    assert mail.text.strip() == ""
    assert b"The lamp is broken." in mail.attachments[0].content


@pytest.mark.covers("E71")
def test_names_of_files() -> None:
    names = [file.name for file in read("e71-names").attachments]
    assert names == ["scan.png", "scan1.png", "roof top.jpg", "logo77.gif", "image.tiff", "fdp.exe"]


@pytest.mark.covers("E72")
def test_only_pictures_that_are_shown_are_inline() -> None:
    mail = read("e72-inline")
    assert files(mail) == [
        ("shown.png", "image/png", True),
        ("hidden.png", "image/png", False),
        ("image.png", "image/png", True),
    ]
    assert mail.attachments[2].content == PNG
    assert mail.html is not None
    assert "data:" not in mail.html
    assert f"cid:{mail.attachments[2].content_id}" in mail.html


@pytest.mark.covers("E73")
def test_scripts_are_gone_from_html_only() -> None:
    mail = read("e73-script-html")
    assert mail.html is not None
    assert "script" not in mail.html
    assert "onclick" not in mail.html
    assert "Hello" in mail.text
    assert "alert" not in mail.text
    assert read("e73-script-plain").html is None


@pytest.mark.covers("E74")
def test_thousands_of_links_are_not_shown_but_their_words_are_kept() -> None:
    links = b'<a href="http://example.net/">link</a> ' * 5_000
    mail = PARSER.mail(b"From: a@b\nContent-Type: text/html\n\n<p>Please read</p>" + links)
    assert mail.html is not None
    assert "<a" not in mail.html
    assert "Please read" in mail.text


@pytest.mark.covers("E79")
def test_a_signature_is_no_file() -> None:
    assert read("e79-signed").attachments == ()


# ------------------------------------------------------------------------------------------ trust


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (["mx.example.org; dmarc=pass header.from=example.net"], True),
        (["mx.example.org 1; spf=pass (sender ok) smtp.mailfrom=bounce@mail.example.net"], True),
        (["mx.example.org; dkim=pass header.d=example.net; dmarc=fail (p=none)"], False),
        (["mx.example.org; dkim=pass header.d=evil.example"], None),
        (["mx.example.org; dmarc=pass header.from=mail.example.net"], True),
        (["mx.example.org; dmarc=pass header.from=evil.example"], None),
        (["mx.example.org; dmarc=pass"], True),
        (["mx.example.org; none"], None),
        (["evil.example; dmarc=pass"], None),
        (["mx.example.org; dmarc=fail", "mx.example.org; dmarc=pass"], False),
        (["evil.example; dmarc=pass", "mx.example.org; dmarc=fail"], False),
        ([], None),
    ],
)
def test_who_is_vouched_for(results: list[str], verdict: bool | None) -> None:  # noqa: FBT001
    headers = "".join(f"Authentication-Results: {result}\n" for result in results)
    mail = PARSER.mail(f"{headers}From: Ann <ann@example.net>\n\nHi".encode())
    assert mail.verified is verdict


def test_a_comma_in_a_name_makes_no_second_sender() -> None:
    head = b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.net"
    assert PARSER.mail(head + b"\nFrom: Weber, Ann <ann@example.net>\n\nHi").verified is True


@pytest.mark.parametrize(
    "senders", ["Ann <ann@example.net>\nFrom: boss@example.net", "ann@example.net, mallory@evil.example"]
)
def test_nobody_is_vouched_for_with_two_senders(senders: str) -> None:
    head = "Authentication-Results: mx.example.org; dmarc="
    assert PARSER.mail(f"{head}pass\nFrom: {senders}\n\nHi".encode()).verified is None
    assert PARSER.mail(f"{head}fail\nFrom: {senders}\n\nHi".encode()).verified is False


# ------------------------------------------------------------------------------------------ the port


def test_the_parser_is_a_value_that_other_processes_can_have() -> None:
    again = pickle.loads(pickle.dumps(PARSER))  # noqa: S301
    payload = (FIXTURES / "e72-inline.eml").read_bytes()
    assert again(raw(payload)) == PARSER(raw(payload))


def test_incoming_says_what_the_mail_says() -> None:
    incoming = PARSER(raw((FIXTURES / "e20-report.eml").read_bytes()))
    mail = read("e20-report")
    assert incoming.thread == mail.thread
    assert (incoming.external_id, incoming.kind, incoming.bounces) == (mail.message_id, mail.kind, mail.bounces)


@pytest.mark.parametrize("payload", [b"", b" \r\n\r\n"])
def test_nothing_is_no_mail(payload: bytes) -> None:
    with pytest.raises(Unparseable):
        PARSER(raw(payload))


# ------------------------------------------------------------------------------------------ any bytes, in bounded time

ALL = sorted(FIXTURES.glob("*.eml"))


def assert_sound(payload: bytes) -> None:
    mail = PARSER.mail(payload, received_at=NOW)
    text = "".join((mail.subject, mail.text, mail.reply, mail.html or "", *(f.name for f in mail.attachments)))
    text.encode("utf-8")
    assert "\0" not in text
    assert all("/" not in f.name and f.name and len(f.name) <= 200 for f in mail.attachments)
    assert len({f.name.lower() for f in mail.attachments}) == len(mail.attachments)
    assert mail.message_id


@pytest.mark.covers("must:parse-total")
@given(st.binary(max_size=2_000))
@settings(max_examples=200)
def test_random_bytes(payload: bytes) -> None:
    assert_sound(payload)


@given(st.sampled_from(ALL), st.integers(0, 2**32), st.sampled_from(["cut", "flip", "shuffle", "splice"]))
@settings(max_examples=400, deadline=None)
def test_mutilated_mail(path: Path, seed: int, how: str) -> None:
    chance = random.Random(seed)  # noqa: S311
    payload = bytearray(path.read_bytes())
    if how == "cut":
        payload = payload[: chance.randrange(len(payload))]
    elif how == "flip":
        for _ in range(10):
            payload[chance.randrange(len(payload))] = chance.randrange(256)
    elif how == "shuffle":
        lines = payload.splitlines(keepends=True)
        chance.shuffle(lines)
        payload = bytearray(b"".join(lines))
    else:
        other = chance.choice(ALL).read_bytes()
        at = chance.randrange(len(payload))
        payload[at:at] = other[chance.randrange(len(other)) :]
    assert_sound(bytes(payload))


HEAD = b"From: a@b\nSubject: x\nMIME-Version: 1.0\n"


def nested(depth: int) -> bytes:
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(depth))
    closing = b"".join(b"--b%d--\n" % i for i in reversed(range(depth)))
    return HEAD + opening + b"Content-Type: text/plain\n\nhi\n" + closing


MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
HOSTILE = {
    "ten thousand fields": HEAD + b"".join(b"X-%d: y\n" % i for i in range(10_000)) + b"\nbody\n",
    "900 nested parts": nested(900),
    "5,000 parts": MIXED + b"--b\nContent-Type: image/png\n\nx\n" * 5_000 + b"--b--\n",
    "one line of 30 MB": HEAD + b"\n" + b"a" * 30_000_000,
    "a field of 30 MB": HEAD + b"X: " + b"a" * 30_000_000 + b"\n\nbody",
    "false delimiters": MIXED + b"--b\n\nx\n" + b"--bx\n" * 1_000_000,
    "quotes": b"To: " + b'"\\' * 100_000 + b"\n\nx",
    "brackets": b"To: " + b"<" * 200_000 + b"\n\nx",
    "comments": b"To: " + b"(a" * 100_000 + b"\n\nx",
    "encoded words": b"From: " + b"=?a?q?" * 40_000 + b"\n\nx",
    "semicolons": b"Content-Type: text/plain" + b";" * 200_000 + b"\n\nx",
    "open references": b"References: " + b"<a@b " * 50_000 + b"\n\nx",
    "uuencode": HEAD + b"\n" + b"begin 644 a\nM\n" * 100_000,
    "bounce": b"From: mailer-daemon@x\n\n" + b"a." * 100_000 + b"@",
    "html": HEAD + b"Content-Type: text/html\n\n" + b"<b>a</b> " * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_costs_what_its_length_costs(name: str) -> None:
    payload = HOSTILE[name]
    start = time.process_time()
    mail = PARSER.mail(payload, received_at=NOW)
    assert mail.sender is None or mail.sender.address
    assert time.process_time() - start < 4 + len(payload) / 1_000_000


def test_bounds_are_said() -> None:
    assert any("header cut off" in problem for problem in PARSER.mail(HOSTILE["ten thousand fields"]).problems)
    assert any("nested" in problem for problem in PARSER.mail(HOSTILE["900 nested parts"]).problems)
    assert PARSER.mail(HOSTILE["ten thousand fields"]).text == "body\n"
    crowded = PARSER.mail(HOSTILE["5,000 parts"])
    assert len(crowded.attachments) == 1_001
    assert any("1000 parts" in problem for problem in crowded.problems)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"From: a@b\r\nSubject: x\r\n\r\nHello\r\n", "Hello\n"),
        (b"From: a@b\rSubject: x\r\rHello\r", "Hello\n"),
        (b"From: a@b\r\r\nSubject: x\r\r\n\r\r\nHello\r\r\n", "Hello\n"),
        (b"\xef\xbb\xbfFrom: a@b\nSubject: x\n\nHello\n", "Hello\n"),
        (b"\n\r\nFrom: a@b\nSubject: x\n\nHello\n", "Hello\n"),
        (b">From a@b Tue\nFrom: a@b\nSubject: x\n\nHello\n", "Hello\n"),
        (b"From: a@b\nSubject: x\nHello\n", "Hello\n"),
        (b"From : a@b\nSubject\t: x\n\nHello\n", "Hello\n"),
        (b"From: a@b\nSubject: x\n\nHe\0llo\n", "Hello\n"),
        ("From: a@b\nSubject: x\n\nHello\n".encode("utf-16"), "Hello\n"),
    ],
)
def test_lines_and_headers_of_every_make(payload: bytes, text: str) -> None:
    mail = PARSER.mail(payload)
    assert (mail.sender, mail.subject, mail.text) == (Address("a@b"), "x", text)


# ------------------------------------------------------------------------------------------ the command

KEYS = [
    "message_id",
    "in_reply_to",
    "references",
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "language",
    "kind",
    "text",
    "reply",
    "quoted",
    "signature",
    "html",
]
APP = typer.Typer()
APP.command()(parse)


def test_one_json_object_a_line_and_the_others_go_on(tmp_path: Path) -> None:
    files = [str(FIXTURES / "e20-report.eml"), str(tmp_path / "missing.eml"), str(FIXTURES / "e72-inline.eml")]
    result = CliRunner().invoke(APP, ["--json", *files])
    assert result.exit_code == 1
    assert "missing.eml: No such file" in result.stderr
    first, second = map(json.loads, result.stdout.splitlines())
    assert list(first) == [*KEYS, "attachments", "bounces", "problems"]
    assert first["bounces"][0] == {"address": "gone@example.com", "action": "failed", "status": "5.1.1"}
    assert first["date"] == "2024-03-05T09:00:00Z"
    assert list(second["attachments"][0]) == ["name", "type", "size", "sha256", "inline"]


def test_every_fixture_has_a_page() -> None:
    result = CliRunner().invoke(APP, [*map(str, ALL), "--address", "help@example.org"])
    assert result.exit_code == 0
    assert "own-loop-header" in result.stdout


def test_parse_has_no_network_type_in_it() -> None:
    assert isinstance(PARSER(raw(b"From: a@b\n\nHi")), Incoming)


@pytest.mark.covers("must:parse-total")
def test_the_desk_is_asked_about_a_bounded_number_of_ids_of_a_bounded_length() -> None:
    """Every id is looked up in the database, which takes only so many at once, and indexes only short ones."""
    long = "x" * 500 + "@x"
    references = "\r\n ".join(f"<{number}@x>" for number in range(5_000))
    payload = f"From: a@example.com\r\nMessage-ID: <{long}>\r\nReferences: {references}\r\n\r\nHello".encode()

    def incoming(payload: bytes) -> Incoming:
        return PARSER(Raw(channel="email", key="k", lane="l", payload=payload, received_at=NOW))

    mail = incoming(payload)
    assert len(mail.thread) <= 100
    assert mail.thread[0] == "4999@x"
    assert len(mail.external_id) <= 300
    answer = incoming(f"From: b@example.com\r\nIn-Reply-To: <{long}>\r\n\r\nHi".encode())
    assert answer.thread == (mail.external_id,), "an answer finds it all the same"


def test_parse_prints_new_words_only(tmp_path: Path) -> None:
    mail = tmp_path / "between.eml"
    mail.write_text(
        "From: ada@example.com\nTo: help@example.org\nSubject: Re: two things\nMessage-ID: <1@example.com>\n\n"
        "On Mon, 23 Nov 2026 at 10:00, Anna <anna@example.org> wrote:\n"
        "> Is it on?\nYes, it is.\n> Since when?\nToday.\n",
        encoding="utf-8",
    )
    said = json.loads(CliRunner().invoke(APP, ["--json", str(mail)]).stdout)
    assert "Is it on?" not in said["reply"]
    assert "Yes, it is." in said["reply"]
    assert "Today." in said["reply"]
    assert "Is it on?" in said["text"]
