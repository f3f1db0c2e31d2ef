"""Databases of this version with nothing in them: made once, and copied wherever one is needed."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from bot.db import schema
from bot.db.store import Store


def embedded(folder: Path, name: str = "firstline.db") -> str:
    """The URL of an embedded database of this version in `folder`; one that is there already stays as it is."""
    url = f"sqlite:///{folder / name}"
    make_ready(url)
    return url


def make_ready(url: str) -> None:
    """Bring a database to this version, as `firstline db upgrade` does. An embedded one that is missing is made."""
    file = Path(make_url(url).database or "")
    if not url.startswith("sqlite"):
        bring_to_this_version(url)
    elif not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_pristine())


def bring_to_this_version(url: str) -> None:
    """Run what migrations are missing."""
    store = Store(url)
    try:
        schema.upgrade(store.engine)
    finally:
        store.close()


@cache
def _pristine() -> bytes:
    """The file of an embedded database of this version."""
    folder = Path(tempfile.mkdtemp(prefix="firstline-pristine-"))
    try:
        bring_to_this_version(f"sqlite:///{folder}/firstline.db")
        return (folder / "firstline.db").read_bytes()
    finally:
        shutil.rmtree(folder)
