"""`firstline notices`: what rules can send by its name, and how it reads."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from bot.cli.app import JsonOption, config_of
from bot.cli.output import show_json, show_lines, show_table
from bot.cli.rules import read_or_refuse
from bot.errors import NotDone
from rules.kinds import Books
from rules.suggest import did_you_mean

notices = typer.Typer(help="The notices that rules can send, the desk's and your own.", no_args_is_help=True)
_SHIPPED: Final = "shipped"
_OTHERS: Final = "all others"


@notices.command("list")
def list_notices(
    context: typer.Context,
    own: Annotated[bool, typer.Option("--own", help="Only your own.")] = False,
    json: JsonOption = False,
) -> None:
    """List the notices: for whom each is, what it is for, in which languages, and where it stands."""
    rows = [row for row in _rows(read_or_refuse(config_of(context))) if row["files"] or not own]
    if json:
        show_json(rows)
    else:
        shown = [
            {"notice": row["name"], "for": row["for"], "languages": _languages(row), "about": row["about"]}
            for row in rows
        ]
        show_table(shown, ("notice", "for", "languages", "about"), empty="There are no notices of your own.")


@notices.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name of a notice.")],
    language: Annotated[str, typer.Option(help="The reader's language; the desk's if missing.")] = "",
    json: JsonOption = False,
) -> None:
    """Show a notice as it would be sent, with example values: subject, then Markdown."""
    from bot.notice import ownnotices
    from bot.notice.notices import LANGUAGES

    config = config_of(context)
    books = read_or_refuse(config)
    known = [row["name"] for row in _rows(books)]
    if name not in known:
        raise NotDone(f"there is no notice '{name}' that rules could send{did_you_mean(name, known)}")
    if language and language not in LANGUAGES:
        raise NotDone(f"there is no language '{language}'; there are {', '.join(LANGUAGES)}")
    said = ownnotices.preview(
        books.notices,
        name,
        language=language or config.desk.language,
        desk=config.desk.language,
        zone=config.desk.zone,
        now=datetime.now(UTC),
    )
    if json:
        show_json({"name": name, "subject": said.subject, "body": said.body})
    else:
        show_lines(said.subject or "Re: …", ["", *said.body.splitlines()])


def _rows(books: Books) -> list[dict[str, Any]]:
    from bot.notice import notices as shipped
    from bot.notice.sendable import sendable

    found: dict[str, dict[str, Any]] = {}
    for kind, names in sendable(books.notices).items():
        for name in names - found.keys():
            own = books.notices.get(name)
            about = own.about if own and own.about else shipped.names().get(name, "")
            files = {spoken or _OTHERS: text.file for spoken, text in own.texts.items()} if own else {}
            found[name] = {"name": name, "for": kind.rpartition(" ")[2], "about": about, "files": files}
    return [row for _, row in sorted(found.items())]


def _languages(row: dict[str, Any]) -> str:
    """For which readers there is a file; the shipped text is for the rest."""
    return ", ".join(row["files"]) or _SHIPPED
