"""All that the server knows, in one place, and the lock that guards it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any

from tests.support.slackserver.clock import Clock
from tests.support.slackserver.delivery import Delivery
from tests.support.slackserver.faults import Faults
from tests.support.slackserver.ids import new_secret
from tests.support.slackserver.model import Application, File, Token, View
from tests.support.slackserver.refused import Json
from tests.support.slackserver.tickets import ResponseUrls, Triggers

if TYPE_CHECKING:
    from tests.support.slackserver.workspace import Workspace


@dataclass(frozen=True)
class Call:
    """One request to the Web API: what was asked, by whom, and what was answered."""

    method: str
    arguments: Json
    token: str
    team_id: str
    at: float
    response: Json
    status: int = 200

    @property
    def ok(self) -> bool:
        return bool(self.response.get("ok"))

    def __getitem__(self, argument: str) -> Any:
        return self.arguments[argument]


def new_application() -> Application:
    return Application(
        signing_secret=new_secret("sign"),
        verification_token=new_secret("verify"),
        app_token=Token(secret=new_secret("xapp-1"), team_id="", scopes={"connections:write"}),
    )


@dataclass
class State:
    """Everything. Whoever reads or writes more than one thing holds `lock`."""

    clock: Clock = field(default_factory=Clock)
    lock: RLock = field(default_factory=RLock)
    app: Application = field(default_factory=new_application)
    base: str = ""
    workspaces: "dict[str, Workspace]" = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    dispatch: Callable[[Delivery], None] = lambda _delivery: None
    socket_url: Callable[[], str] = lambda: ""

    def __post_init__(self) -> None:
        self.triggers = Triggers(self.clock)
        self.response_urls = ResponseUrls(self.clock)
        self.tokens[self.app.app_token.secret] = self.app.app_token
