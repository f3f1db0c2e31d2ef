"""What every scenario has: a desk that runs, on each of the two databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import databases, postgres
from tests.support.house import House, running


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A running desk with agents Anna and Ben (first tier) and Lea (second tier, administrator), all on mail."""
    with running(House(tmp_path, database_url)) as started:
        yield started


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk for all tests of a file, on SQLite: for what every database says the same (CONTRIBUTING.md)."""
    folder = tmp_path_factory.mktemp("house")
    with running(House(folder, databases.embedded(folder))) as started:
        yield started


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same desk for all tests of a file: each brings its own requester and looks at its own ticket only."""
    folder = tmp_path_factory.mktemp("house")
    if request.param == "sqlite":
        yield request.getfixturevalue("embedded")
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with postgres.database(server) as url, running(House(folder, url)) as started:
        yield started
