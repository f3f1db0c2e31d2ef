"""A text is made in one place and said in the language of whoever reads it."""

import pytest

from bot import verbs
from bot.config import LANGUAGES
from bot.notice import notices
from bot.notice.notices import render
from bot.notice.wording import PLACEHOLDERS, PRIORITIES, Text, gettext, pgettext
from channels.base import ENCRYPTED
from tests.bot.notice.test_notices import full


def heard(text: Text, language: str) -> str:
    """The text as a notice says it."""
    return render("verb_result", language=language, zone="UTC", values=full(titles=[text], lines=[])).subject


@pytest.mark.covers("H17")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "#42 has priority high"),
        ("de", "#42 hat die Priorität hoch"),
        ("fr", "#42 a la priorité haute"),
        ("it", "#42 ha priorità alta"),
        ("pl", "#42 ma priorytet: wysoki"),
        ("da", "#42 har prioriteten høj"),
    ],
)
def test_a_text_is_said_with_its_values_in_the_readers_language(language: str, said: str) -> None:
    title = gettext("#%(number)s has priority %(priority)s", number=42, priority=PRIORITIES["high"])
    assert heard(title, language) == said
    assert str(title) == "#42 has priority high"


def test_what_a_channel_says_for_a_message_it_cannot_read_has_words() -> None:
    assert {kept: str(text) for kept, text in PLACEHOLDERS.items()} == {ENCRYPTED: ENCRYPTED}


def test_a_text_without_words_of_its_own_is_said_as_it_is() -> None:
    assert heard(Text("#%(number)s 100% sure", {}), "de") == "#%(number)s 100% sure"
    assert heard(Text("%(a)s — %(b)s", {"a": "#x", "b": pgettext("status", "new")}), "de") == "#x — neu"


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_what_verbs_do_is_explained_in_every_language(language: str) -> None:
    catalogue = notices._catalogue(language)
    for verb in verbs.registry().values():
        assert verb.help.said(catalogue) != str(verb.help)
        assert verb.usage.said(catalogue).startswith(f"#{verb.name}")
