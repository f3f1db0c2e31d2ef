"""Who works where, and who is accountable for a new ticket."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.persons.directory import Agent, Directory, Team
from rules.rota import build_rota


def agent(number: int, handle: str, tier: int = 1, role: str = "agent", *teams: str) -> Agent:
    return Agent(
        person_id=number,
        handle=handle,
        name=handle.title(),
        email=f"{handle}@example.org",
        tier=tier,
        teams=teams,
        role=role,
        medium="email",
        language=None,
        zone=None,
        addresses=(("console", handle), ("discord", f"80351110224678{number:03}")),
    )


ANNA = agent(1, "anna", 1, "agent", "support")
BEN = agent(2, "ben", 1, "agent", "network")
LEA = agent(3, "lea", 2, "admin", "support")
MAX = agent(4, "max", 1, "manager", "support")
ALL = Directory([MAX, ANNA, BEN, LEA], 9, [Team(name="support", lead="lea")])


def test_a_tier_is_those_who_work_in_it() -> None:
    assert ALL.of_tier(1) == (ANNA, BEN)
    assert ALL.of_tier(2) == (LEA,)
    assert ALL.of_tier(3) == ()


def test_a_tickets_team_narrows_the_tier_where_it_has_somebody_there() -> None:
    assert ALL.of_tier(1, "network") == (BEN,)
    assert ALL.of_tier(1, "nowhere") == (ANNA, BEN)


@pytest.mark.covers("H5")
def test_tickets_start_at_the_lowest_tier_that_has_agents() -> None:
    assert ALL.lowest_tier() == 1
    assert Directory([LEA], 9).lowest_tier() == 2
    assert Directory([MAX, LEA], 9).lowest_tier() == 2, "managers work no tickets"
    assert Directory([], 9).lowest_tier() == 1


@pytest.mark.covers("H5")
def test_the_next_tier_is_one_that_has_agents() -> None:
    assert [ALL.tier_from(tier) for tier in (1, 2, 3)] == [1, 2, None]
    assert Directory([ANNA, agent(5, "eve", 4)], 9).tier_from(2) == 4


@pytest.mark.covers("H5")
def test_tickets_of_a_team_start_at_the_lowest_tier_of_its_agents() -> None:
    directory = Directory([ANNA, agent(5, "eve", 3, "agent", "sap")], 9)
    assert (directory.lowest_tier("sap"), directory.lowest_tier("support"), directory.lowest_tier("x")) == (3, 1, 1)


@pytest.mark.covers("H5")
def test_who_leads_manages_and_is_on_call_is_somebody_in_any_case() -> None:
    rota = build_rota(["ben", "anna"], "2026-11-23", {}, ZoneInfo("UTC"))
    lou, eve = agent(6, "lou", 1, "lead"), agent(5, "eve")
    teams = [Team(name="support", lead="lea", manager="eve"), Team(name="network", rota=rota), Team(name="sap")]
    directory = Directory([ANNA, BEN, LEA, MAX, lou, eve], 9, teams)
    at = datetime(2026, 12, 1, tzinfo=UTC)
    assert directory.leads(["support"]) == [LEA, lou, MAX]
    assert directory.leads(["sap", "nowhere"]) == [lou, MAX, LEA]
    assert directory.managers(["support"]) == [eve, MAX, LEA]
    assert directory.managers([]) == [MAX, LEA]
    assert directory.on_call(["network"], at) == [ANNA, BEN]
    assert directory.on_call(["support"], at) == [ANNA, BEN], "of another team, where theirs has none"
    assert Directory([ANNA], 9, teams[:1]).on_call(["support"], at) == []


@pytest.mark.covers("H7")
def test_somebody_owns_every_new_ticket_and_nobody_their_own() -> None:
    assert ALL.duty_owner(None) == 1
    assert ALL.duty_owner("network") == 2
    assert ALL.duty_owner(None, requester_id=1) == 2
    assert Directory([ANNA, LEA], 9).duty_owner(None, requester_id=1) == 3, "else an administrator"
    assert Directory([ANNA, MAX], 9, [Team(name="support", lead="max")]).duty_owner("support", requester_id=1) == 4, (
        "else the lead"
    )
    assert Directory([ANNA], 9).duty_owner(None, requester_id=1) == 9
    assert Directory([], 9).duty_owner(None) == 9


def test_agents_are_reached_at_the_address_of_their_medium() -> None:
    assert ANNA.address_on("email").address == "anna@example.org"
    assert ANNA.address_on("console").address == "anna"
    assert ANNA.address_on("slack").address == "anna@example.org", "which is how one is found there"
    assert ANNA.address_on("discord").address == "80351110224678001"
    assert Directory([ANNA], 9).by_handle["anna"] is ANNA
    assert ALL.admins() == (LEA,)
