"""The books in force: read from their files, kept by hash, and taken up again where the files are none any more.

What decides beside the books (calendars, promises, the priority matrix) stands in the configuration, so their hash
covers both, and the notices of one's own. A book that does not load never takes the place of one that did.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import alarms
from bot.actions import actions
from bot.config import Config, ConfigError
from bot.db.models import Alarm, Book
from bot.db.tx import Tx
from bot.judging import replan
from bot.notice import ownnotices
from bot.notice.sendable import sendable
from rules.kinds import Books
from rules.loader import load, load_stored, text_of
from rules.names import Names
from rules.problems import Problem, RuleBookError
from rules.shipped import shipped_books

log = logging.getLogger("firstline")
ALARM: Final = "rule books"
_DECIDING: Final = ("calendar", "calendars", "sla", "priority")
"""The tables of the configuration that decisions depend on."""

Sources = list[tuple[str, str]]
_NOTICES: Final = "rules.notices"
_KEPT: Final = 16
"""The books that are kept compiled: those in force, and those that were lately."""
Stamps = list[tuple[str, int, int, int]]


def build_books(config: Config) -> Books:
    """The shipped books and those of the configuration, as their files are. Raises ConfigError with every problem."""
    return _loaded(read_sources(config), read_notices(config), config)


def read_sources(config: Config) -> Sources:
    """The books as (name, text). Raises ConfigError where a file cannot be read."""
    shipped = list(shipped_books()) if config.rules.shipped else []
    return shipped + [_read(config, "rules.books", file) for file in _books(config)]


def read_notices(config: Config) -> Sources:
    """The notices of one's own as (path, text). Raises ConfigError where they cannot be read."""
    folder = config.rules.notices
    if folder and not Path(folder).is_dir():
        raise ConfigError(f"{config.path}: {_NOTICES}: there is no folder {folder}; make it, or correct its name")
    return [_read(config, _NOTICES, file) for file in _notices(config)]


def _read(config: Config, setting: str, file: Path) -> tuple[str, str]:
    try:
        return str(file), file.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"{config.path}: {setting}: {file} cannot be read ({error.strerror})"
        raise ConfigError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{config.path}: {setting}: {file} cannot be read: it is not UTF-8 ({error.reason})"
        raise ConfigError(msg) from error


def stamps(config: Config) -> Stamps:
    """What shows that books and notices changed, without reading them: name, inode, size, time of change in ns."""
    found = []
    for file in (*_books(config), *_notices(config)):
        try:
            status = file.stat()
        except OSError:
            found.append((str(file), 0, 0, 0))
        else:
            found.append((str(file), status.st_ino, status.st_size, status.st_mtime_ns))
    return found


def read_again(config: Config, in_force: Books) -> Books:
    """The books as their files are now; `in_force` itself where they say the same. Raises ConfigError."""
    sources, notices = read_sources(config), read_notices(config)
    same = text_of(sources) == in_force.text and notices == _sources_of(in_force)
    return in_force if same else _loaded(sources, notices, config)


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
    stored = msgspec.json.decode(content, type=_Stored)
    try:
        return _with_notices(stored.notices, config, lambda names: load_stored(stored.books, actions(), names))
    except RuleBookError:
        return None


def keep(tx: Tx, books: Books, config: Config) -> None:
    """Keep what is in force from now on under its hash, so that the past can be explained."""
    row = {
        "hash": books.hash,
        "content": msgspec.json.encode(
            {"books": books.text, "notices": _sources_of(books)} | _deciding(config)
        ).decode(),
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


class _Stored(Struct):
    """What is kept of books, as far as they are made of it again."""

    books: str
    notices: Sources = []


def _books(config: Config) -> Iterator[Path]:
    for name in config.rules.books:
        path = Path(name)
        yield from sorted(path.glob("*.toml")) if path.is_dir() else [path]


def _notices(config: Config) -> list[Path]:
    return sorted(Path(config.rules.notices).glob("*.md")) if config.rules.notices else []


def _loaded(sources: Sources, notices: Sources, config: Config) -> Books:
    try:
        return _with_notices(notices, config, lambda names: _compiled(tuple(sources), _known(config, names)))
    except RuleBookError as error:
        raise ConfigError(str(error)) from error


def _with_notices(sources: Sources, config: Config, read: Callable[[Names], Books]) -> Books:
    """What `read` makes of the books, with the notices of one's own, which they may name.

    Raises RuleBookError with what is wrong in either; a notice that is wrong is not missing in the books too.
    """
    problems: list[Problem] = []
    try:
        own = ownnotices.read(sources, config.desk.language)
    except RuleBookError as error:
        own, problems = {}, list(error.problems)
    try:
        books = read({} if problems else sendable(own))
    except RuleBookError as error:
        raise RuleBookError([*problems, *error.problems]) from None
    if problems:
        raise RuleBookError(problems)
    return _in_force(msgspec.structs.replace(books, notices=own), sources, config)


def _sources_of(books: Books) -> Sources:
    """The notices of one's own in force, as they were read."""
    return sorted((text.file, text.source) for notice in books.notices.values() for text in notice.texts.values())


def _known(config: Config, names: Names) -> tuple[tuple[str, frozenset[str]], ...]:
    """What rules may name, of the configuration and beside it."""
    return tuple((kind, frozenset(found)) for kind, found in {**names_of(config), **names}.items())


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


def _in_force(books: Books, notices: Sources, config: Config) -> Books:
    """The books with the hash of all that decides, and of what they say."""
    said = {"books": books.hash} | ({"notices": notices} if notices else {})
    content = msgspec.json.encode(said | _deciding(config), order="deterministic")
    return msgspec.structs.replace(books, hash=hashlib.sha256(content).hexdigest())


def _deciding(config: Config) -> dict[str, Any]:
    tables = {name: getattr(config, name) for name in _DECIDING if name in Config.__struct_fields__}
    settings: dict[str, Any] = msgspec.to_builtins(tables)
    return settings
