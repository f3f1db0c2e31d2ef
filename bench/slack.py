"""How soon Slack's events are acknowledged, which is when they are committed, and how soon a Home page is shown.

Slack is the server of the tests, in the process of the bench: what it costs is in the figures.
"""

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.plan import Plan
from bench.report import Aim, Figure, Report
from bench.rig import free_port, percentile
from bench.subjects import BenchError, Place, firstline, prepare
from bench.ticking import fill_open
from tests.support.slackserver import Delivery, Person, SlackServer, Workspace

NAME = "slack"
_RATE: float = 100
_PEOPLE = 50
_MOST = 50_000
_LOOKS = 10
_LIMIT = 240.0
_SLACK = """
[slack]
bot_tokens = ["{token}"]
app_token = "{app_token}"
api = "{api}"
"""


def measure(plan: Plan) -> Report:
    """Events at a steady rate, and Home pages, with few tickets and with many."""
    sizes = (plan.ticking[0], min(plan.ticking[1], _MOST))
    acknowledged = Figure(what=f"acknowledged, p99 at {_RATE:g} a second, ms", aim=Aim(limit=250))
    median = Figure(what="acknowledged, median, ms")
    home = Figure(what="Home shown, median, ms", aim=Aim(limit=1.5, to=f"{sizes[0]:,}"))
    for size in sizes:
        contestant = f"{size:,}"
        plan.say(f"{NAME}: {contestant} open tickets")
        place = Place(folder=plan.folder / f"slack-{size}", port=free_port(), relay_port=free_port())
        place.folder.mkdir()
        prepare(place)
        fill_open(place.database, size)
        with SlackServer() as server:
            acme = server.workspace("Acme")
            with _serving(place, server, acme):
                people = [acme.person(f"p{number}") for number in range(_PEOPLE)]
                times = _events(server, acme, people, plan.mails)
                acknowledged.note(contestant, percentile(times, 0.99) * 1000)
                median.note(contestant, percentile(times, 0.5) * 1000)
                _rest(place)
                looks = [_look(server, person) for person in people[:_LOOKS]]
                home.note(contestant, percentile(looks, 0.5) * 1000)
    return Report(
        name=NAME,
        about=f"firstline with so many open tickets before; {plan.mails} messages of {_PEOPLE} people",
        contestants=[f"{size:,}" for size in sizes],
        figures=[acknowledged, median, home],
        judged=True,
    )


@contextmanager
def _serving(place: Place, server: SlackServer, acme: Workspace) -> Iterator[None]:
    more = _SLACK.format(token=acme.token, app_token=server.app.app_token.secret, api=server.base_url)
    with Path(place.folder / "subject.log").open("wb") as log:
        process = subprocess.Popen(firstline(place, "serve", more=more), stdout=log, stderr=log)
        try:
            _wait(lambda: len(server.sockets.open) >= 2, "two sockets")
            yield
        finally:
            process.terminate()
            process.wait(_LIMIT)


def _events(server: SlackServer, acme: Workspace, people: list[Person], count: int) -> list[float]:
    """So many messages, one after the other at the rate, whether or not the last is acknowledged."""
    begun = [person.post(person.dm, "The printer is broken") for person in people]
    _wait(lambda: all(each.done.done() for each in server.deliveries), "the first messages")
    times: list[float] = []
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number / _RATE - time.monotonic()))
        person = people[number % len(people)]
        at = time.monotonic()
        person.post(person.dm, f"And {number}", thread=begun[number % len(people)])
        _time(acme.deliveries[-1], at, times)
    _wait(lambda: len(times) == count, "all acknowledgements")
    return times


def _time(delivery: Delivery, at: float, times: list[float]) -> None:
    delivery.done.add_done_callback(lambda _: times.append(time.monotonic() - at))


def _rest(place: Place) -> None:
    """Wait until all that came is worked."""
    with closing(sqlite3.connect(f"file:{place.folder / 'firstline.db'}?mode=ro", uri=True)) as database:
        waiting = "select count(*) from inbox where state in ('new', 'fetching')"
        _wait(lambda: database.execute(waiting).fetchone() == (0,), "the desk to come to rest")


def _look(server: SlackServer, person: Person) -> float:
    """The seconds from opening the Home page until it is there."""
    shown = len(server.calls("views.publish", ok=True))
    at = time.monotonic()
    person.open_home()
    _wait(lambda: len(server.calls("views.publish", ok=True)) > shown, "a Home page")
    return time.monotonic() - at


def _wait(true: Callable[[], object], what: str) -> None:
    end = time.monotonic() + _LIMIT
    while not true():
        if time.monotonic() > end:
            raise BenchError(f"waited in vain for {what}")
        time.sleep(0.002)
