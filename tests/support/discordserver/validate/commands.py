"""Application commands: https://discord.com/developers/docs/interactions/application-commands."""

from collections import Counter
from typing import Any, Final

from tests.support.discordserver.refused import Json, Problems, Refused, invalid
from tests.support.discordserver.validate.fields import Form, forms

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
MOST: Final = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
OPTIONS: Final = 25
ALL_TOGETHER: Final = 8000
_EUROPE: Final = "da de en-GB en-US es-ES fr hr it lt hu nl no pl ro fi sv-SE cs el bg ru uk tr"
LOCALES: Final = frozenset(f"{_EUROPE} id es-419 pt-BR vi hi th zh-CN ja zh-TW ko".split())


def check_all(given: Any) -> list[Json]:
    """The list of a bulk overwrite."""
    if not isinstance(given, list):
        raise invalid([], "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    problems = Problems()
    found = forms(problems, given, (), 0, sum(MOST.values()))
    for each in found:
        _command(each)
    problems.check()
    _check_numbers(given)
    return given


def check_one(given: Json) -> Json:
    problems = Problems()
    _command(Form(problems, given))
    problems.check()
    return given


def _check_numbers(given: list[Json]) -> None:
    named = Counter((each.get("type", CHAT_INPUT), each["name"]) for each in given)
    if any(times > 1 for times in named.values()):
        code, message = "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
        raise invalid([next(n for n, each in enumerate(given) if _times(named, each) > 1)], code, message)
    for kind, number in Counter(each.get("type", CHAT_INPUT) for each in given).items():
        if number > MOST[kind]:
            message = f"Maximum number of application commands reached ({MOST[kind]})"
            raise Refused(400, 30032, message)


def _times(named: "Counter[tuple[int, str]]", command: Json) -> int:
    return named[command.get("type", CHAT_INPUT), command["name"]]


def _command(form: Form) -> None:
    kind = form.one_of("type", (CHAT_INPUT, USER, MESSAGE), CHAT_INPUT)
    name = form.text("name", 1, 32, required=True)
    _localizations(form, "name", 32, lower=kind == CHAT_INPUT)
    _localizations(form, "description", 100)
    if kind == CHAT_INPUT:
        _name(form, name)
        form.text("description", 1, 100, required=True)
        _options(form, depth=0)
        if _size(form.given) > ALL_TOGETHER:
            code, message = "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({ALL_TOGETHER})"
            form.problems.add(form.path, code, message)
        return
    for field in ("description", "options"):
        if form.given.get(field):
            form.add(field, "APPLICATION_COMMAND_CONTEXT_MENU_FIELD", f"Context menu commands cannot have {field}")


def _name(form: Form, name: str) -> None:
    if name and (name != name.lower() or not all(each.isalnum() or each in "-_'" for each in name)):
        form.add("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _localizations(form: Form, field: str, most: int, *, lower: bool = False) -> None:
    """The same in other languages: https://discord.com/developers/docs/reference#locales."""
    field = f"{field}_localizations"
    for locale, said in (form.given.get(field) or {}).items():
        if locale not in LOCALES:
            form.add(field, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(sorted(LOCALES))}}}.")
        if not 1 <= len(said) <= most:
            form.add(field, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
        if lower and (said != said.lower() or not all(each.isalnum() or each in "-_'" for each in said)):
            form.add(field, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _options(form: Form, depth: int) -> None:
    found = form.forms("options", 0, OPTIONS)
    names = Counter(each.given.get("name") for each in found)
    optional_before = False
    for each in found:
        _option(each, depth)
        if names[each.given.get("name")] > 1:
            code = "APPLICATION_COMMAND_OPTIONS_NAME_INVALID"
            each.add("name", code, "Option names must be unique")
        if each.given.get("required") and optional_before:
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            each.problems.add(each.path, code, "Required options must be placed before non-required options")
        optional_before = optional_before or not each.given.get("required")


def _option(form: Form, depth: int) -> None:
    kind = form.one_of("type", range(1, 12))
    if kind is None:
        form.add("type", "BASE_TYPE_REQUIRED", "This field is required")
    _name(form, form.text("name", 1, 32, required=True))
    form.text("description", 1, 100, required=True)
    _localizations(form, "name", 32, lower=True)
    _localizations(form, "description", 100)
    if kind in {1, 2}:
        if depth > 1 or (kind == 2 and depth > 0):
            form.add("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command option types can only be nested")
        _options(form, depth + 1)
    for choice in form.forms("choices", 0, OPTIONS):
        choice.text("name", 1, 100, required=True)
        if isinstance(choice.given.get("value"), str):
            choice.text("value", 1, 100)
    if form.given.get("choices") and form.given.get("autocomplete"):
        code = "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE"
        form.add("autocomplete", code, "Choices and autocomplete are mutually exclusive")


def _size(given: Json) -> int:
    """Of all names, descriptions and values: https://discord.com/developers/docs/interactions/application-commands."""
    own = len(given.get("name", "")) + len(given.get("description", ""))
    values = sum(len(str(each.get("name", ""))) + len(str(each.get("value", ""))) for each in given.get("choices", []))
    return own + values + sum(_size(each) for each in given.get("options", []))
