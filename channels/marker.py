"""The line of a notice above which people are to write: it has a meaning in mail only."""

import re
from typing import Final

_MARKER: Final = re.compile(r"\s*(?:\\?#){2}\\?-[^\n]*?-\\?(?:\\?#){2}[ \t]*\\?(?:\n|$)\s*")


def without_marker(body: str) -> str:
    """Markdown without that line, where it begins with it."""
    found = _MARKER.match(body)
    return body[found.end() :] if found else body
