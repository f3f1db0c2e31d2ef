"""How soon Slack's events are acknowledged, which is when they are committed, and a page or a search is shown.

Slack is the server of the tests, in the process of the bench: what it costs is in the figures.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any, NamedTuple

from sqlalchemy import create_engine, insert

from bench.mails import STORIES
from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bench.resting import LIMIT, rest, wait
from bench.rig import percentile
from bench.subjects import Place, firstline, prepare
from bench.ticking import BEGAN, CHUNK, fill_open
from bot.cause import Cause
from bot.config import load_config
from bot.db.models import Conversation, Message
from bot.db.tx import Tx
from bot.demo.stage import free_port
from bot.ticket import finding
from bot.wiring import build_desk, open_store
from tests.support.slackserver import Delivery, Person, SlackServer, Workspace

NAME = "slack"
_RATE: float = 100
_PEOPLE = 50
_MOST = 50_000
_LOOKS = 10
_ROUNDS = 3
_COMMON = "Thank you in advance"
_RARE = "Inventory-4711"
_AGENT = """
[[agent]]
handle = "anna"
name = "Anna Berg"
email = "{mail}"
medium = "slack"
"""
_SLACK = """
[slack]
bot_tokens = ["{token}"]
app_token = "{app_token}"
api = "{api}"
"""


def measure(plan: Plan) -> Report:
    """Events at a steady rate, Home pages and searches, with few tickets and with many, by turns."""
    sizes = (plan.ticking[0], min(plan.ticking[1], _MOST))
    figures = _Figures(fewest=f"{sizes[0]:,}")
    rounds = min(plan.rounds, _ROUNDS)
    for number in range(1, rounds + 1):
        for size in sizes:
            plan.say(f"{NAME}: round {number} of {rounds}, {size:,} open tickets")
            place = Place(folder=plan.folder / f"slack-{number}-{size}", port=free_port(), relay_port=free_port())
            place.folder.mkdir()
            prepare(place)
            fill_open(place.database, size)
            _say_something(place.database, size)
            with SlackServer() as server:
                _measure_one(figures, f"{size:,}", _Office(place, server, server.workspace("Acme")), plan.mails)
            rmtree(place.folder)
    return Report(
        name=NAME,
        about=f"firstline with so many open tickets before; {plan.mails} messages of {_PEOPLE} people",
        contestants=[f"{size:,}" for size in sizes],
        figures=figures.all,
        judged=True,
    )


class _Office(NamedTuple):
    place: Place
    server: SlackServer
    acme: Workspace


class _Figures:
    """What is measured, in the order in which it is shown."""

    def __init__(self, fewest: str) -> None:
        as_few = Aim(limit=1.5, to=fewest)
        self.acknowledged = Figure(what=f"acknowledged, p99 at {_RATE:g} a second, ms", aim=Aim(limit=250))
        self.median = Figure(what="acknowledged, median, ms")
        self.meanwhile = Figure(what="acknowledged, p99, while all open tickets are gone through, ms")
        self.home = Figure(what="Home shown, median, ms", aim=as_few)
        self.common = Figure(what="/desk search for what many say, answered, median, ms", aim=Aim(limit=100))
        self.rare = Figure(what="/desk search for what one says, answered, median, ms", aim=Aim(limit=100))
        self.asked = Figure(what="that search in the database, median, ms")

    @property
    def all(self) -> list[Figure]:
        return list(vars(self).values())


def _measure_one(figures: _Figures, contestant: str, office: _Office, count: int) -> None:
    people = [office.acme.person(f"p{number}") for number in range(_PEOPLE)]
    with _serving(office):
        times = _events(office, people, count // 2)
        figures.meanwhile.note(contestant, percentile(times, 0.99) * 1000)
        rest(office.place)
        times = _events(office, people, count)
        figures.acknowledged.note(contestant, percentile(times, 0.99) * 1000)
        figures.median.note(contestant, percentile(times, 0.5) * 1000)
        rest(office.place)
        looks = [_look(office.server, person) for person in people[:_LOOKS]]
        figures.home.note(contestant, percentile(looks, 0.5) * 1000)
    anna = office.acme.person("anna")
    with _serving(office, _AGENT.format(mail=anna.user.email)):
        for figure, words in ((figures.common, _COMMON), (figures.rare, _RARE)):
            times = [_search(office.place, anna, words) for _ in range(_LOOKS)]
            figure.note(contestant, percentile(times, 0.5) * 1000)
    figures.asked.note(contestant, percentile(_queries(office.place), 0.5) * 1000)


def _say_something(url: str, count: int) -> None:
    """Each ticket begins with a message, as long as people's are; one of them says what no other does."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
        for begin in range(1, count + 1, CHUNK):
            numbers = range(begin, min(begin + CHUNK, count + 1))
            connection.execute(insert(Conversation), [_conversation(number) for number in numbers])
            connection.execute(insert(Message), [_message(number) for number in numbers])
            connection.exec_driver_sql("DELETE FROM ticket_words_due")
            connection.commit()
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _conversation(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": number,
        "channel": "email",
        "role": "requester",
        "speaks": False,
        "references": [],
    }


def _message(number: int) -> dict[str, Any]:
    words = "\n\n".join((*STORIES[number % len(STORIES)].paragraphs, _RARE if number == 1 else _COMMON))
    return {
        "id": number,
        "ticket_id": number,
        "conversation_id": number,
        "author_id": 1,
        "kind": "message",
        "role": "requester",
        "channel": "email",
        "external_id": f"{number}@people.example",
        "subject": f"The printer ({number})",
        "words": words,
        "text": words,
        "html": f"<div><p>{words}</p></div>",
        "flags": [],
        "at": BEGAN,
    }


def _search(place: Place, anna: Person, words: str) -> float:
    """The seconds from a command until its answer is there, or where that begins."""
    rest(place)
    seen = len(anna.whispers)
    at = time.monotonic()
    anna.command("/desk", f"search {words}")
    wait(lambda: len(anna.whispers) > seen, "what was found")
    return time.monotonic() - at


def _queries(place: Place) -> list[float]:
    """The seconds that the database takes for the search, without all that is around it."""
    config = load_config(place.folder / "config.toml")
    store = open_store(config, upgrade=False)
    times = []
    try:
        desk = store.run(lambda tx: build_desk(config, tx))
        for _ in range(_LOOKS):
            with store.read() as session:
                begun = time.perf_counter()
                finding.find(Cause(Tx(session, store.clock()), desk, "bench"), _RARE)
                times.append(time.perf_counter() - begun)
    finally:
        store.close()
    return times


@contextmanager
def _serving(office: _Office, more: str = "") -> Iterator[None]:
    place, server, acme = office
    more += _SLACK.format(token=acme.token, app_token=server.app.app_token.secret, api=server.base_url)
    with Path(place.folder / "subject.log").open("wb") as log:
        process = subprocess.Popen(firstline(place, "serve", more=more), stdout=log, stderr=log)
        try:
            wait(lambda: len(server.sockets.open) >= 2, "two sockets")
            yield
        finally:
            process.terminate()
            process.wait(LIMIT)


def _events(office: _Office, people: list[Person], count: int) -> list[float]:
    """So many messages, one after the other at the rate, whether or not the last is acknowledged."""
    server, acme = office.server, office.acme
    begun = [person.post(person.dm, "The printer is broken") for person in people]
    wait(lambda: all(each.done.done() for each in server.deliveries), "the first messages")
    times: list[float] = []
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number / _RATE - time.monotonic()))
        person = people[number % len(people)]
        at = time.monotonic()
        person.post(person.dm, f"And {number}", thread=begun[number % len(people)])
        _time(acme.deliveries[-1], at, times)
    wait(lambda: len(times) == count, "all acknowledgements")
    return times


def _time(delivery: Delivery, at: float, times: list[float]) -> None:
    delivery.done.add_done_callback(lambda _: times.append(time.monotonic() - at))


def _look(server: SlackServer, person: Person) -> float:
    """The seconds from opening the Home page until it is there."""
    shown = len(server.calls("views.publish", ok=True))
    at = time.monotonic()
    person.open_home()
    wait(lambda: len(server.calls("views.publish", ok=True)) > shown, "a Home page")
    return time.monotonic() - at
