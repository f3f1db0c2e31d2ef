"""What goes over the console's socket, to and from the desk's own words: pure."""

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from channels.base import Address, Attachment, Envelope, Incoming, Kind, Outgoing, Raw, Unparseable
from channels.marker import without_marker

_CONTROLS: Final = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]{1,99}/[\w!#$&^.+-]{1,99}", re.ASCII)
_SUBJECT_LENGTH: Final = 80
_IDENTITY_LENGTH: Final = 200


class SentFile(Struct, frozen=True):
    """A file that a client sends; `content` is base64."""

    name: str
    content: str
    type: str = "application/octet-stream"


class Said(Struct, frozen=True, kw_only=True):
    """What a client says. `ticket` is the number it is about (None: something new), `token` what proves it."""

    say: str
    ticket: int | None = None
    token: str = ""
    choice: str | None = None
    key: str = ""
    files: tuple[SentFile, ...] = ()
    identity: str = field(default="", name="as")


def read(line: bytes) -> Said:
    """A client's line. Raises Unparseable."""
    try:
        return msgspec.json.decode(line, type=Said)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unparseable(f"no message of the console: {error}") from error


def identity_of(name: str) -> str:
    """The form in which an identity is kept and compared; empty where it cannot be one."""
    identity = name.strip().casefold()
    return identity if len(identity) <= _IDENTITY_LENGTH and identity.isprintable() else ""


def parse(raw: Raw) -> Incoming:
    """The message in a stored line. Raises Unparseable."""
    said = read(raw.payload)
    identity = identity_of(said.identity)
    if not identity:
        raise Unparseable("it does not say who speaks")
    text = said.say.replace("\r\n", "\n").translate(_CONTROLS).strip()
    files = [_attachment(file) for file in said.files]
    kept = tuple(file for file in files if file is not None)
    return Incoming(
        kind=Kind.HUMAN,
        external_id=f"console:{raw.key}",
        sender=Address(identity),
        subject=_subject(text, said.ticket),
        text=text,
        reply=text,
        sent_at=raw.received_at,
        tokens=(said.token,) if said.token else (),
        verified=True,
        above_marker=True,
        choice=said.choice,
        attachments=kept,
        problems=() if len(kept) == len(files) else ("attachment_missing",),
    )


def render(outgoing: Outgoing, envelope: Envelope) -> bytes:
    """One line of JSON with all that a client may want to show. The line to write above has no meaning here."""
    delivery = {
        "key": envelope.key,
        "ticket": envelope.ticket,
        "token": envelope.token,
        "at": envelope.sent_at,
        "from": envelope.speaker,
        "subject": outgoing.subject,
        "body": without_marker(outgoing.body),
        "choices": [{"value": choice.value, "label": choice.label} for choice in outgoing.choices],
        "files": [_shown_file(file) for file in outgoing.files],
        "language": outgoing.language,
        "automatic": outgoing.automatic,
    }
    return msgspec.json.encode(_without_surrogates(delivery))


def _subject(text: str, ticket: int | None) -> str:
    """The first line, and the tag of the ticket it is about: a tag counts from who is on that ticket."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")[:_SUBJECT_LENGTH]
    return f"{first} [#{ticket}]".strip() if ticket is not None and ticket > 0 else first


def _attachment(file: SentFile) -> Attachment | None:
    try:
        content = b64decode(file.content, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Attachment(
        name=file.name.translate(_CONTROLS).replace("\n", " ") or "file",
        type=file.type if _MEDIA_TYPE.fullmatch(file.type) else "application/octet-stream",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def _shown_file(file: Attachment) -> dict[str, Any]:
    return {"name": file.name, "type": file.type, "size": file.size, "content": b64encode(file.content).decode()}


def _without_surrogates(value: Any) -> Any:  # noqa: ANN401  JSON
    """The same with every lone surrogate, which UTF-8 cannot say, as a question mark."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _without_surrogates(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(part) for part in value]
    return value
