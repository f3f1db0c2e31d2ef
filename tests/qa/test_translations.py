"""The catalogues are complete: every text of every template and of the code, in every language."""

import re
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from bot.notice.notices import LANGUAGES, SOURCE

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "templates" / "locale"
TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
VARIABLE = re.compile(r"%\((\w+)\)s")
COMMAND = re.compile(r"`#\w+")
# A Polish greeting would need the vocative of a name.
NAME_LEFT_OUT = {("pl", text) for text in ("Good morning", "Good afternoon", "Good evening", "Hello")}

Key = tuple[str, str]
"""The context of a text (empty without one), and the text."""


def key_of(message: Message) -> Key:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return (message.context or "", text)


@cache
def texts() -> frozenset[Key]:
    """What there is to translate, as `make messages` finds it."""
    with (ROOT / "babel.cfg").open() as source:
        methods, options = parse_mapping_cfg(source)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, method_map=methods, options_map=options, directory_filter=ours)
    return frozenset((context or "", text if isinstance(text, str) else text[0]) for _, _, text, _, context in found)


def ours(folder: str | Path) -> bool:
    return bool({"bot", "channels", "templates"} & set(Path(folder).relative_to(ROOT).parts))


@cache
def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "firstline.po").open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def test_every_folder_is_a_language_of_ours() -> None:
    assert {path.name for path in LOCALE.iterdir() if path.is_dir()} == set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_in_the_catalogue_and_nothing_else(language: str) -> None:
    assert {key_of(message) for message in messages(language)} == texts()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_no_translation_is_a_guess(language: str) -> None:
    assert [message.id for message in messages(language) if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_variables_and_the_commands_of_its_text(language: str) -> None:
    for message in messages(language):
        text, said = str(message.id), str(message.string)
        assert sorted(COMMAND.findall(said)) == sorted(COMMAND.findall(text)), text
        if (language, text.removesuffix(" %(name)s,")) in NAME_LEFT_OUT:
            assert VARIABLE.findall(said) == []
        else:
            assert sorted(VARIABLE.findall(said)) == sorted(VARIABLE.findall(text)), text
        assert said.count("%") == len(VARIABLE.findall(said)), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_emphasis_and_the_end_of_its_text(language: str) -> None:
    for message in messages(language):
        text, said = str(message.id), str(message.string)
        assert said.count("**") == text.count("**"), text
        assert said == said.strip(), text
        assert (said[-1] in ".?") == (text[-1] in ".?"), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_differs_from_its_text_unless_it_has_no_words_of_its_own(language: str) -> None:
    same = [text for message in messages(language) if (text := str(message.id)) == message.string]
    international = {
        "No",
        "Send",
        "%(label)s: %(value)s",
        "%(label)s:",
        "#%(number)s, %(field)s: %(value)s",
        "Alarm: %(name)s",
        "Code: %(code)s",
        "Status",
        "Status: %(status)s",
        "#%(number)s: %(subject)s",
        "**#%(number)s** %(subject)s (%(status)s, %(age)s)",
        "Ticket",
        "alarm",
        "machine",
        "median",
        "tickets",
        "ticket",
        "code",
    }
    assert set(same) <= international | {"**#%(number)s**: %(subject)s", "**%(author)s**, %(moment)s:"}


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_break_spaces_stand_where_french_wants_them(language: str) -> None:
    for message in messages(language):
        words = VARIABLE.sub("x", str(message.string))
        spaced, tight = re.findall("\u00a0[:;?]", words), re.findall(r"(?<!\u00a0)[:;?](?=\s|$)", words)
        assert (tight if language == "fr" else spaced) == []
        assert words.count("\u00a0") == len(spaced)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_that_of_the_texts(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "firstline.mo").open("rb") as compiled:
        used = GNUTranslations(compiled)
    for message in messages(language):
        context, text = key_of(message)
        assert (used.pgettext(context, text) if context else used.gettext(text)) == message.string, "run make install"
