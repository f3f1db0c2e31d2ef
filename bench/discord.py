"""How soon Discord's interactions are answered, and what was said while the desk was away is there.

Discord is the server of the tests, in the process of the bench: what it costs is in the figures. Cards come at the pace
that Discord bears, so there are few.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import cycle
from typing import NamedTuple

from bench.plan import Plan
from bench.platforms import Figures, by_turns, report, serving
from bench.report import Aim, Figure, Report
from bench.resting import rest, wait, wait_for_rows
from bench.rig import percentile
from bench.subjects import Place
from tests.support.discordserver import Channel, DiscordServer, Interaction, Json, Message, Person

NAME = "discord"
_RATE = 50.0
_PEOPLE = 20
_MISSED = 300
_SETTINGS = """
[[agent]]
handle = "anna"
name = "Anna Berg"
email = "anna@example.org"
medium = "discord"
addresses = {{ discord = "{anna}" }}

[discord]
token = "{token}"
api = "{api}"
gateway = "{gateway}"
desks = {{ default = "{desk}" }}
"""


def measure(plan: Plan) -> Report:
    """Interactions at a steady rate, then 300 messages while the desk is stopped; with few tickets and with many."""
    figures = _Figures()
    for place, size in by_turns(plan, NAME):
        with DiscordServer() as server:
            _measure_one(figures, f"{size:,}", _office(place, server), plan.mails)
    return report(plan, NAME, figures, what=f"interactions; {_PEOPLE} people with a ticket")


class _Figures(Figures):
    """What is measured, in the order in which it is shown."""

    def __init__(self) -> None:
        self.answered = Figure(what=f"answered, p99 at {_RATE:g} a second, ms", aim=Aim(limit=250))
        self.median = Figure(what="answered, median, ms")
        self.kept = Figure(what="of these, what is kept first, median, ms")
        self.shown = Figure(what="of these, a form shown, median, ms")
        self.meanwhile = Figure(what="answered, p99, while all open tickets are gone through, ms")
        self.heard = Figure(what=f"{_MISSED} missed messages in the inbox, s from the start")
        self.caught_up = Figure(what=f"{_MISSED} missed messages on tickets, s from the start", aim=Aim(limit=10))
        self.refused = Figure(what="calls that were refused with 429 meanwhile", aim=Aim(limit=0))


class _Office(NamedTuple):
    place: Place
    server: DiscordServer
    desk: Channel
    anna: Person
    people: Sequence[Person]


def _office(place: Place, server: DiscordServer) -> _Office:
    acme = server.guild("Acme")
    people = [acme.person(f"p{number}") for number in range(_PEOPLE)]
    return _Office(place, server, acme.channel("desk"), acme.person("anna"), people)


def _measure_one(figures: _Figures, contestant: str, office: _Office, count: int) -> None:
    with _serving(office):
        asked = [person.send_dm("The printer is broken") for person in office.people]
        cards = _cards(office)
        figures.meanwhile.note(contestant, percentile(_times(_interactions(office, cards, count // 2)), 0.99) * 1000)
        rest(office.place)
        answered = _interactions(office, cards, count)
        rest(office.place)
    times = _times(answered)
    figures.answered.note(contestant, percentile(times, 0.99) * 1000)
    figures.median.note(contestant, percentile(times, 0.5) * 1000)
    figures.kept.note(contestant, percentile(_times(answered[0::4] + answered[1::4] + answered[2::4]), 0.5) * 1000)
    figures.shown.note(contestant, percentile(_times(answered[3::4]), 0.5) * 1000)
    figures.refused.note(contestant, _catch_up(figures, contestant, office, asked))


def _catch_up(figures: _Figures, contestant: str, office: _Office, asked: Sequence[Message]) -> int:
    """Start on 300 messages that were said meanwhile; returns how many calls Discord refused by its rate limits."""
    server = office.server
    server.expire_sessions()
    for number, (person, message) in zip(range(_MISSED), cycle(zip(office.people, asked, strict=True)), strict=False):
        person.send_dm(f"Missed {number}", reply_to=message)
    server.rates.on = True
    begun = time.monotonic()
    with _serving(office):
        wait_for_rows(office.place, "inbox where received_at > (select max(until) from cursor)", _MISSED)
        figures.heard.note(contestant, time.monotonic() - begun)
        wait_for_rows(office.place, "message where words like 'Missed %'", _MISSED)
        figures.caught_up.note(contestant, time.monotonic() - begun)
    return server.rates.refused


def _cards(office: _Office) -> list[Message]:
    """The cards of all requests, once they are there."""
    bot = office.server.app.bot

    def shown() -> list[Message]:
        return [one for one in office.desk.messages if one.author is bot and _component(one, "More")]

    wait(lambda: len(shown()) >= len(office.people), "the cards")
    return shown()


def _component(card: Message, says: str) -> str:
    """The id of a button or list of a card; empty where there is none."""
    return next((str(one["custom_id"]) for one in _components(card) if says in one.values()), "")


def _components(card: Message) -> list[Json]:
    return [one for row in card.components for one in row.get("components", ())]


def _prioritise(anna: Person, card: Message, number: int) -> Interaction:
    """Choose another priority than the last time, from the list on a card."""
    (offered,) = (one for one in _components(card) if one.get("placeholder") == "Priority")
    return anna.choose(card, offered["custom_id"], offered["options"][number // _PEOPLE % 2]["value"])


def _interactions(office: _Office, cards: Sequence[Message], count: int) -> list[Interaction]:
    """So many at the rate, whether or not the last is answered: a button, a list, a command and a form by turns."""
    anna, desk = office.anna, office.desk
    asks: list[Callable[[int, Message], Interaction]] = [
        lambda _number, card: anna.press(card, _component(card, "More")),
        lambda number, card: _prioritise(anna, card, number),
        lambda _number, _card: anna.command("desk", desk, verb="mine"),
        lambda _number, _card: anna.command("ticket", desk),
    ]
    done: list[Interaction] = []
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number / _RATE - time.monotonic()))
        done.append(asks[number % len(asks)](number, cards[number // len(asks) % len(cards)]))
    return done


def _times(interactions: Sequence[Interaction]) -> list[float]:
    """The seconds until each was answered, as the person saw it."""
    answers = [one.wait() for one in interactions]
    return [answer.seconds for answer in answers]


def _serving(office: _Office) -> AbstractContextManager[None]:
    server = office.server
    more = _SETTINGS.format(
        token=server.token, api=server.api, gateway=server.gateway, desk=office.desk.id, anna=office.anna.id
    )
    connected = server.sockets.connections
    return serving(office.place, more, lambda: server.sockets.connections > connected and server.connected)
