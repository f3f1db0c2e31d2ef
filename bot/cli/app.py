"""`firstline`: the commands and what they share."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.commands import Commands
from bot.config import Config, ConfigError, find_config, load_config, warn

NOT_DONE, CONFIGURATION, DATABASE = 1, 3, 4

app = typer.Typer(
    cls=Commands,
    help="A help desk that lives where people already talk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="The configuration file (else FIRSTLINE_CONFIG, config.toml, example).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.callback()
def common(context: typer.Context, config: ConfigOption = None) -> None:
    """Remember which configuration to use."""
    context.obj = config


def config_of(context: typer.Context) -> Config:
    """The configuration that this command uses. Raises ConfigError."""
    return load_config(find_config(context.find_root().obj))


def ask(context: typer.Context, operation: str, **arguments: Any) -> Any:  # noqa: ANN401  JSON
    """Have the desk do something and return what it says."""
    from bot import control

    return control.call(config_of(context), operation, **arguments)


def main() -> None:
    """Run the command line; errors that a person can mend are one line and an exit code, never a traceback."""
    try:
        app(standalone_mode=True)
    except ConfigError as error:
        warn(str(error))
        sys.exit(CONFIGURATION)
    except Exception as error:  # noqa: BLE001  those that a person can mend are told from the rest below
        sys.exit(_exit_code(error))


def _exit_code(error: Exception) -> int:
    from bot.db.store import StoreUnavailable
    from bot.errors import NotDone

    if isinstance(error, NotDone):
        warn(str(error))
        return NOT_DONE
    if isinstance(error, StoreUnavailable):
        warn(f"the database is not available: {error}")
        return DATABASE
    raise error
