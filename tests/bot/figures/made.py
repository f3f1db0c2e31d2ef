"""A made year of tickets and calls: the lists that figures are counted from by hand, and the same in a database."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from sqlalchemy import insert

from bot.db.models import Asset, Milestone, Person, PhoneCall, SlaTarget, Ticket
from bot.db.store import Store
from bot.db.tx import Tx
from bot.figures.milestones import FOREVER, Happened
from bot.figures.periods import Period, parse_period

ZONE = "Europe/Berlin"
TODAY = date(2026, 11, 1)
CATEGORIES = ("network", "printer", None)
DEPARTMENTS = ("Assembly", "Office", None)
AGENTS = (101, 102)
PEOPLE = tuple(range(1, 13))
HOUR = 3_600


@dataclass(frozen=True)
class Step:
    """What became of a ticket at a moment, and how it was from then on."""

    ticket_id: int
    at: int
    happened: int
    status: str
    priority: str
    category: str | None
    team: str | None
    tier: int
    department: str | None
    channel: str
    requester_id: int
    assignee_id: int | None
    agent_id: int | None
    asset_id: int | None
    opened_at: int
    answered: bool
    escalated: int
    confidential: bool
    void: bool
    seconds: int | None


@dataclass(frozen=True)
class Promise:
    ticket_id: int
    kind: str
    priority: str
    state: str
    ended_at: int
    used_seconds: int


def month() -> Period:
    """October, in which clocks are set back."""
    return parse_period("month", TODAY, ZONE)


@cache
def steps(count: int = 400) -> list[Step]:
    """Lives of tickets between July and December, each a walk of its own."""
    chance = Random(7)  # noqa: S311  the same walk each time
    begin = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())
    found: list[Step] = []
    for number in range(1, count + 1):
        at = begin + chance.randrange(150 * 24 * HOUR)
        step = Step(
            ticket_id=number,
            at=at,
            happened=int(Happened.OPENED),
            status="new",
            priority=chance.choice(("critical", "high", "medium", "low")),
            category=chance.choice(CATEGORIES),
            team=chance.choice(("field", None)),
            tier=1,
            department=chance.choice(DEPARTMENTS),
            channel=chance.choice(("email", "slack", "phone")),
            requester_id=chance.choice(PEOPLE),
            assignee_id=None,
            agent_id=None,
            asset_id=chance.choice((1, 2, None, None)),
            opened_at=at,
            answered=False,
            escalated=0,
            confidential=chance.random() < 0.1,
            void=False,
            seconds=None,
        )
        found.append(step)
        for _ in range(chance.randrange(7)):
            step = _next(step, chance)
            found.append(step)
    return sorted(found, key=lambda one: one.at)


def _next(last: Step, chance: Random) -> Step:
    changes: dict[str, Any] = asdict(last) | {
        "at": last.at + chance.randrange(1, 500 * HOUR),
        "agent_id": chance.choice((*AGENTS, None)),
        "channel": chance.choice(("email", "slack", "phone")),
        "seconds": None,
    }
    done = last.status in {"solved", "closed"}
    match chance.choice(("answer", "done", "reopen", "escalate", "back", "macro", "move", "receive", "spam", "close")):
        case "answer":
            changes |= {"happened": int(Happened.ANSWERED | Happened.CHANGED), "answered": True, "status": "open"}
            changes |= {"assignee_id": chance.choice(AGENTS)}
        case "done" if not done:
            changes |= {"happened": int(Happened.DONE | Happened.CHANGED), "status": "solved"}
            changes |= {"seconds": chance.randrange(100_000)}
        case "reopen" if done:
            changes |= {"happened": int(Happened.REOPENED | Happened.CHANGED), "status": "open"}
        case "escalate":
            changes |= {"happened": int(Happened.ESCALATED), "escalated": last.escalated + 1, "tier": 2}
        case "back":
            changes |= {"happened": int(Happened.HANDED_BACK), "tier": 1}
        case "macro":
            changes |= {"happened": int(Happened.MACRO | Happened.ANSWERED), "answered": True}
        case "move":
            changes |= {"happened": int(Happened.CHANGED), "category": chance.choice(CATEGORIES)}
        case "spam" if chance.random() < 0.3:
            changes |= {"happened": int(Happened.SPAM | Happened.CHANGED), "void": True, "status": "closed"}
        case "close" if last.status == "solved":
            changes |= {"happened": int(Happened.CHANGED), "status": "closed"}
        case _:
            changes |= {"happened": int(Happened.RECEIVED)}
    return Step(**changes)


@cache
def promises(count: int = 300) -> list[Promise]:
    """Promises that ended, kept or not."""
    chance = Random(11)  # noqa: S311  same
    begin = int(datetime(2026, 8, 1, tzinfo=UTC).timestamp())
    return [
        Promise(
            ticket_id=chance.randrange(1, 400),
            kind=chance.choice(("first_response", "first_response", "next_reply", "resolution")),
            priority=chance.choice(("high", "medium")),
            state=chance.choice(("met", "met", "missed", "dropped")),
            ended_at=begin + chance.randrange(100 * 24 * HOUR),
            used_seconds=chance.randrange(90_000),
        )
        for _ in range(count)
    ]


@dataclass(frozen=True)
class PhoneLog:
    """A call as the telephone system logged it."""

    at: int
    answered: bool
    wait: int
    talk: int | None
    team: str | None
    agent_id: int | None


@cache
def calls(count: int = 500) -> list[PhoneLog]:
    """Calls between August and November, most of them by day."""
    chance = Random(13)  # noqa: S311  same
    begin = int(datetime(2026, 8, 1, tzinfo=UTC).timestamp())
    found = []
    for _ in range(count):
        answered = chance.random() < 0.8
        found.append(
            PhoneLog(
                at=begin + chance.randrange(100) * 24 * HOUR + chance.randrange(4 * HOUR, 20 * HOUR),
                answered=answered,
                wait=chance.randrange(200),
                talk=chance.choice((None, chance.randrange(900))) if answered else None,
                team=chance.choice(("field", None)),
                agent_id=chance.choice((*AGENTS, None)) if answered else None,
            )
        )
    return found


def write_calls(store: Store, logged: list[PhoneLog]) -> None:
    """The same as rows of a database."""
    rows = [asdict(one) | {"id": place, "key": str(place)} for place, one in enumerate(logged, 1)]
    store.run(lambda tx: tx.session.execute(insert(PhoneCall), rows))


def write(store: Store, happened: list[Step], ended: list[Promise]) -> None:
    """The same as rows of a database."""

    def unit(tx: Tx) -> None:
        since = {"created_at": datetime(2026, 1, 1, tzinfo=UTC)}
        people = [{"id": number, "name": f"Person {number:03}", **since} for number in (*PEOPLE, *AGENTS)]
        tx.session.execute(insert(Person), people)
        tx.session.execute(insert(Asset), [{"id": 1, "number": "M-1", "kind": "press"}, {"id": 2, "number": "M-2"}])
        lives: dict[int, list[Step]] = {}
        for step in happened:
            lives.setdefault(step.ticket_id, []).append(step)
        tx.session.execute(insert(Ticket), [_ticket(life[-1]) for life in lives.values()])
        rows = []
        for life in lives.values():
            ends = [step.at for step in life[1:]] + [FOREVER]
            rows += [asdict(step) | {"until": end} for step, end in zip(life, ends, strict=True)]
        rows.sort(key=lambda row: row["at"])
        tx.session.execute(insert(Milestone), [row | {"id": place} for place, row in enumerate(rows, 1)])
        tx.session.execute(insert(SlaTarget), [_target(place, one) for place, one in enumerate(ended, 1)])

    store.run(unit)


def _ticket(last: Step) -> dict[str, Any]:
    opened = datetime.fromtimestamp(last.opened_at, UTC)
    return {
        "id": last.ticket_id,
        "subject": f"Broken {last.ticket_id}",
        "status": last.status,
        "priority": last.priority,
        "category": last.category,
        "team": last.team,
        "channel": last.channel,
        "language": "en",
        "requester_id": last.requester_id,
        "owner_id": 101,
        "assignee_id": last.assignee_id,
        "confidential": last.confidential,
        "created_at": opened,
        "changed_at": opened,
    }


def _target(place: int, one: Promise) -> dict[str, Any]:
    ended = datetime.fromtimestamp(one.ended_at, UTC)
    return {
        "id": place,
        "ticket_id": one.ticket_id,
        "kind": one.kind,
        "policy": "desk",
        "priority": one.priority,
        "book": "made",
        "state": one.state,
        "started_at": ended - timedelta(seconds=one.used_seconds),
        "warned": 0.0,
        "ended_at": None if one.state == "dropped" else ended,
        "used_seconds": one.used_seconds,
    }
