"""Pictures where the words had them.

What mail programs put into plain text in place of a picture, `[cid:image001.png@01DA]` (Outlook) or `[image: a.png]`
(Gmail), is words to the desk and comes back escaped in Markdown; here it becomes the picture again, if that goes along.
"""

import re
from collections.abc import Sequence
from typing import Final

from channels.base import Attachment

_PLACEHOLDER: Final = re.compile(r"\\\[(?P<is>cid:|image: ?)(?P<what>(?:[^\\\[\]\n]|\\[^\n\[\]]){1,300})\\\]")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS: Final = re.compile(r"[!-/:-@\[-`{-~]")
_CONTENT_ID: Final = re.compile(r"[A-Za-z0-9._@+$=-]{1,300}")


def with_pictures(body: str, files: Sequence[Attachment]) -> str:
    """Markdown with the placeholders of those `files` that are pictures made into pictures.

    Where the picture does not go along, an id that only programs read gives way to the name in it.
    """
    if "\\[cid:" not in body and "\\[image:" not in body:
        return body
    pictures = [file for file in files if file.inline and file.content_id and _CONTENT_ID.fullmatch(file.content_id)]
    unplaced = list(pictures)

    def placed(found: re.Match[str]) -> str:
        what = _ESCAPED.sub(r"\1", found["what"]).strip()
        by_id = found["is"] == "cid:"
        fit = [file for file in pictures if (file.content_id if by_id else file.name) == what]
        fit = [file for file in fit if file in unplaced] or fit
        if not fit:
            return rf"\[{_literal(what.partition('@')[0])}\]" if by_id else found[0]
        if fit[0] in unplaced:
            unplaced.remove(fit[0])
        return f"![{_literal(fit[0].name)}](cid:{fit[0].content_id})"

    return _PLACEHOLDER.sub(placed, body)


def _literal(words: str) -> str:
    return _MARKS.sub(r"\\\g<0>", " ".join(words.split()))
