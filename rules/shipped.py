"""The rule books that come with the desk: everything it does by itself."""

from functools import cache
from importlib.resources import files


def shipped_books() -> tuple[tuple[str, str], ...]:
    """The shipped books as (name, text), for `rules.loader.load`."""
    books = (entry for entry in (files("rules") / "books").iterdir() if entry.name.endswith(".toml"))
    return tuple(sorted((book.name, book.read_text("utf-8")) for book in books))


@cache
def shipped_names() -> frozenset[str]:
    """The names of the shipped books."""
    return frozenset(name for name, _ in shipped_books())
