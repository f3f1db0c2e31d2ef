"""What people see on Discord, as scenarios ask for it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import Message as Said
from tests.scenarios.discord.conftest import Office
from tests.support.discordserver import Channel, Kind, Message, Person


def components(message: Message) -> dict[str, str]:
    """The custom ids of a message's buttons and lists, by what they say."""
    shown = [one for row in message.components for one in row.get("components", ())]
    return {str(one.get("label") or one.get("placeholder")): str(one["custom_id"]) for one in shown}


def press(person: Person, message: Message, label: str) -> None:
    """Press a button, and see that it was taken."""
    assert person.press(message, components(message)[label]).wait().acknowledged


def choose(person: Person, message: Message, label: str, value: str) -> None:
    """Choose from a list, by the value of the line."""
    assert person.choose(message, components(message)[label], value).wait().acknowledged


def fill_in(person: Person, **entered: Any) -> Any:
    """Send the form in front of somebody, by the names of its inputs; what it was answered with."""
    values: Mapping[str, Any] = {f"fl|in|{name.replace('__', ':')}": value for name, value in entered.items()}
    return person.submit(values).wait()


def told(office: Office, person: Person, words: str) -> Message:
    """What was said to somebody alone: below what they did, or in a direct message."""

    def found() -> Message | None:
        seen = [*person.ephemerals, *office.by_bot(person.dm)]
        return next((one for one in seen if words.lower() in one.content.lower()), None)

    there = office.house.wait_until(found, f"“{words}” to {person.name} alone")
    assert there is not None
    return there


def threads_of(office: Office, channel: Channel) -> list[Channel]:
    """The threads that hang in a channel."""
    return [thread for thread in office.guild.record.threads if thread.parent == channel.id]


def private_thread(office: Office, channel: Channel) -> Channel:
    """The one private thread in a channel, once it is there."""
    found = office.house.wait_until(lambda: threads_of(office, channel), "the private thread")
    assert [thread.kind for thread in found] == [Kind.PRIVATE_THREAD]
    return found[0]


def how_many(session: Session) -> int:
    """How many words people have said on tickets: a look that costs little, for who waits for many."""
    return session.scalar(select(func.count()).select_from(Said).where(Said.kind == "message")) or 0


def words(session: Session) -> list[str]:
    """What people have said on tickets, in order."""
    return list(session.scalars(select(Said.words).where(Said.kind == "message").order_by(Said.sent_at, Said.id)))
