"""Which methods there are, what scope each needs, and how one is called."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.slackserver.api.arguments import Arguments
from tests.support.slackserver.model import Installation, Token
from tests.support.slackserver.refused import Json

if TYPE_CHECKING:
    from tests.support.slackserver.state import State
    from tests.support.slackserver.workspace import Workspace


@dataclass(frozen=True)
class Request:
    """One call of a method, with who calls it."""

    state: "State"
    arguments: Arguments
    token: Token

    @property
    def workspace(self) -> "Workspace":
        return self.state.workspaces[self.token.team_id]

    @property
    def installation(self) -> Installation:
        return self.workspace.installation


Handler = Callable[[Request], Json]


@dataclass(frozen=True)
class Method:
    name: str
    handler: Handler
    scopes: tuple[str, ...] = field(default=())
    """Any one of these is enough; with none, any token is."""


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str) -> Callable[[Handler], Handler]:
    """Make a function answer a method; what it returns is answered with `ok: true`."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, scopes)
        return handler

    return register
