"""What a notice of one's own may say: its values, who may read each, and the filters that put them into words.

A requester's notice may use only what no requester may not know, so that nothing internal leaves by an oversight. What
is in a list stands under its name with `[]`.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct

Reader = Literal["requesters", "agents"]
Kind = Literal[
    "text",
    "words",
    "number",
    "moment",
    "yes or no",
    "person",
    "group",
    "list",
    "status",
    "priority",
    "target",
    "doubt",
    "name",
]


class Value(Struct, frozen=True):
    """A value: what it is, and what it says. `words` have lines, `text` has one; `internal` ones are for agents."""

    kind: Kind
    about: str
    internal: bool = True


def _open(kind: Kind, about: str) -> Value:
    return Value(kind, about, internal=False)


VALUES: Final[Mapping[str, Value]] = {
    "desk": _open("group", "the desk"),
    "desk.name": _open("text", "its name"),
    "desk.address": _open("text", "the address that it writes from"),
    "desk.emergency_phone": _open("text", "what to call when it cannot wait; may be empty"),
    "ticket": _open("group", "the ticket"),
    "ticket.number": _open("number", "its number"),
    "ticket.subject": _open("text", "its subject"),
    "ticket.status": _open("status", "its status"),
    "ticket.opened_at": _open("moment", "when it was opened"),
    "ticket.priority": Value("priority", "its priority"),
    "ticket.tier": Value("number", "the support level it is at"),
    "ticket.tags": Value("list", "its tags"),
    "ticket.tags[]": Value("text", "one of them"),
    "requester": _open("person", "whose ticket it is"),
    "requester.name": _open("text", "their name; may be empty"),
    "requester.first_name": _open("text", "their first name; may be empty"),
    "requester.address": _open("text", "their address"),
    "requester.department": Value("text", "their department; may be empty"),
    "recipient": _open("person", "who reads the notice"),
    "recipient.name": _open("text", "their name; may be empty"),
    "recipient.first_name": _open("text", "their first name; may be empty"),
    "recipient.address": _open("text", "their address"),
    "recipient.department": Value("text", "their department; may be empty"),
    "agent": _open("person", "the agent who had it said, if one did"),
    "agent.name": _open("text", "their name"),
    "agent.first_name": _open("text", "their first name; may be empty"),
    "answer_by": _open("moment", "by when an answer is promised, if it is"),
    "opens_at": _open("moment", "when the desk opens again, if it is closed"),
    "worker": _open("person", "the agent who works on it, if one does"),
    "worker.name": _open("text", "their name"),
    "worker.first_name": _open("text", "their first name; may be empty"),
    "go_on_at": _open("moment", "when it is gone on with, if it is put aside"),
    "encrypted": _open("yes or no", "the message could not be read"),
    "form": _open("list", "the fields to ask for"),
    "form[]": _open("name", "one of them"),
    "now": _open("moment", "the time of writing"),
    "time_of_day": _open("text", "`morning`, `afternoon`, `evening` or `night`, for the reader"),
    "words": Value("words", "what was said, or how it was solved; may be a note"),
    "author": Value("person", "who said it"),
    "author.name": Value("text", "their name"),
    "author.address": Value("text", "their address"),
    "actor": Value("person", "who set it off"),
    "actor.name": Value("text", "their name"),
    "attachments": Value("list", "the names of its files"),
    "attachments[]": Value("text", "one of them"),
    "refused": Value("list", "the names of files that were left out"),
    "refused[]": Value("text", "one of them"),
    "uncopied": Value("list", "the names of files that could not be copied, each with the reason"),
    "uncopied[]": Value("text", "one of them"),
    "flags": Value("list", "doubts about it"),
    "flags[]": Value("doubt", "one of them"),
    "owner": Value("text", "the agent who is accountable"),
    "assignee": Value("text", "the agent who works on it"),
    "team": Value("text", "the team that it was passed on to"),
    "reason": Value("words", "the reason that somebody gave"),
    "mark": Value("number", "the mark that the requester gave, from 1 to 5"),
    "comment": Value("words", "what they wrote to it; may be empty"),
    "address": Value("text", "the address that could not be reached"),
    "via": Value("text", "where it was opened, such as `phone`"),
    "solved": Value("yes or no", "it is solved"),
    "vip": Value("yes or no", "the requester is a VIP"),
    "sla": Value("group", "the promise that it is about, if it is about one"),
    "sla.target": Value("target", "what was promised"),
    "sla.policy": Value("text", "the policy that promised it"),
    "sla.due_at": Value("moment", "by when"),
    "category": Value("name", "what the ticket is about"),
    "fields": Value("list", "what is known"),
    "fields[].field": Value("name", "the field"),
    "fields[].value": Value("text", "what it holds"),
    "missing": Value("list", "the fields that nobody filled"),
    "missing[]": Value("name", "one of them"),
    "asset": Value("group", "the asset, if it has one"),
    "asset.number": Value("text", "its number"),
    "asset.kind": Value("text", "what sort of thing it is"),
    "asset.critical": Value("yes or no", "much depends on it"),
    "similar": Value("list", "solved tickets that are like it"),
    "similar[].number": Value("number", "the number of one"),
    "similar[].subject": Value("text", "its subject"),
    "similar[].resolution": Value("text", "what helped"),
    "history": Value("list", "all that was said, notes too"),
    "history[].author": Value("text", "who said something"),
    "history[].at": Value("moment", "when"),
    "history[].words": Value("words", "what"),
    "history[].internal": Value("yes or no", "no requester sees it"),
    "cut_marker": Value("text", "the line above which agents answer; stands at the top in any case"),
}
"""All values by name. Which of them are given depends on what happened: what is not is empty."""

OF_SOLVED: Final[Mapping[str, Value]] = {"in_copy": _open("yes or no", "it goes to somebody in copy")}
"""What only the notice has that says that it is solved."""

FILTERS: Final[Mapping[str, tuple[frozenset[Kind], str]]] = {
    "when": (frozenset({"moment"}), "day, time and zone"),
    "day": (frozenset({"moment"}), "the day"),
    "clock": (frozenset({"moment"}), "the time"),
    "status_name": (frozenset({"status"}), "a status in the reader's words"),
    "priority_name": (frozenset({"priority"}), "a priority in the reader's words"),
    "target_name": (frozenset({"target"}), "what was promised, in the reader's words"),
    "flag_text": (frozenset({"doubt"}), "a doubt as a sentence"),
    "label": (frozenset({"name"}), "a category or a field in the reader's words"),
    "called": (frozenset({"person"}), "a person's name, else the address"),
    "who": (frozenset({"person"}), "name and address"),
    "quote": (frozenset({"words", "text"}), "words as a quotation, line by line"),
    "plain": (frozenset({"words", "text"}), "words with their lines"),
    "sentence": (frozenset({"text"}), "words that begin as a sentence does"),
    "upper": (frozenset({"text"}), "in capitals"),
    "lower": (frozenset({"text"}), "in small letters"),
    "truncate": (frozenset({"words", "text"}), "its first characters: `truncate(300)`"),
    "listed": (frozenset({"list"}), "texts as a list"),
    "join": (frozenset({"list"}), "texts in a line: `join(', ')`"),
}
"""By name: which kinds of values it takes, and what it makes of one. All give text."""

SHOWN_AS: Final[frozenset[Kind]] = frozenset({"text", "number"})
"""What needs no filter to be written out."""

PARTS_FOR_REQUESTERS: Final = frozenset({"_greeting.md", "_signature.md", "_form.md"})
"""The parts of shipped notices that say nothing internal."""


def filters_for(kind: str) -> Iterator[str]:
    """The names of the filters that take a kind of value."""
    return (name for name, (kinds, _) in FILTERS.items() if kind in kinds)
