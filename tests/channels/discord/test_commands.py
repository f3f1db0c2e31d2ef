"""The commands in the languages of those who use them, registered when they are others than before."""

from collections.abc import Iterator

import pytest

from bot.config import LANGUAGES
from bot.notice import notices
from bot.notice.wording import pgettext
from channels.base import COMMANDS as CONTEXT
from channels.discord.api import Api
from channels.discord.commands import COMMANDS, localised, register, texts
from channels.discord.rooms import Rooms
from channels.discord.settings import DiscordSettings
from tests.support.discordserver import DiscordServer

OTHERS = [language for language in LANGUAGES if language != "en"]
TRANSLATED = {one: {text: notices.said(pgettext(CONTEXT, text), one) for text in texts()} for one in OTHERS}


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as there:
        yield there


async def registered(server: DiscordServer, *tries: dict[str, dict[str, str]]) -> list[bool]:
    """Whether Discord was told of the commands, each time."""
    api = Api(DiscordSettings(token=server.token, api=server.api), Rooms())
    try:
        return [await register(api, translated) for translated in tries]
    finally:
        await api.close()


async def test_they_are_registered_once_and_again_in_other_words(server: DiscordServer) -> None:
    newer = {**TRANSLATED, "de": {**TRANSLATED["de"], "category": "thema"}}
    assert await registered(server, TRANSLATED, TRANSLATED, newer, newer) == [True, False, True, False]
    ticket = next(one.given for one in server.app.commands.values() if one.given["name"] == "ticket")
    assert ticket["options"][0]["name_localizations"] == {
        "de": "thema",
        "fr": "catégorie",
        "it": "categoria",
        "pl": "kategoria",
        "da": "kategori",
    }
    assert "name_localizations" not in ticket, "notices call it /ticket"


def test_every_text_of_theirs_is_said_in_every_language_and_fits() -> None:
    for one in localised(TRANSLATED):
        for said in (one, *one.get("options", ())):
            assert set(said.get("description_localizations", OTHERS)) == set(OTHERS), said["name"]
            assert set(said.get("name_localizations", OTHERS)) == set(OTHERS), said["name"]
        names = [option["name_localizations"] for option in one.get("options", ())]
        for language in OTHERS:
            assert len({name[language] for name in names}) == len(names), "a command's options differ"


@pytest.mark.parametrize("wrong", ["Kategorie", "die kategorie", "", "k" * 33, "thema!"])
def test_what_discord_would_not_take_stays_english(wrong: str) -> None:
    found = localised({"de": {"category": wrong, "What is it about?": "x" * 101, "Open a ticket": "Ticket öffnen"}})
    assert found[0]["options"][0]["name_localizations"] == {}
    assert found[0]["options"][0]["description_localizations"] == {}
    assert found[-1]["name_localizations"] == {"de": "Ticket öffnen"}
    assert [one["name"] for one in found] == [one["name"] for one in COMMANDS]
