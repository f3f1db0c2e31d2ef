"""Who somebody is whom a platform vouches for: a person that the desk knows, and perhaps one of its agents."""

from bot.db.models import Identity, Person
from bot.db.tx import Tx
from bot.desk import Desk
from bot.persons import people
from bot.persons.directory import Agent
from channels.base import Address, Profile


def known(tx: Tx, channel: str, address: Address, profile: Profile | None) -> tuple[Person, Identity] | None:
    """Who is known behind an address; on a platform that vouches for their mail address, behind that."""
    found = people.by_address(tx, channel, address.address)
    if found is None and (mail := _vouched_for(profile)):
        found = people.met_by_mail(tx, channel, address, mail)
    if found is not None and profile is not None:
        people.learn(found[0], language=profile.language, zone=profile.zone)
    return found


def behind(tx: Tx, channel: str, address: Address, profile: Profile | None) -> Person | None:
    """The same for who only looks: nothing is learned of anybody."""
    mail = _vouched_for(profile)
    found = people.by_address(tx, channel, address.address) or (people.by_address(tx, "email", mail) if mail else None)
    return found[0] if found is not None else None


def _vouched_for(profile: Profile | None) -> str:
    """The mail address that somebody has for certain; empty for guests of other organisations."""
    return profile.mail if profile is not None and not profile.external else ""


def met(tx: Tx, channel: str, address: Address, profile: Profile | None) -> Person:
    """The same, made on first sight: with the mail address that is vouched for, so that a mail of theirs is theirs."""
    found = known(tx, channel, address, profile)
    if found is not None:
        found[0].name = found[0].name or address.name
        return found[0]
    mail = _vouched_for(profile)
    person = people.meet(tx, "email", Address(mail, address.name)) if mail else people.meet(tx, channel, address)
    if mail:
        people.join(tx, person, channel, address.address)
    if profile is not None:
        people.learn(person, language=profile.language, zone=profile.zone)
    return person


def agent(desk: Desk, person: Person, profile: Profile | None) -> Agent | None:
    """The agent that they are; nobody is who is a guest on a platform, or has another mail address there.

    Who is one by a role of a platform is one where that says so, and nowhere else.
    """
    found = desk.directory.by_person.get(person.id)
    if found is not None and found.by_role:
        return found if profile is not None and found.by_role in (profile.roles or ()) else None
    if found is None or profile is None:
        return found
    if profile.external or (profile.mail and people.canonical(profile.mail) != found.email):
        return None
    return found
