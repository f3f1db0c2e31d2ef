from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Address
from channels.email import dates
from channels.email.addresses import addresses, is_deliverable
from channels.email.headers import base64_bytes, message_ids, parameterised, words


@pytest.mark.covers("E65")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?R3LDvA==?= =?utf-8?B?w59l?=", "Grüße"),
        ("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?B?R3L?= =?UTF-8?B?DvMOfZQ==?=", "Grüße"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?utf-8?q?with blank?=", "with blank"),
        ("=?utf-8?B?R3LDvA?=", "Grü"),
        ("=?utf-8*de?q?Gr=C3=BC?=", "Grü"),
        ("x=?utf-8?q?y?=z", "xyz"),
        ("=?utf-8?B?R3LDvA==", "Grü"),
        ("=?utf-8?q?not closed and more", "=?utf-8?q?not closed and more"),
        ("=?utf-8?q?a=0AX-Bad:_1?=", "a X-Bad: 1"),
        ("=?gb2312?B?1uxG?=", "朱F"),
        ("=?iso-8859-1?q?=A4?=", "¤"),
        ("no = words ?=", "no = words ?="),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert words(value) == text


@pytest.mark.covers("E60")
def test_an_encoded_word_in_an_unknown_charset_has_replacement_characters() -> None:
    assert words("=?x-klingon-1?Q?caf=E9?=") == "caf\ufffd"


@given(st.text())
def test_words_never_raise(value: str) -> None:
    words(value)
    words(f"=?utf-8?q?{value}?=")
    parameterised(value)
    message_ids(value)
    addresses(value)


@pytest.mark.parametrize(
    ("value", "parameters"),
    [
        ("text/plain; charset=utf-8; format=flowed", {"charset": "utf-8", "format": "flowed"}),
        ("text/plain charset=utf-8", {"charset": "utf-8"}),
        ("text/plain; charset=utf-8 format=flowed", {"charset": "utf-8", "format": "flowed"}),
        ('a/b; name="x; y.txt"; z=1', {"name": "x; y.txt", "z": "1"}),
        ('a/b; name="C:\\new\\t.txt"', {"name": "C:\\new\\t.txt"}),
        ('a/b; name="say \\"hi\\".txt"', {"name": 'say "hi".txt'}),
        ('a/b; name="never closed.txt', {"name": "never closed.txt"}),
        ("a/b; name=My File.pdf", {"name": "My File.pdf"}),
        ("a/b; name*=utf-8''na%C3%AFve.txt; name=naive.txt", {"name": "naïve.txt"}),
        ("a/b; name*1=b.txt; name*0=a", {"name": "ab.txt"}),
        ("a/b; name*0*=iso-8859-1'en'%E9; name*1*=%E8.txt", {"name": "éè.txt"}),
        ("a/b; ;; =x; name=y", {"name": "y"}),
    ],
)
def test_parameters(value: str, parameters: dict[str, str]) -> None:
    assert parameterised(value).parameters == parameters


@pytest.mark.covers("E35")
@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b> <c@d>", ("a@b", "c@d")),
        ("<a@b>,<c@d>,\t<a@b>", ("a@b", "c@d")),
        ("a@b", ("a@b",)),
        ("<a@ b>", ("a@b",)),
        ("<a@b <c@d>", ("a@b", "c@d")),
        ("a@b>", ("a@b",)),
        ("Your message of Monday", ()),
        ('"Joe"\'s message of "Mon" <a@b>', ("a@b",)),
        ('Message from Joe <joe@x> of "Mon" <a@b>', ("a@b",)),
        ("", ()),
    ],
)
def test_message_ids(value: str, ids: tuple[str, ...]) -> None:
    assert message_ids(value) == ids


@pytest.mark.covers("E50", "E59")
@pytest.mark.parametrize(
    ("value", "people"),
    [
        ("Ann <a@b>", [("Ann", "a@b")]),
        ("a@b", [("", "a@b")]),
        ('""Ann"" <a@b>', [("Ann", "a@b")]),
        ("'a@b'", [("", "a@b")]),
        ("\"'Ann'\" <a@b>", [("Ann", "a@b")]),
        ("name | [x] <a@b>", [("name | [x]", "a@b")]),
        ('"Doe, Joe" <a@b>, c@d (Cee)', [("Doe, Joe", "a@b"), ("Cee", "c@d")]),
        ("Doe, Joe <a@b>", [("Doe, Joe", "a@b")]),
        ("Team: a@b, Joe <c@d>;", [("", "a@b"), ("Joe", "c@d")]),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?Q?M=C3=BCller,_Max?= <a@b>", [("Müller, Max", "a@b")]),
        ("=?utf-8?B?QW5uIDxhQGI+?=", [("Ann", "a@b")]),
        ("Ann a@b", [("Ann", "a@b")]),
        ("a@b; c@d", [("", "a@b"), ("", "c@d")]),
        ("<a x@b>", [("", "ax@b")]),
        ("<<a@b>>", [("", "a@b")]),
        ("Ann <a@b", [("Ann", "a@b")]),
        ("<@r,@s:a@b>", [("", "a@b")]),
        ("mailto:a@b", [("", "a@b")]),
        ('"a b"@c.d', [("", '"a b"@c.d')]),
        ("root", [("", "root")]),
        ("Ann Smith", []),
        ("<>", []),
        ("a@b, a@b", [("", "a@b")]),
        ("Re: Ann <a@b>", [("Re: Ann", "a@b")]),
    ],
)
def test_addresses(value: str, people: list[tuple[str, str]]) -> None:
    assert addresses(value) == tuple(Address(address, name) for name, address in people)


def test_where_mail_could_be_sent() -> None:
    assert is_deliverable("a@b")
    assert not any(map(is_deliverable, ("", "a", "@b", "a@", "a@b@c", "a@.b", "a@b..c")))


@pytest.mark.covers("E66")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 5 Mar 2024 10:00:00 +0100", "2024-03-05T09:00:00+00:00"),
        ("5 Mar 24 10:00 EST", "2024-03-05T15:00:00+00:00"),
        ("Tue Mar  5 10:00:00 2024", "2024-03-05T10:00:00+00:00"),
        ("2024-03-05T10:00:00Z", "2024-03-05T10:00:00+00:00"),
        ("2024-03-05 10:00:00 +0100", "2024-03-05T09:00:00+00:00"),
        ("Tue, 5 Mar 2024 10:00:60 -0000 (somewhere)", "2024-03-05T10:00:59+00:00"),
        ("Tue, 5 Mar 2024 10:00:00 +9900", "2024-03-05T10:00:00+00:00"),
        ("Tue, 5 Mar 2024 10:00:00 QQQ", "2024-03-05T10:00:00+00:00"),
        ("Fri, 31 Feb 2024 10:00:00 +0000", None),
        ("Tue, 5 Mar 0024 10:00:00 +0000x", "2024-03-05T10:00:00+00:00"),
        ("not a date", None),
        ("", None),
    ],
)
def test_dates(value: str, expected: str | None) -> None:
    found = dates.parse(value)
    assert (found.isoformat() if found else None) == expected


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_a_written_date_is_read_back(moment: datetime, minutes: int) -> None:
    moment = moment.replace(microsecond=0)
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    expected = (moment - timedelta(minutes=minutes)).replace(tzinfo=UTC)
    months = [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ]  # strftime would use the locale's
    written = f"{moment.day} {months[moment.month - 1]} {moment.year} {moment:%H:%M:%S} {zone}"
    assert dates.parse(written) == expected


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"SGVsbG8=", b"Hello"),
        (b"SGVs\r\nbG8=\r\n", b"Hello"),
        (b"SGVsbG8", b"Hello"),
        (b"SGVs!bG8=", b"Hello"),
        (b"SGVsbG8=SGVsbG8=", b"HelloHello"),
        (b"SGVsbG8=\n\n____________\nlist mailing list\n", b"Hello"),
        (b"", b""),
        (b"=", b""),
    ],
)
def test_base64_that_is_broken(text: bytes, data: bytes) -> None:
    assert base64_bytes(text) == data
