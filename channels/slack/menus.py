"""Menus and words without markup: pure."""

from collections.abc import Sequence
from typing import Any

from channels.base import Choice
from channels.rich.cutting import shortened
from channels.rich.inline import Element, clean
from channels.slack.limits import LABEL, MENU, MENU_VALUE


def plain(shown: str, most: int, *, lines: bool = False) -> Element:
    """Words without any markup, in which `:tada:` stays what it is; never empty."""
    words = clean(shown).strip() if lines else " ".join(clean(shown).split())
    return {"type": "plain_text", "text": shortened(words, most) or "…", "emoji": False}


def option(choice: Choice) -> Element:
    """One line of a menu."""
    return {"text": plain(choice.label, LABEL), "value": clean(choice.value)}


def menu(choices: Sequence[Choice], *, chosen: str = "", title: str = "") -> Element:
    """A menu; of more than it can hold, in groups. What cannot be told apart when it is chosen is left out."""
    offered = [option(choice) for choice in choices if choice.value and len(choice.value) <= MENU_VALUE]
    first = next((one for one in offered if chosen and one["value"] == clean(chosen)), None)
    element: dict[str, Any] = {"type": "static_select", **({"initial_option": first} if first else {})}
    element |= {"placeholder": plain(title, LABEL)} if title else {}
    if len(offered) <= MENU:
        return element | {"options": offered}
    groups = [offered[at : at + MENU] for at in range(0, len(offered), MENU)][:MENU]
    numbered = enumerate(groups)
    return element | {
        "option_groups": [
            {"label": plain(f"{at * MENU + 1}–{at * MENU + len(group)}", LABEL), "options": group}
            for at, group in numbered
        ]
    }
