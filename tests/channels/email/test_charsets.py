import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.charsets import ALIASES, NOT_CHARSETS, codec, decode


@pytest.mark.covers("E61", "E62")
@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        ("Grüße".encode(), "UTF8", "Grüße"),
        ("Grüße “€”".encode("cp1252"), "iso-8859-1", "Grüße “€”"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode("cp1252"), "us-ascii", "Grüße"),
        ("Grüße".encode("cp1252"), "", "Grüße"),
        (b"Ger\xe4t \xe2\x82\xac", "utf-8", "Ger\ufffdt €"),
        ("朱镕基 €".encode("gb18030"), "gb2312", "朱镕基 €"),
        ("똠방각하".encode("cp949"), "ks_c_5601-1987", "똠방각하"),
        ("日本語①㈱".encode("cp932"), "Shift_JIS", "日本語①㈱"),
        ("日本語".encode("iso2022_jp"), "iso-2022-jp", "日本語"),
        (b"\x1b$B-!-j\x1b(B", "iso-2022-jp", "①㈱"),
        (b"\x1b(I6E\x1b(B", "iso-2022-jp-ms", "ｶﾅ"),
        ("日本語".encode("cp932"), "iso-2022-jp", "日本語"),
        ("日本語".encode("iso2022_jp"), "us-ascii", "日本語"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("Привет".encode("cp1251"), "windows-1251", "Привет"),
        ("Привет".encode("mac-cyrillic"), "x-mac-cyrillic", "Привет"),
        ("é".encode("mac-roman"), "macintosh", "é"),
        (b"+AOk-", "unicode-1-1-utf-7", "é"),
        ("שלום".encode("iso8859-8"), "iso-8859-8-i", "שלום"),
        ("ä".encode("utf-16"), "utf-16", "ä"),
        ("€".encode("iso8859-15"), "ISO-8859-15", "€"),
        (b"C:\\new\\table", "unicode_escape", "C:\\new\\table"),
    ],
)
def test_decode(data: bytes, label: str, text: str) -> None:
    assert decode(data, label).text == text


@pytest.mark.covers("E60")
def test_what_nobody_knows_is_said() -> None:
    assert decode(b"caf\xe9", "x-klingon-1") == ("caf\ufffd", False, False)


def test_python_codecs_that_are_no_charsets() -> None:
    assert all(codec(name) is None for name in (*NOT_CHARSETS, "rot13", "hex", "base64", "zlib", "no such"))


def test_every_alias_names_a_codec() -> None:
    assert all(b"".decode(name) == "" for name in ALIASES.values())


@given(st.binary(), st.sampled_from([*ALIASES, "iso-2022-jp", "", "x", "utf-32", "cp037"]))
def test_any_bytes_can_be_written_down(data: bytes, label: str) -> None:
    decode(data, label).text.encode("utf-8")


@given(st.text())
def test_any_label_is_harmless(label: str) -> None:
    decode(b"caf\xe9", label)


@given(st.text(st.characters(codec="iso2022_jp", exclude_characters="\x1b")))
def test_japanese_mail_is_read_back(text: str) -> None:
    assert decode(text.encode("iso2022_jp"), "iso-2022-jp").text.count("\ufffd") == 0
