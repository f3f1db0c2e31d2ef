"""A mail that somebody passes on: who wrote it, as the copied header or the attached message names them (E81)."""

import re
from collections.abc import Callable, Sequence

from channels.base import Address, Attachment, Forwarded
from channels.email import addresses, body, quoting
from channels.email.quoting import headers, marks
from channels.email.quoting import lines as ln
from channels.email.scan import Scan

_TRIES = 50
_LONGEST = 1_000_000
_LONGEST_ATTACHED = 1_000_000
_FIELD = re.compile(r"[^:]{0,40}:[*_\s]*")
_OUTLOOK = re.compile(r"\[mailto:([^\]\s]{3,300})\]")
_DIRECTORY = re.compile(r"[<\[]/O=[^>\]]*[>\]]", re.IGNORECASE)
_LONGEST_NAME = 200
_QUOTE_MARK = re.compile(r"^> ?")


def read(text: str, files: Sequence[Attachment]) -> Forwarded | None:
    """The mail that stands below a copied header in `text`, else the only one that is attached; None without either.

    Programs that write quote marks before what they pass on (Apple Mail) are read without those marks. Exchange shows
    a colleague's name only: such a header counts where nothing else is found.
    """
    if len(text) > _LONGEST:
        return None
    lines = ln.split_lines(text)
    bare = [_QUOTE_MARK.sub("", line) for line in lines]
    return (
        _copied(lines, _sender)
        or _copied(bare, _sender)
        or _attached(text, files)
        or _copied(lines, _named)
        or _copied(bare, _named)
    )


def _copied(original: list[str], who: Callable[[str], Address | None]) -> Forwarded | None:
    lines = ln.bare(original, "\n".join(original))
    kinds = marks.first_look(lines)
    found = headers.find(lines, kinds, range(len(lines)), _TRIES)
    if found is None:
        return None
    begin, end = found
    fields = _fields(lines[begin:end])
    sender = who(fields.get("from", ""))
    if sender is None:
        return None
    return Forwarded(
        sender=sender,
        subject=fields.get("subject", ""),
        text="\n".join(original[end:]).strip(),
        cover=_cover("\n".join(original[:begin])),
    )


def _fields(lines: list[str]) -> dict[str, str]:
    """The fields of a copied header by their kind, each with the lines it runs on to."""
    fields: dict[str, str] = {}
    current = ""
    for line in lines:
        kind = headers.field(line)
        if kind:
            current = kind if kind not in fields else ""
            if current:
                fields[current] = _FIELD.sub("", line, count=1).strip(" *")
        elif current and line:
            fields[current] = f"{fields[current]} {line}"
    return fields


def _sender(written: str) -> Address | None:
    found = addresses.addresses(_OUTLOOK.sub(r"<\1>", written))
    return next((address for address in found if addresses.is_deliverable(address.address)), None)


def _named(written: str) -> Address | None:
    """Who wrote it where only their name stands there, perhaps with an address of Exchange's own directory."""
    name = _DIRECTORY.sub("", written).strip(" \"'")
    return Address("", name) if name and "@" not in name and len(name) <= _LONGEST_NAME else None


def _attached(text: str, files: Sequence[Attachment]) -> Forwarded | None:
    mails = [file for file in files if file.type == "message/rfc822" and file.size <= _LONGEST_ATTACHED]
    if len(mails) != 1:
        return None
    scan = Scan(mails[0].content)
    sender = _sender(scan.root.headers.get("from"))
    if sender is None:
        return None
    said = body.read(scan.data, scan.root).text.strip()
    return Forwarded(sender=sender, subject=scan.root.headers.text("subject"), text=said, cover=_cover(text))


def _cover(text: str) -> str:
    """What whoever passes it on wrote above, without their signature."""
    return quoting.split(text).reply.strip() if text.strip() else ""
