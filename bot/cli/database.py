"""`firstline db`: the database's schema."""

import typer

from bot.cli.app import config_of
from bot.cli.output import show_lines

group = typer.Typer(help="The database.", no_args_is_help=True)


@group.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to the schema of this version (an embedded one is copied first)."""
    from bot.db import schema, trigrams
    from bot.wiring import open_store

    store = open_store(config_of(context), upgrade=True)
    try:
        with store.read() as session:
            lines = [trigrams.MISSING] if trigrams.missing(session) else []
    finally:
        store.close()
    show_lines(f"the database has schema {schema.NEWEST}", lines)
