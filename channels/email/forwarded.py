"""A mail that somebody passes on: who wrote it, as the copied header or the attached message names them (E81)."""

import re
from collections.abc import Sequence

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
_QUOTE_MARK = re.compile(r"^> ?")


def read(text: str, files: Sequence[Attachment]) -> Forwarded | None:
    """The mail that stands below a copied header in `text`, else the only one that is attached; None without either.

    Programs that write quote marks before what they pass on (Apple Mail) are read without those marks.
    """
    if len(text) > _LONGEST:
        return None
    lines = ln.split_lines(text)
    return _copied(lines) or _copied([_QUOTE_MARK.sub("", line) for line in lines]) or _attached(text, files)


def _copied(original: list[str]) -> Forwarded | None:
    lines = ln.bare(original, "\n".join(original))
    kinds = marks.first_look(lines)
    found = headers.find(lines, kinds, range(len(lines)), _TRIES)
    if found is None:
        return None
    begin, end = found
    fields = _fields(lines[begin:end])
    sender = _sender(fields.get("from", ""))
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
