"""From an `Outgoing` to the messages that Discord is to post: pure, and the same for the same arguments.

https://docs.discord.com/developers/resources/message#create-message
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from channels.base import Address, Attachment, Choice, Envelope, Outgoing
from channels.discord.forms import OPTIONS, one_line, option
from channels.discord.markdown import PIECE, contents, escaped
from channels.discord.memo import CHOSEN, OPENS, PRESSED, Memo
from channels.marker import without_marker
from channels.rich.cutting import cut, excerpt, shortened
from channels.rich.inline import clean
from channels.rich.limits import size

Json = dict[str, Any]

MOST: Final = 8
"""Messages; what would take more goes as a file, below its beginning."""
LARGEST: Final = 10 * 1024 * 1024
"""Bytes of a file."""
REQUEST: Final = 24 * 1024 * 1024
"""Bytes of all files of a message."""
FILES: Final = 10
DESCRIPTION: Final = 1024
"""Characters about a file."""
ROWS: Final = 5
BUTTONS: Final = 5
TITLE: Final = 100
_LABEL: Final = 80
_PLACEHOLDER: Final = 150
_SPEAKER: Final = 80
_NAME: Final = 200
_END: Final = 20
_QUIET_LINKS: Final = 1 << 2
"""SUPPRESS_EMBEDS: nothing that a message links to is looked at and shown below it."""
NOBODY: Final[Json] = {"parse": [], "replied_user": False}
_TYPE: Final = re.compile(r"[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+-]{1,100}")
REPLY: Final = "reply"
"""What such a pencil opens."""
_WHOLE: Final = "message.md"


class File(Struct, frozen=True, kw_only=True):
    """A file that goes with a message; `description` is for who does not see it."""

    name: str
    type: str
    content: bytes
    description: str = ""


class Post(Struct, frozen=True, kw_only=True):
    """One message: what it is given, and the files that come with it."""

    payload: Json
    files: tuple[File, ...] = ()


class Rendered(Struct, frozen=True, kw_only=True):
    """All that one delivery posts, in order; `title` is what a thread is called that it begins, `labels` its tags."""

    posts: list[Post]
    title: str = ""
    labels: tuple[str, ...] = ()


def render(outgoing: Outgoing, envelope: Envelope) -> bytes:
    """The messages and files of a delivery, for `read`. The line to write above has no meaning here."""
    return msgspec.json.encode(drawn(outgoing, envelope))


def read(rendered: bytes) -> Rendered:
    """What `render` made."""
    return msgspec.json.decode(rendered, type=Rendered)


def drawn(outgoing: Outgoing, envelope: Envelope) -> Rendered:
    """What is to be posted, one message at least; the first rings at those who are to be rung."""
    body = without_marker(outgoing.body)
    files = [_file(file) for file in outgoing.files if file.content and len(file.content) <= LARGEST]
    left_out = [f"-# {escaped(_named(file))}" for file in outgoing.files if len(file.content) > LARGEST]
    said = contents(body)
    if len(said) > MOST:
        files = [File(name=_WHOLE, type="text/markdown", content=clean(body).encode()), *files]
        said = said[:1]
    said = [*said[:-1], "\n".join([*said[-1:], *left_out])] if left_out else said
    said = said or [escaped(_in_place_of_words(outgoing))]
    said[0] = _head(envelope) + "".join(f"<@{user}> " for user in rings(envelope.rings)) + said[0]
    batches = list(_batches(files)) or [()]
    components = rows(outgoing.choices, envelope.token)
    count = len(said) + len(batches) - 1
    shown = [*said, *[""] * (len(batches) - 1)]
    given = [*[()] * (len(said) - 1), *batches]
    return Rendered(
        posts=[
            Post(
                payload=_payload(content, envelope, number, count, components if number == count else []),
                files=given[number - 1],
            )
            for number, content in enumerate(shown, 1)
        ],
        title=title_of(envelope.ticket, outgoing.subject),
        labels=outgoing.labels,
    )


def title_of(ticket: int, subject: str) -> str:
    """What the thread of a ticket is called; its number is how it is found again."""
    number = f"#{ticket} "
    return one_line(subject if not ticket or subject.startswith(number) else number + subject, TITLE)


def nonce(key: str, part: int = 0, of: int = 0) -> str:
    """The nonce of a part of a delivery, within 25 characters; without a part, what those of all begin with."""
    digest = urlsafe_b64encode(hashlib.sha256(key.encode("utf-8", "replace")).digest()).decode()[:20]
    return f"{digest}{part:02}{of:02}" if part else digest


def part_of(given: str, key: str) -> tuple[int, int] | None:
    """Which part of this delivery a message with that nonce is, and of how many; None if of another."""
    begin, numbers = nonce(key), given[20:]
    if not given.startswith(begin) or len(numbers) != 4 or not numbers.isdigit():
        return None
    return int(numbers[:2]), int(numbers[2:])


def rings(people: Sequence[Address]) -> list[str]:
    """The ids of those who are called by name."""
    return [one.address for one in people if one.address.isdigit()]


def _payload(content: str, envelope: Envelope, number: int, count: int, components: list[Json]) -> Json:
    called = rings(envelope.rings) if number == 1 else []
    return {
        "content": content,
        "allowed_mentions": {**NOBODY, "users": called} if called else NOBODY,
        "nonce": nonce(envelope.key, number, count),
        "enforce_nonce": True,
        "flags": _QUIET_LINKS,
        **({"components": components} if components else {}),
    }


def _head(envelope: Envelope) -> str:
    speaker = " ".join(clean(envelope.speaker).split())
    return f"-# {escaped(shortened(speaker, _SPEAKER))}\n" if speaker else ""


def _in_place_of_words(outgoing: Outgoing) -> str:
    words = clean(outgoing.subject).split() or clean(" ".join(file.name for file in outgoing.files)).split()
    return next(cut(" ".join(words), PIECE // 2), "…") or "…"


def _batches(files: Sequence[File]) -> Iterator[tuple[File, ...]]:
    """Files in as few messages as take them."""
    batch: list[File] = []
    room = REQUEST
    for file in files:
        if batch and (len(batch) == FILES or len(file.content) > room):
            yield tuple(batch)
            batch, room = [], REQUEST
        batch.append(file)
        room -= len(file.content)
    if batch:
        yield tuple(batch)


def _named(file: Attachment) -> str:
    return f"{' '.join(clean(file.name).split())} ({len(file.content) / 1_000_000:.1f} MB)"


def _file(file: Attachment) -> File:
    name = " ".join(clean(file.name).split()).replace("/", "_").replace("\\", "_")
    kind = file.type if _TYPE.fullmatch(file.type) else "application/octet-stream"
    stem, dot, end = name.rpartition(".")
    if size(name) > _NAME:
        name = f"{shortened(stem or end, _NAME // 2)}{dot}{end[:_END]}" if stem else shortened(name, _NAME)
    description = excerpt(clean(file.description), DESCRIPTION)
    return File(name=name or "file", type=kind, content=file.content, description=description)


# ------------------------------------------------------------------------------------------ buttons and lists


def rows(choices: Sequence[Choice], token: str) -> list[Json]:
    """A button a Choice, five in a row; a list has a row of its own, or some, if it is long."""
    buttons = [_button(number, one, token) for number, one in enumerate(choices, 1) if not one.options]
    kept = [one for one in buttons if one is not None]
    made = [_row(kept[at : at + BUTTONS]) for at in range(0, len(kept), BUTTONS)]
    for number, choice in enumerate(choices, 1):
        made += [_row([one]) for one in _lists(number, choice, token)] if choice.options else []
    return made[:ROWS]


def reply_row(token: str) -> Json:
    """A pencil that opens a form for an answer, for where answers come without their words."""
    memo = Memo(kind=OPENS, value=REPLY, token=token)
    return _row([{"type": 2, "style": 2, "emoji": {"name": "✏\ufe0f"}, "custom_id": memo.written()}])


def _row(components: list[Json]) -> Json:
    return {"type": 1, "components": components}


def _button(number: int, choice: Choice, token: str) -> Json | None:
    """A button; None where what it means does not fit into it."""
    kind = OPENS if choice.asks else PRESSED
    for kept in (token, ""):
        memo = Memo(kind=kind, value=clean(choice.value), token=kept, number=number)
        try:
            custom_id = memo.written()
        except ValueError:
            continue
        return {
            "type": 2,
            "style": 1 if number == 1 else 2,
            "label": one_line(choice.label, _LABEL),
            "custom_id": custom_id,
        }
    return None


def _lists(number: int, choice: Choice, token: str) -> Iterator[Json]:
    offered = [one for one in choice.options if one.value and size(one.value) <= 100]
    for at in range(0, len(offered), OPTIONS):
        group = offered[at : at + OPTIONS]
        memo = Memo(kind=CHOSEN, value=str(at or ""), token=token, number=number)
        yield {
            "type": 3,
            "custom_id": memo.written(),
            "placeholder": one_line(choice.label, _PLACEHOLDER),
            "options": [option(one) for one in group],
        }
