"""A long piece of work by a command: many operations, each of its own, on a desk that serves or on one that rests."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final

from bot import control, operations
from bot.config import Config
from bot.db.lock import Held
from bot.db.store import Store
from bot.desk import Desk
from bot.loops.desk import DeskLoop
from bot.wiring import build_channels, build_desk, open_store

_PAUSE_SECONDS: Final = 0.1


class Session:
    """`ask` has an operation done; `settle` returns when no more than so many received messages wait to be worked."""

    def __init__(self, ask: Callable[..., Any], settle: Callable[[int], None]) -> None:
        self.ask = ask
        self.settle = settle


@contextmanager
def session(config: Config) -> Iterator[Session]:
    """Work on the desk. Raises NotDone, also when the process that serves ends; ConfigError, StoreUnavailable."""
    with ExitStack() as stack:
        try:
            stack.enter_context(control.writing(config))
        except Held:
            ask = partial(control.call_serving, config)
            found = Session(ask, partial(_wait, ask))
        else:
            found = stack.enter_context(_resting(config))
        yield found


@contextmanager
def _resting(config: Config) -> Iterator[Session]:
    """The desk in this process; what waits in its inbox is worked here."""
    store = open_store(config, upgrade=control.database_file(config) is not None)
    try:
        desk = store.run(lambda tx: build_desk(config, tx))
        loop = DeskLoop(store, desk, build_channels(config), left_over=0)
        try:
            ask = partial(_ask, store, desk)
            yield Session(ask, lambda most: _work(loop, ask, most))
        finally:
            loop.parsing.close()
            loop.lanes.let_go_all()
    finally:
        store.close()


def _ask(store: Store, desk: Desk, operation: str, **arguments: Any) -> Any:  # noqa: ANN401  JSON
    return store.run(operations.unit(desk, operation, arguments))


def _work(loop: DeskLoop, ask: Callable[..., Any], most: int) -> None:
    """On a server another process may have hold of some of it."""
    while True:
        while loop.work():
            pass
        if ask("status")["inbox_waiting"] <= most:
            return
        time.sleep(_PAUSE_SECONDS)


def _wait(ask: Callable[..., Any], most: int) -> None:
    while ask("status")["inbox_waiting"] > most:
        time.sleep(_PAUSE_SECONDS)
