"""Which routes there are, and how one is called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.discordserver.refused import Json, invalid

if TYPE_CHECKING:
    from tests.support.discordserver.state import State


@dataclass(frozen=True)
class Upload:
    """A file that came with a request, by the number in `files[n]`."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Request:
    """One request, its body and form taken apart."""

    state: "State"
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    files: dict[str, Upload]
    as_bot: bool = True
    """Whether it carries the bot's token; routes that have a token in their path need none."""

    def id(self, name: str) -> int:
        """A snowflake in the path."""
        return snowflake(self.path[name], [name])

    def word(self, name: str) -> str:
        return self.path[name]

    @property
    def fields(self) -> Json:
        """The body, which must be an object."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise invalid([], "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return self.body

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A number in the query."""
        value = self.query.get(name)
        if value is None:
            return default
        if not value.isdecimal():
            raise invalid([name], "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        if not least <= int(value) <= most:
            code, limit = ("MIN", least) if int(value) < least else ("MAX", most)
            relation = "greater" if code == "MIN" else "less"
            message = f"int value should be {relation} than or equal to {limit}."
            raise invalid([name], f"NUMBER_TYPE_{code}", message)
        return int(value)

    def snowflake(self, name: str) -> int | None:
        """A snowflake in the query."""
        return snowflake(self.query[name], [name]) if name in self.query else None


Handler = Callable[[Request], Any]


@dataclass(frozen=True)
class Route:
    """`bucket` names the rate limit that it shares with others; by default it has one of its own."""

    method: str
    path: str
    handler: Handler
    bucket: str
    needs_bot: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


ROUTES: list[Route] = []


def route(name: str, *, bucket: str = "", needs_bot: bool = True) -> Callable[[Handler], Handler]:
    """Make a function answer `METHOD /path/{of}`; what it returns is the answer, None being 204."""

    def register(handler: Handler) -> Handler:
        method, _, path = name.partition(" ")
        ROUTES.append(Route(method, path, handler, bucket or name, needs_bot))
        return handler

    return register


def snowflake(value: object, path: list[str | int]) -> int:
    text = str(value)
    if not text.isdecimal() or not text.isascii() or int(text) >= 1 << 64:
        raise invalid(path, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return int(text)
