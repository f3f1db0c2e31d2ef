"""How large a part of a message may be. The figures are Slack's (docs.slack.dev, Block Kit); Discord cuts once more."""

from typing import Any, Final

import msgspec

BLOCK: Final = 6_000
"""Characters of one part, as JSON."""
TEXT: Final = 2_800
"""Characters of the text of one part; a section of Slack takes 3,000."""
HEADER: Final = 150
URL: Final = 2_000
"""Characters of a link's address; Slack takes 3,000."""
TABLE_ROWS: Final = 100
TABLE_COLUMNS: Final = 20
INDENT: Final = 8
"""How deep a list can lie in others."""


def size(text: str) -> int:
    """How many characters a platform may count: UTF-16 code units."""
    return len(text) if text.isascii() else len(text) + sum(letter > "\uffff" for letter in text)


def weight(value: Any) -> int:  # noqa: ANN401  JSON
    """The same of a value as JSON."""
    return size(msgspec.json.encode(value).decode())
