"""The `[console]` table."""

from msgspec import Struct


class ConsoleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`socket` is where clients connect, `mailbox` the folder that keeps what each of them was sent."""

    socket: str = "var/console.sock"
    mailbox: str = "var/console"

    def __post_init__(self) -> None:
        for name in ("socket", "mailbox"):
            if not getattr(self, name):
                raise ValueError(f"console.{name} must be a path")
