"""A desk without a running service, for tests of single parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.media import Bench, at_a_bench, opened


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    """A desk on SQLite with the memory channel and one agent, Anna; what it does is done step by step."""
    with opened["memory"](tmp_path) as medium:
        made = at_a_bench(tmp_path, medium)
        yield made
        made.store.close()
