"""Files whose bytes are not here: which, and why, for whoever reads it."""

import pytest

from bot.notice import notices
from bot.ticket import files
from channels.base import Uncopied, Withheld


@pytest.mark.parametrize(
    ("missing", "language", "said"),
    [
        (Uncopied("a.png", Withheld.TOO_LARGE, 25_000_000), "en", "a.png (it is larger than 25 MB)"),
        (Uncopied("a.png", Withheld.TOO_LARGE, 25_000_000), "de", "a.png (sie ist größer als 25 MB)"),
        (Uncopied("a.png", Withheld.TOO_LARGE), "en", "a.png (it is too large)"),
        (Uncopied("a.png", Withheld.NOT_GIVEN), "fr", "a.png (sa plateforme ne le fournit pas)"),
        (Uncopied("", Withheld.UNREADABLE), "en", "files (the desk may not read the channel where it is)"),
    ],
)
def test_why_a_file_is_not_here_is_said_in_the_readers_language(missing: Uncopied, language: str, said: str) -> None:
    (text,) = files.uncopied([missing])
    assert notices.said(text, language) == said
