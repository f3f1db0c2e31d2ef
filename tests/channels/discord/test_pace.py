"""Fifty calls a second are all that Discord takes from a bot."""

import asyncio
from collections import deque

import pytest

from channels.discord.api import Api
from channels.discord.pace import MANY, counts, seconds_until_free
from channels.discord.rooms import Rooms
from channels.discord.settings import DiscordSettings
from tests.support.discordserver import DiscordServer


def test_the_next_call_waits_until_a_second_after_the_first_of_so_many() -> None:
    begun: deque[float] = deque()
    assert [seconds_until_free(begun, 0.01 * number) for number in range(MANY)] == [0.0] * MANY
    assert seconds_until_free(begun, 0.5) == 0.5
    assert round(seconds_until_free(begun, 0.5), 6) == 0.51
    assert seconds_until_free(begun, 9.0) == 0.0


@pytest.mark.parametrize(
    ("path", "is_counted"),
    [
        ("/api/v10/channels/1/messages", True),
        ("/api/v10/interactions/1/token/callback", False),
        ("/api/v10/webhooks/1/token/messages/@original", False),
    ],
)
def test_answers_to_people_are_not_counted(path: str, *, is_counted: bool) -> None:
    assert counts(path) is is_counted


async def test_of_a_rush_the_rest_waits_for_the_next_second() -> None:
    with DiscordServer() as server:
        api = Api(DiscordSettings(token=server.token, api=server.api, gateway=server.gateway), Rooms())
        clock = asyncio.get_running_loop().time
        begun = clock()
        await asyncio.gather(*(api.call("GET", "/users/@me") for _ in range(MANY)))
        assert clock() - begun >= 0.99
        await api.close()
