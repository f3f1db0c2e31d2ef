"""What people see on Slack, and how they press and fill in, as scenarios of buttons and forms write it."""

import copy

from tests.scenarios.slack.conftest import Office
from tests.support.slackserver import Json, Message, Person, View


def card(office: Office) -> Message:
    """The card of the only ticket, as it is shown now."""
    return office.house.wait_until(
        lambda: next((one for one in office.desk.messages.values() if one.blocks), None), "the card"
    )  # type: ignore[return-value]


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
