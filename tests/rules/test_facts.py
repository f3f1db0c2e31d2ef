import msgspec

from rules.catalogue import CATALOGUE, SHORT_NAMES, find, names, reader
from rules.facts import Facts
from rules.values import LIST, NUMBER, TEXT, TIME, YES_NO, Sort


def test_facts_survive_storage(facts: Facts) -> None:
    assert msgspec.json.decode(msgspec.json.encode(facts), type=Facts) == facts
    silent = msgspec.structs.replace(facts, message=None)
    assert msgspec.json.decode(msgspec.json.encode(silent), type=Facts) == silent


def test_facts_of_another_time_decode(facts: Facts) -> None:
    stored = msgspec.to_builtins(facts)
    stored["weather"] = "fair"
    stored["ticket"]["mood"] = "good"
    del stored["ticket"]["language"], stored["message"]["thanks"], stored["requester"]["undeliverable"]
    assert msgspec.convert(stored, Facts) == facts


def test_every_fact_is_documented_and_readable(facts: Facts) -> None:
    for name, fact in CATALOGUE.items():
        assert fact.name == name
        assert fact.description
        value = reader(fact)(facts)
        assert value is not None or fact.optional, name


def test_types_come_from_the_structs() -> None:
    assert CATALOGUE["at"].type == TIME
    assert CATALOGUE["ticket.tags"].type == LIST
    assert CATALOGUE["ticket.tier"].type == NUMBER
    assert CATALOGUE["ticket.category"].type == TEXT
    assert CATALOGUE["desk.open"].type == YES_NO
    assert CATALOGUE["ticket.status"].type.sort is Sort.CHOICE
    assert "ticket.opened" in CATALOGUE["event"].type.choices
    assert str(CATALOGUE["ticket.impact"].type) == "high | medium | low"
    assert str(TEXT) == "text"


def test_facts_of_a_message_are_unknown_without_one(facts: Facts) -> None:
    silent = msgspec.structs.replace(facts, message=None)
    for name, fact in CATALOGUE.items():
        if name.startswith("message."):
            assert fact.optional
            assert reader(fact)(silent) is None


def test_short_names_are_the_same_facts() -> None:
    for short, full in SHORT_NAMES.items():
        fact = find(short)
        assert fact is not None
        assert fact is find(full)
        assert fact.short == short
        assert short in names()
    assert find("ticket") is None
