"""Persons and their identities: one person, many addresses."""

import string
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select

from bot.db.models import Identity, Person
from bot.db.tx import Tx
from bot.ids import new_id
from channels.base import Address


def canonical(address: str) -> str:
    """The form in which an address is kept and compared: without blanks around it, in small letters.

    Not case-folded: that makes one address of two domains that differ in ß and ss (RFC 5894 section 2.2).
    """
    return address.strip().lower()


def by_address(tx: Tx, channel: str, address: str) -> tuple[Person, Identity] | None:
    """The person behind an address, or None."""
    key = ("identity", channel, canonical(address))
    if key not in tx.scratch:
        look_up(tx, channel, [address])
    found: tuple[Person, Identity] | None = tx.scratch[key]
    return found


def look_up(tx: Tx, channel: str, addresses: Iterable[str]) -> None:
    """Learn in one question who is behind all these addresses, for `by_address` in this transaction."""
    keys = {("identity", channel, canonical(address)) for address in addresses} - tx.scratch.keys()
    if not keys:
        return
    rows = tx.session.execute(_BEHIND_ADDRESSES, {"on": channel, "addresses": [key[2] for key in keys]})
    tx.scratch.update(dict.fromkeys(keys))
    for person, identity in rows:
        tx.scratch["identity", channel, identity.address] = (person, identity)
        tx.scratch["person", person.id] = person
        tx.scratch.setdefault(("address", person.id, channel), identity)


def meet(tx: Tx, channel: str, address: Address) -> Person:
    """The person behind an address, made on first sight; a name is learned, never replaced."""
    found = by_address(tx, channel, address.address)
    if found is not None:
        person = found[0]
        person.name = person.name or address.name
        return person
    person = Person(id=new_id(), name=address.name, created_at=tx.now, known=False, vip=False)
    join(tx, person, channel, address.address)
    tx.add(person)
    tx.scratch["person", person.id] = person
    tx.scratch["met", person.id] = True
    return person


def met_by_mail(tx: Tx, channel: str, address: Address, mail: str) -> tuple[Person, Identity] | None:
    """The person whose mail address a platform has verified for one of its users, who is that person from now on."""
    found = by_address(tx, "email", mail)
    if found is None:
        return None
    return found[0], join(tx, found[0], channel, address.address)


def learn(person: Person, *, language: str | None, zone: str | None) -> None:
    """What a platform knows of somebody, unless the desk knows better."""
    person.language = person.language or language
    person.zone = person.zone or zone


def join(tx: Tx, person: Person, channel: str, address: str) -> Identity:
    """Give a person one more address, which nobody has yet."""
    identity = Identity(id=new_id(), person_id=person.id, channel=channel, address=canonical(address))
    tx.add(identity)
    tx.scratch["identity", channel, identity.address] = (person, identity)
    tx.scratch.setdefault(("address", person.id, channel), identity)
    return identity


def person(tx: Tx, person_id: int) -> Person:
    """The person with this id, which exists."""
    key = ("person", person_id)
    if key not in tx.scratch:
        tx.scratch[key] = tx.session.get_one(Person, person_id)
    found: Person = tx.scratch[key]
    return found


def address_of(tx: Tx, person_id: int, channel: str) -> Identity | None:
    """The identity that a person has on a channel, the first one made."""
    key = ("address", person_id, channel)
    if key not in tx.scratch:
        tx.scratch[key] = tx.session.scalar(
            select(Identity)
            .where(Identity.person_id == person_id, Identity.channel == channel)
            .order_by(Identity.id)
            .limit(1)
        )
    found: Identity | None = tx.scratch[key]
    return found


def written_address(tx: Tx, person_id: int, channel: str) -> str:
    """The same as it is written; empty where they have none."""
    identity = address_of(tx, person_id, channel)
    return identity.address if identity else ""


def named(tx: Tx, name: str) -> list[Person]:
    """Those of that name who have a mail address, as `Jane Doe` or as `Doe, Jane`; two at most.

    A name of one word is nobody's. Databases may know the case of ASCII letters only.
    """
    last, comma, first = (part.strip() for part in " ".join(name.split()).partition(","))
    words = f"{first} {last}".split() if comma else last.split()
    if len(words) < 2:
        return []
    turned = f"{last}, {first}" if comma else f"{words[-1]}, {' '.join(words[:-1])}"
    both = (" ".join(words), turned)
    forms = {form.translate(_ASCII_LOWER) for form in both} | {form.lower() for form in both}
    tx.flush()
    has_mail = select(Identity.id).where(Identity.person_id == Person.id, Identity.channel == "email").exists()
    found = select(Person).where(func.lower(Person.name).in_(forms), has_mail).order_by(Person.id).limit(2)
    return list(tx.session.scalars(found))


def identities_of(tx: Tx, person_id: int, channel: str = "email") -> list[Identity]:
    """Every identity that a person has on a channel, the first one made first."""
    tx.flush()
    of_person = select(Identity).where(Identity.person_id == person_id, Identity.channel == channel)
    return list(tx.session.scalars(of_person.order_by(Identity.id)))


def undeliverable(identity: Identity | None, now: datetime) -> bool:
    """Whether nothing may be sent to this identity now (none, blocked, or a permanent bounce not yet forgotten)."""
    if identity is None or identity.blocked_at is not None:
        return True
    return identity.undeliverable_until is not None and identity.undeliverable_until > now


def mark_undeliverable(tx: Tx, identity: Identity, *, days: int) -> None:
    """Send nothing automatic to this address for a while; a person's words are still tried."""
    identity.undeliverable_until = tx.now + timedelta(days=days)


def block(tx: Tx, identity: Identity) -> None:
    """Take nothing more from this address, and send nothing automatic to it."""
    identity.blocked_at = tx.now


def unblock(identity: Identity) -> None:
    """Take mail from this address again."""
    identity.blocked_at = None


_ASCII_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_BEHIND_ADDRESSES: Final = (
    select(Person, Identity)
    .join(Identity, Identity.person_id == Person.id)
    .where(Identity.channel == bindparam("on"), Identity.address.in_(bindparam("addresses", expanding=True)))
)
