"""How large a file is, as a reader writes it."""

import pytest

from bot.config import LANGUAGES
from bot.notice.sizes import size


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0 byte"),
        (999, "999 byte"),
        (1000, "1 kB"),
        (1234, "1.2 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1 MB"),
        (12_345_678, "12.3 MB"),
        (5_000_000_000_000, "5,000 GB"),
    ],
)
def test_a_size_is_written_in_its_largest_unit(count: int, written: str) -> None:
    assert size(count, language="en") == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_writes_it(language: str) -> None:
    assert size(1500, language=language).startswith("1.5" if language == "en" else "1,5")
