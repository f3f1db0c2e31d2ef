"""How Discord says no: https://discord.com/developers/docs/reference#error-messages."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
"""An object of JSON, as it is on the wire."""


class Refused(Exception):
    """Answered with a status and `{"code": ..., "message": ..., "errors": {...}}`."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> Json:
        body: Json = {"message": self.message, "code": self.code}
        return body | {"errors": self.errors} if self.errors else body


class TooFast(Exception):
    """Answered with 429 for this route's resource, whatever its bucket says."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"not before {retry_after:.0f} s have passed")
        self.retry_after = retry_after


class NotPossible(Exception):
    """What a test tried as a user, a user of Discord could not do: a mistake in the test, or a find."""


class Problems:
    """What is wrong with a body, each at its place; `check` refuses it with all of them at once."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def __bool__(self) -> bool:
        return bool(self._errors)

    def add(self, path: Sequence[str | int], code: str, message: str) -> None:
        place = self._errors
        for name in path:
            place = place.setdefault(str(name), {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def check(self) -> None:
        if self._errors:
            raise Refused(400, 50035, "Invalid Form Body", self._errors)


def invalid(path: Sequence[str | int], code: str, message: str) -> Refused:
    """A body with one thing wrong."""
    problems = Problems()
    problems.add(path, code, message)
    return Refused(400, 50035, "Invalid Form Body", problems._errors)
