"""Who is chosen to work on a ticket."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.assignment import Candidate, Strategy, Wanted, choose

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def one(handle: str, **more: object) -> Candidate:
    for name in ("skills", "languages"):
        if name in more:
            more[name] = frozenset(str(more[name]).split())
    return msgspec.convert({"handle": handle, **more}, Candidate)


WANTED = Wanted(skills=frozenset({"vpn"}), language="pl")


@pytest.mark.covers("H5")
@pytest.mark.parametrize(
    ("by", "candidates", "chosen", "reasons"),
    [
        ("", [one("anna"), one("ben")], "anna", ["rank 1"]),
        ("round_robin", [one("anna", assigned_at=NOON), one("ben")], "ben", ["rank 1", "round_robin"]),
        ("", [one("anna", assigned_at=NOON), one("ben")], "ben", ["rank 1"]),
        ("least_busy", [one("anna", load=3), one("ben", load=2.5)], "ben", ["rank 1", "least_busy"]),
        ("least_busy", [one("anna", load=2, assigned_at=NOON), one("ben", load=2)], "ben", ["rank 1", "least_busy"]),
        ("skill", [one("anna"), one("ben", skills="vpn sap")], "ben", ["rank 1", "skill"]),
        ("skill", [one("anna"), one("ben", skills="sap")], "anna", ["rank 1"]),
        ("language", [one("anna", languages="de en"), one("ben", languages="pl")], "ben", ["rank 1", "language"]),
        ("sticky", [one("anna"), one("ben", solved_last=True, load=9)], "ben", ["rank 1", "sticky"]),
        (
            "skill language least_busy",
            [
                one("anna", skills="vpn", load=1),
                one("ben", skills="vpn", languages="pl", load=4),
                one("cleo", languages="pl"),
            ],
            "ben",
            ["rank 1", "skill", "language", "least_busy"],
        ),
        (
            "skill language",
            [one("anna", skills="vpn"), one("ben", languages="pl")],
            "anna",
            ["rank 1", "skill"],  # nobody is left for the language, so it does not narrow
        ),
        ("", [one("anna", away=True), one("ben")], "ben", ["rank 1"]),
        ("", [one("anna", at_work=False), one("ben", rank=2)], "ben", ["rank 2"]),
        ("", [one("anna", load=4, capacity=4.5), one("ben", rank=2)], "ben", ["rank 2"]),
        ("", [one("anna", load=4, capacity=5), one("ben", rank=2)], "anna", ["rank 1"]),
        ("skill", [one("anna"), one("ben", rank=2, skills="vpn")], "anna", ["rank 1"]),
    ],
)  # fmt: skip
def test_who_is_chosen(by: str, candidates: list[Candidate], chosen: str, reasons: list[str]) -> None:
    choice = choose(candidates, WANTED, [Strategy(name) for name in by.split()])
    assert choice is not None
    assert (choice.candidate.handle, list(choice.reasons)) == (chosen, reasons)


@pytest.mark.covers("H5", "H7")
def test_where_nobody_is_there_on_call_lead_and_anybody_are_asked_in_turn() -> None:
    asleep = [one("anna", at_work=False, load=2), one("ben", load=1, capacity=1)]
    on_call = [one("otto", away=True), one("olga", at_work=False)]
    leads = [one("lea"), one("lou")]

    def who(**groups: list[Candidate]) -> tuple[str, str]:
        choice = choose(asleep, WANTED, [Strategy.LEAST_BUSY], **groups)
        assert choice is not None
        return choice.candidate.handle, choice.reasons[0]

    assert who(on_call=on_call, leads=leads) == ("olga", "on call")
    assert who(on_call=on_call[:1], leads=leads) == ("lea", "lead")
    assert who(on_call=on_call[:1]) == ("ben", "anybody")
    away = [one("anna", away=True)]
    choice = choose(away, WANTED, [], others=[one("zoe", load=9), one("yan")])
    assert choice is not None
    assert choice.candidate.handle == "zoe"
    gone = choose(away, WANTED, [])
    assert gone is not None
    assert (gone.candidate.handle, gone.reasons) == ("anna", ("away like everybody",))
    assert choose([], WANTED, []) is None


people = st.lists(
    st.builds(
        Candidate,
        handle=st.sampled_from("abcdefgh"),
        rank=st.integers(1, 3),
        away=st.booleans(),
        at_work=st.booleans(),
        skills=st.frozensets(st.sampled_from(["vpn", "sap"])),
        languages=st.frozensets(st.sampled_from(["pl", "de"])),
        load=st.floats(0, 9),
        capacity=st.floats(0, 9),
        assigned_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        solved_last=st.booleans(),
    ),
    max_size=5,
)


@pytest.mark.covers("H5", "H7")
@given(people, people, people, people, st.lists(st.sampled_from(Strategy)))
def test_never_nobody_and_never_somebody_away_while_another_is_there(
    candidates: list[Candidate],
    on_call: list[Candidate],
    leads: list[Candidate],
    others: list[Candidate],
    by: list[Strategy],
) -> None:
    everybody = [*candidates, *on_call, *leads, *others]
    choice = choose(candidates, WANTED, by, on_call=on_call, leads=leads, others=others)
    assert (choice is None) is (not everybody)
    if choice is not None:
        chosen = choice.candidate
        assert chosen in everybody
        assert not chosen.away or all(person.away for person in everybody)
        free = [
            person
            for person in candidates
            if not person.away and person.at_work and (not person.capacity or person.load + 1 <= person.capacity)
        ]
        assert not free or (chosen in free and chosen.rank == min(person.rank for person in free))
