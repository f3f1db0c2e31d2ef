"""Outlook's winmail.dat: what is in it stands in the mail, and nothing it holds can stop the parser."""

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import rtf, tnef
from channels.email.parse import Mail, MailParser
from tests.support import tnef as written

PARSER = MailParser()
RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\htmltag <p>}Gr\'fc\'dfe\par {\b two} \u8364?3\line \{x\}\~y}"
SAID = "Grüße\ntwo €3\n{x} y"


def mail(package: bytes, text: str = "", *, type_: str = "application/ms-tnef") -> Mail:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ada <ada@example.com>", "Scanner"
    message.set_content(text)
    maintype, _, subtype = type_.partition("/")
    message.add_attachment(package, maintype=maintype, subtype=subtype, filename="winmail.dat")
    return PARSER.mail(message.as_bytes())


def text_of(package: bytes) -> str:
    found = tnef.read(package)
    assert found is not None
    return found.text


@pytest.mark.covers("E69")
@pytest.mark.parametrize("type_", ["application/ms-tnef", "application/octet-stream"])
def test_the_files_stand_in_place_of_the_package(type_: str) -> None:
    package = written.stream(
        written.file(
            "Übersicht März.pdf", b"%PDF", written.property_(written.STRING, written.MEDIA_TYPE, "application/pdf")
        ),
        written.file("photo.png", b"\x89PNG", written.property_(written.STRING, written.CONTENT_ID, "<a@b>")),
        written.file("../../etc/passwd", b""),
    )
    found = mail(package, "See attached.", type_=type_)
    assert [(file.name, file.type, file.content_id, file.content) for file in found.attachments] == [
        ("Übersicht März.pdf", "application/pdf", "", b"%PDF"),
        ("photo.png", "image/png", "a@b", b"\x89PNG"),
        ("passwd", "application/octet-stream", "", b""),
    ]
    assert found.text.strip() == "See attached."


@pytest.mark.covers("E69")
@pytest.mark.parametrize(
    "attribute",
    [
        written.attribute(1, written.BODY, b"It is broken.\r\nAda\0"),
        written.attribute(
            1,
            written.MESSAGE_PROPERTIES,
            written.properties(
                [
                    written.property_(written.NUMBER, 0x8001, 7, named=3),
                    written.property_(written.TIME, 0x8002, 7, named="moment"),
                    written.property_(written.MOMENTS, 0x8003, b"", named="moments"),
                    written.property_(written.UNICODE, written.PLAIN, "It is broken.\r\nAda"),
                ]
            ),
        ),
    ],
)
def test_a_mail_that_says_nothing_else_says_what_the_package_says(attribute: bytes) -> None:
    assert mail(written.stream(attribute)).text == "It is broken.\nAda"
    assert mail(written.stream(attribute), "Words.").text.strip() == "Words."


@pytest.mark.covers("E69")
def test_html_in_the_package_is_the_body_where_there_is_no_other() -> None:
    source = "<p>It is <b>broken</b>, ünd how</p><script>x()</script>".encode()
    found = mail(
        written.stream(
            written.attribute(
                1,
                written.MESSAGE_PROPERTIES,
                written.properties(
                    [
                        written.property_(written.NUMBER, written.INTERNET_CODE_PAGE, 65001),
                        written.property_(written.BINARY, written.HTML, source),
                    ]
                ),
            )
        )
    )
    assert found.text == "It is broken, ünd how"
    assert found.html is not None
    assert "script" not in found.html


@pytest.mark.covers("E69")
@pytest.mark.parametrize("pack", [written.compressed, lambda raw: bytes(8) + b"MELA" + bytes(4) + raw])
def test_rich_text_is_read_where_there_is_no_other(pack: object) -> None:
    assert callable(pack)
    value = written.property_(written.BINARY, written.RTF, pack(RTF))
    package = written.stream(written.attribute(1, written.MESSAGE_PROPERTIES, written.properties([value])))
    assert mail(package).text == SAID


def test_compressed_text_is_what_it_was() -> None:
    plain = RTF + b"all work and no play makes Jack a dull boy " * 300 + bytes(range(256)) * 20
    assert rtf.decompressed(written.compressed(plain)) == plain


@pytest.mark.covers("E69")
def test_damaged_rich_text_costs_the_text_and_not_the_files() -> None:
    value = written.property_(written.BINARY, written.RTF, bytes(8) + b"LZFu" + bytes(3))
    package = written.stream(
        written.attribute(1, written.MESSAGE_PROPERTIES, written.properties([value])), written.file("a.txt", b"a")
    )
    assert [file.name for file in mail(package).attachments] == ["a.txt"]


@pytest.mark.covers("E69")
def test_a_mail_inside_the_package_stays_a_package() -> None:
    inside = written.stream(written.attribute(1, written.BODY, b"secret\0"))
    enclosed = written.property_(written.OBJECT, written.DATA, bytes(16) + inside)
    found = mail(written.stream(written.file("Fwd", b"", enclosed)), "See below")
    assert [(file.name, file.type, file.content) for file in found.attachments] == [
        ("Fwd.dat", "application/ms-tnef", inside)
    ]


@pytest.mark.covers("E69")
def test_a_package_that_breaks_off_stays_a_file() -> None:
    whole = written.stream(written.file("a.txt", b"a" * 100))
    for length in range(len(whole)):
        assert tnef.read(whole[:length]) is None or length in _ENDS(whole)
    found = mail(whole[:-10], "See attached.")
    assert [(file.name, file.content) for file in found.attachments] == [("winmail.dat", whole[:-10])]
    assert "winmail.dat cannot be read: kept as it came" in found.problems


def _ENDS(whole: bytes) -> set[int]:  # noqa: N802 (not a test)
    """Lengths at which a stream ends with a whole attribute, so that nobody can tell it was cut."""
    ends, at = {6}, 6
    while at < len(whole):
        at += 9 + int.from_bytes(whole[at + 5 : at + 9], "little") + 2
        ends.add(at)
    return ends


PACKAGE = written.stream(
    written.attribute(
        1,
        written.MESSAGE_PROPERTIES,
        written.properties([written.property_(written.BINARY, written.RTF, written.compressed(RTF))]),
    ),
    written.file("a.txt", b"a"),
)


@pytest.mark.covers("E69", "must:parse-total")
@given(st.binary(max_size=300), st.integers(0, len(PACKAGE)))
def test_no_bytes_raise(noise: bytes, at: int) -> None:
    tnef.read(PACKAGE[:at] + noise + PACKAGE[at + len(noise) :])
    rtf.to_text(noise)
    rtf.to_text(b"{\\rtf1 " + noise)


@pytest.mark.parametrize("piece", [b"{", b"\\u1?", b"\\'e4", b"{\\*", b"\\", b"}"])
def test_rich_text_costs_what_its_length_costs(piece: bytes) -> None:
    begun = time.process_time()
    rtf.to_text(piece * (1_000_000 // len(piece)))
    assert time.process_time() - begun < 5


def test_a_stream_that_claims_much_and_holds_little_is_damaged() -> None:
    many = written.attribute(1, written.MESSAGE_PROPERTIES, (2**31).to_bytes(4, "little"))
    assert tnef.read(written.stream(many)) is None
    assert tnef.read(written.stream(written.attribute(2, written.FILE_BEGINS, b"") * 501)) is None
    assert tnef.read(b"broken") is None
