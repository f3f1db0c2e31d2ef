"""What rules and macros can do. One file an action; the file's name is what a rule writes after `do =`."""

import importlib
import pkgutil
from functools import cache

from bot.actions.base import Action


@cache
def actions() -> dict[str, type[Action]]:
    """All actions by name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name != "base":
            loaded = importlib.import_module(f"{__name__}.{module.name}")
            found[module.name] = getattr(loaded, module.name.title().replace("_", ""))
    return found
