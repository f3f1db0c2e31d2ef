"""What the desk answers at once: from a snapshot, and with a word where it cannot look."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.config import Config, load_config
from bot.db.models import Identity, Person
from bot.db.store import Store
from bot.talk.answers import DeskAnswers
from bot.wiring import build_desk, open_store
from channels.base import COMMAND, REQUEST, Address, Asked, Profile
from tests.support.house import AGENTS, CONFIG

ANNA = Profile(mail="anna@example.org", language="de")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.toml"
    url = f"sqlite:///{tmp_path}/desk.db"
    path.write_text(CONFIG.format(folder=tmp_path / "var", url=url, relay_port=25) + AGENTS, encoding="utf-8")
    return load_config(path)


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    store = open_store(config, upgrade=True)
    yield store
    store.close()


@pytest.fixture
def answers(store: Store, config: Config) -> DeskAnswers:
    return DeskAnswers(store, store.run(lambda tx: build_desk(config, tx)))


def asked(opens: str, profile: Profile | None = ANNA) -> Asked:
    return Asked(channel="slack", by=Address("T1:U1", "Anna"), profile=profile, opens=opens)


def test_who_is_met_for_the_first_time_is_known_by_their_verified_mail_and_nothing_is_kept(
    store: Store, answers: DeskAnswers
) -> None:
    def count() -> tuple[int | None, int | None]:
        with store.read() as session:
            return session.scalar(select(func.count(Person.id))), session.scalar(select(func.count(Identity.id)))

    before = count()
    assert asyncio.run(answers.form(asked(COMMAND))).inputs
    assert not asyncio.run(answers.form(asked(COMMAND, Profile(mail="anna@example.org", external=True)))).inputs
    assert not asyncio.run(answers.form(asked(COMMAND, Profile(mail="eve@example.org")))).inputs
    assert count() == before


def test_a_form_is_in_the_language_of_who_fills_it_in(answers: DeskAnswers) -> None:
    assert asyncio.run(answers.form(asked(REQUEST, Profile(language="de")))).title == "Ticket eröffnen"
    assert asyncio.run(answers.form(asked(REQUEST, Profile(language="xx")))).title == "Open a ticket"


def test_where_the_database_is_away_the_form_says_so(store: Store, answers: DeskAnswers) -> None:
    store.close()
    form = asyncio.run(answers.form(asked(REQUEST)))
    assert form.inputs == ()
    assert form.said
    assert asyncio.run(answers.wrong(asked(REQUEST))) == {}
    assert asyncio.run(answers.completed(asked(COMMAND), "verb", "ta")) == ()


def test_verbs_and_macros_are_completed_for_agents_only(answers: DeskAnswers) -> None:
    offered = [choice.value for choice in asyncio.run(answers.completed(asked(COMMAND), "verb", "#pri"))]
    assert offered[0] == "priority"
    assert asyncio.run(answers.completed(asked(COMMAND, None), "verb", "pri")) == ()
