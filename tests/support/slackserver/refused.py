"""How a Web API method says no."""

from typing import Any

Json = dict[str, Any]
"""An object of JSON, as it is on the wire."""


class Refused(Exception):
    """Answered with `{"ok": false, "error": code, ...}`.

    https://docs.slack.dev/apis/web-api/#slack-web-api__evaluating-responses__
    """

    def __init__(self, code: str, messages: list[str] | None = None, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages or []
        self.more = more

    def body(self) -> Json:
        body: Json = {"ok": False, "error": self.code, **self.more}
        if self.messages:
            body["errors"] = self.messages
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


class NotPossible(Exception):
    """What a test tried as a user, a user at Slack could not do: a mistake in the test, or a find."""
