"""A conversation with the desk at a terminal: what is typed becomes messages, what arrives is shown.

One rule for lines: an empty line sends what stands above it. The end of the input does too, and so does a command.
"""

import asyncio
import mimetypes
import re
import uuid
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.cli.output import harmless

_ADDRESSED: Final = re.compile(r"\s*@(\d{1,9})\b[ \t:]*")
_WIDEST: Final = 100
_LONGEST_WAIT: Final = 30.0
_COMMANDS: Final = """\
Write, and send it with an empty line. It opens a new ticket, unless it begins with the number of one:
  @42 It happened again.     speaks in ticket 42
  @42 #note Called back.     a command of the desk, for agents
  #mine                      one that needs no ticket
  /attach FILE               sends a file with what you write next
  /save FILE                 keeps a file that you were sent, here
  /help  /quit               this, and the end (so is Ctrl-D)"""


class Quit(Exception):
    """The person at the terminal wants to leave."""


def help_text(who: str) -> str:
    """What can be typed, for whoever it is."""
    return f"You are {who}.\n{_COMMANDS}"


class Desk:
    """The other end of the line: `channels.console` says what goes over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def hear(self) -> dict[str, Any] | None:
        """The next thing that the desk says; None once it has hung up."""
        line = await self._reader.readline()
        return msgspec.json.decode(line, type=dict[str, Any]) if line else None

    async def tell(self, **words: Any) -> None:  # noqa: ANN401  JSON
        """Say one thing. Raises OSError."""
        self._writer.write(msgspec.json.encode(words) + b"\n")
        await self._writer.drain()


class Screen:
    """The terminal. Nothing that comes from elsewhere can control it: control characters are shown as such."""

    def __init__(self, *, interactive: bool) -> None:
        from rich.console import Console

        self.interactive = interactive
        self._prompt = ""
        self._console = Console(highlight=False, soft_wrap=False)

    def prompt(self, writing: bool) -> None:  # noqa: FBT001  which of the two prompts
        """Ask for a line: the first of a message, or one more."""
        self._prompt = "[dim]…[/dim] " if writing else "[bold]>[/bold] "
        if self.interactive:
            self._console.print(self._prompt, end="")

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Something is shown while a line is asked for: below it, and then it is asked for again."""
        if not self.interactive:
            yield
            return
        self._console.print()
        yield
        self._console.print(self._prompt, end="")

    def say(self, text: str, style: str = "dim") -> None:
        """A word from the program itself."""
        from rich.text import Text

        self._console.print(Text(harmless(text), style=style))

    def show(self, delivery: Mapping[str, Any]) -> None:
        """Something that arrived: which ticket, from whom, and the words as the Markdown that they are."""
        from rich.console import Group
        from rich.markdown import Markdown
        from rich.panel import Panel
        from rich.text import Text

        words = Markdown(harmless(delivery["body"]), hyperlinks=False)
        below = [Text(harmless(line), style="dim") for line in _below(delivery)]
        title = Text(harmless(_title(delivery)), style="bold", no_wrap=True, overflow="ellipsis")
        panel = Panel(
            Group(words, *below),
            title=title,
            title_align="left",
            border_style="dim" if delivery["automatic"] else "green",
            width=min(self._console.width, _WIDEST),
        )
        self._console.print(panel)


class Talk:
    """One person's conversation. `writing` is whether a message has been begun; `refused` whether one was not taken."""

    def __init__(self, desk: Desk, screen: Screen) -> None:
        self.screen = screen
        self.refused = False
        self._desk = desk
        self._lines: list[str] = []
        self._attached: list[dict[str, str]] = []
        self._tokens: dict[int, str] = {}
        self._choices: dict[int, list[dict[str, str]]] = {}
        self._files: dict[str, bytes] = {}
        self._unanswered: set[str] = set()
        self._heard_at = 0.0
        self._greeted = asyncio.Event()

    @property
    def writing(self) -> bool:
        return bool(self._lines)

    async def listen(self) -> None:
        """Show what the desk says until it hangs up."""
        while (said := await self._desk.hear()) is not None:
            self._heard_at = asyncio.get_running_loop().time()
            if "welcome" in said:
                self._tokens |= {int(number): token for number, token in said["tokens"].items()}
                self._greeted.set()
                continue
            with self.screen.interrupting():
                await self._hear(said)

    async def hear_line(self, line: str) -> None:
        """One typed line. Raises Quit."""
        await self._greeted.wait()
        if line.startswith("/"):
            await self._send()
            self._command(line)
        elif line.strip():
            self._lines.append(line)
        else:
            await self._send()

    async def end_of_input(self) -> None:
        """Nothing more is typed."""
        await self._greeted.wait()
        await self._send()

    async def quiet(self, seconds: float) -> None:
        """Return when all that was said is taken and nothing has come for so long."""
        loop = asyncio.get_running_loop()
        begun = self._heard_at = loop.time()
        while loop.time() - begun < _LONGEST_WAIT:
            if not self._unanswered and loop.time() - self._heard_at >= seconds:
                return
            await asyncio.sleep(0.05)

    async def _send(self) -> None:
        text = "\n".join(self._lines)
        if not text and not self._attached:
            return
        ticket, words = _addressed(text)
        key = str(uuid.uuid4())
        self._unanswered.add(key)
        await self._desk.tell(
            say=words,
            ticket=ticket,
            token=self._tokens.get(ticket or 0, ""),
            choice=self._chosen(ticket, words),
            key=key,
            files=self._attached,
        )
        self._lines, self._attached = [], []

    def _chosen(self, ticket: int | None, words: str) -> str | None:
        """The choice that the words are: its number or its label, and nothing else."""
        for number, choice in enumerate(self._choices.get(ticket or 0, []), 1):
            if words.strip().casefold() in {str(number), choice["label"].casefold()}:
                return choice["value"]
        return None

    def _command(self, line: str) -> None:
        name, _, argument = line[1:].partition(" ")
        match name.strip():
            case "quit":
                raise Quit
            case "help":
                self.screen.say(_COMMANDS)
            case "attach":
                self._attach(Path(argument.strip()))
            case "save":
                self._save(argument.strip())
            case _:
                self.screen.say(f"there is no /{name}; /help lists what there is", "red")

    def _attach(self, file: Path) -> None:
        try:
            content = b64encode(file.read_bytes()).decode()
        except OSError as error:
            self.screen.say(f"{file} cannot be read: {error.strerror}", "red")
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self._attached.append({"name": file.name, "type": kind, "content": content})
        self.screen.say(f"{file.name} goes with what you send next")

    def _save(self, name: str) -> None:
        content = self._files.get(name)
        if content is None:
            known = ", ".join(self._files) or "none"
            self.screen.say(f"you were sent no file {name!r}; the files are: {known}", "red")
            return
        target = Path(Path(name).name or "file")
        try:
            with target.open("xb") as file:
                file.write(content)
        except OSError as error:
            self.screen.say(f"{target} cannot be written: {error.strerror}", "red")
        else:
            self.screen.say(f"saved as {target}")

    async def _hear(self, said: dict[str, Any]) -> None:
        if "delivery" in said:
            self._remember(said["delivery"])
            self.screen.show(said["delivery"])
            await self._desk.tell(seen=said["end"])
        elif "taken" in said:
            self._unanswered.discard(said["taken"])
            self.screen.say("✓ taken")
        else:
            self._unanswered.discard(said.get("key", ""))
            self.refused = True
            self.screen.say(f"not taken: {said.get('refused') or said.get('error')}", "red")

    def _remember(self, delivery: dict[str, Any]) -> None:
        if delivery["ticket"]:
            self._tokens[delivery["ticket"]] = delivery["token"]
            self._choices[delivery["ticket"]] = delivery["choices"]
        for file in delivery["files"]:
            self._files[file["name"]] = b64decode(file["content"])


def _addressed(text: str) -> tuple[int | None, str]:
    """The number of the ticket that a message begins with, and the rest of it."""
    found = _ADDRESSED.match(text)
    return (int(found[1]), text[found.end() :]) if found else (None, text)


def _title(delivery: Mapping[str, Any]) -> str:
    number = f"#{delivery['ticket']}" if delivery["ticket"] else ""
    return " · ".join(part for part in (number, delivery["from"], delivery["subject"]) if part)


def _below(delivery: Mapping[str, Any]) -> list[str]:
    choices = [f"{number} — {choice['label']}" for number, choice in enumerate(delivery["choices"], 1)]
    files = [f"File: {file['name']} ({file['size']:,} bytes) — /save {file['name']}" for file in delivery["files"]]
    how = [f"Answer @{delivery['ticket']} and the number of your choice."] if choices else []
    return ["", *choices, *how, *files] if choices or files else []
