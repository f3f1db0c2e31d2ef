"""`firstline bulletins`: one text to many people."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.app import JsonOption, ask, config_of
from bot.cli.output import show_json, show_lines, show_table
from bot.errors import NotDone

group = typer.Typer(help="One text to many people, each in their language.", no_args_is_help=True)
AsOption = Annotated[str, typer.Option("--as", help="Who sends or stops it: a lead's, manager's or admin's handle.")]
_COLUMNS = ("id", "subject", "department", "tag", "state", "sent", "passed_over", "total", "begun_at")
_SUBJECT = "Subject:"


@group.command()
def send(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.md", help="In the desk's language; FILE.de.md beside it in German.")
    ],
    department: Annotated[str, typer.Option(help="Only to the people of this department.")] = "",
    tag: Annotated[str, typer.Option(help="Only to those whose open requests have this tag.")] = "",
    who: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Begin to send it to everybody known, or to a department: so many a minute, each once."""
    own = config_of(context).desk.language
    texts = {own: _read(file)}
    for other in sorted(file.parent.glob(f"{file.stem}.*{file.suffix}")):
        texts[other.name.removeprefix(f"{file.stem}.").removesuffix(file.suffix)] = _read(other)
    row = ask(context, "bulletins.send", **{"texts": texts, "department": department, "tag": tag, "as": who})
    if json:
        show_json(row)
    else:
        show_lines(f"bulletin {row['id']} begins to go out to {row['total']} people", [])


@group.command("list")
def list_bulletins(context: typer.Context, json: JsonOption = False) -> None:
    """List them, the newest first, and how far each is."""
    rows = ask(context, "bulletins.list")
    if json:
        show_json(rows)
    else:
        show_table(rows, _COLUMNS, empty="No bulletins.")


@group.command()
def stop(
    context: typer.Context,
    bulletin_id: Annotated[int, typer.Argument(metavar="ID")],
    who: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Nobody else gets it."""
    row = ask(context, "bulletins.stop", **{"id": bulletin_id, "as": who})
    if json:
        show_json(row)
    else:
        show_lines(f"bulletin {row['id']} is stopped: {row['sent']} of {row['total']} people have it", [])


def _read(file: Path) -> dict[str, str]:
    """The subject and the body of a file. Raises NotDone that names it."""
    try:
        head, _, body = file.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise NotDone(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from error
    if not head.startswith(_SUBJECT):
        raise NotDone(f"{file}:1: a bulletin begins with a line 'Subject: …', then a blank one, then its text")
    return {"subject": head.removeprefix(_SUBJECT).strip(), "body": body.strip()}
