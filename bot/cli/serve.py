"""`firstline serve`: run the desk."""

import typer

from bot.cli.app import config_of
from channels.base import Channel


def serve(context: typer.Context) -> None:
    """Run the desk until it is told to stop (SIGTERM, or Ctrl-C)."""
    from bot.runtime import begin, log_to_stderr

    begin()
    from bot import serve as service

    log_to_stderr()
    config = config_of(context)
    service.run(config, lambda running: _greet(config.path, list(running.channels.values())))


def _greet(path: str, channels: list[Channel]) -> None:
    """Say where the desk listens and what to type to try it."""
    from rich.console import Console

    console = Console()
    console.print(f"[bold]Firstline is running[/bold] on {path}")
    for channel in channels:
        for line in channel.places():
            console.print(f"  {line}")
    console.print("Try it, in another terminal:")
    console.print("  firstline send --from ada@example.com --subject 'My printer is broken'")
    console.print("  firstline chat --as ada@example.com")
    console.print("  firstline ticket search printer")
