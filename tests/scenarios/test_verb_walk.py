"""Every verb, on every medium, by everybody: what happens is what this table says."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import func, select

from bot.cause import Cause
from bot.db.models import Delivery, Draft, Inbox, Person, Ticket, Watcher
from bot.db.tx import Tx
from bot.errors import NotDone
from bot.ids import new_id
from bot.outgoing.tokens import Claim
from bot.persons import people
from bot.ticket import conversations, lifecycle, messages, tickets
from bot.ticket.messages import words_only
from bot.verbs import registry
from channels.base import Address, Role
from tests.support import postgres
from tests.support.house import AGENTS, House, mail, running
from tests.support.story import MARKER, address_of, audit, somebody

WORKERS: Final = {"agent", "lead", "admin"}
ALL: Final = {"requester", "watcher", "stranger", "agent", "lead", "manager", "admin", "own", "other team"}

MAY: Final[dict[str, set[str]]] = {
    "take": WORKERS,
    "assign": WORKERS,
    "escalate": WORKERS,
    "handback": WORKERS,
    "transfer": WORKERS,
    "note": WORKERS,
    "answer": WORKERS,
    "solve": WORKERS,
    "wait": WORKERS,
    "status": WORKERS,
    "expect": WORKERS,
    "priority": WORKERS,
    "impact": WORKERS,
    "urgency": WORKERS,
    "category": WORKERS,
    "field": WORKERS,
    "similar": WORKERS,
    "remote": WORKERS,
    "tag": WORKERS,
    "link": WORKERS,
    "send": WORKERS,
    "cancel": WORKERS,
    "spam": WORKERS,
    "notspam": WORKERS,
    "merge": WORKERS,
    "unmerge": WORKERS,
    "split": WORKERS,
    "for": WORKERS,
    "vendor": WORKERS,
    "share": WORKERS,
    "watch": WORKERS,
    "unwatch": WORKERS,
    "macro": WORKERS,
    "call": WORKERS | {"own", "other team"},
    "away": WORKERS | {"own", "other team"},
    "back": WORKERS | {"own", "other team"},
    "reopen": WORKERS | {"requester", "own"},
    "show": ALL - {"stranger", "other team"},
    "mine": ALL,
    "tickets": WORKERS | {"manager", "own", "other team"},
    "report": {"lead", "manager", "admin"},
    "bulletin": {"lead", "manager", "admin"},
    "search": ALL,
}
"""Who may use a verb on a ticket. `own` is an agent on their own request; `other team` one whose team a confidential
ticket is not with."""

PLAIN_WORDS: Final = {"requester": "words", "watcher": "words", "own": "words", "stranger": "another ticket"}
"""Where people write, only agents give commands; anybody else's are words, and a stranger's begin a new ticket."""

WRITTEN: Final[dict[str, tuple[str, str]]] = {
    "take": ("", ""),
    "assign": ("ben", ""),
    "escalate": ("tier 2", "Too hard for us."),
    "handback": ("", "A new cable."),
    "transfer": ("network", "Not ours."),
    "note": ("", "For us only."),
    "answer": ("", "It is the cable."),
    "solve": ("", "A new cable."),
    "wait": ("", "Which one?"),
    "status": ("closed", ""),
    "expect": ("tomorrow 14:00", ""),
    "priority": ("high", ""),
    "impact": ("high", ""),
    "urgency": ("low", ""),
    "category": ("email", ""),
    "field": ("error E 41", ""),
    "similar": ("", ""),
    "remote": ("", ""),
    "tag": ("printer", ""),
    "link": ("{other}", ""),
    "macro": ("", ""),
    "send": ("", ""),
    "cancel": ("", ""),
    "merge": ("{other}", ""),
    "unmerge": ("", ""),
    "split": ("", ""),
    "for": ("{number} grace@example.com", ""),
    "vendor": ("support@printerco.example", "What does E 41 mean?"),
    "share": ("", "They say:"),
    "watch": ("grace@example.com", ""),
    "unwatch": ("grace@example.com", ""),
    "call": ("for grace@example.com", "No sound."),
    "away": ("", ""),
    "back": ("", ""),
    "reopen": ("", ""),
    "spam": ("", ""),
    "notspam": ("", ""),
    "show": ("{number}", ""),
    "mine": ("", ""),
    "tickets": ("", ""),
    "report": ("volume today", ""),
    "bulletin": ("list", ""),
    "search": ("printer", ""),
}
"""The argument of each verb, and the words below it."""

EFFECT: Final = {
    "take": ("taken", None),
    "assign": ("assigned", "Ben Koch"),
    "escalate": ("escalated", None),
    "handback": ("handed_back", None),
    "transfer": ("transferred", None),
    "note": ("noted", None),
    "answer": ("answered", None),
    "solve": ("status", "solved"),
    "wait": ("status", "waiting_requester"),
    "status": ("status", "closed"),
    "expect": ("expected", None),
    "priority": ("priority", "high"),
    "impact": ("impact", "high"),
    "urgency": ("urgency", "low"),
    "category": ("category", "email"),
    "remote": ("remote_asked", None),
    "field": ("fields", {"error": "E 41"}),
    "tag": ("tagged", "printer"),
    "link": ("linked", None),
    "send": ("draft_released", None),
    "cancel": ("draft_cancelled", None),
    "merge": ("merged", None),
    "unmerge": ("unmerged", None),
    "split": ("split", None),
    "for": ("requester", None),
    "vendor": ("vendor_asked", None),
    "share": ("vendor_shared", None),
    "watch": ("watched", None),
    "unwatch": ("unwatched", None),
    "reopen": ("status", "open"),
    "spam": ("spam", None),
    "notspam": ("not_spam", None),
}
"""What the audit then says, for verbs that change something."""

ACTORS: Final = {"agent": "anna", "lead": "lou", "manager": "max", "admin": "lea", "own": "ben", "other team": "otto"}
HANDLES_AND_CONSOLE: Final = """
[[team]]
name = "network"

[[agent]]
handle = "lou"
name = "Lou Lead"
email = "lou@example.org"
teams = ["support"]
role = "lead"

[[agent]]
handle = "max"
name = "Max Manager"
email = "max@example.org"
teams = ["support"]
role = "manager"

[[agent]]
handle = "otto"
name = "Otto Network"
email = "otto@example.org"
teams = ["network"]

[console]
socket = "{folder}/console.sock"
mailbox = "{folder}/console"
"""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk with somebody of every role, on mail and console."""
    folder = tmp_path_factory.mktemp("walk")
    extra = AGENTS + HANDLES_AND_CONSOLE.format(folder=folder)
    if request.param == "sqlite":
        with running(House(folder, f"sqlite:///{folder}/firstline.db", extra=extra)) as started:
            yield started
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with postgres.database(server) as url, running(House(folder, url, extra=extra)) as started:
        yield started


class Walk:
    """One role's tickets, one for each verb, and their way to speak to the desk."""

    def __init__(self, house: House, role: str) -> None:
        self.house = house
        self.role = role
        self.handle = ACTORS.get(role, "")
        self.address = f"{self.handle}@example.org" if self.handle else address_of(somebody(f"{role.title()} X"))
        self.tickets = house.run(self._furnish)

    def _furnish(self, tx: Tx) -> dict[str, int]:
        cause = Cause(tx, self.house.desk, f"walk:{uuid4()}")
        me = people.meet(tx, "email", Address(self.address, "" if self.handle else "Somebody"))
        if not self.handle:
            people.join(tx, me, "console", self.address)
        self.person = me.id
        mine = self.role in {"requester", "own"}
        requester = me if mine else people.meet(tx, "email", Address(address_of(somebody()), "Ada"))
        numbers = {}
        for verb in [*MAY, "other"]:
            what = words_only(f"The printer is broken ({verb}).")
            ticket = lifecycle.open_ticket(cause, requester, what, channel="email", subject="The printer")
            ticket.team, ticket.confidential = "support", self.role == "other team"
            if self.role == "watcher":
                tx.add(Watcher(ticket_id=ticket.id, person_id=me.id))
            self._prepare(cause, ticket, verb)
            numbers[verb] = ticket.id
        me.away_until = tx.now + timedelta(days=1)
        by_verb = {verb: tickets.get(cause, number) for verb, number in numbers.items()}
        lifecycle.merge(cause, by_verb["unmerge"], by_verb["other"])  # type: ignore[arg-type]
        cause.raised.clear()
        return numbers

    def _prepare(self, cause: Cause, ticket: Ticket, verb: str) -> None:
        """Bring the ticket into the state that the verb needs."""
        if verb == "reopen":
            lifecycle.set_status(cause, ticket, "solve")
        if verb == "field":
            ticket.category = "printer"
        if verb in {"send", "cancel"}:
            self._hold(cause, ticket)
        if verb == "handback":
            up = lifecycle.Place(tier=2, team="support", assignee_id=None)
            lifecycle.escalate(cause, ticket, words_only("Too hard for us."), up)
        if verb == "split":
            conversation = conversations.of_requester(cause, ticket)
            messages.record(cause, ticket, conversation, words_only("And the phone."), author=ticket.requester_id)
        if verb == "unwatch":
            grace = people.meet(cause.tx, "email", Address("grace@example.com"))
            cause.tx.add(Watcher(ticket_id=ticket.id, person_id=grace.id))
        if verb == "share":
            self._have_answered(cause, ticket)

    def _hold(self, cause: Cause, ticket: Ticket) -> None:
        conversation = cause.tx.scratch["requester conversation", ticket.id]
        draft = Draft(id=new_id(), ticket_id=ticket.id, conversation_id=conversation.id, agent_id=self.person)
        draft.words, draft.reason, draft.state, draft.created_at = "Held words.", "no_marker", "waiting", cause.now
        cause.tx.add(draft)

    def _have_answered(self, cause: Cause, ticket: Ticket) -> None:
        vendor = people.meet(cause.tx, "email", Address("support@printerco.example"))
        row = Inbox(id=new_id(), channel="email", key=str(uuid4()), lane="", received_at=cause.now, state="done")
        row.meta, row.payload = {}, b""
        cause.tx.add(row)
        what = msgspec.structs.replace(words_only("A new drum."), inbox_id=row.id)
        conversation = conversations.with_vendor(cause, ticket, vendor.id)
        messages.record(cause, ticket, conversation, what, author=vendor.id, kind="note")

    def come_back(self) -> None:
        """Nobody stays away beyond their test."""
        person = self.person
        self.house.run(lambda tx: setattr(tx.session.get_one(Person, person), "away_until", None))

    def text(self, verb: str) -> str:
        """The verb as it is written."""
        argument, words = self.parts(verb)
        return f"#{verb} {argument}".strip() + (f"\n{words}" if words else "")

    def parts(self, verb: str) -> tuple[str, str]:
        """Its argument and its words."""
        argument, words = WRITTEN[verb]
        return argument.format(number=self.tickets[verb], other=self.tickets["other"]), words

    def token(self, verb: str) -> str:
        """What proves that they were written to; strangers never were."""
        if self.role == "stranger":
            return ""
        role = Role.REQUESTER if self.role in PLAIN_WORDS else Role.DESK
        return self.house.desk.signer.sign(Claim(self.tickets[verb], role, self.person))

    def by_mail(self) -> None:
        for verb in MAY:
            text = f"{self.text(verb)}\n\nOn Monday, 23 November 2026 at 10:00, IT Help wrote:\n> {MARKER}\n> Hello\n"
            message = mail(f"Somebody <{self.address}>", f"Re: The printer [#{self.tickets[verb]}]", text)
            if token := self.token(verb):
                message["References"] = f"<fl.0.{token}@example.org>"
            self.house.send(message)

    def by_console(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.house.folder / "console.sock"))
            lines: list[dict[str, object]] = [{"as": self.handle or self.address}]
            for verb in MAY:
                number = self.tickets[verb]
                said = {"say": self.text(verb), "ticket": number, "token": self.token(verb), "key": str(uuid4())}
                lines.append(said)
            connection.sendall("".join(json.dumps(line) + "\n" for line in lines).encode())
            with connection.makefile("rb") as answers:
                for _ in MAY:
                    while "taken" not in (answer := json.loads(answers.readline())):
                        assert "refused" not in answer
                        assert "error" not in answer

    def by_operation(self) -> dict[str, str]:
        found = {}
        for verb in MAY:
            argument, words = self.parts(verb)
            arguments: dict[str, object] = {
                "verb": verb,
                "as": self.handle or self.address,
                "argument": argument,
                "words": words,
            }
            if registry()[verb].on_ticket:
                arguments["ticket"] = self.tickets[verb]
            try:
                self.house.ask("verb", **arguments)
            except NotDone:
                found[verb] = "refused"
            else:
                found[verb] = "done"
        return found

    def heard(self) -> dict[str, str]:
        """What became of each verb that was written."""
        self.house.settle()
        return {verb: self._heard(verb) for verb in MAY}

    def _heard(self, verb: str) -> str:
        number = self.tickets[verb]
        actions = {found.action for found in audit(self.house, number)}
        if "refused" in actions:
            return "refused"
        if "received" in actions:
            return "words"
        told = Delivery.notice.in_(("verb_result", "ticket_show", "ticket_list"))
        results = select(func.count()).where(Delivery.ticket_id == number, told)
        if self.house.read(lambda session: session.scalar(results)):
            return "done"
        return "another ticket"

    def changed(self) -> set[str]:
        """The verbs whose effect the audit shows."""
        return {verb for verb in EFFECT if self._shows(verb)}

    def _shows(self, verb: str) -> bool:
        action, after = EFFECT[verb]
        return any(
            found.action == action and after in (None, found.details.get("after"))
            for found in audit(self.house, self.tickets[verb])
        )


def expected(role: str, *, written: bool) -> dict[str, str]:
    """What the table says for one role."""
    if written and role in PLAIN_WORDS:
        return dict.fromkeys(MAY, PLAIN_WORDS[role])
    return {verb: "done" if role in roles else "refused" for verb, roles in MAY.items()}


def test_the_table_has_every_verb() -> None:
    assert set(MAY) == set(registry())


@pytest.mark.covers("H18")
@pytest.mark.parametrize(
    ("desk", "medium"),
    [
        ("sqlite", "mail"),
        ("sqlite", "console"),
        ("sqlite", "operation"),
        pytest.param("postgresql", "console", marks=pytest.mark.postgres),
        pytest.param("postgresql", "operation", marks=pytest.mark.postgres),
    ],
    indirect=["desk"],
)
@pytest.mark.parametrize("role", sorted(ALL))
def test_every_verb_does_what_the_table_says(desk: House, medium: str, role: str) -> None:
    walk = Walk(desk, role)
    before = desk.read(lambda session: session.scalar(select(func.count()).where(Inbox.state == "dead")))
    if medium == "operation":
        found = walk.by_operation()
    else:
        (walk.by_mail if medium == "mail" else walk.by_console)()
        found = walk.heard()
    should = expected(role, written=medium != "operation")
    walk.come_back()
    assert found == should
    # A requester's words on a solved ticket reopen it; those of somebody in copy do not.
    reopened = {"reopen"} if should["reopen"] == "words" and role != "watcher" else set()
    assert walk.changed() == {verb for verb in EFFECT if should[verb] == "done"} | reopened
    after = desk.read(lambda session: session.scalar(select(func.count()).where(Inbox.state == "dead")))
    assert after == before


@pytest.mark.covers("H1", "H18")
@pytest.mark.parametrize("role", sorted(ALL - {"own", "other team"}))
def test_contacts_are_logged_by_those_who_work_tickets(desk: House, role: str) -> None:
    walk = Walk(desk, role)
    arguments = {"as": walk.handle or walk.address, "for": address_of(somebody()), "via": "phone"}
    try:
        desk.ask("log", **arguments, subject="No sound", words="The headset is silent.")
    except NotDone:
        assert role not in WORKERS
    else:
        assert role in WORKERS


@pytest.mark.covers("H14", "H18")
def test_a_search_shows_only_what_one_may_see(desk: House) -> None:
    word = f"zebra{uuid4().hex[:8]}"
    walk = Walk(desk, "requester")
    number, secret = walk.tickets["note"], walk.tickets["tag"]
    desk.ask("verb", **{"verb": "note", "as": "anna", "ticket": number, "words": f"We call it {word}."})
    desk.ask("verb", **{"verb": "answer", "as": "anna", "ticket": secret, "words": f"Yes, {word}."})

    def hide(tx: Tx) -> None:
        tx.session.get_one(Ticket, secret).confidential = True

    desk.run(hide)

    def found(who: str) -> list[int]:
        rows = desk.ask("verb", **{"verb": "search", "as": who, "argument": word.upper()})["data"]
        return [row["number"] for row in rows]

    assert found("anna") == sorted([number, secret], reverse=True)
    assert found("otto") == [number], "what is confidential is the team's"
    assert found(walk.address) == [secret], "what is internal is not even searched for the requester"
    assert found(Walk(desk, "stranger").address) == []


@pytest.mark.covers("H18")
def test_a_requester_is_shown_their_ticket_without_notes(desk: House) -> None:
    walk = Walk(desk, "requester")
    number = walk.tickets["show"]
    desk.ask("verb", **{"verb": "note", "as": "anna", "ticket": number, "words": "He is rude."})
    for who, sees in ((walk.address, False), ("anna", True), ("max", True)):
        shown = desk.ask("verb", **{"verb": "show", "as": who, "argument": str(number)})
        assert ("rude" in str(shown)) is sees
        assert ({"tier", "tags"} <= shown["data"].keys()) is sees
        listed = desk.ask("verb", **{"verb": "search", "as": who, "argument": "(show)"})["data"]
        (row,) = [row for row in listed if row["number"] == number]
        assert ({"tier", "tags"} <= row.keys()) is sees
    with pytest.raises(NotDone, match="there is no ticket"):
        desk.ask("verb", **{"verb": "show", "as": Walk(desk, "stranger").address, "argument": str(number)})
