"""What the `custom_id` of a button, a list or a modal says: Discord keeps a hundred characters, and gives them back.

`fl|pressed|<number>|<token>|<value>`: so that they work after a restart, nothing else has to be known.
"""

from typing import Final

from msgspec import Struct

from channels.rich.limits import size

MARK: Final = "fl"
PRESSED: Final = "c"
CHOSEN: Final = "s"
OPENS: Final = "o"
FORM: Final = "f"
LONGEST: Final = 100
_SEP: Final = "|"


class Memo(Struct, frozen=True, kw_only=True):
    """What something below a message, or a form, is about.

    `kind` is one of those above; `value` what comes back, or opens. What opens a form for a `category` says
    so, and `about` is the message of which a ticket is opened. `token` is that of the message below which it stands.
    """

    kind: str
    value: str = ""
    token: str = ""
    number: int = 0
    category: str = ""
    about: str = ""

    def written(self) -> str:
        """It, as Discord keeps it. Raises ValueError where it is too long."""
        tail = (self.category.replace(_SEP, "/"), self.about) if self.category or self.about else ()
        made = _SEP.join((MARK, self.kind, str(self.number), self.token, self.value.replace(_SEP, "/"), *tail))
        if size(made) > LONGEST:
            raise ValueError(f"{made!r} is over {LONGEST} characters")
        return made


def memo_of(custom_id: str) -> Memo | None:
    """What was written so; None where it is none of ours."""
    parts = custom_id.split(_SEP)
    if len(parts) < 5 or parts[0] != MARK or not parts[2].isdigit():
        return None
    _, kind, number, token, value, *tail = parts
    category, about = (*tail, "", "")[:2]
    return Memo(kind=kind, number=int(number), token=token, value=value, category=category, about=about)
