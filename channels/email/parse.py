"""From the bytes of a mail to what the desk works with. Pure and total: any bytes give a result, and in bounded time.

Message ids stand everywhere without their angle brackets: in `Mail`, in `Incoming.external_id` and `Incoming.thread`,
and in what `firstline parse` prints.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct

from channels.base import (
    ENCRYPTED,
    Act,
    Address,
    Attachment,
    Bounce,
    Forwarded,
    Incoming,
    Kind,
    Raw,
    Suspicion,
    Unparseable,
)
from channels.email import (
    addresses,
    authentication,
    body,
    bounces,
    dates,
    forwarded,
    html,
    language,
    origin,
    quoting,
    tokens,
)
from channels.email.filled import LINK, Filled
from channels.email.headers import Headers, message_ids
from channels.email.intake import BEGINNING
from channels.email.scan import Scan
from channels.email.settings import ParseSettings
from channels.email.suspicion import suspicion

NO_ID_DOMAIN = "missing.invalid"
_LONGEST_QUOTING = 1_000_000
_LONGEST_TEXT = 5_000_000
_LONGEST_LOOKED_AT = 1_000
_LONGEST_THREAD = 100
_LONGEST_ID = 300
_BEGINNING = 5_000
_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|i|pd|vs)\s*:", re.IGNORECASE)
_RECIPIENT_FIELDS = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to", "x-delivered-to", "x-rcpt-to",
    "apparently-to", "resent-to", "x-real-to",
)  # fmt: skip


class Mail(Struct, frozen=True, kw_only=True):
    """Everything intake makes of a mail.

    `references` are in the order of the header, oldest first. `reply_to` is kept only if mail could be sent there
    (E49); `resent_from` is who passed the mail on (E53). `reasons` names the signs behind `kind` and `quiet`.
    `original_message_id` is the id of the mail that a bounce is about. `refused_files` were left out.
    `markup` is its HTML as it came, with the pictures that it carries.
    """

    message_id: str
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    resent_from: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    language: str | None = None
    kind: Kind = Kind.HUMAN
    quiet: bool = False
    verified: bool | None = None
    reasons: tuple[str, ...] = ()
    text: str = ""
    reply: str = ""
    quoted: str = ""
    signature: str = ""
    above_marker: bool | None = None
    markup: str | None = None
    attachments: tuple[Attachment, ...] = ()
    suspicion: Suspicion | None = None
    refused_files: tuple[str, ...] = ()
    bounces: tuple[Bounce, ...] = ()
    original_message_id: str = ""
    forwarded: Forwarded | None = None
    tokens: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def html(self) -> str | None:
        """Its HTML, safe to show; None where it has none. It is made safe when it is asked for, as nothing keeps it."""
        return None if self.markup is None else html.sanitise(self.markup)

    @property
    def thread(self) -> tuple[str, ...]:
        """What this answers, the newest first (E31): the mail that bounced, then In-Reply-To, then References."""
        ids = (self.original_message_id, *self.in_reply_to, *reversed(self.references))
        return tuple(dict.fromkeys(id_ for id_ in ids if id_ and id_ != self.message_id))


class MailParser(Struct, frozen=True):
    """The parser of the mail channel; a plain value, so that it can be sent to another process."""

    settings: ParseSettings = ParseSettings()

    def __call__(self, raw: Raw) -> Incoming:
        """`Channel.parse`. Raises Unparseable for an empty payload, and for a form of a link that is none."""
        if not raw.payload.strip():
            raise Unparseable("the mail is empty")
        if LINK in raw.meta:
            return _chosen(raw)
        too_large = self._is_too_large(raw)
        payload = raw.payload[:BEGINNING] if too_large else raw.payload
        mail = self.mail(payload, raw.meta, received_at=raw.received_at)
        return Incoming(
            kind=mail.kind,
            external_id=_kept(mail.message_id),
            sender=mail.sender,
            to=mail.to,
            cc=mail.cc,
            delivered_to=mail.delivered_to,
            subject=mail.subject,
            text=mail.text,
            reply=mail.reply,
            quoted=mail.quoted,
            signature=mail.signature,
            language=mail.language,
            sent_at=mail.date,
            thread=tuple(_kept(id_) for id_ in mail.thread[:_LONGEST_THREAD]),
            tokens=mail.tokens,
            verified=mail.verified,
            quiet=mail.quiet,
            above_marker=mail.above_marker,
            forwarded=mail.forwarded,
            bounces=mail.bounces,
            suspicion=mail.suspicion,
            refused_files=mail.refused_files,
            too_large=too_large,
            attachments=() if too_large else mail.attachments,
            problems=mail.problems,
        )

    def mail(
        self, payload: bytes, meta: Mapping[str, Any] | None = None, *, received_at: datetime | None = None
    ) -> Mail:
        """Read a mail. `meta` is what the envelope said (`mail_from`, `rcpt_to`), `received_at` when it came."""
        meta = meta or {}
        scan = Scan(payload)
        headers = scan.root.headers
        identity = _identity(headers, scan.problems)
        resender = identity.resent_from if self.settings.resent_from else None
        message_id = _message_id(headers, payload, scan.problems)
        subject = headers.text("subject")
        content = body.read(scan.data, scan.root, outlook=_is_outlook(headers))
        text = content.text[:_LONGEST_TEXT]
        sender = identity.sender.address if identity.sender else ""
        verdict = origin.judge(
            origin.Facts(
                headers=headers,
                settings=self.settings,
                sender=sender[:_LONGEST_LOOKED_AT],
                subject=subject[:_LONGEST_LOOKED_AT],
                message_id=message_id,
                type=scan.root.type,
                parameters=scan.root.parameters,
                text=text[:_BEGINNING],
                null_envelope="mail_from" in meta and not str(meta["mail_from"] or "").strip("<> "),
                is_report=bounces.has_status(scan.root),
            )
        )
        report = _NO_REPORT
        if verdict.kind is Kind.BOUNCE:
            report = bounces.read(scan.data, scan.root, headers, text, self.settings)
        split = _split(text, identity.sender)
        to, cc = _all_addresses(headers, "to"), _all_addresses(headers, "cc")
        in_reply_to, references = _ids(headers, "in-reply-to"), _ids(headers, "references")
        return Mail(
            message_id=message_id,
            in_reply_to=in_reply_to,
            references=references,
            sender=resender or identity.sender,
            reply_to=identity.reply_to,
            resent_from=identity.resent_from,
            to=to,
            cc=cc,
            delivered_to=tuple(_delivered_to(headers)),
            subject=subject,
            date=_date(headers, received_at, scan.problems),
            language=_language(headers, subject, "" if text == ENCRYPTED else split.reply or text),
            kind=verdict.kind,
            quiet=verdict.quiet,
            verified=self._verified(headers, identity.sender, resender),
            reasons=verdict.reasons,
            text=text,
            reply=split.reply,
            quoted=split.quoted,
            signature=split.signature,
            above_marker=split.above_marker,
            markup=content.html,
            attachments=tuple(file for file in content.attachments if not self._is_forbidden(file)),
            suspicion=suspicion(headers, (resender or identity.sender or _NOBODY).address, self.settings),
            refused_files=tuple(file.name for file in content.attachments if self._is_forbidden(file)),
            bounces=report.bounces,
            original_message_id=report.original_id,
            forwarded=forwarded.read(text, content.attachments) if _FORWARD.match(subject) else None,
            tokens=()
            if resender
            else self._tokens(
                (report.original_id, *in_reply_to, *reversed(references)),
                [*(person.address for person in (*to, *cc)), *_delivered_to(headers), *_envelope_recipients(meta)],
                content,
            ),
            problems=(*scan.problems, *content.problems),
        )

    def _is_too_large(self, raw: Raw) -> bool:
        """Also if no more than its beginning was ever fetched, whatever the limit is by now."""
        size = int(raw.meta.get("size", len(raw.payload)))
        return 0 < self.settings.max_size < size or len(raw.payload) < size

    def _verified(self, headers: Headers, sender: Address | None, resender: Address | None) -> bool | None:
        """Whether the sender is who they say. A failed check stands whatever else the mail claims.

        That somebody resent it is never proven, for no check is about them; nor is any of several in From, for the
        check may have been about another.
        """
        if not self.settings.authserv_ids or sender is None:
            return None
        results = headers.all("authentication-results")
        verified = authentication.verified(results, self.settings.authserv_ids, sender.address)
        named = [person for person in _all_addresses(headers, "from") if "@" in person.address]
        alone = len(headers.all("from")) == len(named) == 1 and resender is None
        return verified if verified is False or alone else None

    def _is_forbidden(self, file: Attachment) -> bool:
        """E76: by its name, blanks and dots at its end not counted, for Windows ignores them."""
        name = file.name.lower().rstrip(" .")
        return any(name.endswith(ending.lower()) for ending in self.settings.forbidden_files)

    def _tokens(self, ids: Iterable[str], recipients: Iterable[str], content: body.Body) -> tuple[str, ...]:
        """Our reply tokens, each once: from ids first, then from recipients, then from the body (E36, E44)."""
        found = tokens.in_ids(ids) + tokens.in_addresses(recipients, self.settings)
        return tuple(dict.fromkeys(found + tokens.in_body(content.text, content.html or "")))


def _chosen(raw: Raw) -> Incoming:
    """What was chosen on the page of a link. Whose link it is, the desk knows."""
    try:
        filled = Filled.read(raw.payload)
    except ValueError as error:
        raise Unparseable(f"it is no form of a link: {error}") from error
    return Incoming(
        kind=Kind.HUMAN,
        external_id="",
        sender=None,
        reply=filled.comment,
        sent_at=raw.received_at,
        above_marker=True,
        act=Act.PRESSED,
        choice=filled.choice,
        about=str(raw.meta[LINK]),
    )


_NOBODY = Address("")
_NO_REPORT = bounces.Report((), "")

# ------------------------------------------------------------------------------------------ who


class _Identity(NamedTuple):
    sender: Address | None
    reply_to: tuple[Address, ...]
    resent_from: Address | None


def _identity(headers: Headers, problems: list[str]) -> _Identity:
    senders = _all_addresses(headers, "from")
    if len(senders) > 1:
        problems.append("several addresses in From: the first counts")
    sender = next((person for person in senders if "@" in person.address), senders[0] if senders else None)
    if sender is None:
        sender = _stand_in(headers, problems)
    elif not addresses.is_deliverable(sender.address) or _has_blanks(headers.get("from")):
        problems.append("From is not a deliverable address")
    answers = _all_addresses(headers, "reply-to")
    usable = tuple(person for person in answers if addresses.is_deliverable(person.address))
    if len(usable) < len(answers) or ("reply-to" in headers and not usable):
        problems.append("Reply-To is empty or malformed: From counts")
    resent = _all_addresses(headers, "resent-from")
    return _Identity(sender, usable, resent[0] if resent else None)


def _stand_in(headers: Headers, problems: list[str]) -> Address | None:
    """E51: without From it is Sender who sent it; without either it is nobody."""
    person = next(iter(_all_addresses(headers, "sender")), None)
    problems.append("From is missing: Sender taken" if person else "no sender")
    return person


def _has_blanks(value: str) -> bool:
    """E50: blanks inside the angle brackets."""
    start, end = value.rfind("<"), value.rfind(">")
    return 0 <= start < end and any(character.isspace() for character in value[start + 1 : end].strip())


def _all_addresses(headers: Headers, name: str) -> tuple[Address, ...]:
    if name not in headers:
        return ()
    return tuple(dict.fromkeys(person for value in headers.all(name) for person in addresses.addresses(value)))


def _delivered_to(headers: Headers) -> list[str]:
    """The mailboxes that servers noted. They are how the mail came here, never people who take part (E55)."""
    return [value.strip("<> ") for name in _RECIPIENT_FIELDS if name in headers for value in headers.all(name)]


def _envelope_recipients(meta: Mapping[str, Any]) -> list[str]:
    return [str(recipient).strip("<> ") for recipient in meta.get("rcpt_to") or ()]


# ------------------------------------------------------------------------------------------ which, when


def _message_id(headers: Headers, payload: bytes, problems: list[str]) -> str:
    """E47: a mail without an id gets one from its bytes, the same whenever it is read."""
    found = message_ids(headers.get("message-id"))
    if found:
        return found[0]
    if bare := headers.get("message-id").strip("<> "):
        return bare
    problems.append("no Message-ID: one was made from the content")
    return f"{hashlib.sha256(payload).hexdigest()}@{NO_ID_DOMAIN}"


def _kept(message_id: str) -> str:
    """An id as the desk keeps it: the few that no index would take are told apart by their hash."""
    if len(message_id) <= _LONGEST_ID:
        return message_id
    return f"{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()}@{NO_ID_DOMAIN}"


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    if name not in headers:
        return ()
    return tuple(dict.fromkeys(id_ for value in headers.all(name) for id_ in message_ids(value)))


def _date(headers: Headers, received_at: datetime | None, problems: list[str]) -> datetime | None:
    values = headers.all("date")
    sent = next((moment for value in values if (moment := dates.parse(value))), None)
    if sent is None:
        problems.append("Date is not a date" if any(values) else "no Date")
    elif received_at and sent > received_at:
        problems.append("Date lies in the future: the time of arrival counts")
        return _arrival(headers, received_at)
    return sent


def _arrival(headers: Headers, received_at: datetime) -> datetime:
    """The topmost Received stamp, if it is credible: a mail may be read long after it came."""
    stamp = dates.parse(headers.get("received").rpartition(";")[2])
    return stamp if stamp and stamp <= received_at else received_at


# ------------------------------------------------------------------------------------------ what


def _is_outlook(headers: Headers) -> bool:
    """Marks of Outlook or Exchange, which double line breaks in plain text (E77)."""
    return "microsoft" in f"{headers.get('x-mailer')} {headers.get('x-mimeole')}".lower()


def _split(text: str, sender: Address | None) -> quoting.Split:
    """New words, quotes, signature. Beyond a million characters nobody wrote: there all of it counts as new."""
    if len(text) > _LONGEST_QUOTING:
        return quoting.Split(reply=text, quoted="", signature="", above_marker=None)
    author = f"{sender.name} {sender.address.partition('@')[0]}" if sender else ""
    return quoting.split(text, author=author)


def _language(headers: Headers, subject: str, text: str) -> str | None:
    """The language of the words themselves; where they are too few, the one the mail program declares."""
    found = language.detect(f"{subject}\n{text}" if text.strip() else subject)
    if found:
        return found
    declared = headers.get("content-language").partition(",")[0].partition("-")[0].strip().lower()
    return declared if len(declared) == 2 and declared.isalpha() else None
