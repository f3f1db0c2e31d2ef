"""A long piece of work by a command, beside a desk that serves."""

from pathlib import Path

import pytest

from bot.errors import NotDone
from bot.session import session
from tests.support.house import House, running


def test_it_ends_when_the_desk_that_serves_does(tmp_path: Path) -> None:
    """It would wait for ever for what nobody works, and hold the lock against the next start."""
    house = House(tmp_path, f"sqlite:///{tmp_path}/firstline.db")
    with running(house), session(house.config()) as desk:
        assert desk.ask("status")["inbox_waiting"] == 0
        house.stop()
        with pytest.raises(NotDone, match="the process that uses the database does not answer"):
            desk.settle(-1)
