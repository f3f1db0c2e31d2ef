"""What the desk answers at once on platforms that want it: it looks, keeps nothing, and may be lost."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from bot.cause import Cause
from bot.config import LANGUAGES
from bot.db.models import Ticket
from bot.db.store import Store, StoreUnavailable
from bot.db.tx import Tx
from bot.desk import Desk
from bot.followup import ballots
from bot.ids import new_id
from bot.notice import notices
from bot.notice.wording import gettext, pgettext
from bot.persons import identity, staffing
from bot.talk import forms
from bot.talk.board import read_choice
from bot.talk.forms import Reader
from channels.base import COMMANDS, Asked, Ballot, Choice, Form

T = TypeVar("T")
_LATER: Final = gettext("The desk cannot look at it now. Please try again in a minute.")


class DeskAnswers:
    """Answers with what one snapshot of the database shows. Only who has become an agent by a role is noted first."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self.store = store
        self.desk = desk

    async def form(self, asked: Asked) -> Form:
        """What is to be filled in; without inputs, why nothing can be."""
        found = await self._look(asked, lambda cause, reader: forms.form(cause, reader, asked))
        return found or Form(title="…", said=self._stranger(asked).said(_LATER))

    async def wrong(self, asked: Asked) -> Mapping[str, str]:
        """What is wrong with what was filled in, by the name of the input."""
        return await self._look(asked, lambda cause, reader: forms.wrong(cause, reader, asked)) or {}

    async def completed(self, asked: Asked, name: str, typed: str) -> tuple[Choice, ...]:
        """What may be meant by what was typed so far."""
        if name != forms.VERB:
            return ()
        return await self._look(asked, lambda cause, reader: forms.completed(cause, reader, typed)) or ()

    async def ballot(self, link: str, value: str) -> Ballot:
        """The question that a link is signed for, for who wants to choose `value`."""
        desk = self.desk.config.desk
        if not ballots.is_genuine(self.desk.signer, link):
            return ballots.unknown(desk.language, desk.name)

        def now() -> Ballot:
            with self.store.read() as session:
                return ballots.ballot(Cause(Tx(session, self.store.clock()), self.desk, "answer"), link, value)

        try:
            return await asyncio.to_thread(now)
        except StoreUnavailable:
            return ballots.later(desk.language, desk.name)

    def translated(self, texts: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """What commands say in English, by text, in each other language by its code."""
        others = [language for language in LANGUAGES if language != notices.SOURCE]
        return {one: {text: notices.said(pgettext(COMMANDS, text), one) for text in texts} for one in others}

    async def _look(self, asked: Asked, look: Callable[[Cause, Reader], T]) -> T | None:
        """What it looks like now; None while the database cannot be read."""

        def now() -> T:
            with self.store.read() as session:
                cause = _looking(session, self.store, self.desk, asked)
                return look(cause, self._reader(cause, asked))

        try:
            await self._follow(asked)
            return await asyncio.to_thread(now)
        except StoreUnavailable:
            return None

    async def _follow(self, asked: Asked) -> None:
        """Who has a role that makes them an agent is known as one from now on, if they were not."""
        profile = asked.profile
        if profile is None or not profile.roles or not self.desk.agent_roles:
            return
        if await asyncio.to_thread(self._knows, asked):
            return

        def unit(tx: Tx) -> None:
            cause = Cause(tx, self.desk, f"roles:{new_id()}")
            staffing.follow(cause, asked.channel, asked.by, profile)

        await self.store.arun(unit)

    def _knows(self, asked: Asked) -> bool:
        """Whether they are known to be an agent."""
        with self.store.read() as session:
            return self._reader(_looking(session, self.store, self.desk, asked), asked).agent is not None

    def _reader(self, cause: Cause, asked: Asked) -> Reader:
        person = identity.behind(cause.tx, asked.channel, asked.by, asked.profile)
        reader = self._stranger(asked)
        if person is None:
            return reader
        agent = identity.agent(cause.desk, person, asked.profile)
        cause.unproven = person.id if agent is None else None
        language = (agent.language if agent is not None else None) or person.language or reader.language
        return Reader(person=person, agent=agent, language=language)

    def _stranger(self, asked: Asked) -> Reader:
        known = asked.profile.language if asked.profile is not None else None
        return Reader(person=None, agent=None, language=known or self.desk.config.desk.language)


def _looking(session: Session, store: Store, desk: Desk, asked: Asked) -> Cause:
    """A cause that writes nothing; the ticket it looks at is not locked."""
    cause = Cause(Tx(session, store.clock()), desk, "answer")
    cause.channel = asked.channel
    button = read_choice(asked.opens)
    seen: set[int] = set()
    number = button[0] if button is not None else None
    while number is not None and number not in seen:
        seen.add(number)
        ticket = session.get(Ticket, number)
        cause.tx.scratch["ticket", number] = ticket
        number = ticket.merged_into_id if ticket is not None else None
    return cause
