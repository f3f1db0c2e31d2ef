"""A running desk, and the real program beside it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.demo.stage import Stage
from tests.support import command

Run = Callable[..., "subprocess.CompletedProcess[str]"]
BEA = """
[[agent]]
handle = "bea"
name = "Bea Novak"
email = "bea@example.org"
tier = 1
teams = ["support"]
medium = "console"
"""


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A desk with Anna, who works by mail, and Bea, who works on the console."""
    with Stage(BEA) as running:
        yield running


def program(config: str) -> list[str]:
    """The command on a configuration; its arguments follow."""
    return [sys.executable, "-c", "from bot.cli import main; main()", "--config", config]


@pytest.fixture(autouse=True, scope="session")
def parent_of_commands() -> Iterator[None]:
    """The process that commands are forked from, ended with the last test if there is one."""
    yield
    if command.parent.cache_info().currsize:
        command.parent().close()


@pytest.fixture
def firstline(tmp_path: Path) -> Run:
    """Run `firstline` with these arguments, and what is typed as `stdin`, on a configuration."""

    def run(config: str, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return command.firstline("--config", config, *arguments, folder=tmp_path, stdin=stdin)

    return run


@pytest.fixture
def idle(tmp_path: Path) -> str:
    """A configuration that nobody serves."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[email]\naddresses = ["help@example.org"]\n[email.smtp]\nport = 1\n'
        f'[console]\nsocket = "{tmp_path}/console.sock"\nmailbox = "{tmp_path}/console"\n'
    )
    return str(path)
