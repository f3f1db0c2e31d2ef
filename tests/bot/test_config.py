"""Every mistake in the configuration is one line that names the setting and what to do."""

from pathlib import Path

import pytest

from bot.config import Config, ConfigError, LimitSettings, find_config, load_config
from bot.judging.books import build_books
from bot.wiring import build_channels, build_hours

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
EMAIL = '[email]\naddresses = ["help@example.org"]\n'
AGENT = '[[agent]]\nhandle = "anna"\nname = "Anna"\nemail = "anna@example.org"\n'


def load(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def use(folder: Path, text: str) -> None:
    """What a start makes of it, before there is a database."""
    config = load(folder, text)
    build_channels(config)
    build_books(config)


def complaint(folder: Path, text: str) -> str:
    """What is said about it, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        use(folder, text)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{folder / 'config.toml'}: ")


def test_the_example_is_good() -> None:
    config = load_config(EXAMPLE)
    assert set(build_channels(config)) >= {"email"}


def test_nothing_is_needed(tmp_path: Path) -> None:
    assert load(tmp_path, "").desk.name == "IT Help"


@pytest.mark.covers("bad:unknown-key")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[desk]\nzoen = "UTC"\n', "desk.zoen: unknown setting; did you mean zone?"),
        ('[desk]\nxyzzy = "UTC"\n', "desk.xyzzy: unknown setting"),
        (
            '[emial]\naddresses = ["a@example.org"]\n',
            "[emial]: there is no such table or channel; did you mean [email]?",
        ),
        ("[xyzzy]\n", "[xyzzy]: there is no such table or channel; remove it or correct its name"),
        ('zone = "UTC"\n', "zone: unknown setting; settings stand in tables such as [desk]"),
        (EMAIL + "[email.relay]\nhots = 'mx'\n", "email.relay.hots: unknown setting; did you mean host?"),
        (
            "[[agent]]\nhandle = 'a'\nname = 'A'\nemial = 'a@b'\n",
            "agent no. 1: emial: unknown setting; did you mean email?",
        ),
    ],
)
def test_an_unknown_key(tmp_path: Path, text: str, said: str) -> None:
    assert complaint(tmp_path, text) == said


@pytest.mark.covers("bad:wrong-type")
@pytest.mark.parametrize(
    ("text", "setting", "said"),
    [
        ('[desk]\nreopen_days = "14"\n', "desk.reopen_days", "this must be a whole number, not a text in quotes"),
        (EMAIL + "max_size = '25 MB'\n", "email.max_size", "this must be a whole number, not a text in quotes"),
        ("[desk]\nreopen_days = -1\n", "desk.reopen_days", "this must be a whole number of at least 0"),
        ("[calendar.hours]\nmon = '08:00-18:00'\n", "calendar.hours: ", "this must be a list in [brackets]"),
        (EMAIL + AGENT + "role = 'boss'\n", "agent no. 1: role: ", "write one of admin, agent, lead, manager"),
        (
            "[priority]\nimpact_high = { high = 'urgent', medium = 'high', low = 'low' }\n",
            "priority.impact_high.high: ",
            "'urgent' cannot be used; write one of critical, high, medium, low",
        ),
        (
            "[priority]\nimpact_low = { high = 'high', medium = 'high' }\n",
            "priority.impact_low: ",
            "low is missing; add it",
        ),
        (
            EMAIL + "[email.relay]\nhost = 'mx'\ntls = 'ssl'\n",
            "email.relay.tls: ",
            "'ssl' cannot be used; write one of ",
        ),
        (
            EMAIL + "[email.mailbox]\nhost = 'mx'\n",
            "email.mailbox: ",
            "write [[email.mailbox]] in place of [email.mailbox]",
        ),
        (EMAIL + "[[email.mailbox]]\nhost = 'mx'\n", "email.mailbox no. 1: ", "username is missing; add it"),
        ("[email]\naddresses = 'help@example.org'\n", "email.addresses: ", 'such as ["help@example.org"]'),
        (EMAIL + "[email.smtp]\nport = 99999\n", "email.smtp", "a port number from 0 to 65535"),
        (EMAIL + "[email.smtp]\nport = 99999\n", "email.smtp.port must be", "a port number from 0 to 65535"),
        ("[[agent]]\nname = 'A'\n", "agent no. 1: ", "handle is missing; add it"),
        ("desk = 3\n", "desk", "this must be a table, not a whole number"),
    ],
)
def test_a_wrong_type(tmp_path: Path, text: str, setting: str, said: str) -> None:
    found = complaint(tmp_path, text)
    assert found.startswith(setting)
    assert said in found


@pytest.mark.covers("bad:missing-secret")
@pytest.mark.parametrize("value", [None, ""])
def test_a_secret_that_is_not_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("DESK_SECRET", raising=False)
    if value is not None:
        monkeypatch.setenv("DESK_SECRET", value)
    said = complaint(tmp_path, '[desk]\nsecret = { env = "DESK_SECRET" }\n')
    assert said == "desk.secret: the environment variable DESK_SECRET is not set; set it to the secret"


@pytest.mark.covers("bad:missing-secret")
def test_a_secret_file_that_is_missing_empty_or_no_text(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    text = f'[desk]\nsecret = {{ file = "{file}" }}\n'
    assert complaint(tmp_path, text).startswith(f"desk.secret: the secret's file {file} cannot be read (No such file")
    file.write_bytes(b" \n")
    assert complaint(tmp_path, text) == f"desk.secret: the secret's file {file} is empty; put the secret there"
    file.write_bytes(b"\xff\xfe")
    assert complaint(tmp_path, text).startswith(f"desk.secret: the secret's file {file} cannot be read")


def test_secrets_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "from the environment")
    assert load(tmp_path, '[desk]\nsecret = { env = "DESK_SECRET" }\n').desk.secret == "from the environment"
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    assert load(tmp_path, f'[desk]\nsecret = {{ file = "{tmp_path}/secret" }}\n').desk.secret == "from a file"


@pytest.mark.covers("bad:unreadable-config")
def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"none\.toml: cannot be read \(No such file.*give another file with --config"
    ):
        load_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        load_config(tmp_path)


@pytest.mark.covers("bad:unreadable-config")
def test_a_file_in_another_charset_says_which_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'[desk]\nname = "M\xfcller"\n')
    with pytest.raises(ConfigError, match="line 2 is not UTF-8; save the file as UTF-8"):
        load_config(path)


@pytest.mark.covers("bad:unreadable-config")
@pytest.mark.parametrize("content", [b"[desk\n", b"\xff\xfe", b"a = " + b"[" * 100_000, b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config(path)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://desk@db/desk", "begins with 'mysql'"),
        ("postgresql://desk@db/desk", "use sqlite:///path or postgresql+psycopg://"),
        ("sqlite://", "begins with 'sqlite'"),
        ("sqlite:///:memory:", "begins with 'sqlite'"),
        ("var/firstline.db", "cannot be used"),
    ],
)
def test_a_database_address_that_cannot_be_used(tmp_path: Path, url: str, said: str) -> None:
    found = complaint(tmp_path, f'[database]\nurl = "{url}"\n')
    assert found.startswith("database.url: ")
    assert said in found


@pytest.mark.parametrize("zone", ["Europe/Berlim", "Europe", "../secret", "", "a\\u0000b"])
def test_a_zone_that_there_is_not(tmp_path: Path, zone: str) -> None:
    assert complaint(tmp_path, f'[desk]\nzone = "{zone}"\n').startswith("desk.zone: there is no time zone")


@pytest.mark.covers("bad:unknown-medium")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (EMAIL + AGENT + 'medium = "pigeon"\n', "agent anna: medium: there is no [pigeon] channel to reach them on"),
        (
            EMAIL + AGENT.replace("anna@example.org", "anna"),
            "agent anna: email: 'anna' is no mail address; write one such as anna@example.org",
        ),
        (EMAIL + AGENT + AGENT, "agent anna: this handle is given twice; each agent needs their own"),
        (
            EMAIL + AGENT + AGENT.replace('"anna"', '"bo"'),
            "agent anna: email: 'anna@example.org' is given twice; each agent needs their own",
        ),
        (
            EMAIL + AGENT.replace("anna@", "Help@"),
            "agent anna: email: 'Help@example.org' is the desk's own address; give the agent's",
        ),
        (EMAIL + AGENT.replace('"anna"', '"Desk"'), "agent Desk: this handle is the desk's own; choose another"),
        (EMAIL + AGENT + 'teams = ["x"]\n', "agent anna: teams: there is no team 'x'; add a [[team]] of that name"),
        (
            EMAIL + '[[team]]\nname = "x"\nlead = "bo"\n',
            "team x: lead: there is no agent 'bo'; add an [[agent]] of that handle",
        ),
        (
            EMAIL + AGENT + '[[team]]\nname = "x"\non_call = ["anna", "bo"]\n',
            "team x: on_call: there is no agent 'bo'; add an [[agent]] of that handle",
        ),
        (
            EMAIL + AGENT + '[[team]]\nname = "x"\non_call = ["anna"]\non_call_swaps = { 2026-12-24 = "bo" }\n',
            "team x: on_call_swaps: there is no agent 'bo'; add an [[agent]] of that handle",
        ),
        (
            EMAIL + AGENT + '[[team]]\nname = "x"\non_call = ["anna"]\non_call_from = "soon"\n',
            "team x: on_call_from: 'soon' is no day; write one like '2026-11-23', or a week like '2026-W53'",
        ),
        (EMAIL + '[[team]]\nname = "x"\n' * 2, "team x: this name is given twice; each team needs its own"),
        (
            EMAIL + '[[team]]\nname = "x"\nvendor = "printerco"\n',
            "team x: vendor: 'printerco' is no mail address; write one such as support@example.org",
        ),
        (
            EMAIL + AGENT + 'teams = ["x"]\n[[team]]\nname = "x"\nvendor = "help@printerco.example"\n',
            "team x: vendor: a vendor's team has no agents of ours; take it out of their teams",
        ),
        (
            EMAIL + AGENT + 'hours = { mo = ["09:00-17:00"] }\n',
            "agent anna: hours.mo: not one of mon, tue, wed, thu, fri, sat, sun; did you mean 'mon'?",
        ),
        (
            EMAIL + "[calendars.office]\n" + AGENT + 'hours = "offce"\n',
            "agent anna: hours: there is no calendar 'offce'; did you mean 'office'?",
        ),
        (
            EMAIL + AGENT + 'hours = "office"\n',
            "agent anna: hours: there is no calendar 'office'; add [calendars.office]",
        ),
        (
            EMAIL + AGENT + "hours = 8\n",
            "agent no. 1: hours: this must be a text in quotes or a table, not a whole number",
        ),
        (EMAIL + AGENT + "rank = 0\n", "agent no. 1: rank: this must be a whole number of at least 1"),
        (
            '[desk]\nremote_url = "remote.example.org"\n',
            "desk.remote_url: 'remote.example.org' is no link; write one such as https://help.example.org/{ticket}",
        ),
        ('[desk]\nlanguage = "xx"\n', "desk.language: 'xx' has no translation; use one of en, de, fr, it, pl, da"),
    ],
)  # fmt: skip
def test_names_that_point_nowhere(tmp_path: Path, text: str, said: str) -> None:
    assert complaint(tmp_path, text) == said


@pytest.mark.parametrize(
    ("table", "setting", "value"),
    [
        ("desk", "reopen_days", -1),
        ("desk", "reopen_days", 10**12),
        *(("limits", setting, value) for setting in LimitSettings.__struct_fields__ for value in (0, -5, 10**12)),
        ("[agent]", "tier", 0),
        ("[agent]", "tier", 10**20),
    ],
)
def test_a_number_out_of_bounds(tmp_path: Path, table: str, setting: str, value: int) -> None:
    more = "handle = 'a'\nname = 'A'\nemail = 'a@b'\n" if table == "[agent]" else ""
    said = complaint(tmp_path, f"[{table}]\n{setting} = {value}\n{more}")
    assert said.startswith(f"agent no. 1: {setting}: " if more else f"{table}.{setting}: ")
    assert said[-1].isdigit() or "range" in said, "it says what the bound is"


@pytest.mark.covers("bad:rule-book")
def test_a_book_that_is_missing(tmp_path: Path) -> None:
    said = complaint(tmp_path, f'[rules]\nbooks = ["{tmp_path}/none.toml"]\n')
    assert said.startswith(f"rules.books: {tmp_path}/none.toml cannot be read")


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize("notice", ["alarm", "verb_result", "ticket_list", "nothing"])
def test_a_rule_that_sends_a_notice_which_no_rule_can_fill(tmp_path: Path, notice: str) -> None:
    """It would break on every message it is about, and each would become a dead letter."""
    then = f'then = [{{ do = "notify", who = "admins", notice = "{notice}" }}]\n'
    (tmp_path / "own.toml").write_text(f'[[trigger]]\nname = "x"\non = ["ticket.opened"]\n{then}')
    with pytest.raises(ConfigError, match=f"there is no notice '{notice}' for agents"):
        use(tmp_path, f'[rules]\nbooks = ["{tmp_path}/own.toml"]\n')


def test_which_file_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FIRSTLINE_CONFIG", raising=False)
    assert find_config(None).name == "config.example.toml"
    (tmp_path / "config.toml").touch()
    assert find_config(None) == Path("config.toml")
    monkeypatch.setenv("FIRSTLINE_CONFIG", "other.toml")
    assert find_config(None) == Path("other.toml")
    assert find_config(Path("given.toml")) == Path("given.toml")


@pytest.mark.covers("H8")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[calendar.hours]\nmon = ["8-17"]\n', "calendar.hours.mon: '8-17' is not a window"),
        ('[calendars.night]\nzone = "Europe/Berln"\n', "calendars.night.zone: there is no time zone 'Europe/Berln'"),
        ('[calendars.night.hours]\nmo = ["22:00-06:00"]\n', "calendars.night.hours.mo: not one of mon, "),
        ('[calendars.plant]\nholidays = "PL"\n', "calendars.plant.hours: there are special days, but no hours"),
    ],
)
def test_a_calendar_that_cannot_be(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_hours(load(tmp_path, text))
    assert said in str(caught.value)


def test_a_calendar_with_a_setting_that_there_is_not(tmp_path: Path) -> None:
    assert "calendars.night.hors: unknown setting; did you mean hours?" in complaint(
        tmp_path, "[calendars.night]\nhors = {}\n"
    )


def test_a_role_that_makes_agents_is_of_teams_that_there_are_and_given_once(tmp_path: Path) -> None:
    text = f'{EMAIL}[discord]\ntoken = "t"\n'
    said = complaint(tmp_path, f'{text}agent_roles = [{{ id = "7", teams = ["x"] }}]\n')
    assert said == "discord.agent_roles 7: teams: there is no team 'x'; add a [[team]] of that name"
    said = complaint(tmp_path, f'{text}agent_roles = [{{ id = "7" }}, {{ id = "7", tier = 2 }}]\n')
    assert said == "discord.agent_roles: the role 7 is given twice; keep one of the two"
    said = complaint(tmp_path, EMAIL + AGENT.replace("anna", "anna@discord", 1))
    assert said == "agent anna@discord: a handle has no @ in it: those are of agents by a role of a platform"
