"""The configuration: one TOML file, read strictly, with errors that name the setting and what to do.

A table of just `{ env = "NAME" }` or `{ file = "path" }` may stand wherever a text is expected and is replaced by the
secret it points to. Tables that are not the desk's belong to the channel of that name and are checked by it.
"""

import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

from rules.durations import DurationError, parse_duration
from rules.hours import CalendarError, CalendarSettings, build_calendar
from rules.priority import Matrix
from rules.rota import RotaError, build_rota
from rules.suggest import did_you_mean
from rules.windows import parse_window

T = TypeVar("T")
Count = Annotated[int, Meta(ge=1, le=10_000)]
EXAMPLE = "config.example.toml"
_ADDRESS = re.compile(r"[^\s@<>(),;:\"\[\]]+@[^\s@<>(),;:\"\[\]]+")
_ENTRY = re.compile(r"\[(\d+)\](\.?)")
_LINK = re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>{}]+(?:\{ticket\}[^\s<>{}]*)*")
_INDEX = re.compile(r"\[[^\]]*\]")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_NO_CHOICE = re.compile(r"Invalid enum value (.+)")
_WRONG_TYPE = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_OUT_OF_BOUNDS = re.compile(r"Expected `(\w+)` (>=|<=|>|<) (\S+)")
_ONE_BRACKET = "Expected `array`, got `object`"
_BOUNDS = {">=": "of at least", "<=": "of at most", ">": "over", "<": "under"}
_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list in [brackets]",
    "object": "a table",
    "null": "nothing",
}
LANGUAGES = ("en", "de", "fr", "it", "pl", "da")


class ConfigError(Exception):
    """The configuration cannot be used; the text is one line for the person who must mend it."""


class DeskSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[desk]`: who we are. `domain` is used in ids; `secret` signs reply addresses (made and kept if absent).

    `new_subject_opens` has an answer with another subject open a ticket of its own (E33). `match_subject_days` has one
    that names no message be added to the newest ticket of its sender with that subject, if so young (E41); 0: never.
    On a platform of rooms, what an agent writes below a ticket's card is held for `hold_seconds`, in which it can be
    changed and taken back; `room_words` says whether it is for the requester or, unless it begins with >>, a note.
    """

    name: str = "IT Help"
    domain: str = "localhost"
    language: str = "en"
    zone: str = "UTC"
    emergency_phone: str = ""
    remote_url: str = ""
    data: str = "var"
    secret: str = ""
    reopen_days: Annotated[int, Meta(ge=0, le=3650)] = 14
    new_subject_opens: bool = False
    match_subject_days: Annotated[int, Meta(ge=0, le=3650)] = 0
    hold_seconds: Annotated[int, Meta(ge=0, le=600)] = 10
    room_words: Literal["answer", "note"] = "answer"
    offer_again_hours: Annotated[int, Meta(ge=0, le=8760)] = 8


class DatabaseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[database]`: where everything is kept. `sqlite:///path` or `postgresql+psycopg://…`."""

    url: str = "sqlite:///var/firstline.db"


class SlaSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[sla]`: the promise. A duration such as "24 hours", "8 business hours" or "2 business days"."""

    first_response: str = "24 hours"


class RuleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[rules]`: `shipped` switches the books that come with the desk; `books` are files or folders of your own.

    `notices` is a folder of notices of your own.
    """

    shipped: bool = True
    books: tuple[str, ...] = ()
    notices: str = ""


class LimitSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[limits]`: where the desk stops by itself. Counts of automatic messages, of loops, of parked mail."""

    notices_per_person: Count = 10
    same_subject_per_person: Count = 2
    notice_window_minutes: Annotated[int, Meta(ge=1, le=44_640)] = 180
    actions_per_root: Count = 50
    depth: Annotated[int, Meta(ge=1, le=100)] = 8
    parked_per_agent: Count = 20


class SurveySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[survey]`: of which share of tickets the requester is asked for a mark, where a rule wants to ask.

    Nobody is asked again within `every_days`, and who does not answer is reminded after `nudge_after_days` (0: never).
    """

    share: Annotated[float, Meta(ge=0, le=1)] = 1.0
    every_days: Annotated[int, Meta(ge=0, le=3650)] = 30
    nudge_after_days: Annotated[int, Meta(ge=0, le=13)] = 3


class WorklistSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[worklists]`: the one list that `agents` and `teams` get on the morning of each working day, where they work.

    It comes when the day begins, but not before `earliest`. What nobody said anything on for as long as `not_moved` has
    a place of its own on it.
    """

    agents: bool = True
    teams: bool = True
    earliest: str = "07:00"
    not_moved: str = "5 business days"

    @property
    def morning(self) -> time:
        """The time of day before which no list is sent. Raises ValueError."""
        return datetime.strptime(self.earliest, "%H:%M").time()  # noqa: DTZ007  a time on the wall


class BulletinSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[bulletins]`: how many people a minute one text to many is sent to.

    For `shown_days` after it was begun it stands on the page that Slack has for the desk.
    """

    per_minute: Annotated[int, Meta(ge=1, le=1000)] = 60
    shown_days: Annotated[int, Meta(ge=0, le=365)] = 3


class UpdateSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[updates]`: when requesters are told by the desk itself how their request stands.

    Not in the `quiet` hours where they live (empty: there are none), nor less than `apart_minutes` after anything else
    that it told them by itself.
    """

    quiet: str = "20:00-07:00"
    apart_minutes: Annotated[int, Meta(ge=0, le=1440)] = 60


class CallSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[calls]`: within how many seconds a call is to be answered; reports say of how many that is so."""

    answer_within_seconds: Annotated[int, Meta(ge=1, le=3600)] = 20


class TeamSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[team]]`: a group of agents; who leads it, and who is told after the lead. What is sent to `address` is theirs.

    `on_call` take turns by week, the first of them in the week of the day `on_call_from`; `on_call_swaps` are days or
    ISO weeks on which another does it. A team with the mail address of a `vendor` has no agents: what is escalated to
    it is asked there. `reopen_days` stands in place of `desk.reopen_days` for their tickets.
    """

    name: str
    lead: str = ""
    manager: str = ""
    on_call: tuple[str, ...] = ()
    on_call_from: str = ""
    on_call_swaps: dict[str, str] = {}
    vendor: str = ""
    address: str = ""
    reopen_days: Annotated[int, Meta(ge=0, le=3650)] | None = None


class AgentSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[agent]]`: somebody who works tickets. `medium` is the channel they work on.

    `addresses` are theirs where a platform shows no mail address: `{ discord = "80351110224678912" }`.

    `hours` are their working hours by weekday, in their zone, or the name of one of `calendars`. `capacity` is how many
    tickets the desk gives them, in tickets of medium priority (0: no limit), and only when those of a lower `rank` have
    no room or are not there.
    """

    handle: str
    name: str
    email: str
    tier: Annotated[int, Meta(ge=1, le=100)] = 1
    teams: tuple[str, ...] = ()
    role: Literal["agent", "lead", "manager", "admin"] = "agent"
    medium: str = "email"
    addresses: dict[str, str] = {}
    language: str | None = None
    zone: str | None = None
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    hours: dict[str, list[str]] | str = {}
    capacity: Annotated[float, Meta(ge=0, le=10_000)] = 0.0
    rank: Annotated[int, Meta(ge=1, le=100)] = 1


class DigestSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[digest]]`: how the desk did in a `period`, sent by `cron` (five fields, in the desk's zone).

    `to` is a mail address, or on Slack and Discord the id of a room, or what `desks` call it. Only tickets of the
    `team`, `category` and `department` are counted, where one is given; without `sections` it has all. `template` is a
    file with words of your own.
    """

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    cron: str
    period: str = "month"
    channel: str = "email"
    to: str = ""
    team: str = ""
    category: str = ""
    department: str = ""
    sections: tuple[str, ...] = ()
    language: str = ""
    template: str = ""


class Config(Struct, frozen=True, kw_only=True):
    """All settings. `channels` holds the tables that channels check themselves, by channel name.

    `calendars` are more of the shape of `calendar`, by the name that policies use.
    """

    desk: DeskSettings = DeskSettings()
    database: DatabaseSettings = DatabaseSettings()
    calendar: CalendarSettings = CalendarSettings()
    calendars: dict[str, CalendarSettings] = {}
    sla: SlaSettings = SlaSettings()
    priority: Matrix = Matrix()
    rules: RuleSettings = RuleSettings()
    limits: LimitSettings = LimitSettings()
    survey: SurveySettings = SurveySettings()
    worklists: WorklistSettings = WorklistSettings()
    updates: UpdateSettings = UpdateSettings()
    bulletins: BulletinSettings = BulletinSettings()
    calls: CallSettings = CallSettings()
    team: tuple[TeamSettings, ...] = ()
    agent: tuple[AgentSettings, ...] = ()
    digest: tuple[DigestSettings, ...] = ()
    channels: dict[str, dict[str, Any]] = {}
    path: str = ""

    def data_file(self, name: str) -> Path:
        """A file in the data folder."""
        return Path(self.desk.data) / name


def find_config(explicit: Path | None) -> Path:
    """The file to use: the one asked for, else FIRSTLINE_CONFIG, else config.toml here, else the example."""
    if explicit is not None:
        return explicit
    if named := os.environ.get("FIRSTLINE_CONFIG"):
        return Path(named)
    here = Path("config.toml")
    if here.exists():
        return here
    beside = Path(__file__).parent / EXAMPLE
    return beside if beside.exists() else Path(__file__).parent.parent / EXAMPLE


def load_config(path: Path) -> Config:
    """Read and check the file. Raises ConfigError."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); give another file with --config or FIRSTLINE_CONFIG"
        raise ConfigError(msg) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: not valid TOML: line {line} is not UTF-8; save the file as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        msg = f"{path}: not valid TOML: {error}"
        raise ConfigError(msg) from error
    own = {name for name in Config.__struct_fields__ if name not in {"channels", "path"}}
    data = _resolve_secrets(data, path, ())
    mine = {name: value for name, value in data.items() if name in own}
    others = {name: value for name, value in data.items() if name not in own}
    for name, value in others.items():
        if not isinstance(value, dict):
            msg = f"{path}: {name}: unknown setting; settings stand in tables such as [desk]"
            raise ConfigError(msg)
    calendars = mine.get("calendars")
    for name, table in calendars.items() if isinstance(calendars, dict) else ():
        convert(table, CalendarSettings, path, f"calendars.{name}")  # together they would be complained of without name
    mine["channels"] = others
    mine["path"] = str(path)
    config = convert(mine, Config, path, "")
    _check(config, path)
    return config


def convert(data: Any, shape: type[T], path: Path | str, table: str) -> T:  # noqa: ANN401  whatever TOML held
    """`data` as `shape`. Raises ConfigError that names the setting and, for an unknown one, the nearest known."""
    try:
        return msgspec.convert(data, shape)
    except (msgspec.ValidationError, ValueError) as error:
        msg = f"{path}: {_explain(str(error), shape, table)}"
        raise ConfigError(msg) from error


def _explain(error: str, shape: type, table: str) -> str:
    message, _, where = error.partition(" - at `$")
    where = where.rstrip("`").lstrip(".")
    place = ".".join(part for part in (table, where) if part)
    if message.startswith("Object contains unknown field `"):
        unknown = message.split("`")[1]
        near = get_close_matches(unknown, sorted(_field_names(shape)), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"{_counted('.'.join(part for part in (place, unknown) if part))}: unknown setting{hint}"
    if message == _ONE_BRACKET:
        return f"{place}: there may be several, so write [[{place}]] in place of [{place}]"
    said = _plainly(message, _choices(shape, where))
    return f"{_counted(place)}: {said}" if place and not said.startswith(f"{place}.") else said


def _counted(place: str) -> str:
    """A place as people count: `agent[0].role` is the first agent's role; what has a name of its own goes without."""
    return _ENTRY.sub(lambda entry: f" no. {int(entry[1]) + 1}{': ' if entry[2] else ''}", place.replace("[...]", ""))


def _plainly(message: str, choices: Iterable[str]) -> str:
    """What msgspec says of a value, for who writes the file."""
    if found := _MISSING.fullmatch(message):
        return f"{found[1]} is missing; add it"
    if found := _NO_CHOICE.fullmatch(message):
        return f"{found[1]} cannot be used; write one of {', '.join(choices)}"
    if found := _WRONG_TYPE.fullmatch(message):
        wanted = " or ".join(_TYPES.get(name, name) for name in found[1].split(" | "))
        return f"this must be {wanted}, not {_TYPES.get(found[2], found[2])}"
    if found := _OUT_OF_BOUNDS.fullmatch(message):
        return f"this must be {_TYPES.get(found[1], found[1])} {_BOUNDS[found[2]]} {found[3]}"
    return message


def _choices(shape: type, where: str) -> list[str]:
    """The words that may stand at a place."""
    infos = [msgspec.inspect.type_info(shape)]
    for name in _INDEX.sub("", where).split("."):
        infos = [field.type for info in _unfolded(infos) for field in _fields(info) if field.encode_name == name]
    return [str(value) for info in _unfolded(infos) for value in _values(info)]


def _unfolded(infos: Iterable[msgspec.inspect.Type]) -> Iterator[msgspec.inspect.Type]:
    for info in infos:
        if isinstance(info, msgspec.inspect.UnionType):
            yield from _unfolded(info.types)
        elif isinstance(info, msgspec.inspect.VarTupleType):
            yield from _unfolded([info.item_type])
        else:
            yield info


def _fields(info: msgspec.inspect.Type) -> tuple[msgspec.inspect.Field, ...]:
    return info.fields if isinstance(info, msgspec.inspect.StructType) else ()


def _values(info: msgspec.inspect.Type) -> Iterable[Any]:
    if isinstance(info, msgspec.inspect.EnumType):
        return [member.value for member in info.cls]
    return info.values if isinstance(info, msgspec.inspect.LiteralType) else ()


def _field_names(shape: type) -> set[str]:
    names: set[str] = set()
    pending = [msgspec.inspect.type_info(shape)]
    while pending:
        for info in _unfolded([pending.pop()]):
            names |= {field.encode_name for field in _fields(info)}
            pending.extend(field.type for field in _fields(info))
    return names


def _resolve_secrets(value: Any, path: Path, where: tuple[str, ...]) -> Any:  # noqa: ANN401  whatever TOML held
    if isinstance(value, list):
        return [_resolve_secrets(item, path, where) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(source := next(iter(value.values())), str):
        setting = ".".join(where)
        if "env" in value:
            if not os.environ.get(source):
                msg = f"{path}: {setting}: the environment variable {source} is not set; set it to the secret"
                raise ConfigError(msg)
            return os.environ[source]
        if "file" in value:
            return _secret_file(source, f"{path}: {setting}")
    return {name: _resolve_secrets(item, path, (*where, name)) for name, item in value.items()}


def _secret_file(source: str, setting: str) -> str:
    try:
        secret = Path(source).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        msg = f"{setting}: the secret's file {source} cannot be read ({reason}); put the secret there, as text"
        raise ConfigError(msg) from error
    if not secret:
        msg = f"{setting}: the secret's file {source} is empty; put the secret there"
        raise ConfigError(msg)
    return secret


def _check(config: Config, path: Path) -> None:
    for setting, what in [
        *_wrong_database(config),
        *_wrong_desk(config),
        *_wrong_addresses(config),
        *_wrong_people(config),
        *_wrong_hours(config),
        *_wrong_teams(config),
        *_wrong_worklists(config),
        *_wrong_updates(config),
    ]:
        raise ConfigError(f"{path}: {setting}: {what}")


def _wrong_database(config: Config) -> Iterator[tuple[str, str]]:
    scheme, _, rest = config.database.url.partition(":///")
    embedded = scheme == "sqlite" and rest and not rest.startswith((":memory:", "?"))
    if not embedded and not config.database.url.startswith("postgresql+psycopg://"):
        shown = config.database.url.partition("://")[0]
        what = f"an address that begins with {shown!r} cannot be used; use sqlite:///path or postgresql+psycopg://…"
        yield "database.url", what


def _wrong_desk(config: Config) -> Iterator[tuple[str, str]]:
    if config.desk.language not in LANGUAGES:
        yield "desk.language", f"{config.desk.language!r} has no translation; use one of {', '.join(LANGUAGES)}"
    if config.desk.remote_url and _LINK.fullmatch(config.desk.remote_url) is None:
        what = f"{config.desk.remote_url!r} is no link; write one such as https://help.example.org/{{ticket}}"
        yield "desk.remote_url", what
    zones = [("desk.zone", config.desk.zone)]
    zones += [(f"agent {agent.handle}: zone", agent.zone) for agent in config.agent if agent.zone]
    for setting, zone in zones:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield setting, f"there is no time zone {zone!r}; use a name such as Europe/Warsaw"


def _wrong_addresses(config: Config) -> Iterator[tuple[str, str]]:
    ours = config.channels.get("email", {}).get("addresses", ())
    if isinstance(ours, str):
        yield "email.addresses", f'this must be a list in [brackets], such as ["{ours}"]'
    for agent in config.agent:
        if _ADDRESS.fullmatch(agent.email.strip()) is None:
            what = f"{agent.email!r} is no mail address; write one such as anna@example.org"
            yield f"agent {agent.handle}: email", what


def _own_addresses(config: Config) -> set[str]:
    mailboxes = config.channels.get("email", {}).get("addresses", ())
    return {str(address).strip().lower() for address in mailboxes} if isinstance(mailboxes, list | tuple) else set()


def _wrong_people(config: Config) -> Iterator[tuple[str, str]]:
    ours = _own_addresses(config)
    handles = [agent.handle.lower() for agent in config.agent]
    emails = [agent.email.strip().lower() for agent in config.agent]
    teams = {team.name for team in config.team}
    for agent in config.agent:
        if handles.count(agent.handle.lower()) > 1:
            yield f"agent {agent.handle}", "this handle is given twice; each agent needs their own"
        if "@" in agent.handle:
            yield f"agent {agent.handle}", "a handle has no @ in it: those are of agents by a role of a platform"
        if agent.handle.lower() == "desk":
            yield f"agent {agent.handle}", "this handle is the desk's own; choose another"
        if emails.count(agent.email.strip().lower()) > 1:
            yield f"agent {agent.handle}: email", f"{agent.email!r} is given twice; each agent needs their own"
        if agent.email.strip().lower() in ours:
            yield f"agent {agent.handle}: email", f"{agent.email!r} is the desk's own address; give the agent's"
        for missing in set(agent.teams) - teams:
            yield f"agent {agent.handle}: teams", f"there is no team {missing!r}; add a [[team]] of that name"


def _wrong_hours(config: Config) -> Iterator[tuple[str, str]]:
    for agent in config.agent:
        if isinstance(agent.hours, str):
            if agent.hours not in config.calendars:
                near = did_you_mean(agent.hours, config.calendars) or f"; add [calendars.{agent.hours or 'NAME'}]"
                yield f"agent {agent.handle}: hours", f"there is no calendar '{agent.hours}'{near}"
            continue
        try:
            build_calendar(CalendarSettings(zone=agent.zone or config.desk.zone, hours=agent.hours))
        except CalendarError as error:
            yield f"agent {agent.handle}", str(error)


def _wrong_teams(config: Config) -> Iterator[tuple[str, str]]:
    handles = {agent.handle for agent in config.agent}
    members = {team for agent in config.agent for team in agent.teams}
    names = [team.name for team in config.team]
    for team in config.team:
        place = f"team {team.name}"
        if names.count(team.name) > 1:
            yield place, "this name is given twice; each team needs its own"
        if team.address and team.address.strip().lower() not in _own_addresses(config):
            yield f"{place}: address", f"{team.address!r} is not one of email.addresses; add it there"
        named = [("lead", team.lead), ("manager", team.manager)]
        named += [("on_call", handle) for handle in team.on_call]
        named += [("on_call_swaps", handle) for handle in team.on_call_swaps.values()]
        for setting, handle in named:
            if handle and handle not in handles:
                yield f"{place}: {setting}", f"there is no agent {handle!r}; add an [[agent]] of that handle"
        if team.vendor and (_ADDRESS.fullmatch(team.vendor.strip()) is None or team.name in members):
            what = f"{team.vendor!r} is no mail address; write one such as support@example.org"
            inside = "a vendor's team has no agents of ours; take it out of their teams"
            yield f"{place}: vendor", inside if team.name in members else what
        try:
            build_rota(team.on_call, team.on_call_from, team.on_call_swaps, ZoneInfo(config.desk.zone))
        except RotaError as error:
            yield place, str(error)


def _wrong_worklists(config: Config) -> Iterator[tuple[str, str]]:
    try:
        _ = config.worklists.morning
    except ValueError:
        yield "worklists.earliest", f"'{config.worklists.earliest}' is no time of day; write one such as 07:00"
    try:
        parse_duration(config.worklists.not_moved)
    except DurationError as error:
        yield "worklists.not_moved", str(error)


def _wrong_updates(config: Config) -> Iterator[tuple[str, str]]:
    try:
        if config.updates.quiet:
            parse_window(config.updates.quiet)
    except ValueError as error:
        yield "updates.quiet", str(error)


def warn(message: str) -> None:
    """One line for the person at the terminal."""
    print(f"firstline: {message}", file=sys.stderr)  # noqa: T201  this is the terminal's own line
