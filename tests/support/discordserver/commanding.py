"""What a client makes of a command that somebody types: only what was registered, filled as it says.

https://discord.com/developers/docs/interactions/application-commands
"""

from typing import Any, Final

from tests.support.discordserver import permissions
from tests.support.discordserver.model import Attachment, Channel, Command, User
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json, NotPossible
from tests.support.discordserver.state import State

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, NUMBER = 1, 2, 3, 4, 5, 10
CHAT_INPUT, USER, MESSAGE = 1, 2, 3
OF_TYPE: Final[dict[int, type | tuple[type, ...]]] = {
    STRING: str,
    INTEGER: int,
    BOOLEAN: bool,
    NUMBER: (int, float),
    11: Attachment,
}


def find(state: State, user: User, channel: Channel, name: str, kind: int) -> Command:
    """The command of a name that this user is offered here."""
    if channel.guild is not None and state.app.bot.id not in channel.guild.members:
        raise NotPossible(f"the app is not in {channel.guild.name}")
    guild_id = channel.guild.id if channel.guild is not None else 0
    for command in state.app.commands.values():
        if (command.name, command.type) == (name, kind) and command.guild_id in {0, guild_id}:
            _check_offered(command, user, channel)
            return command
    raise NotPossible(f"no command {name!r} of type {kind} is registered here")


def _check_offered(command: Command, user: User, channel: Channel) -> None:
    contexts = command.given.get("contexts")
    here = 0 if channel.guild is not None else 1
    if contexts is not None and here not in contexts:
        raise NotPossible(f"{command.name!r} is not offered {'in guilds' if here == 0 else 'in direct messages'}")
    if contexts is None and here == 1 and command.given.get("dm_permission") is False:
        raise NotPossible(f"{command.name!r} is not offered in direct messages")
    allowed = permissions.in_channel(channel, user.id)
    if Permission.USE_APPLICATION_COMMANDS not in allowed:
        raise NotPossible(f"{user.name} may use no commands here")
    wanted = command.given.get("default_member_permissions")
    if here == 0 and wanted is not None and Permission(int(wanted)) not in allowed:
        raise NotPossible(f"{user.name} lacks the permissions that {command.name!r} asks for")


def data_of(command: Command, path: list[str], values: dict[str, Any], focused: str = "") -> tuple[Json, list[Any]]:
    """The `data` of the interaction, and what is in it that has to be resolved. With `focused`, one is half typed."""
    chosen: list[Any] = []
    options = _options(command.given.get("options", []), path, values, chosen, focused)
    data: Json = {"id": str(command.id), "name": command.name, "type": command.type}
    if options:
        data["options"] = options
    return data | ({"guild_id": str(command.guild_id)} if command.guild_id else {}), chosen


def _options(known: list[Json], path: list[str], values: dict[str, Any], chosen: list[Any], focused: str) -> list[Json]:
    if path:
        inner = next((each for each in known if each["name"] == path[0] and each["type"] in {SUBCOMMAND, GROUP}), None)
        if inner is None:
            raise NotPossible(f"there is no subcommand {path[0]!r}")
        options = _options(inner.get("options", []), path[1:], values, chosen, focused)
        return [{"name": inner["name"], "type": inner["type"], "options": options}]
    if any(each["type"] in {SUBCOMMAND, GROUP} for each in known):
        raise NotPossible("a subcommand has to be named")
    unknown = set(values) - {each["name"] for each in known}
    if unknown:
        raise NotPossible(f"there is no option {', '.join(sorted(unknown))}")
    missing = [each["name"] for each in known if each.get("required") and each["name"] not in values]
    if missing and not focused:
        raise NotPossible(f"{', '.join(missing)} is required")
    return [_option(each, values[each["name"]], chosen, focused) for each in known if each["name"] in values]


def _option(known: Json, value: Any, chosen: list[Any], focused: str) -> Json:
    name, kind = known["name"], known["type"]
    if name == focused:
        if not known.get("autocomplete"):
            raise NotPossible(f"{name} has no autocompletion")
        return {"name": name, "type": kind, "value": str(value), "focused": True}
    expected = OF_TYPE.get(kind)
    if expected is not None and (not isinstance(value, expected) or (kind != BOOLEAN and isinstance(value, bool))):
        raise NotPossible(f"{name} cannot be {value!r}")
    if kind in {STRING, INTEGER, BOOLEAN, NUMBER}:
        _check_value(known, value)
        return {"name": name, "type": kind, "value": value}
    chosen.append(value)
    return {"name": name, "type": kind, "value": str(value.id)}


def _check_value(known: Json, value: Any) -> None:
    name = known["name"]
    choices = [each["value"] for each in known.get("choices", [])]
    if choices and value not in choices:
        raise NotPossible(f"{name} offers no {value!r}")
    size = len(value) if isinstance(value, str) else value
    least = known.get("min_length" if isinstance(value, str) else "min_value")
    most = known.get("max_length", 6000) if isinstance(value, str) else known.get("max_value")
    if (least is not None and size < least) or (most is not None and size > most):
        raise NotPossible(f"{name} cannot be {value!r}: out of bounds")
