"""What people see on Slack, and how they press and fill in, as scenarios write it."""

import copy

from sqlalchemy import select

from bot.db.models import Conversation
from channels.slack.richtext import text_of_blocks
from tests.scenarios.slack.conftest import Office
from tests.support.slackserver import Channel, Json, Message, Person, View


def as_seen(message: Message) -> Message:
    """A message as it stands on a screen that was not drawn anew since."""
    return copy.deepcopy(message)


def elements(blocks: list[Json]) -> dict[str, Json]:
    """The buttons and menus, by what they say."""
    found = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    return {(one.get("text") or one["placeholder"])["text"]: one for one in found}


def press(office: Office, person: Person, place: Message | View, label: str) -> None:
    blocks = place.blocks if isinstance(place, Message) else place.given["blocks"]
    person.press(place, elements(blocks)[label]["action_id"])


def form(office: Office, person: Person, title: str) -> View:
    """The modal in front of somebody, once it is drawn."""

    def there() -> View | None:
        view = person.modal
        return view if view is not None and view.given["title"]["text"] == title else None

    found = office.house.wait_until(there, f"the form {title}")
    assert found is not None
    return found


def told(office: Office, person: Person, words: str) -> Message:
    """What was said to somebody alone."""
    found = office.house.wait_until(
        lambda: next((one for one in person.whispers if words.lower() in str(one.blocks).lower()), None), f"“{words}”"
    )
    assert found is not None
    return found


def words(message: Message) -> str:
    """What a message says."""
    return text_of_blocks(message.blocks, {})


def cards(office: Office, room: Channel | None = None) -> list[Message]:
    """The cards in a room of agents, the oldest first."""
    return [one for one in (room or office.desk).top_level() if one.by_bot]


def the_card(office: Office, room: Channel | None = None) -> Message:
    """The newest card, once there is one and the desk knows it."""
    found = office.house.wait_until(lambda: cards(office, room), "a card")[-1]
    thread = f"{office.workspace.id}:{(room or office.desk).id}:{found.ts}"
    known = select(Conversation.id).where(Conversation.thread == thread)
    office.house.wait_until(lambda: office.house.read(lambda session: session.scalar(known)), "the card's receipt")
    return found


def below(office: Office, card: Message, room: Channel | None = None) -> list[str]:
    """What the desk says below a card."""
    return [words(one) for one in (room or office.desk).replies(card.ts) if one.by_bot]


def wait_for(office: Office, card: Message, text: str, room: Channel | None = None) -> Message:
    """The message of the desk below a card that says so, once it is there."""

    def found() -> list[Message]:
        return [one for one in (room or office.desk).replies(card.ts) if one.by_bot and text in words(one)]

    return office.house.wait_until(found, f"“{text}” below the card")[0]


def marks(message: Message) -> set[str]:
    """The marks that the desk has put below a message."""
    return set(message.reactions)


def held(office: Office, written: Message) -> Message:
    """An agent's words, once they are held."""
    office.house.wait_until(lambda: marks(written) == {"hourglass_flowing_sand"}, "the hold")
    return written


def buttons(message: Message) -> dict[str, str]:
    """The action ids of a message's buttons and lists, by their label."""
    elements = [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]
    return {(one.get("text") or one["placeholder"])["text"]: one["action_id"] for one in elements}


def said_to(office: Office, person: Person, text: str) -> Message:
    """What the desk said to somebody alone, in a room or between the two, once it did."""

    def found() -> list[Message]:
        alone = [one for one in person.dm.messages.values() if one.by_bot]
        return [one for one in [*person.whispers, *alone] if text in words(one)]

    return office.house.wait_until(found, f"“{text}” to {person.user.name} alone")[-1]


def said(office: Office, room: Channel) -> list[str]:
    """The notifications of what the desk has posted in a room, in order."""
    return [call["text"] for call in office.server.calls("chat.postMessage", ok=True) if call["channel"] == room.id]


def posted(office: Office, text: str) -> list[str]:
    """The notifications of what the desk has posted anywhere with this in it."""
    calls = office.server.calls("chat.postMessage", ok=True)
    return [call["text"] for call in calls if text in str(call["blocks"])]
