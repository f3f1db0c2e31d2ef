"""The command line. Exit codes: 0 done, 1 not done (the line says why), 2 wrong usage, 3 configuration, 4 database."""

from bot.cli.app import main

__all__ = ["main"]
