"""What stands after `then`: tables that become the typed settings of an action.

A setting that names an agent, a team, a category … says so with its type (`rules.names`) and is checked.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Struct

from rules.names import NO_NAMES, Names, wrong_settings
from rules.suggest import did_you_mean

_PATH = re.compile(r"(.*?)(?: - at `\$\.?([^.\[`]*).*`)?", re.DOTALL)
_TYPE = re.compile(r"Expected '([^']+)', got '([^']+)'")
_TYPES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}
_INVALID = re.compile(r"Invalid enum value ('.*')", re.DOTALL)

Say = Callable[[str, str], None]
"""Reports a problem: the key it is at, and what is wrong."""


def convert_action(
    table: Mapping[str, Any], actions: Mapping[str, type[Struct]], say: Say, names: Names = NO_NAMES
) -> Struct | None:
    """The settings struct for `{ do = "…", … }`, or None after having said what is wrong."""
    do = table.get("do")
    if do is None:
        say("do", "the action has no 'do'")
        return None
    settings = actions.get(do) if isinstance(do, str) else None
    if settings is None:
        say("do", f"there is no action '{do}'{did_you_mean(str(do), actions)}")
        return None
    known = [field.encode_name for field in msgspec.structs.fields(settings)]
    unknown = [key for key in table if key != "do" and key not in known]
    for key in unknown:
        say(key, f"{do} has no '{key}'{did_you_mean(key, known)}")
    if unknown:
        return None
    try:
        action = msgspec.convert({key: value for key, value in table.items() if key != "do"}, settings)
    except msgspec.ValidationError as error:
        key, message = _read(str(error))
        plain = _TYPE.sub(_in_words, _INVALID.sub(r"\1 is not a possible value", message))
        say(key, f"{do}: {plain}{_meant(settings, key, message)}")
        return None
    for key, message in wrong_settings(names, action):
        say(key, f"{do}: {message}")
    return action


def _read(error: str) -> tuple[str, str]:
    """The key and the message in an error of msgspec, whose path stands at its end."""
    found = _PATH.fullmatch(error)
    message, key = (found[1], found[2]) if found else (error, "")
    return key or "", message.replace("Object missing required field", "there is no").replace("`", "'")


def _in_words(found: re.Match[str]) -> str:
    """What the value is to be and what it is, of msgspec's names of types."""
    wanted = [_TYPES.get(name, name) for name in found[1].split(" | ") if name != "null"]
    return f"this is {_TYPES.get(found[2], found[2])}, and must be {' or '.join(wanted)}"


def _meant(settings: type[Struct], key: str, message: str) -> str:
    invalid = _INVALID.match(message)
    names = {field.encode_name: field.name for field in msgspec.structs.fields(settings)}
    if invalid is None or key not in names:
        return ""
    hint = get_type_hints(settings)[names[key]]
    possible = [value for one in (hint, *get_args(hint)) for value in _values(one)]
    return did_you_mean(invalid[1].strip("'"), possible)


def _values(hint: object) -> list[str]:
    """The texts that a type allows: those of an enumeration, or the one that stands in a Literal."""
    if isinstance(hint, str):
        return [hint]
    return [member.value for member in hint] if isinstance(hint, type) and issubclass(hint, StrEnum) else []
