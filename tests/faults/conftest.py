"""What the fault tests share: a parent for services that are killed, and an embedded database that is ready."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import load_config
from bot.wiring import open_store
from tests.support.crashing import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """The parent of services that are killed."""
    parent = Zygote()
    yield parent
    parent.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty embedded database of this version; tests copy it."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "config.toml").write_text(f'[database]\nurl = "sqlite:///{folder}/firstline.db"\n', encoding="utf-8")
    open_store(load_config(folder / "config.toml"), upgrade=True).close()
    return folder / "firstline.db"


@pytest.fixture
def empty_database(database_url: str, template: Path, tmp_path: Path) -> str:
    """The URL of an empty database, on each of the two kinds in turn; the embedded one is ready to use."""
    if database_url.startswith("sqlite"):
        shutil.copy(template, tmp_path / "firstline.db")
    return database_url
