"""All commands by name. Each is loaded when it is used: most of what one needs, the others do not."""

from functools import cache
from importlib import import_module
from typing import Any, Final, cast

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

_WHERE: Final = {
    "parse": "parse.parse",
    "serve": "serve.serve",
    "check": "check.check",
    "status": "queues.status",
    "send": "send.send",
    "import": "importing.group",
    "chat": "chat.chat",
    "deliver": "deliver.deliver",
    "demo": "demo.demo",
    "ticket": "ticket.group",
    "sla": "sla.group",
    "report": "report.report",
    "digest": "digest.group",
    "inbox": "queues.inbox",
    "quarantine": "queues.quarantine",
    "outbox": "queues.outbox",
    "jobs": "jobs.group",
    "bulletins": "bulletins.group",
    "people": "people.people",
    "assets": "people.assets",
    "db": "database.group",
    "rules": "rules.rules",
    "notices": "notices.notices",
}
"""The function of a command, or the group of commands, and its module in this package."""


class Commands(TyperGroup):
    """The commands of `firstline`."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  typer's own
        super().__init__(**settings)
        self.commands = cast("Any", dict.fromkeys(_WHERE))  # typer takes only the names from it

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401  typer has no public names for them
        return _load(cmd_name) if cmd_name in _WHERE else None


@cache
def _load(name: str) -> Any:  # noqa: ANN401  same
    module, _, attribute = _WHERE[name].partition(".")
    found = getattr(import_module(f"bot.cli.{module}"), attribute)
    if isinstance(found, Typer):
        group = get_group(found)
        group.name = name
        return group
    alone = Typer(add_completion=False)
    alone.command(name)(found)
    return get_command(alone)
