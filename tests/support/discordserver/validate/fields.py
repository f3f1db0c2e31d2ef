"""The checks that all bodies share; what is wrong is noted at its place."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from tests.support.discordserver.refused import Json, Problems

Path = tuple[str | int, ...]


class Form:
    """An object within a body, and where it stands in it."""

    def __init__(self, problems: Problems, given: Json, path: Path = ()) -> None:
        self.problems = problems
        self.given = given
        self.path = path

    def add(self, name: str | int, code: str, message: str) -> None:
        self.problems.add((*self.path, name), code, message)

    def text(self, name: str, least: int, most: int, *, required: bool = False) -> str:
        """A string between two lengths; what is absent or null is only wrong where it is required."""
        value = self.given.get(name)
        if value is None:
            if required:
                self.add(name, "BASE_TYPE_REQUIRED", "This field is required")
            return ""
        if not isinstance(value, str):
            self.add(name, "STRING_TYPE_CONVERT", f"Could not interpret {value!r} as string.")
            return ""
        if not value and required:
            self.add(name, "BASE_TYPE_REQUIRED", "This field is required")
        elif not least <= len(value) <= most:
            self.add(name, *wrong_length(least, most))
        return value

    def number(self, name: str, least: int, most: int, *, required: bool = False) -> int | None:
        value = self.given.get(name)
        if value is None:
            if required:
                self.add(name, "BASE_TYPE_REQUIRED", "This field is required")
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.add(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return None
        if value < least:
            self.add(name, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        elif value > most:
            self.add(name, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
        return value

    def one_of(self, name: str, choices: Collection[Any], default: Any = None) -> Any:
        value = self.given.get(name, default)
        if value is not None and value not in choices:
            named = ", ".join(str(each) for each in choices)
            self.add(name, "BASE_TYPE_CHOICES", f"Value must be one of {{{named}}}.")
        return value

    def flag(self, name: str) -> bool:
        value = self.given.get(name)
        if value is not None and not isinstance(value, bool):
            self.add(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
        return bool(value)

    def url(self, name: str, schemes: Collection[str] = ("http", "https")) -> None:
        value = self.given.get(name)
        if value is None:
            return
        try:
            parts = urlsplit(str(value))
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in schemes:
            named = ", ".join(sorted(schemes))
            message = f"Scheme \"{parts.scheme}\" is not supported. Scheme must be one of ('{named}')."
            self.add(name, "URL_TYPE_INVALID_SCHEME", message)
        elif not parts.netloc:
            self.add(name, "URL_TYPE_INVALID_URL", "Not a well formed URL.")

    def forms(self, name: str, least: int, most: int) -> "list[Form]":
        """The objects in a list, each with its place."""
        return forms(self.problems, self.given.get(name), (*self.path, name), least, most)

    def words(self, name: str, least: int, most: int) -> list[Any]:
        """The values in a list."""
        value = self.given.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.add(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        if not least <= len(value) <= most:
            self.add(name, *wrong_length(least, most))
        return value

    def form(self, name: str, *, required: bool = False) -> "Form | None":
        """The object under a name."""
        value = self.given.get(name)
        if value is None:
            if required:
                self.add(name, "BASE_TYPE_REQUIRED", "This field is required")
            return None
        if not isinstance(value, dict):
            self.add(name, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return None
        return Form(self.problems, value, (*self.path, name))


def forms(problems: Problems, value: Any, path: Path, least: int, most: int) -> list[Form]:
    if value is None:
        return []
    if not isinstance(value, list):
        problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    if not least <= len(value) <= most:
        problems.add(path, *wrong_length(least, most))
    found = []
    for number, each in enumerate(value):
        if isinstance(each, dict):
            found.append(Form(problems, each, (*path, number)))
        else:
            problems.add((*path, number), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    return found


def wrong_length(least: int, most: int) -> tuple[str, str]:
    if least <= 0:
        return "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length."
    return "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length."
