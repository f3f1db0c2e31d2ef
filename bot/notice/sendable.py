"""Which notices rules may send by their name, and to whom."""

from collections.abc import Mapping
from typing import Final

from bot.notice import notices, ownnotices
from bot.notice.noticevalues import Reader
from bot.outgoing import outbox
from rules.kinds import Notice
from rules.names import Names
from rules.suggest import did_you_mean

_GIVEN: Final = frozenset(
    {"desk", "ticket", "requester", "recipient", "author", "actor", "words", "via", "address", "reason", "mark"}
)
"""What the action `notify` and the outbox always give; a notice that needs more is not for rules."""
_DRESSES_WORDS: Final = (outbox.FOR_REQUESTERS | outbox.FOR_VENDORS) - notices.OF_RULES


def sendable(own: Mapping[str, Notice]) -> dict[str, frozenset[str]]:
    """The notices that rules may send, by their kind in `rules.names`; `own` are those of one's own."""
    shipped = {name for name in notices.names() if _GIVEN.issuperset(notices.notice(name).needs)}
    return {
        "notice for requesters": notices.OF_RULES | ownnotices.names_for("requesters", own),
        "notice for agents": frozenset(shipped - _DRESSES_WORDS) | ownnotices.names_for("agents", own),
    }


def wrong_notice(names: Names, notice: str, reader: Reader) -> str:
    """What is wrong with sending that notice to that reader, or nothing."""
    other = "agents" if reader == "requesters" else "requesters"
    known = names.get(f"notice for {reader}")
    if known is None or notice in known:
        return ""
    if notice in names.get(f"notice for {other}", ()):
        hint = "" if notice in notices.names() else "; its file would have to begin with {# for: " + reader + " #}"
        return f"the notice '{notice}' is for {other} only{hint}"
    return f"there is no notice '{notice}' for {reader}{did_you_mean(notice, sorted(known))}"
