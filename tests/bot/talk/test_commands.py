"""What a command says, however it is written."""

import pytest

from bot.talk.commands import Command, is_for_everybody, read


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("42 take", Command(verb="take", number=42)),
        ("take 42", Command(verb="take", number=42)),
        ("#take #42", Command(verb="take", number=42)),
        ("42", Command(verb="show", number=42)),
        ("show 42", Command(verb="show", argument="42")),
        ("search printer basement", Command(verb="search", argument="printer basement")),
        ("mine", Command(verb="mine")),
        ("42 merge 41", Command(verb="merge", argument="41", number=42)),
        ("merge 42 41", Command(verb="merge", argument="41", number=42)),
        ("42 note it is the fuse", Command(verb="note", argument="it is the fuse", number=42)),
        ("42 note\none\ntwo", Command(verb="note", number=42, words="one\ntwo")),
        ("42 assign ben\nplease", Command(verb="assign", argument="ben please", number=42)),
        ("snooze 42 2026-12-31", Command(verb="status", argument="on_hold 2026-12-31", number=42)),
        ("42 snooze 2026-12-31", Command(verb="status", argument="on_hold 2026-12-31", number=42)),
        ("42 status on_hold until 2026-12-31", Command(verb="status", argument="on_hold 2026-12-31", number=42)),
        ("away until 2026-12-31", Command(verb="away", argument="until 2026-12-31")),
        ("macros 42", Command(verb="macro", number=42)),
        ("log ada@example.com no tone", Command(verb="call", argument="for ada@example.com no tone")),
        ("call for ada@example.com no tone", Command(verb="call", argument="for ada@example.com no tone")),
        ("log solved for ada@example.com no tone", Command(verb="call", argument="solved for ada@example.com no tone")),
        ("SOLVE: 42", Command(verb="solve", number=42)),
        ("sovle 42", Command(verb="sovle", argument="42")),
        ("", Command(verb="show")),
    ],
)
def test_a_command_is_read(written: str, command: Command) -> None:
    assert read(written) == command


def test_requesters_may_look_and_open_again() -> None:
    assert {name for name in ("mine", "show", "search", "reopen", "take", "nothing") if is_for_everybody(name)} == {
        "mine",
        "show",
        "search",
        "reopen",
    }
