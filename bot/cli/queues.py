"""`firstline inbox`, `quarantine`, `outbox` and `status`: what waits, and what went wrong."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from bot.cli.app import JsonOption, ask
from bot.cli.output import show_json, show_lines, show_table

_ALARM: Final = ("name", "detail", "since", "times")
IdArgument = Annotated[int, typer.Argument(metavar="ID")]
AdminOption = Annotated[str, typer.Option("--as", help="Who decides: an admin's handle (else the first admin).")]
DeciderOption = Annotated[str, typer.Option("--as", help="Who decides: an agent's handle (else the first admin).")]


def _list(context: typer.Context, name: str, state: str, columns: Sequence[str], empty: str, *, json: bool) -> None:
    rows = ask(context, f"{name}.list", **({"state": state} if state else {}))
    if json:
        show_json(rows)
    else:
        show_table(rows, columns, empty=empty)


def _show(context: typer.Context, name: str, row_id: int, *, json: bool) -> None:
    row = ask(context, f"{name}.show", id=row_id)
    if json:
        show_json(row)
    else:
        show_lines(f"{name} {row_id}", [f"{key}: {value}" for key, value in row.items()])


def _queue(name: str, about: str, columns: Sequence[str], empty: str) -> typer.Typer:
    """The four commands that both queues have."""
    group = typer.Typer(help=about, no_args_is_help=True)

    @group.command("list")
    def list_rows(
        context: typer.Context,
        state: Annotated[str, typer.Option(help="Only rows in this state.")] = "",
        json: JsonOption = False,
    ) -> None:
        """List rows that need a look."""
        _list(context, name, state, columns, empty, json=json)

    @group.command()
    def show(context: typer.Context, row_id: IdArgument, json: JsonOption = False) -> None:
        """Show one row with all it holds."""
        _show(context, name, row_id, json=json)

    @group.command()
    def retry(context: typer.Context, row_id: IdArgument) -> None:
        """Work it again now."""
        ask(context, f"{name}.retry", id=row_id)
        show_lines(f"{name} {row_id} is tried again", [])

    @group.command()
    def drop(context: typer.Context, row_id: IdArgument) -> None:
        """Give it up; the row stays for the record."""
        ask(context, f"{name}.drop", id=row_id)
        show_lines(f"{name} {row_id} is dropped", [])

    return group


inbox = _queue(
    "inbox",
    "What was received and could not be taken in.",
    ("id", "channel", "received_at", "state", "outcome"),
    "No dead letters.",
)


@inbox.command()
def release(context: typer.Context, row_id: IdArgument, who: AdminOption = "") -> None:
    """Take a parked mail in as a requester's: with no agent's rights, and marked as unverified."""
    ask(context, "inbox.release", **{"id": row_id, "as": who})
    show_lines(f"inbox {row_id} is taken in as a requester's", [])


quarantine = typer.Typer(
    help="What was received and may be forged or spam: it waits for a person.", no_args_is_help=True
)


@quarantine.command("list")
def list_quarantine(context: typer.Context, json: JsonOption = False) -> None:
    """List what waits, the newest first."""
    _list(context, "quarantine", "", ("id", "received_at", "outcome"), "Nothing is in quarantine.", json=json)


@quarantine.command("show")
def show_quarantine(context: typer.Context, row_id: IdArgument, json: JsonOption = False) -> None:
    """Show one with all it holds."""
    _show(context, "quarantine", row_id, json=json)


@quarantine.command("release")
def release_quarantine(
    context: typer.Context, row_id: IdArgument, who: DeciderOption = "", json: JsonOption = False
) -> None:
    """Take it in as if it had just come."""
    _decide(context, "release", row_id, who, "is taken in", json=json)


@quarantine.command("drop")
def drop_quarantine(
    context: typer.Context, row_id: IdArgument, who: DeciderOption = "", json: JsonOption = False
) -> None:
    """Make nothing of it; the row stays for the record."""
    _decide(context, "drop", row_id, who, "is dropped", json=json)


def _decide(context: typer.Context, decision: str, row_id: int, who: str, said: str, *, json: bool) -> None:
    answer = ask(context, f"quarantine.{decision}", **{"id": row_id, "as": who})
    if json:
        show_json(answer)
    else:
        show_lines(f"inbox {row_id} {said}", [])


outbox = _queue(
    "outbox",
    "What waits to be delivered, or failed.",
    ("id", "channel", "recipient", "notice", "ticket", "state", "attempts", "error"),
    "Nothing waits.",
)


def status(context: typer.Context, json: JsonOption = False) -> None:
    """Say what waits, which alarms are up and which are over; exit code 1 if any is up."""
    answer = ask(context, "status")
    if json:
        show_json(answer)
    else:
        counts = [f"{key.replace('_', ' ')}: {value}" for key, value in answer.items() if not isinstance(value, list)]
        show_lines("Firstline", counts)
        show_table(answer["alarms"], _ALARM, empty="No alarms.")
        if answer["cleared"]:
            show_lines("Cleared in the last day", [])
            show_table(answer["cleared"], (*_ALARM, "cleared"), empty="")
    if answer["alarms"]:
        raise typer.Exit(1)
