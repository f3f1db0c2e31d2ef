"""Persons and their addresses."""

from datetime import timedelta

from bot.db.tx import Tx
from bot.persons import people
from channels.base import Address
from tests.support.media import NOW, Bench


def test_one_address_is_one_person_whatever_its_case(desk: Bench) -> None:
    def unit(tx: Tx) -> tuple[int, int, str]:
        first = people.meet(tx, "email", Address(" Ada@Example.COM ", ""))
        again = people.meet(tx, "email", Address("ada@example.com", "Ada Lovelace"))
        return first.id, again.id, again.name

    first, again, name = desk.store.run(unit)
    assert first == again
    assert name == "Ada Lovelace", "a name is learned"
    third = desk.store.run(lambda tx: people.meet(tx, "email", Address("ADA@example.com", "Eve")).name)
    assert third == "Ada Lovelace", "and never replaced"


def test_domains_that_only_case_folding_makes_equal_are_two(desk: Bench) -> None:
    """`straße.example` and `strasse.example` may belong to different owners."""

    def unit(tx: Tx) -> bool:
        ours = people.meet(tx, "email", Address("anna@strasse.example"))
        return people.meet(tx, "email", Address("anna@straße.example")).id == ours.id

    assert not desk.store.run(unit)


def test_the_same_address_on_another_channel_is_somebody_else_until_it_is_joined(desk: Bench) -> None:
    def unit(tx: Tx) -> tuple[int, int, int]:
        ada = people.meet(tx, "email", Address("ada@example.com"))
        other = people.meet(tx, "memory", Address("ada@example.com"))
        people.join(tx, ada, "memory", "ada")
        return ada.id, other.id, people.meet(tx, "memory", Address("Ada")).id

    ada, other, joined = desk.store.run(unit)
    assert ada != other
    assert ada == joined


def test_a_person_is_answered_at_their_first_address(desk: Bench) -> None:
    def unit(tx: Tx) -> int:
        ada = people.meet(tx, "email", Address("first@example.com"))
        people.join(tx, ada, "email", "second@example.com")
        return ada.id

    ada = desk.store.run(unit)
    found = desk.store.run(lambda tx: people.address_of(tx, ada, "email"))
    assert found is not None
    assert found.address == "first@example.com"
    assert desk.store.run(lambda tx: people.address_of(tx, ada, "memory")) is None


def test_an_undeliverable_address_is_spared_until_the_time_is_over(desk: Bench) -> None:
    def unit(tx: Tx) -> None:
        people.meet(tx, "email", Address("gone@example.com"))
        found = people.by_address(tx, "email", "gone@example.com")
        assert found is not None
        assert not people.undeliverable(found[1], NOW)
        people.mark_undeliverable(tx, found[1], days=60)
        assert people.undeliverable(found[1], NOW + timedelta(days=59))
        assert not people.undeliverable(found[1], NOW + timedelta(days=60))
        assert people.undeliverable(None, NOW), "nobody can be sent anything without an address"

    desk.store.run(unit)
