"""The one place that knows what is plugged into what: channels, books, people, the database."""

import secrets
import sqlite3
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.config import Config, ConfigError, convert
from bot.db import schema
from bot.db.store import Clock, Store, StoreUnavailable
from bot.db.tx import Tx
from bot.desk import Desk
from bot.due import recurring, schedules
from bot.figures.duty import Office
from bot.judging import books
from bot.outgoing.tokens import Signer
from bot.persons import leaving, roster
from bot.persons.directory import Directory, read_directory, sync_directory
from channels.base import AgentRole, Channel, Mailboxes
from rules.durations import DurationError, parse_duration
from rules.hours import Calendar, CalendarError, CalendarSettings, build_calendar
from rules.kinds import Books
from rules.policies import LONGEST, Policy, same_for_all

_CHANNELS: Final[Mapping[str, tuple[str, str]]] = {
    "email": ("channels.email.channel:EmailChannel", "channels.email.config:EmailSettings"),
    "console": ("channels.console:ConsoleChannel", "channels.console:ConsoleSettings"),
    "slack": ("channels.slack.channel:SlackChannel", "channels.slack.settings:SlackSettings"),
    "discord": ("channels.discord.channel:DiscordChannel", "channels.discord.settings:DiscordSettings"),
}
"""Each channel's class and its settings; loaded where the configuration has its table."""
_OF_ROOMS: Final = ("slack", "discord")
"""The channels that are platforms of rooms and threads."""
_SECRET_FILE: Final = "secret"  # noqa: S105  the name of a file


def build_channels(config: Config) -> dict[str, Channel]:
    """The channels that the configuration has a table for. Raises ConfigError."""
    channels: dict[str, Channel] = {}
    for name, table in config.channels.items():
        if name not in _CHANNELS:
            near = get_close_matches(name, [*Config.__struct_fields__, *_CHANNELS], n=1)
            hint = f"did you mean [{near[0]}]?" if near else "remove it or correct its name"
            msg = f"{config.path}: [{name}]: there is no such table or channel; {hint}"
            raise ConfigError(msg)
        made, settings = map(_named, _CHANNELS[name])
        try:
            channels[name] = made(convert(table, settings, config.path, name))
        except OSError as error:
            raise ConfigError(f"{config.path}: {error}") from error
    for agent in config.agent:
        if agent.medium not in channels:
            msg = f"{config.path}: agent {agent.handle}: medium: there is no [{agent.medium}] channel to reach them on"
            raise ConfigError(msg)
    build_agent_roles(config)
    return channels


def _named(where: str) -> Any:  # noqa: ANN401  a class that the channel's package has
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


class Hours(Struct, frozen=True, kw_only=True):
    """The business hours of the desk, its other calendars by name, and what it promises in its own."""

    calendar: Calendar
    calendars: Mapping[str, Calendar]
    policy: Policy


def build_hours(config: Config) -> Hours:
    """The business hours and what is promised in them. Raises ConfigError."""
    return Hours(
        calendar=_calendar(config, "calendar", config.calendar),
        calendars={name: _calendar(config, f"calendars.{name}", one) for name, one in config.calendars.items()},
        policy=_policy(config),
    )


def _calendar(config: Config, setting: str, settings: CalendarSettings) -> Calendar:
    try:
        return build_calendar(settings)
    except CalendarError as error:
        msg = f"{config.path}: {setting}.{error}"
        raise ConfigError(msg) from error


def build_desk(config: Config, tx: Tx) -> Desk:
    """What is in force, with the people of the configuration brought into the database. Raises ConfigError."""
    hours = build_hours(config)
    desk = Desk(
        config=config,
        directory=sync_directory(tx, config),
        books=books.begin(tx, config),
        calendar=hours.calendar,
        calendars=hours.calendars,
        policy=hours.policy,
        signer=Signer(_secret(config)),
        mailboxes=_mailboxes(config),
        rooms=_rooms(config),
        agent_roles=build_agent_roles(config),
    )
    leaving.see_to(tx, desk)
    desk = replace(desk, schedules=recurring.schedules(desk))
    schedules.see_to(tx, desk.schedules)
    return desk


def build_reading_desk(config: Config, found: Books) -> Desk:
    """A desk under these books for who only asks the database: it knows no people. Raises ConfigError."""
    hours = build_hours(config)
    return Desk(
        config=config,
        directory=Directory((), nobody=0),
        books=found,
        calendar=hours.calendar,
        calendars=hours.calendars,
        policy=hours.policy,
        signer=Signer(""),
        mailboxes=_mailboxes(config),
    )


def build_office(config: Config, session: Session) -> Office:
    """What reports know of the configuration, and of who works here. Raises ConfigError."""
    directory, roles = read_directory(session, config), build_agent_roles(config)
    if any(roles.values()):
        directory = roster.with_them(directory, roles, roster.read_present(session), config.desk.language)
    return Office(
        zone=config.desk.zone,
        calendar=_calendar(config, "calendar", config.calendar),
        directory=directory,
        answer_within=config.calls.answer_within_seconds,
    )


def _rooms(config: Config) -> dict[str, dict[str, str]]:
    return {name: dict(config.channels[name].get("desks", {})) for name in _OF_ROOMS if name in config.channels}


def build_agent_roles(config: Config) -> dict[str, dict[str, AgentRole]]:
    """The roles of platforms that make agents. Raises ConfigError."""
    teams = {team.name for team in config.team}
    found: dict[str, dict[str, AgentRole]] = {}
    for name in _OF_ROOMS:
        table = f"{name}.agent_roles"
        given = config.channels.get(name, {}).get("agent_roles", ())
        for role in convert(given, tuple[AgentRole, ...], config.path, table):
            if role.id in found.setdefault(name, {}):
                raise ConfigError(f"{config.path}: {table}: the role {role.id} is given twice; keep one of the two")
            for missing in set(role.teams) - teams:
                what = f"there is no team {missing!r}; add a [[team]] of that name"
                raise ConfigError(f"{config.path}: {table} {role.id}: teams: {what}")
            found[name][role.id] = role
    return found


def _mailboxes(config: Config) -> Mailboxes:
    table = config.channels.get("email", {})
    return convert(
        {name: table[name] for name in ("addresses", "plus") if name in table}, Mailboxes, config.path, "email"
    )


def _policy(config: Config) -> Policy:
    try:
        promise = parse_duration(config.sla.first_response)
    except DurationError as error:
        msg = f"{config.path}: sla.first_response: {error}"
        raise ConfigError(msg) from error
    if promise.elapsed() > LONGEST:
        msg = f"{config.path}: sla.first_response: {promise} are too long; promise {LONGEST.days} days at most"
        raise ConfigError(msg)
    return Policy(first_response=same_for_all(promise))


def open_store(config: Config, *, upgrade: bool, clock: Clock | None = None) -> Store:
    """The database of the configuration, at the schema this version needs. Raises ConfigError."""
    url = config.database.url
    try:
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        store = Store(url, clock=clock) if clock else Store(url)
    except (OSError, SQLAlchemyError) as error:
        raise _database_error(config, error) from error
    try:
        if upgrade:
            schema.upgrade(store.engine)
        else:
            schema.require_current(store.engine)
    except (OSError, SQLAlchemyError, sqlite3.Error, StoreUnavailable) as error:
        store.close()
        raise _database_error(config, error) from error
    except ConfigError:
        store.close()
        raise
    return store


def _database_error(config: Config, error: Exception) -> ConfigError:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    what = f"the database cannot be used: {reason}; check the address, and that the folder is writable"
    return ConfigError(f"{config.path}: database.url: {what}")


def _secret(config: Config) -> str:
    """The configured secret, else one made at the first start and kept in the data folder."""
    if config.desk.secret:
        return config.desk.secret
    if not config.database.url.startswith("sqlite"):
        what = "every process on this database needs the same one; set it, for example to { env = 'FIRSTLINE_SECRET' }"
        msg = f"{config.path}: desk.secret: {what}"
        raise ConfigError(msg)
    path = config.data_file(_SECRET_FILE)
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f"{_SECRET_FILE}.new")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32), encoding="ascii")
            fresh.replace(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        msg = f"{config.path}: desk.data: {path} cannot be written ({error.strerror}); make the folder writable"
        raise ConfigError(msg) from error
