"""Pictures stand where the words had them."""

import pytest

from bot.notice.markup import plain, quote
from channels.base import Attachment
from channels.email.markdown import render
from channels.email.placeholders import with_pictures


def picture(name: str, content_id: str) -> Attachment:
    return Attachment(
        name=name, type="image/png", size=1, sha256=content_id, inline=True, content_id=content_id, content=b"x"
    )


FILES = (picture("image001.png", "image001.png@01DA1234.ABCD"), picture("a_b (1).png", "ii_1"))


@pytest.mark.covers("E70")
@pytest.mark.parametrize(
    ("words", "content_id", "text"),
    [
        ("See [cid:image001.png@01DA1234.ABCD] here", "image001.png@01DA1234.ABCD", "See [image001.png] here"),
        ("[image: a_b (1).png]", "ii_1", "[a_b (1).png]"),
        ("[cid:ii_1]\nbelow", "ii_1", "[a_b (1).png]\nbelow"),
    ],
)
def test_a_placeholder_becomes_the_picture(words: str, content_id: str, text: str) -> None:
    for written in (plain(words), quote(words)):
        shown = render(with_pictures(written, FILES))
        assert f'<img src="cid:{content_id}"' in shown.html
        assert "[cid:" not in shown.html
    assert render(with_pictures(plain(words), FILES)).text == text


@pytest.mark.covers("E70")
def test_pictures_of_one_name_come_in_their_order() -> None:
    files = (picture("image.png", "one"), picture("image.png", "two"))
    body = with_pictures(plain("[image: image.png] and [image: image.png] and [image: image.png]"), files)
    assert [part.partition(")")[0] for part in body.split("(cid:")[1:]] == ["one", "two", "one"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("[cid:image009.png@01DA]", "[image009.png]"),
        ("[image: gone.png]", "[image: gone.png]"),
        ("[a note] [cid:]", "[a note] [cid:]"),
        ("no pictures", "no pictures"),
    ],
)
def test_what_is_no_picture_that_goes_along_stays_words(words: str, text: str) -> None:
    shown = render(with_pictures(plain(words), FILES))
    assert shown.text == text
    assert "<img" not in shown.html


@pytest.mark.parametrize("content_id", ["x) <script>", "x y", ""])
def test_an_id_that_could_be_more_than_an_id_is_no_picture(content_id: str) -> None:
    files = (picture("a.png", content_id),)
    assert "<img" not in render(with_pictures(plain("[image: a.png]"), files)).html
