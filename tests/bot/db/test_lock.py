"""Turns at writing: a process can tell that another waits for its turn to end."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.db.lock import Turns
from tests.support.waiting import until

OTHER = """
import sys
from pathlib import Path
from bot.db.lock import Turns
with Turns(Path(sys.argv[1])).turn():
    pass
"""


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Turns]:
    found = Turns(tmp_path / "firstline.db")
    yield found
    found.close()


def test_who_has_the_turn_hears_that_another_process_waits(turns: Turns, tmp_path: Path) -> None:
    assert not turns.awaited(), "nothing was written yet"
    with ExitStack() as after:
        with turns.turn():
            assert not turns.awaited()
            command = [sys.executable, "-c", OTHER, str(tmp_path / "firstline.db")]
            other = after.enter_context(subprocess.Popen(command))
            until(turns.awaited, "the other process to wait")
            until(turns.awaited, "it to wait still, for asking takes nobody's place")
            assert other.poll() is None
        assert other.wait(30) == 0
    with turns.turn():
        assert not turns.awaited()
