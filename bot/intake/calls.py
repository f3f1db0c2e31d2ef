"""What the telephone system logged: each call once, however often its log is imported."""

from collections.abc import Mapping
from typing import Any

from bot.db.models import PhoneCall
from bot.db.tx import Tx
from bot.desk import Desk
from bot.ids import new_id
from bot.persons import people


def take(tx: Tx, desk: Desk, arguments: Mapping[str, Any]) -> dict[str, int]:
    """`calls`: those of a log, as `bot.intake.calllog` read them → how many are new, and how many were here before.

    What tells a call from others is kept as a keyed hash, and whose number it was not at all.
    """
    counts = {"new": 0, "known": 0}
    for call in arguments["calls"]:
        row = {
            "id": new_id(),
            "key": desk.signer.fingerprint(f"call {call['same']}"),
            "at": call["at"],
            "answered": call["answered"],
            "wait": call["wait"],
            "talk": call["talk"],
            "team": call["team"] or None,
            "agent_id": _agent(desk, call["agent"]),
        }
        counts["new" if tx.insert_new(PhoneCall, row, "key") else "known"] += 1
    return counts


def _agent(desk: Desk, written: str) -> int | None:
    """The agent of that handle or mail address; a number or name that the desk does not know is nobody."""
    wanted = people.canonical(written)
    found = (one for one in desk.directory.agents if wanted in {people.canonical(one.handle), one.email})
    agent = next(found, None) if wanted else None
    return agent.person_id if agent is not None else None
