"""The books in force: read from their files, kept by hash, and taken up again where the files are none any more.

What decides beside the books (calendars, promises, the priority matrix) stands in the configuration, so their hash
covers both. A book that does not load never takes the place of one that did.
"""

import hashlib
import logging
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import alarms, replan
from bot.actions import actions
from bot.config import Config, ConfigError
from bot.db.models import Alarm, Book
from bot.db.tx import Tx
from rules.kinds import Books
from rules.loader import load, load_stored, text_of
from rules.problems import RuleBookError
from rules.shipped import shipped_books

log = logging.getLogger("firstline")
ALARM: Final = "rule books"
_DECIDING: Final = ("calendar", "calendars", "sla", "priority")
"""The tables of the configuration that decisions depend on."""

Sources = list[tuple[str, str]]
_KEPT: Final = 4
"""The books that are kept compiled: those in force, and those that were lately."""
Stamps = list[tuple[str, int, int, int]]


def build_books(config: Config) -> Books:
    """The shipped books and those of the configuration, as their files are. Raises ConfigError with every problem."""
    return _loaded(read_sources(config), config)


def read_sources(config: Config) -> Sources:
    """The books as (name, text). Raises ConfigError where a file cannot be read."""
    sources = list(shipped_books()) if config.rules.shipped else []
    for file in _files(config):
        try:
            sources.append((str(file), file.read_text(encoding="utf-8")))
        except OSError as error:
            msg = f"{config.path}: rules.books: {file} cannot be read ({error.strerror})"
            raise ConfigError(msg) from error
        except UnicodeDecodeError as error:
            msg = f"{config.path}: rules.books: {file} cannot be read: it is not UTF-8 ({error.reason})"
            raise ConfigError(msg) from error
    return sources


def stamps(config: Config) -> Stamps:
    """What shows that the configured books changed, without reading them: name, inode, size, time of change in ns."""
    found = []
    for file in _files(config):
        try:
            status = file.stat()
        except OSError:
            found.append((str(file), 0, 0, 0))
        else:
            found.append((str(file), status.st_ino, status.st_size, status.st_mtime_ns))
    return found


def read_again(config: Config, in_force: Books) -> Books:
    """The books as their files are now; `in_force` itself where they say the same. Raises ConfigError."""
    sources = read_sources(config)
    return in_force if text_of(sources) == in_force.text else _loaded(sources, config)


def begin(tx: Tx, config: Config) -> Books:
    """The books to start with, kept: those of the files, or the last good ones, with an alarm. Raises ConfigError."""
    try:
        books = build_books(config)
    except ConfigError as error:
        last = last_good(tx.session, config)
        if last is None:
            raise
        log.warning("the books do not load, those that were in force last are: %s", error)
        books = last
        refuse(tx, error)
    else:
        alarms.clear_alarm(tx, ALARM)
    keep(tx, books, config)
    replan.schedule_if_new(tx, books.hash)
    return books


def last_good(session: Session, config: Config) -> Books | None:
    """The books that were in force last, with the settings of now."""
    newest = select(Book.content).order_by(Book.in_force_at.desc(), Book.hash).limit(1)
    content = session.scalar(newest)
    if content is None:
        return None
    try:
        return _in_force(load_stored(msgspec.json.decode(content)["books"], actions()), config)
    except RuleBookError:
        return None


def keep(tx: Tx, books: Books, config: Config) -> None:
    """Keep what is in force from now on under its hash, so that the past can be explained."""
    row = {
        "hash": books.hash,
        "content": msgspec.json.encode({"books": books.text} | _deciding(config)).decode(),
        "first_used_at": tx.now,
        "in_force_at": tx.now,
        "planned_at": None,
    }
    if not tx.insert_new(Book, row, "hash"):
        tx.session.get_one(Book, books.hash).in_force_at = tx.now


def settled(tx: Tx, books: Books) -> None:
    """They load, and are in force in this process by now: what is planned for open tickets follows them."""
    alarms.clear_alarm(tx, ALARM)
    replan.schedule_if_new(tx, books.hash)


def refuse(tx: Tx, error: ConfigError) -> None:
    """Raise the one alarm for books that do not load, which says where; the same again is not told again."""
    first, *others = str(error).splitlines()
    more = f" (and {len(others)} more)" if others else ""
    detail = f"{first}{more}; the books of before stay in force"
    up = tx.session.get(Alarm, ALARM)
    if up is None or up.cleared_at is not None or up.detail != detail:
        alarms.raise_alarm(tx, ALARM, detail)


def _files(config: Config) -> Iterator[Path]:
    for name in config.rules.books:
        path = Path(name)
        yield from sorted(path.glob("*.toml")) if path.is_dir() else [path]


def _loaded(sources: Sources, config: Config) -> Books:
    try:
        return _in_force(_compiled(tuple(sources), tuple(names_of(config).items())), config)
    except RuleBookError as error:
        raise ConfigError(str(error)) from error


@lru_cache(maxsize=_KEPT)
def _compiled(sources: tuple[tuple[str, str], ...], names: tuple[tuple[str, frozenset[str]], ...]) -> Books:
    """The books of these texts, which take some hundredths of a second: the same texts are the same books."""
    return load(sources, actions(), dict(names))


def names_of(config: Config) -> dict[str, frozenset[str]]:
    """What rules may name, by its kind."""
    return {
        "agent": frozenset(agent.handle for agent in config.agent),
        "team": frozenset(team.name for team in config.team),
        "calendar": frozenset(config.calendars),
    }


def _in_force(books: Books, config: Config) -> Books:
    """The books with the hash of all that decides."""
    content = msgspec.json.encode({"books": books.hash} | _deciding(config), order="deterministic")
    return msgspec.structs.replace(books, hash=hashlib.sha256(content).hexdigest())


def _deciding(config: Config) -> dict[str, Any]:
    tables = {name: getattr(config, name) for name in _DECIDING if name in Config.__struct_fields__}
    settings: dict[str, Any] = msgspec.to_builtins(tables)
    return settings
