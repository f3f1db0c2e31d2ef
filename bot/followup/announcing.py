"""`firstline bulletins`: what the command line asks of bulletins."""

from collections.abc import Mapping
from typing import Any, Final

from bot.cause import Cause
from bot.config import LANGUAGES
from bot.db.models import Bulletin
from bot.db.tx import Tx
from bot.desk import Desk
from bot.errors import NotDone
from bot.followup import bulletins
from bot.followup.bulletins import Words
from bot.ids import LARGEST_ID, new_id
from bot.persons import people
from bot.persons.may import may

Arguments = Mapping[str, Any]


def send(tx: Tx, desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """`as`, `texts` (by language, each with `subject` and `body`), `department` → the bulletin, which has begun."""
    cause = _acting(tx, desk, arguments["as"])
    texts = {language: Words(**words) for language, words in arguments["texts"].items()}
    for language, words in texts.items():
        if language not in LANGUAGES:
            raise NotDone(f"there is no language {language!r}; write one of {', '.join(LANGUAGES)}")
        if not words.subject.strip() or not words.body.strip():
            raise NotDone(
                f"the text in {language} has no subject or says nothing; begin with 'Subject: …' and a blank line"
            )
    return _row(cause, bulletins.begin(cause, texts, arguments.get("department", "")))


def listed(tx: Tx, desk: Desk, _: Arguments) -> list[dict[str, Any]]:
    """The bulletins, the newest first, and how far each is."""
    cause = Cause(tx, desk, f"bulletins:{new_id()}")
    return [_row(cause, found) for found in bulletins.newest(cause)]


def stop(tx: Tx, desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """`as`, `id` → the bulletin: nobody else gets it."""
    cause = _acting(tx, desk, arguments["as"])
    found = bulletins.held(cause, arguments["id"]) if abs(arguments["id"]) <= LARGEST_ID else None
    if found is None:
        raise NotDone(f"there is no bulletin {arguments['id']}; see: firstline bulletins list")
    bulletins.stop(cause, found)
    return _row(cause, found)


def _acting(tx: Tx, desk: Desk, who: str) -> Cause:
    """The cause of an agent who may write to everybody."""
    agents = desk.directory.admins() or desk.directory.agents
    agent = desk.directory.by_handle.get(who) if who else next(iter(agents), None)
    if agent is None:
        raise NotDone(f"there is no agent {who!r}" if who else "there are no agents in the configuration")
    cause = Cause(tx, desk, f"bulletins:{new_id()}", actor=agent.actor)
    if not may(cause, people.person(tx, agent.person_id), "bulletin"):
        raise NotDone(f"{agent.name} may not write to everybody; leads, managers and admins may")
    return cause


def _row(cause: Cause, found: Bulletin) -> dict[str, Any]:
    return {
        "id": found.id,
        "subject": bulletins.words_for(cause, found, cause.desk.config.desk.language).subject,
        "department": found.department,
        "state": found.state,
        "sent": found.sent,
        "passed_over": found.passed_over,
        "total": found.total,
        "begun_at": found.begun_at.isoformat(timespec="seconds"),
    }


OPERATIONS: Final = {"bulletins.send": send, "bulletins.list": listed, "bulletins.stop": stop}
