"""A desk with Slack: a workspace of our own server, a room of agents, and the real service."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.house import AGENTS, House, running
from tests.support.slackserver import Channel, Person, SlackServer, Workspace

SETTINGS = """
[slack]
bot_tokens = ["{token}"]
app_token = "{app_token}"
api = "{api}"
desks = {{ {desks} }}
watched = ["{watched}"]
offered = ["{offered}"]
"""


AGENTS_ON_SLACK = AGENTS.replace('email = "anna@', 'medium = "slack"\nemail = "anna@').replace(
    'email = "ben@', 'medium = "slack"\nemail = "ben@'
)


@dataclass(kw_only=True)
class Side:
    """Slack's side of it: `ada` asks; `anna` and `ben` work tickets in the room `desk`. `toml` is for the desk."""

    server: SlackServer
    workspace: Workspace
    desk: Channel
    watched: Channel
    offered: Channel
    ada: Person
    anna: Person
    ben: Person
    rooms: dict[str, Channel]
    toml: str


@dataclass(kw_only=True)
class Office(Side):
    """The same with a desk at work; `lea` works tickets by mail."""

    house: House

    def settle(self) -> None:
        """Wait until the desk has taken all that was done on Slack, and has nothing left to do."""
        self.house.wait_until(lambda: self.server.is_quiet, "the desk to take what was done")
        self.house.settle()


def a_side(server: SlackServer, *, rooms: Sequence[str] = (), default_room: bool = True) -> Side:
    """A workspace with its people and rooms. `rooms` are further ones for agents, as `desks` names them."""
    acme = server.workspace("Acme")
    ada = acme.person("ada", email="ada@example.com")
    anna = acme.person("anna", email="anna@example.org")
    ben = acme.person("ben", email="ben@example.org")
    desk, watched, offered = (acme.channel(name, ada, anna, ben) for name in ("desk", "it-help", "general"))
    further = {name: acme.channel(name.replace(" ", "-"), anna, ben) for name in rooms}
    agents_in = ({"default": desk} if default_room else {}) | further
    slack = SETTINGS.format(
        token=acme.token,
        app_token=server.app.app_token.secret,
        api=server.base_url,
        desks=", ".join(f'"{name}" = "{room.id}"' for name, room in agents_in.items()),
        watched=watched.id,
        offered=offered.id,
    )
    return Side(
        server=server,
        workspace=acme,
        desk=desk,
        watched=watched,
        offered=offered,
        ada=ada,
        anna=anna,
        ben=ben,
        rooms=further,
        toml=AGENTS_ON_SLACK + slack,
    )


@contextmanager
def an_office(
    folder: Path, url: str, *, extra: str = "", settings: str = "", rooms: Sequence[str] = (), default_room: bool = True
) -> Iterator[Office]:
    """The office at work; `settings` go to `[desk]`."""
    with SlackServer() as server:
        side = a_side(server, rooms=rooms, default_room=default_room)
        house = House(folder, url, extra=side.toml + extra, desk=settings)
        with running(house):
            server.wait_until(lambda: len(server.sockets.open) >= 2)
            yield Office(house=house, **vars(side))


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """The office at work, on each database in turn."""
    with an_office(tmp_path, database_url) as there:
        yield there
