"""Somebody becomes an agent by a role of a platform, or is none any more: what they do next is judged by that.

Who loses the role loses all that an agent has: their tickets go to others, and what they had not sent yet is kept as
a note.
"""

from bot.cause import Cause
from bot.db.models import Identity, Person
from bot.persons import identity, leaving, roster
from channels.base import Address, Profile


def follow(cause: Cause, channel: str, address: Address, profile: Profile | None) -> None:
    """Take up what a platform says of somebody's roles; nothing where it says nothing of them."""
    known = cause.desk.agent_roles.get(channel)
    if not known or profile is None or profile.roles is None:
        return
    role = next((id_ for id_ in known if id_ in (profile.roles or ())), None)
    found = identity.known(cause.tx, channel, address, profile)
    if found is None and role is not None:
        identity.met(cause.tx, channel, address, profile)
        found = identity.known(cause.tx, channel, address, profile)
    if found is not None and not _is_so(cause, found, role):
        _change(cause, *found, role)


def _is_so(cause: Cause, found: tuple[Person, Identity], role: str | None) -> bool:
    """Whether the desk has them so already; whom the configuration names is an agent by that."""
    person, known = found
    agent = cause.desk.directory.by_person.get(person.id)
    if agent is not None and not agent.by_role:
        return True
    return known.agent_role == role and (role is None or agent is not None)


def _change(cause: Cause, person: Person, known: Identity, role: str | None) -> None:
    known.agent_role = role
    if role is not None and not (person.handle or "").endswith(f"@{known.channel}"):
        cause.tx.flush()
        person.handle = roster.handle_for(cause.tx, person.name, known.channel)
    cause.tx.flush()
    cause.desk = cause.desk.staffed(cause.tx)
    cause.record("agent_by_role", None, name=person.name, handle=person.handle, channel=known.channel, role=role)
    leaving.pass_on(cause)
