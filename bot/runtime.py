"""How every process of the desk is set up."""

import gc
import logging
import sys
from typing import Final

_SWITCH_SECONDS: Final = 0.002
_ALLOCATIONS_BETWEEN_COLLECTIONS: Final = 20_000


def log_to_stderr() -> None:
    """One line an entry, with its time: what keeps a service adds the rest."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


def begin() -> None:
    """Before everything is loaded: all that is made until `tune` stays, so there is no garbage to look for."""
    gc.disable()


def tune() -> None:
    """Take turns often, so that no connection waits long; and look for garbage seldom, and never in what stays."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.freeze()
    gc.enable()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS, 20, 50)
