"""What somebody entered on the page of a link, as a browser posts it."""

import re
from typing import Final, Self
from urllib.parse import parse_qsl

from msgspec import Struct

LINK: Final = "link"
"""In the `meta` of what came from that page: the link that was used."""
_LONGEST: Final = 2000
_UNSHOWN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Filled(Struct, frozen=True, kw_only=True):
    """What was entered. `form` is what tells one page that was opened from another."""

    choice: str = ""
    comment: str = ""
    form: str = ""

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The fields of a form as browsers post it. Raises ValueError where it is none of ours."""
        text = body.decode("utf-8", "replace")
        fields = dict(parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace", max_num_fields=10))
        comment = _UNSHOWN.sub("", fields.get("comment", "").replace("\r\n", "\n")).strip()[:_LONGEST]
        return cls(choice=fields.get("choice", "")[:40], comment=comment, form=fields.get("form", "")[:40])
