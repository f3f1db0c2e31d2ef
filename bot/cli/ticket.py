"""`firstline ticket`: every verb of the registry, and logging a contact by phone or in person."""

import itertools
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bot import verbs
from bot.cli.app import JsonOption, ask, config_of
from bot.cli.output import show_json, show_lines
from bot.errors import NotDone
from channels.base import Raw

group = typer.Typer(help="Work on tickets.", no_args_is_help=True)
AsOption = Annotated[str, typer.Option("--as", help="Who acts: an agent's handle or a mail address.")]


def _on_ticket(name: str) -> Callable[..., None]:
    def command(
        context: typer.Context,
        number: Annotated[int, typer.Argument(help="The ticket's number.")],
        argument: Annotated[
            list[str] | None, typer.Argument(help="What the verb needs; words go to the ticket.")
        ] = None,
        who: AsOption = "",
        json: JsonOption = False,
    ) -> None:
        text = " ".join(argument or [])
        answer = ask(context, "verb", **{"verb": name, "as": who, "ticket": number, "argument": text})
        _print(answer, json=json)

    return command


def _anywhere(name: str) -> Callable[..., None]:
    def command(
        context: typer.Context,
        argument: Annotated[list[str] | None, typer.Argument(help="What the verb needs.")] = None,
        who: AsOption = "",
        json: JsonOption = False,
    ) -> None:
        answer = ask(context, "verb", **{"verb": name, "as": who, "argument": " ".join(argument or [])})
        _print(answer, json=json)

    return command


for _verb in verbs.registry().values():
    _make = _on_ticket if _verb.on_ticket else _anywhere
    group.command(_verb.name, help=f"{_verb.help} ({_verb.usage})")(_make(_verb.name))


@group.command()
def log(
    context: typer.Context,
    requester: Annotated[str, typer.Option("--for", help="The mail address of who called or came.")],
    subject: Annotated[str, typer.Option(help="What it is about.")],
    via: Annotated[Literal["phone", "walk-in"], typer.Option(help="How they came.")] = "phone",
    words: Annotated[str, typer.Option(help="What was said.")] = "",
    name: Annotated[str, typer.Option(help="Their name, if they are new.")] = "",
    category: Annotated[str, typer.Option(help="What it is about: the name of a category.")] = "",
    field: Annotated[list[str] | None, typer.Option(help="A detail, such as error='E 41'.")] = None,
    solved: Annotated[bool, typer.Option("--solved", help="It was answered at once.")] = False,
    who: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Record a call or a visit."""
    answer = ask(
        context,
        "log",
        **{
            "for": requester,
            "subject": subject,
            "via": via,
            "words": words or subject,
            "name": name,
            "category": category,
            "fields": field or [],
            "solved": solved,
            "as": who,
        },
    )
    if json:
        show_json(answer)
    else:
        show_lines(f"#{answer['number']} is recorded", [])


@group.command()
def files(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The ticket's number.")],
    into: Annotated[Path, typer.Option(help="The folder to put them into.")] = Path(),
    who: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Get the files that came with a ticket, also those too large to be sent around."""
    listed = ask(context, "files.list", **{"as": who, "ticket": number})
    wanted = {file["sha256"]: file["name"] for file in listed}
    written = []
    for sha256, name in wanted.items():
        source = ask(context, "files.source", **{"as": who, "ticket": number, "sha256": sha256})
        written.append(str(_write(into, name, _content(context, source, sha256))))
    if json:
        show_json(written)
    else:
        show_lines(f"#{number}: {len(written)} files", written)


def _content(context: typer.Context, source: dict[str, Any], sha256: str) -> bytes:
    """The bytes of a file, out of the message that it came with where it is kept in that."""
    from bot.wiring import build_channels

    if "content" in source:
        return b64decode(source["content"])
    payload = b64decode(source["payload"])
    raw = Raw(channel=source["channel"], key="", lane="", payload=payload, received_at=datetime.now(UTC))
    channel = build_channels(config_of(context)).get(raw.channel)
    held = channel.parse(raw).attachments if channel is not None else ()
    found = next((file.content for file in held if file.sha256 == sha256), None)
    if found is None:
        raise NotDone(f"the message that has the file {sha256} cannot be read any more")
    return found


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Keep it under its name, or a like one where that is taken by other bytes."""
    wanted = Path(Path(name).name or "file")
    for count in itertools.count():
        path = folder / (f"{wanted.stem}-{count}{wanted.suffix}" if count else wanted.name)
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            if path.is_file() and path.read_bytes() == content:
                return path
        except OSError as error:
            raise NotDone(f"--into: {path} cannot be written ({error.strerror})") from error
        else:
            return path
    raise AssertionError


def _print(answer: dict[str, Any], *, json: bool) -> None:
    if json:
        show_json(answer["data"] if answer["data"] is not None else {"title": answer["title"]})
    else:
        show_lines(answer["title"], answer["lines"])
