"""What a client makes of the entries in a dialogue: https://discord.com/developers/docs/components/using-modal-components."""

from collections.abc import Mapping
from typing import Any, Final

from tests.support.discordserver.interactions import Modal
from tests.support.discordserver.model import Attachment
from tests.support.discordserver.refused import Json, NotPossible

ROW, TEXT_SELECT, TEXT_INPUT, TEXT, LABEL, FILES = 1, 3, 4, 10, 18, 19
SELECTS: Final = frozenset({3, 5, 6, 7, 8})


def fill(modal: Modal, values: Mapping[str, Any]) -> tuple[list[Json], list[Any]]:
    """The components of the submission, and what is in them that has to be resolved. Entries are by custom id."""
    left = dict(values)
    chosen: list[Any] = []
    filled = [_component(each, left, chosen) for each in modal.given["components"]]
    if left:
        raise NotPossible(f"the dialogue asks for no {', '.join(left)}")
    return filled, chosen


def _component(given: Json, left: dict[str, Any], chosen: list[Any]) -> Json:
    shape: Json = {"type": given["type"], "id": given["id"]}
    match given["type"]:
        case 1:
            return shape | {"components": [_entry(each, left, chosen) for each in given["components"]]}
        case 18:
            return shape | {"component": _entry(given["component"], left, chosen)}
        case _:
            return shape


def _entry(given: Json, left: dict[str, Any], chosen: list[Any]) -> Json:
    name = given["custom_id"]
    shape: Json = {"type": given["type"], "id": given["id"], "custom_id": name}
    if given["type"] == TEXT_INPUT:
        return shape | {"value": _text(given, left.pop(name, given.get("value") or ""))}
    value = left.pop(name, None)
    entered = _defaults(given) if value is None else value if isinstance(value, list) else [value]
    _check_number(given, len(entered))
    if given["type"] == TEXT_SELECT:
        return shape | {"values": [_option(given, each) for each in entered]}
    if given["type"] == FILES and not all(isinstance(each, Attachment) for each in entered):
        raise NotPossible(f"{name} takes files")
    chosen += entered
    return shape | {"values": [str(each.id) for each in entered]}


def _text(given: Json, value: str) -> str:
    required = given.get("required", True)
    if required and not value:
        raise NotPossible(f"{given['custom_id']} is required")
    least, most = given.get("min_length") or 0, given.get("max_length") or 4000
    if value and not least <= len(value) <= most:
        raise NotPossible(f"{given['custom_id']} takes {least} to {most} characters")
    return value


def _defaults(given: Json) -> list[Any]:
    return [each["value"] for each in given.get("options", []) if each.get("default")]


def _check_number(given: Json, entered: int) -> None:
    required = given.get("required", True)
    least = given.get("min_values", 1) if required else 0
    if not least <= entered <= given.get("max_values", 1):
        raise NotPossible(f"{given['custom_id']} takes another number of values than {entered}")


def _option(given: Json, value: str) -> str:
    if value not in {each["value"] for each in given["options"]}:
        raise NotPossible(f"{given['custom_id']} offers no {value!r}")
    return value
