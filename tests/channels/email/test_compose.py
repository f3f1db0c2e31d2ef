import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Address, Attachment, Choice, Envelope, Outgoing, Role
from channels.email.compose import compose, message_id, reply_address
from channels.email.config import EmailSettings, Links
from channels.email.markdown import _block_by_block, _inline, _parsed, _parsed_inline, _plain_inline, render

SETTINGS = EmailSettings(addresses=("help@example.org",), name="IT Help")
TOKEN = "abcdefghijklmnopqrstuvwxyz234567ab"


def outgoing(body: str = "Good morning.", **changes: Any) -> Outgoing:
    return Outgoing(body=body, **{"subject": "Printer", **changes})


def envelope(**changes: Any) -> Envelope:
    table: dict[str, Any] = {
        "key": "answer:7",
        "to": Address("anna@example.com", "Anna Müller"),
        "role": Role.REQUESTER,
        "sent_at": datetime(2026, 3, 29, 12, 0, tzinfo=UTC),
        "token": TOKEN,
        "ticket": 42,
    }
    return Envelope(**table | changes)


def mail(out: Outgoing | None = None, env: Envelope | None = None, settings: EmailSettings = SETTINGS) -> EmailMessage:
    octets = compose(out or outgoing(), env or envelope(), settings)
    message: EmailMessage = email.message_from_bytes(octets, policy=email.policy.default)
    assert not any(part.defects for part in message.walk())
    return message


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return content(part)


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return content(part)


def content(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


# ---------------------------------------------------------------------------------------------- headers


def test_an_answer_by_a_person() -> None:
    message = mail(env=envelope(speaker="Jörg", copies=(Address("b@example.com", "B, C"), Address("d@example.com"))))
    assert message["From"] == '"Jörg (IT Help)" <help@example.org>'
    assert message["Reply-To"] == f"IT Help <help+{TOKEN}@example.org>"
    assert message["To"] == "Anna Müller <anna@example.com>"
    assert message["Cc"] == '"B, C" <b@example.com>, d@example.com'
    assert message["Subject"] == "Printer [#42]"
    assert message["Date"].datetime == datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
    assert message["Message-ID"] == f"<{message_id(envelope(), SETTINGS)}>"
    assert message["X-Firstline-Loop"] == "help@example.org"
    assert message["Content-Language"] == "en"
    for absent in ("In-Reply-To", "References", "Auto-Submitted", "X-Auto-Response-Suppress"):
        assert message[absent] is None


def test_the_desk_speaks_under_its_own_name() -> None:
    message = mail(env=envelope(token="", ticket=0))
    assert (message["From"], message["Reply-To"]) == ("IT Help <help@example.org>", None)
    assert (message["Subject"], "[fl:" in text(message)) == ("Printer", False)


def test_automatic_mail_says_so() -> None:
    first = mail(outgoing(automatic=True))
    assert (first["Auto-Submitted"], first["X-Auto-Response-Suppress"]) == (
        "auto-generated",
        "DR, RN, NRN, OOF, AutoReply",
    )
    assert mail(outgoing(automatic=True), envelope(references=("1@x",)))["Auto-Submitted"] == "auto-replied"


def test_an_answer_names_what_it_answers() -> None:
    message = mail(env=envelope(references=("1@x", "2@x")))
    assert (message["In-Reply-To"], message["References"]) == ("<2@x>", "<1@x> <2@x>")


def test_a_long_thread_keeps_its_first_and_its_newest_ids() -> None:
    ids = mail(env=envelope(references=tuple(f"{number}@x" for number in range(100))))["References"].split()
    assert (len(ids), ids[0], ids[1], ids[-1]) == (20, "<0@x>", "<81@x>", "<99@x>")


def test_the_message_id_is_that_of_the_delivery() -> None:
    assert message_id(envelope(), SETTINGS) == message_id(envelope(to=Address("b@x")), SETTINGS)
    assert message_id(envelope(key="answer:8"), SETTINGS) != message_id(envelope(), SETTINGS)
    assert message_id(envelope(), SETTINGS).endswith(f".{TOKEN}@example.org")
    assert message_id(envelope(token=""), SETTINGS).count(".") == 2


@pytest.mark.parametrize("plus", ["", "-"])
def test_the_reply_address_is_as_the_mail_server_can(plus: str) -> None:
    settings = EmailSettings(addresses=("hilfe@müller.example",), plus=plus)
    expected = f"hilfe-{TOKEN}@xn--mller-kva.example" if plus else "hilfe@xn--mller-kva.example"
    assert reply_address(envelope(), settings) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Re: Printer [#42]", "Re: Printer [#42]"),
        ("", "[#42]"),
        ("Drucker im 3. Stock — bitte prüfen", "Drucker im 3. Stock — bitte prüfen [#42]"),
        ("印刷できません " * 30, "印刷できません " * 30 + "[#42]"),
        ("a =?utf-8?q?literal?= b", "a =?utf-8?q?literal?= b [#42]"),
        ("x" * 3000, "x" * 3000 + " [#42]"),
        ("word " * 100, "word " * 100 + "[#42]"),
        ("one\r\nBcc: evil@example.com\r\n\r\ntwo", "one Bcc: evil@example.com two [#42]"),
        ("a\x00b\x1b[31m\u2028c\u0085d", "ab[31m c d [#42]"),
        ("lone \ud800 surrogate", "lone ? surrogate [#42]"),
    ],
)
def test_any_subject_arrives_as_it_was(subject: str, expected: str) -> None:
    message = mail(outgoing(subject=subject))
    assert message["Subject"] == expected
    assert message.get_all("Bcc") is None


def test_nothing_can_begin_a_header_of_its_own() -> None:
    evil = "x\r\nBcc: evil@example.com\r\n\r\nbody"
    file = Attachment(name=evil, type=evil, size=1, sha256="", content_id=evil, content=b"x")
    out = outgoing(evil, subject=evil, language=evil, choices=(Choice(evil, evil),), files=(file,))
    env = envelope(
        key=evil,
        to=Address(evil, evil),
        token=evil,
        references=(evil, "\r\n"),
        speaker=evil,
        copies=(Address(evil, evil),),
    )
    settings = EmailSettings(addresses=("help@example.org",), name=evil, loop_name=evil)
    octets = compose(out, env, settings)
    header = octets.partition(b"\r\n\r\n")[0]
    assert b"\nBcc:" not in header
    for part in email.message_from_bytes(octets).walk():
        assert part.get_all("Bcc") is None
    assert octets.count(b"\n") == octets.count(b"\r\n") == octets.count(b"\r")


WORDS = st.text(max_size=80)


OUTGOINGS = st.builds(
    outgoing,
    st.text(max_size=400),
    subject=WORDS,
    choices=st.tuples(st.builds(Choice, st.just("1"), WORDS)),
    files=st.tuples(
        st.builds(Attachment, name=WORDS, type=WORDS, size=st.just(0), sha256=st.just(""), content=st.binary())
    ),
)
ENVELOPES = st.builds(
    envelope,
    to=st.builds(Address, st.just("anna@example.com"), WORDS),
    speaker=WORDS,
    token=WORDS,
    references=st.lists(WORDS, max_size=3).map(tuple),
)


@given(OUTGOINGS, ENVELOPES)
def test_whatever_is_said_gives_a_clean_mail(out: Outgoing, env: Envelope) -> None:
    octets = compose(out, env, SETTINGS)
    assert octets == compose(out, env, SETTINGS)
    assert octets.isascii()
    assert octets.count(b"\n") == octets.count(b"\r\n") == octets.count(b"\r")
    lines = octets.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    parts = octets.partition(b"\r\n\r\n")[2]
    assert all(len(line) <= 78 for line in parts.split(b"\r\n") if not line.startswith(b"Content-"))
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert len(message.get_all("Subject", [])) == len(message.get_all("To", [])) == 1
    (attachment,) = message.iter_attachments()
    assert attachment.get_payload(decode=True) == out.files[0].content


# ------------------------------------------------------------------------------------------------- body


def test_both_ways_of_saying_it() -> None:
    message = mail(outgoing("Guten *Tag*,\nes **geht** wieder: <b>"))
    assert message.get_content_type() == "multipart/alternative"
    assert text(message) == f"Guten Tag,\nes geht wieder: <b>\n\n[fl:{TOKEN}]\n"
    page = html(message)
    assert "Guten <em>Tag</em>,<br>\nes <strong>geht</strong> wieder: &lt;b&gt;</p>" in page
    assert f"[fl:{TOKEN}]</p>" in page
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>Printer [#42]</title>" in page


def test_the_language_is_named() -> None:
    message = mail(outgoing(language="pt-BR"))
    assert message["Content-Language"] == "pt-BR"
    assert '<html lang="pt-BR">' in html(message)


@pytest.mark.parametrize("marker", ["##- Reply above this line -##", r"\#\#- Reply above this line -\#\#"])
def test_the_cut_marker_stands_at_the_top_word_for_word(marker: str) -> None:
    message = mail(outgoing(f"{marker}\n\nNew request"))
    assert text(message).startswith("##- Reply above this line -##\n\nNew request\n")
    assert '<p class="faint" style="margin:0 0 24px;text-align:center;' in html(message)
    assert ">##- Reply above this line -##</p>\n<p" in html(message)


def test_choices_are_numbers_to_reply_with() -> None:
    choices = (Choice("yes", "Ja, <alles> gut"), Choice("no", "Nein"))
    message = mail(outgoing("Geht es wieder?", choices=choices, language="de-AT"))
    expected = "Geht es wieder?\n\n1 — Ja, <alles> gut\n2 — Nein\n\nAntworten Sie mit der Nummer Ihrer Wahl.\n\n"
    assert text(message).startswith(expected)
    assert "1 — Ja, &lt;alles&gt; gut<br>\n2 — Nein</p>" in html(message)
    assert "Reply with the number" in text(mail(outgoing("?", choices=choices, language="ja")))


def test_choices_are_buttons_where_there_is_a_page_for_them() -> None:
    out = outgoing("Better?", choices=(Choice("yes", "<Yes>"), Choice("a/b c", "No")), language="fr")
    linked = envelope(link="abc234")
    links = Links(url="https://help.example.org/desk/")
    message = mail(out, linked, msgspec.structs.replace(SETTINGS, links=links))
    urls = [f"https://help.example.org/desk/a/abc234/{value}" for value in ("yes", "a%2Fb%20c")]
    assert f"Better?\n\n1 — <Yes>\n    {urls[0]}\n2 — No\n    {urls[1]}\n\nChoisissez d’un clic, ou" in text(message)
    page = html(message)
    assert re.findall(r'<a class="choice" href="([^"]+)"[^>]*>([^<]+)</a>', page) == [
        (urls[0], "1 — &lt;Yes&gt;"),
        (urls[1], "2 — No"),
    ]
    assert page.count('bgcolor="#0b57d0"') == 2
    for env, settings in ((linked, SETTINGS), (envelope(), msgspec.structs.replace(SETTINGS, links=links))):
        assert "Répondez avec le numéro" in text(mail(out, env, settings))


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("plain", "7bit"),
        ("trailing  \n.\nFrom me", "7bit"),
        ("a =_ b", "quoted-printable"),
        ("x" * 77, "quoted-printable"),
        ("für", "quoted-printable"),
        ("日本語のメール" * 20, "base64"),
    ],
)
def test_the_encoding_is_the_most_readable_that_is_safe(body: str, encoding: str) -> None:
    part = mail(outgoing(body), envelope(token="")).get_body(("plain",))
    assert part is not None
    assert (part["Content-Transfer-Encoding"], content(part)) == (encoding, render(body).text + "\n")


def test_forty_thousand_characters() -> None:
    body = "Ein Satz mit *Betonung* und [Verweis](https://example.org/a_b). " * 700
    assert len(text(mail(outgoing(body)))) > 40_000


# ------------------------------------------------------------------------------------------------ files


def test_files_come_after_the_text() -> None:
    files = (
        Attachment(name="Prüfbericht.pdf", type="application/pdf", size=3, sha256="", content=b"%PDF"),
        Attachment(name="a" * 80 + "ü.txt", type="text/plain", size=3, sha256="", content=b"\r\n.\r\n\xff"),
        Attachment(name='C:\\x\\"y".eml', type="message/rfc822", size=0, sha256="", content=b"x" * 1000),
        Attachment(name="", type="nonsense", size=0, sha256=""),
    )
    message = mail(outgoing(files=files))
    assert message.get_content_type() == "multipart/mixed"
    found = [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in message.iter_attachments()
    ]
    assert found == [
        ("Prüfbericht.pdf", "application/pdf", b"%PDF"),
        ("a" * 80 + "ü.txt", "text/plain", b"\r\n.\r\n\xff"),
        ("C:_x__y_.eml", "application/octet-stream", b"x" * 1000),
        ("file", "application/octet-stream", b""),
    ]


def test_pictures_in_the_text_are_related_to_it() -> None:
    def picture(content_id: str) -> Attachment:
        return Attachment(
            name=f"{content_id}.png",
            type="image/png",
            size=1,
            sha256="",
            inline=True,
            content_id=content_id,
            content=b"p",
        )

    message = mail(outgoing("![chart](cid:c1)", files=(picture("c1"), picture("c2"))))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
    ]
    assert [part["Content-ID"] for part in message.walk() if part["Content-ID"]] == ["<c1>", "<c2>"]
    assert '<img src="cid:c1" alt="chart"' in html(message)


@pytest.mark.parametrize(("pixels", "shown"), [(1200, 600), (600, 600), (120, 120)])
def test_a_picture_says_how_wide_it_is_shown(pixels: int, shown: int) -> None:
    head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + pixels.to_bytes(4) + b"\0\0\0\x05"
    file = Attachment(name="a.png", type="image/png", size=24, sha256="", inline=True, content_id="c1", content=head)
    found = html(mail(outgoing("> ![chart](cid:c1) and cid:c1", files=(file,))))
    assert f'<img src="cid:c1" width="{shown}" alt="chart" style="max-width:100%;height:auto;border:0">' in found


# --------------------------------------------------------------------------------------------- Markdown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a\nb\n\nc", "a\nb\n\nc"),
        ("# Title\n\nText", "Title\n=====\n\nText"),
        ("### Title\nText", "Title\n\nText"),
        ("- a\n- b\n  - c\n  - d\n- e\n\ntext", "- a\n- b\n  - c\n  - d\n- e\n\ntext"),
        ("1. a\n\n   more\n2. b", "1. a\n\n   more\n\n2. b"),
        ("7) a\n8) b", "7. a\n8. b"),
        ("0. a\n1. b", "0. a\n1. b"),
        ("> a\n> > b\n>\n> c", "> a\n>\n> > b\n>\n> c"),
        ("- > a\n  >\n  > b", "- > a\n  >\n  > b"),
        ("1. a\n\n   > q\n2. b", "1. a\n\n   > q\n\n2. b"),
        ("```\nx = 1\n\n  y\n```\nz", "    x = 1\n\n      y\n\nz"),
        ("a\n\n---\nb", f"a\n\n{'-' * 40}\n\nb"),
        ("[here](https://x.example/a)", "here (https://x.example/a)"),
        ("[https://x.example](https://x.example) <https://y.example>", "https://x.example https://y.example"),
        ("[x.example](https://x.example) [a@x.example](mailto:a@x.example)", "x.example a@x.example"),
        ("[#1](mailto:a@x.example?body=%23show%201)", "#1 (mailto:a@x.example?body=%23show%201)"),
        ("[mail me](mailto:a@x.example) or [call](tel:+49123)", "mail me (a@x.example) or call (+49123)"),
        ("[bad](javascript:alert(1))", "[bad](javascript:alert(1))"),
        ("![logo](https://x.example/l.png)", "logo (https://x.example/l.png)"),
        ("![](https://x.example/l.png)", "https://x.example/l.png"),
        ("![chart](cid:1) ![](cid:2)", "[chart]"),
        ("`code` ~~old~~ *a* **b**", "code old a b"),
        (r"3\. \*no\* \<b\> \\ \& C:\new", r"3. *no* <b> \ & C:\new"),
        ("a\\\nb", "a\nb"),
        ("&amp; <b>x</b>", "& <b>x</b>"),
        ("[1]: http://x.example", "[1]: http://x.example"),
        ("Anna\n--\nDesk", "Anna\n--\nDesk"),
        ("| A | Bee |\n|---|---:|\n| long cell | 1 |\n| c |", "A          Bee\n--------------\nlong cell  1\nc"),
        ("", ""),
        ("> " * 100 + "deep", ("> " * 100 + "deep")),
    ],
)
def test_plain_text_reads_as_if_typed(source: str, expected: str) -> None:
    assert render(source).text == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("![x](https://x.example/y.png)", '<a href="https://x.example/y.png" style="color:#0b57d0">x</a>'),
        ('[a](<https://x.example/"onclick=>)', "%22onclick="),
        ("```html\n<b>\n```", "&lt;b&gt;"),
        ("3. c", '<ol start="3"'),
        ("|a|\n|:-:|\n|b|", "text-align:center"),
        ("> " * 100 + "<b>", "&lt;b&gt;"),
        ("## T", "<h2 "),
    ],
)
def test_html_is_only_what_markdown_can_say(source: str, expected: str) -> None:
    page = render(source).html
    assert expected in page
    assert "<img" not in page


@given(st.text(alphabet=st.sampled_from("ab \\*#.&<\n!"), max_size=40))
def test_the_short_way_gives_what_the_parser_gives(content: str) -> None:
    content = content.strip().replace("\n\n", "\n")
    escaped = "".join(f"\\{letter}" if letter in "*&<!\\" else letter for letter in content)
    assert _plain_inline(escaped) == _parsed_inline(escaped)


PIECES = (
    "- ",
    "-",
    "a",
    "b c",
    "\n",
    "\n\n",
    "|",
    " ",
    "\\",
    "*x*",
    "1.",
    "> ",
    "- x",
    "- y:\n- z",
    "_",
    "\t",
    ":",
    "- | -",
    "a|b",
)


@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_blocks_that_are_not_parsed_are_as_the_parser_gives_them(pieces: list[str]) -> None:
    source = "".join(pieces)
    assert _block_by_block(source) in (None, _parsed(source))


def test_a_notice_with_a_form_is_not_parsed() -> None:
    notice = "Hello Ada,\n\nyour number is **#1**.\n\n- Printer number:\n- Error message:\n\nKind regards,\\\nIT Help"
    assert _block_by_block(notice) == _parsed(notice)


@given(
    st.lists(st.sampled_from(("**#1**", "**ab**", "a", " ", "\n", "(", ".", "**", "_", "\\*")), max_size=7).map("".join)
)
def test_single_words_in_bold_are_as_the_parser_gives_them(content: str) -> None:
    content = "\n".join(line.strip() for line in content.splitlines() if line.strip())
    assert _inline(content) == _parsed_inline(content)
