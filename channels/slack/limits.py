"""What Slack takes (docs.slack.dev, Block Kit reference), and how near to it we go.

All blocks of a message together may have about 13,200 characters, which no page says (`msg_blocks_too_long`). Nor does
one say whether JSON counts, and how characters outside the BMP do: here both count for what they cost at most.
"""

from typing import Final

BLOCKS: Final = 40
"""Blocks of a message; Slack takes 50."""
VIEW_BLOCKS: Final = 100
"""Blocks of somebody's page."""
MESSAGE: Final = 11_000
"""Characters of all blocks of a message, as JSON."""
BUTTONS: Final = 25
LABEL: Final = 75
VALUE: Final = 2_000
MENU: Final = 100
"""Lines of a menu, of one of its groups, and how many groups it has."""
MENU_VALUE: Final = 150
TITLE: Final = 24
"""Of a modal; of the buttons below it too."""
HINT: Final = 2_000
TYPED: Final = 3_000
"""What can be entered into one field."""
ID: Final = 255
ALTERNATIVE: Final = 1_000
"""Characters about a picture (`alt_txt_too_large`)."""
NOTIFICATION: Final = 150
"""Characters of the text that stands for a whole message in a notification."""
