"""`firstline ticket`: every verb of the registry, and logging a contact by phone or in person."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer

from bot import verbs
from bot.cli.app import JsonOption, ask
from bot.cli.output import show_json, show_lines

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
            "solved": solved,
            "as": who,
        },
    )
    if json:
        show_json(answer)
    else:
        show_lines(f"#{answer['number']} is recorded", [])


def _print(answer: dict[str, Any], *, json: bool) -> None:
    if json:
        show_json(answer["data"] if answer["data"] is not None else {"title": answer["title"]})
    else:
        show_lines(answer["title"], answer["lines"])
