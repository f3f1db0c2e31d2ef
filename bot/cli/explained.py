"""How `firstline rules explain` looks: an event a section, a rule a block, a part of its condition a line."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.output import harmless
from rules.reasons import shortened

_MARKS: Final = {
    "fired": ("✓", "bold green"),
    "no": ("·", "dim"),
    "failed": ("!", "bold red"),
    "had its turn": ("·", "dim"),
    "not asked": ("·", "dim"),
}
_NOTES: Final = {
    "failed": "its condition could not be worked out",
    "had its turn": "it had fired for the same cause before",
    "not asked": "it was stopped, or the rules of then decided before it",
}
_ONE_LINE: Final = 84


def show(console: Console, found: Mapping[str, Any], *, every: bool) -> None:
    """Print what `rules.explain` or `rules.try` found; `every` shows all parts of rules that did not fire too."""
    if "subject" in found:
        console.print(Text(harmless(f"#{found['ticket']} {found['subject']}"), style="bold"))
    else:
        console.print(Text(harmless(f"It would be: {found['outcome']}"), style="bold"))
        console.print(Text("Nothing of this was written or sent.", style="dim"))
    for event in found["events"]:
        _show_event(console, event, every=every)


def _show_event(console: Console, event: Mapping[str, Any], *, every: bool) -> None:
    console.print()
    console.rule(Text(f"{event['number']}. {event['event']}", style="bold cyan"), align="left", style="cyan")
    at = datetime.fromisoformat(event["at"]).astimezone()
    line = f"{at:%Y-%m-%d %H:%M:%S} · {event['actor']} · {event['cause']} · books {event['books'][:8]}"
    console.print(Text(harmless(line), style="dim"))
    if not event["books_known"]:
        console.print(Text("The books of then are not kept, or say what this version does not know.", style="red"))
    fired = [rule for rule in event["rules"] if rule["result"] == "fired"]
    for rule in fired:
        _show_rule(console, rule, in_full=True, every=every)
    for rule in event["rules"]:
        if rule not in fired:
            _show_rule(console, rule, in_full=every, every=every)
    if not event["rules"] and event["books_known"]:
        console.print(Text("No rule looks at it.", style="dim"))


def _show_rule(console: Console, rule: Mapping[str, Any], *, in_full: bool, every: bool) -> None:
    mark, style = _MARKS[rule["result"]]
    name = harmless(shortened(rule["rule"], _ONE_LINE - len(rule["book"])))
    console.print(Text.assemble((f"{mark} ", style), (name, style), (f"  {rule['book'].rpartition('/')[2]}", "dim")))
    note = _NOTES.get(rule["result"], "")
    if in_full and rule["parts"]:
        console.print(_parts(rule["parts"], "source" if every else "short"))
    elif rule["result"] in {"no", "failed"}:
        note = rule["because"]
    if note:
        console.print(Text(harmless(shortened(f"    {note}", _ONE_LINE)), style="dim"))
    for action in rule["does"]:
        console.print(Text(harmless(f"    → {action}"), style="green"))
    for change in rule["changed"]:
        console.print(Text(harmless(f"      {change}"), style="bold"))


def _parts(parts: Sequence[Mapping[str, Any]], written: str) -> Table:
    """The part, what it was worth, and the facts in it; what decided stands out."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=1)
    table.add_column(width=48, overflow="fold")
    table.add_column(width=7)
    table.add_column(overflow="fold")
    for part in parts:
        style = "" if part["decides"] else "dim"
        value = Text(part["value"] if part["value"] in {"yes", "no", "unknown"} else "failed", style=_colour(part))
        facts = [f"{name} = {value}" for name, value in part["facts"].items() if name != part["source"]]
        told = ", ".join(facts) if part["value"] in {"yes", "no", "unknown"} else part["value"]
        table.add_row("", Text(harmless(part[written]), style=style), value, Text(harmless(told), style="dim"))
    return table


def _colour(part: Mapping[str, Any]) -> str:
    return {"yes": "green", "no": "yellow", "unknown": "magenta"}.get(part["value"], "red")
