"""One desk in two workspaces: people ask where they are, agents work where the room is; and what their profiles say."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db.models import Identity, Person, Ticket
from tests.scenarios.slack.conftest import Office, a_side
from tests.scenarios.slack.looking import held, said_to, the_card, wait_for, words
from tests.support.house import House, mail, running
from tests.support.slackserver import SlackServer, Workspace


@pytest.fixture
def beta_and_office(tmp_path: Path) -> Iterator[tuple[Workspace, Office]]:
    """The office, whose app is installed in a second workspace too."""
    with SlackServer() as server:
        side, beta = a_side(server), server.workspace("Beta")
        side.toml = side.toml.replace("bot_tokens = [", f'bot_tokens = ["{beta.token}", ')
        house = House(tmp_path, f"sqlite:///{tmp_path}/firstline.db", extra=side.toml)
        with running(house):
            server.wait_until(lambda: len(server.sockets.open) >= 2)
            yield beta, Office(house=house, **vars(side))


@pytest.mark.covers("H7")
def test_who_asks_in_one_workspace_is_answered_there_by_an_agent_in_another(
    beta_and_office: tuple[Workspace, Office],
) -> None:
    beta, office = beta_and_office
    bob = beta.person("bob", email="bob@example.com")
    asked = bob.post(bob.dm, "The printer is broken")
    card = the_card(office)
    held(office, office.anna.post(office.desk, "Is it switched on?", thread=card))
    office.house.clock.forward(timedelta(seconds=11))
    office.house.wait_until(
        lambda: [one for one in bob.dm.replies(asked.ts) if "Is it switched on?" in words(one)], "the answer"
    )
    bob.post(bob.dm, "It is.", thread=asked)
    wait_for(office, card, "It is.")


@pytest.mark.covers("H7", "H11")
def test_somebody_in_two_workspaces_is_one_person_by_their_confirmed_address(
    beta_and_office: tuple[Workspace, Office],
) -> None:
    beta, office = beta_and_office
    again = beta.person("anna", email="anna@example.org", tz="America/New_York", locale="fr-FR")
    bob = beta.person("bob", email="bob@example.com", tz="Asia/Tokyo", locale="de-DE")
    bob.post(bob.dm, "Der Drucker ist kaputt")
    the_card(office)
    again.command("/desk", "1 take", channel=again.dm)
    said_to(office, again, "#1 is yours")
    of_anna = select(Identity.address).join(Person).where(Person.name == "Anna Weber", Identity.channel == "slack")
    known = office.house.read(lambda session: list(session.scalars(of_anna)))
    assert known == [f"{beta.id}:{again.id}".casefold()]
    of_bob = select(Person.language, Person.zone).where(Person.name == "Bob")
    assert office.house.read(lambda session: session.execute(of_bob).one()) == ("de", "Asia/Tokyo")


@pytest.mark.covers("H7")
def test_who_asks_in_slack_first_is_the_same_person_by_mail(beta_and_office: tuple[Workspace, Office]) -> None:
    beta, office = beta_and_office
    bob = beta.person("bob", email="Bob@example.com")
    eve = beta.guest("eve", email="carl@example.com")
    bob.post(bob.dm, "The printer is broken")
    eve.post(eve.dm, "The scanner is broken")
    requesters = select(Ticket.requester_id).order_by(Ticket.id)

    def opened(count: int) -> None:
        office.house.wait_until(
            lambda: len(office.house.read(lambda session: session.scalars(requesters).all())) == count, "the tickets"
        )

    opened(2)
    office.house.send(mail("Bob <bob@example.com>"))
    opened(3)
    office.house.send(mail("Carl <carl@example.com>"))
    opened(4)
    of_mail = select(Identity.person_id).where(Identity.channel == "email", Identity.address == "bob@example.com")
    known = office.house.read(lambda session: session.scalar(of_mail))
    found = office.house.read(lambda session: list(session.scalars(requesters)))
    assert found.count(known or 0) == 2
    assert len(set(found)) == 3, "an address that a guest claims is nobody's proof"
