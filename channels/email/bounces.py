"""What a delivery report says: whom it concerns, what happened, and which mail it is about.

RFC 3464 reports are read first, then flufl.bounce is asked, then the text itself: qmail, Exim, Exchange, Domino and
the large providers each tell it in their own words and languages.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes

from msgspec import Struct

from channels.base import Bounce
from channels.email import mime
from channels.email.attachments import nested_headers
from channels.email.headers import Headers, message_ids, words
from channels.email.scan import Part, fields_of
from channels.email.settings import ParseSettings

STATUS_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
_ORIGINAL_TYPES = frozenset(
    ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
)
_MOST = 1_000
_LONGEST_TEXT = 200_000
_LARGEST_FOR_LIBRARY = 500_000
_MOST_LINES_FOR_LIBRARY = 10_000


class Report(Struct, frozen=True):
    """Whom a bounce names, and the id of the mail it is about ('' where it does not say)."""

    bounces: tuple[Bounce, ...]
    original_id: str


def read(data: bytes, root: Part, headers: Headers, text: str, settings: ParseSettings) -> Report:
    """What the bounce in `data` says. `text` is its running text."""
    notice, original = _cut_at_original(text[:_LONGEST_TEXT])
    found = (
        _from_status_parts(data, root)
        or _from_failed_recipients(headers, notice)
        or _with_others_listed(_from_library(data, root, notice), notice, headers, settings)
        or _from_text(notice, headers, settings)
    )
    return Report(tuple(found[:_MOST]), _original_id(data, root) or _id_in_text(original or text[:_LONGEST_TEXT]))


def has_status(root: Part) -> bool:
    """Whether a delivery report is in the mail: a multipart/report with a status part, whatever it is wrapped in."""
    reports = (part for part in root.walk() if part.type == "multipart/report")
    return any(child.type in STATUS_TYPES for report in reports for child in report.children)


# ------------------------------------------------------------------------------------------ RFC 3464


def _from_status_parts(data: bytes, root: Part) -> list[Bounce]:
    found: dict[str, Bounce] = {}
    for part in root.walk():
        if part.type in STATUS_TYPES:
            for bounce in _recipients(mime.content(data, part)):
                found.setdefault(bounce.address.lower(), bounce)
    return list(found.values())


def _recipients(content: bytes) -> Iterator[Bounce]:
    """Section 2.3: one group of fields a recipient, though some reports forget the blank line between groups."""
    position = 0
    for _ in range(_MOST):
        if position >= len(content):
            return
        fields, position = _group(content, position)
        for group in _by_recipient(fields):
            if bounce := _bounce(Headers(group)):
                yield bounce


def _group(content: bytes, position: int) -> tuple[list[tuple[str, bytes]], int]:
    fields, body, _ = fields_of(content, position, len(content))
    if body > position:
        return fields, body
    line_end = content.find(b"\n", position)  # a line that is no field: leave it out
    return fields, len(content) if line_end < 0 else line_end + 1


def _by_recipient(fields: list[tuple[str, bytes]]) -> list[list[tuple[str, bytes]]]:
    groups: list[list[tuple[str, bytes]]] = [[]]
    for name, value in fields:
        if any(name == known for known, _ in groups[-1]) and name in ("final-recipient", "original-recipient"):
            groups.append([])
        groups[-1].append((name, value))
    return groups


_RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient")


def _bounce(fields: Headers) -> Bounce | None:
    address = next((address for name in _RECIPIENT_FIELDS for address in _typed(fields.get(name))), "")
    if not address:
        return None
    diagnostic = fields.get("diagnostic-code")
    status = _status_in(fields.get("status")) or status_of(diagnostic)
    return Bounce(address=address, action=_action(fields.get("action"), status), status=status)


_XTEXT = re.compile(r"\+(2B|3D)")


def _typed(value: str) -> list[str]:
    """`rfc822; user@example.org` (section 2.1.2), with or without type and brackets; nothing if it is no address."""
    kind, semicolon, rest = value.partition(";")
    address = words((rest if semicolon else kind).strip()).strip(" \t<>\"'").removeprefix("mailto:")
    address = address.partition(" ")[0].rstrip(">")
    if "@" not in address.strip("@"):
        return []
    return [_XTEXT.sub(lambda m: "+" if m[1] == "2B" else "=", address)]


_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")


def _action(value: str, status: str) -> str:
    said = value.partition("(")[0].strip().lower()
    named = next((action for action in _ACTIONS if said.startswith(action)), "")
    if named:
        return named
    if said.startswith(("fail", "error", "expired", "undeliver")):
        return "failed"
    return {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "failed")


_STATUS_FIELD = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ENHANCED = re.compile(r"(?<![\d.])([45]\.\d{1,2}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.:/-])([45])[0-5]\d(?![\d.:@/])(?=[ \t-]|$)", re.MULTILINE)


def _status_in(value: str) -> str:
    match = _STATUS_FIELD.search(value)
    return match[1] if match else ""


def status_of(text: str) -> str:
    """The enhanced status code (RFC 3463) in some text, else the class of its SMTP reply code; '' if neither."""
    if match := _ENHANCED.search(text):
        return match[1]
    match = _REPLY_CODE.search(text)
    return f"{match[1]}.0.0" if match else ""


# ------------------------------------------------------------------------------------------ reports in words


def _from_failed_recipients(headers: Headers, notice: str) -> list[Bounce]:
    """E21: `X-Failed-Recipients`, as Exim and Gmail write it."""
    joined = ",".join(headers.all("x-failed-recipients"))
    found = [piece.strip(" <>\"'") for piece in re.split(r"[,;\s]+", joined)]
    return _bounces((address for address in found if "@" in address), notice)


_ASCII = bytes(code if code < 128 else ord("?") for code in range(256))
"""flufl.bounce trips over 8-bit headers."""


def _from_library(data: bytes, root: Part, notice: str) -> list[Bounce]:
    """Ask flufl.bounce, which knows many old formats. It gets small mails only, for it uses the slow parser."""
    if len(data) > _LARGEST_FOR_LIBRARY or data.count(b"\n") > _MOST_LINES_FOR_LIBRARY:
        return []
    if sum(1 for _ in root.walk()) > 50:
        return []
    from flufl.bounce import all_failures

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs what it trips over, and we go on without it
    try:
        delayed, failed = all_failures(message_from_bytes(data.translate(_ASCII)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []
    waiting = "failed" if _BLOCKED.search(notice) else "delayed"  # the library takes a filter's refusal for a delay
    late = _bounces((address.decode("ascii", "replace") for address in sorted(delayed)), notice, action=waiting)
    return _bounces((address.decode("ascii", "replace") for address in sorted(failed)), notice) + late


_DELAYED = re.compile(
    r"(?:delivery|message|mail)[^.\n]{0,40}\b(?:delayed|deferred)|has not (?:yet been delivered"
    r"|been possible to deliver)|n[o']t been delivered yet"
    r"|not yet been delivered|will (?:continue to (?:try|be retried)|keep trying|be retried|retry)"
    r"|still being retried|retry until"
    r"|this is a warning (?:message )?only|you do not need to resend|no action is required on your part"
    r"|temporary (?:failure|problem)"
    r"|delivery attempts will continue|will try again|warning message|gmail will retry|delivery incomplete"
    r"|verzögert|noch nicht zugestellt|weitere zustellversuche|retardé|sera (?:de nouveau )?tent|in ritardo"
    r"|ritardat|retrasad"
    r"|opóźnion|forsinket|försen|vertraagd|задержан|延迟|遅延",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"permanent(?:ly)? (?:fail|error|fatal)|failed permanently|permanent fatal|giving up|i'?ve given up"
    r"|will not be retried|not going to try again|sorry to have to inform you"
    r"|endgültig|dauerhaft|dauerhafter|échec définitif",
    re.IGNORECASE,
)


_BLOCKED = re.compile(r"was blocked by|has been blocked", re.IGNORECASE)


def _bounces(addresses: Iterable[str], notice: str, action: str = "") -> list[Bounce]:
    unique = list(dict.fromkeys(address.strip() for address in addresses))
    found = []
    for address in unique[:_MOST]:
        about = _about(address, unique, notice)
        status = status_of(about) or status_of(notice)
        found.append(Bounce(address=address, action=action or _told_action(notice, status), status=status))
    return found


def _about(address: str, everybody: list[str], notice: str) -> str:
    """The lines that tell about this recipient: from its address to the next one's."""
    lowered = notice.lower()
    start = lowered.find(address.lower())
    if start < 0:
        return ""
    start += len(address)
    others = (lowered.find(other.lower(), start) for other in everybody[:50] if other != address)
    end = min((position for position in others if position > 0), default=start + 1_500)
    return notice[start : min(end, start + 1_500)]


_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_ALONE = re.compile(rf"^[ \t]*<?({_ADDRESS.pattern})>?:?[ \t]*$", re.MULTILINE)


def _with_others_listed(found: list[Bounce], notice: str, headers: Headers, settings: ParseSettings) -> list[Bounce]:
    """Add whom the notice lists in the same way, each on a line of its own, but the library left out."""
    alone = [match[1] for match in _ALONE.finditer(notice)] if found else []
    if not {bounce.address.lower() for bounce in found} <= {address.lower() for address in alone}:
        return found
    known = {bounce.address.lower() for bounce in found}
    others = [address for address in _recipients_only(alone, headers, settings) if address.lower() not in known]
    return [*found, *_bounces([*(bounce.address for bounce in found), *others], notice)[len(found) :]]


def _told_action(notice: str, status: str) -> str:
    if _FINAL.search(notice) or status[:1] == "5":
        return "failed"
    return "delayed" if _DELAYED.search(notice) or status[:1] == "4" else "failed"


_NOBODY = re.compile(r"(?:mailer-daemon|postmaster|abuse|mail-?daemon|support|helpdesk|hostmaster)@", re.IGNORECASE)
_AT_LINE_START = re.compile(
    rf"""^[ \t>*|-]*(?:[^\n@<(:]{{0,80}})?[<(\["']*
    ({_ADDRESS.pattern.replace("#", "[#]")})
    [>)\]"']*(?::|[ \t]*$|[ \t]*[-(,;]|\.?[ \t]*$)""",
    re.MULTILINE | re.VERBOSE,
)


_FAILURE_SUBJECT = re.compile(r"\(failure\)|undeliver|delivery (?:has )?failed|returned", re.IGNORECASE)


def _from_text(notice: str, headers: Headers, settings: ParseSettings) -> list[Bounce]:
    """The addresses the notice names: those on a line of their own, else the first; not ours, not the reporter's."""
    on_their_own = [match[1].strip(".'") for match in _AT_LINE_START.finditer(notice)]
    found = _recipients_only(on_their_own, headers, settings)
    if not found:
        found = _recipients_only((a.strip(".'") for a in _ADDRESS.findall(notice)), headers, settings)[:1]
    final = _FAILURE_SUBJECT.search(headers.text("subject")) and not _DELAYED.search(notice)
    return _bounces(found, notice, action="failed" if final else "")


def _recipients_only(addresses: Iterable[str], headers: Headers, settings: ParseSettings) -> list[str]:
    """The addresses that are neither ours nor those of who reports."""
    involved = " ".join(headers.get(name) for name in ("from", "to", "reply-to"))
    reporter = {address.lower() for address in _ADDRESS.findall(involved[:10_000])}

    def is_recipient(address: str) -> bool:
        return address.lower() not in reporter and not _NOBODY.match(address) and not settings.is_ours(address)

    return [address for address in addresses if is_recipient(address)]


# ------------------------------------------------------------------------------------------ the mail it is about

_ORIGINAL_BEGINS = re.compile(
    r"^[ \t>*#=_-]*(?:-+\s*)?(?:below this line is a copy|this is a copy of (?:the|your) message"
    r"|(?:the )?original (?:message|mail)"
    r"(?: (?:headers?|follows|included|text|below))?\b|included is (?:a copy|the message)|message headers? follow|"
    r"(?:ihre |die )?(?:ursprüngliche|originale?) ?(?:nachricht|mail)|ursprüngliche nachrichtenkopf"
    r"|en-têtes? (?:du message )?d['’]origine|"
    r"message d['’]origine|messaggio originale|intestazioni originali|mensaje original|encabezados"
    r"|oryginalna wiadomość|"
    r"return-path:|received: (?:from|by)|header of the original|unsent message|message header|"
    r"the header of the original message)",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID_LINE = re.compile(
    r"^[ \t>|*]*message[- ]id\s*:[ \t]*\n?[ \t>|]*(<[^<>\n]{3,500}>)", re.IGNORECASE | re.MULTILINE
)


def _cut_at_original(text: str) -> tuple[str, str]:
    """What the mail system says, and the copy of the mail below it."""
    match = _ORIGINAL_BEGINS.search(text)
    if not match or not _ADDRESS.search(text, 0, match.start()):
        return text, ""
    return text[: match.start()], text[match.start() :]


def _original_id(data: bytes, root: Part) -> str:
    """E23: the Message-ID of the mail that is enclosed, whole or only its header, else the one the report notes."""
    for types, name in ((_ORIGINAL_TYPES, "message-id"), (STATUS_TYPES, "x-original-message-id")):
        for part in root.walk():
            if part.type in types and part is not root:
                found = message_ids(nested_headers(mime.content(data, part)).get(name))
                if found:
                    return found[0]
    return ""


def _id_in_text(text: str) -> str:
    match = _MESSAGE_ID_LINE.search(text)
    found = message_ids(match[1]) if match else ()
    return found[0] if found else ""
