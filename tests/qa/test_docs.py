"""The documents say what the code does."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest
import typer
from msgspec import Struct
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from bot.actions import actions
from bot.cli.app import app
from bot.config import Config, DeskSettings, TeamSettings, load_config
from bot.judging.books import build_books
from bot.notice import ownnotices
from bot.notice.sendable import sendable
from bot.ticket.status import TRANSITIONS
from bot.verbs import registry
from bot.wiring import build_channels
from channels.discord.settings import DiscordSettings
from channels.email.config import Dkim, EmailSettings, Links, LmtpListen, MailboxSettings, Relay, SmtpListen
from channels.email.oauth import OAuth
from channels.slack.settings import SlackSettings
from rules.loader import load

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
EXAMPLE = ROOT / "config.example.toml"


def table(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    section = (DOCS / page).read_text(encoding="utf-8").split(f"## {heading}\n")[1]
    rows = re.findall(r"(?m)^\|(.+)\|$", section.split("\n## ")[0])
    cells = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)] for row in rows]
    return [row for row in cells[1:] if not set(row[0]) <= {"-"}]


def test_the_transition_table_is_the_code() -> None:
    rows = table("tickets.md", "Status")
    documented = {row[0]: (set(row[1].split(", ")), row[2]) for row in rows if len(row) == 3 and row[0] != "happening"}
    assert documented == {name: ({str(s) for s in sources}, str(to)) for name, (sources, to) in TRANSITIONS.items()}


def test_every_verb_is_documented_as_it_is() -> None:
    documented = {row[0]: (row[1].strip("`"), row[2]) for row in table("tickets.md", "Verbs")}
    assert documented == {verb.name: (str(verb.usage), str(verb.help)) for verb in registry().values()}


@pytest.mark.covers("must:default-books-documented")
def test_the_reference_of_rules_is_the_code() -> None:
    command = [sys.executable, "scripts/rule-reference", "--print"]
    made = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    assert made == (DOCS / "rule-reference.md").read_text(encoding="utf-8"), "run scripts/rule-reference"


def test_the_example_configuration_is_complete_and_works() -> None:
    config = load_config(EXAMPLE)
    build_channels(config)
    build_books(config)
    text = EXAMPLE.read_text(encoding="utf-8")
    for table_name in Config.__struct_fields__:
        shape = Config.__annotations__[table_name]
        if isinstance(shape, type) and issubclass(shape, Struct):
            missing = [name for name in shape.__struct_fields__ if not re.search(rf"(?m)^(# )?{name} = ", text)]
            assert not missing, f"[{table_name}] of the example does not show {missing}"
    tables = {"smtp", "lmtp", "mailbox", "relay", "oauth", "dkim", "links"}
    for shape in (EmailSettings, SmtpListen, LmtpListen, MailboxSettings, Relay, OAuth, Dkim, Links):
        named = {name for name in shape.__struct_fields__ if name not in tables}
        missing = [name for name in named if not re.search(rf"(?m)^(# )?{name} = ", text)]
        assert not missing, f"the example does not show {missing} of {shape.__name__}"


@pytest.mark.parametrize("page", ["microsoft365.md", "google.md", "postfix.md"])
def test_every_example_of_how_to_connect_is_a_configuration(page: str) -> None:
    blocks = re.findall(r"(?ms)^```toml\n(.+?)^```", (DOCS / page).read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        known = re.sub(r"\{ env = \"\w+\" \}", '"a secret"', block)
        table = {"addresses": ["help@example.org"]} | tomllib.loads(known)["email"]
        msgspec.convert(table, EmailSettings)


def test_every_setting_of_discord_is_documented_with_its_default() -> None:
    page = (DOCS / "discord.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"(?m)^\| `(\w+)` \| (?:`(.*?)`)? ?\|", page))
    example = EXAMPLE.read_text(encoding="utf-8")
    for field in msgspec.structs.fields(DiscordSettings):
        assert field.name in shown, field.name
        assert re.search(rf"(?m)^# {field.name} = ", example), field.name
        if field.default not in {msgspec.NODEFAULT, ""} and isinstance(field.default, str | int):
            assert shown[field.name].replace("_", "").strip('"') == str(field.default).lower()


def test_the_example_of_discord_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"(?ms)^ *```toml\n(.+?)^ *```", (DOCS / "discord.md").read_text(encoding="utf-8"))
    monkeypatch.setenv("DISCORD_TOKEN", "a secret")
    path = tmp_path / "config.toml"
    path.write_text("\n".join(line.removeprefix("   ") for line in block.splitlines()))
    (channel,) = build_channels(load_config(path)).values()
    assert channel.places() == ["Discord by gateway, 1 shard(s)"]


def test_every_setting_of_slack_is_documented_with_its_default() -> None:
    page = (DOCS / "slack.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"(?m)^\| `(\w+)` \| (?:`(.*?)`)? ?\|", page))
    example = EXAMPLE.read_text(encoding="utf-8")
    for field in msgspec.structs.fields(SlackSettings):
        assert field.name in shown, field.name
        assert re.search(rf"(?m)^# {field.name} = ", example), field.name
        if field.default not in {msgspec.NODEFAULT, ""} and isinstance(field.default, str | int):
            assert shown[field.name].replace("_", "").strip('"') == str(field.default)
    defaults = {field.name: field.default for field in msgspec.structs.fields(DeskSettings)}
    for name in ("hold_seconds", "room_words", "offer_again_hours"):
        assert shown[name] == str(defaults[name])


def test_the_example_of_slack_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"(?ms)^ *```toml\n(.+?)^ *```", (DOCS / "slack.md").read_text(encoding="utf-8"))
    example = "\n".join(line.removeprefix("   ") for line in block.splitlines())
    for name, token in (("SLACK_BOT_TOKEN", "xoxb-1"), ("SLACK_APP_TOKEN", "xapp-1")):
        monkeypatch.setenv(name, token)
    path = tmp_path / "config.toml"
    path.write_text(example)
    (channel,) = build_channels(load_config(path)).values()
    assert channel.places() == ["Slack by socket, 1 workspace(s)"]


def test_the_examples_of_sharing_work_are_rules_and_settings() -> None:
    blocks = re.findall(r"(?ms)^```toml\n(.+?)^```", (DOCS / "people.md").read_text(encoding="utf-8"))
    rules = [("people.md", block) for block in blocks if "\nthen" in block]
    books = load(rules, actions())
    assert books.on("ticket.opened")
    assert books.automations
    teams = [team for block in blocks for team in tomllib.loads(block).get("team", ())]
    assert [msgspec.convert(team, TeamSettings).on_call for team in teams] == [("anna", "ben")]


def test_the_example_of_a_notice_is_one_that_its_macro_can_send() -> None:
    page = (DOCS / "rules.md").read_text(encoding="utf-8").split("## Notices of your own\n")[1]
    text, book = (re.findall(rf"(?ms)^```{kind}\n(.+?)^```", page)[0] for kind in ("markdown", "toml"))
    own = ownnotices.read([("vpn_reset.md", text)], "en")
    assert list(load([("own.toml", book)], actions(), sendable(own)).macros) == ["vpn-reset"]


def documented_commands() -> list[str]:
    """Every `firstline …` that a document tells people to type."""
    pages = [ROOT / "README.md", *DOCS.rglob("*.md")]
    found = {
        line for page in pages for line in re.findall(r"firstline((?: [a-z]+)+)", page.read_text(encoding="utf-8"))
    }
    return sorted(found)


def test_every_command_in_the_documents_exists() -> None:
    known = set(command_paths())
    for written in documented_commands():
        words = written.split()
        assert any(tuple(words[:length]) in known for length in range(len(words), 0, -1)), f"firstline{written}"


def command_paths() -> list[tuple[str, ...]]:
    """Every command and group, as the words that call it."""
    program = get_command(app)
    assert isinstance(program, TyperGroup)
    found: list[tuple[str, ...]] = []
    for name in program.commands:
        command = program.get_command(typer.Context(program), name)
        found += [(name,), *((name, inner) for inner in getattr(command, "commands", ()))]
    return found


@pytest.mark.parametrize("path", command_paths(), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_no_document_is_too_long() -> None:
    assert len((DOCS / "architecture.md").read_text(encoding="utf-8").splitlines()) < 200
