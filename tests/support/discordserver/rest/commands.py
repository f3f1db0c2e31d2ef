"""https://discord.com/developers/docs/interactions/application-commands#endpoints."""

from typing import Final

from tests.support.discordserver import errors, shapes
from tests.support.discordserver.model import Command
from tests.support.discordserver.refused import Json, Refused
from tests.support.discordserver.rest.registry import Request, route
from tests.support.discordserver.state import State
from tests.support.discordserver.validate import commands

GLOBAL = "/applications/{application}/commands"
OF_GUILD = "/applications/{application}/guilds/{guild}/commands"
CREATES_A_DAY: Final = 200


@route(f"GET {GLOBAL}")
@route(f"GET {OF_GUILD}")
def registered(request: Request) -> list[Json]:
    scope = _scope(request)
    known = request.state.app.commands.values()
    shown = [shapes.command_of(request.state, each) for each in known if each.guild_id == scope]
    return shown if request.query.get("with_localizations") == "true" else [shapes.in_english(each) for each in shown]


@route(f"PUT {GLOBAL}")
@route(f"PUT {OF_GUILD}")
def overwrite(request: Request) -> list[Json]:
    """All at once; what keeps its name and type keeps its id."""
    scope = _scope(request)
    app = request.state.app
    wanted = commands.check_all(request.body)
    old = {(each.type, each.name): each for each in app.commands.values() if each.guild_id == scope}
    made = [_made(request.state, each, scope, old) for each in wanted]
    for each in old.values():
        app.commands.pop(each.id, None)
    app.commands |= {each.id: each for each in made}
    return [shapes.command_of(request.state, each) for each in made]


def _made(state: State, given: Json, scope: int, old: dict[tuple[int, str], Command]) -> Command:
    known = old.get((given.get("type", 1), given["name"]))
    if known is not None and known.given == given:
        return known
    if known is None:
        _count_creation(state)
    number = known.id if known else state.ids.new()
    return Command(number, given, scope, version=state.ids.new())


def _count_creation(state: State) -> None:
    state.commands_created += 1
    if state.commands_created > CREATES_A_DAY:
        raise Refused(400, 30034, "Max number of daily application command creates has been reached (200)")


@route(f"POST {GLOBAL}")
@route(f"POST {OF_GUILD}")
def create(request: Request) -> Json:
    """One of the same name and type is overwritten."""
    scope = _scope(request)
    given = commands.check_one(request.fields)
    known = request.state.app.commands.values()
    old = {(each.type, each.name): each for each in known if each.guild_id == scope}
    made = _made(request.state, given, scope, old)
    request.state.app.commands[made.id] = made
    return shapes.command_of(request.state, made)


@route(f"GET {GLOBAL}/{{command}}")
@route(f"GET {OF_GUILD}/{{command}}")
def one(request: Request) -> Json:
    return shapes.command_of(request.state, _found(request))


@route(f"DELETE {GLOBAL}/{{command}}")
@route(f"DELETE {OF_GUILD}/{{command}}")
def delete(request: Request) -> None:
    del request.state.app.commands[_found(request).id]


def _found(request: Request) -> Command:
    command = request.state.app.commands.get(request.id("command"))
    if command is None or command.guild_id != _scope(request):
        raise errors.unknown_command()
    return command


def _scope(request: Request) -> int:
    """The guild whose commands are meant; 0 for the global ones."""
    if request.id("application") != request.state.app.id:
        raise errors.unknown_application()
    return request.state.guild(request.id("guild")).id if "guild" in request.path else 0
