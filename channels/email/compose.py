"""From an `Outgoing` to the bytes of a mail: pure, fast, and the same bytes for the same arguments.

The standard library's EmailMessage takes a millisecond for it, so headers and parts are written by hand: RFC 5322
(format), 2045 and 2046 (parts), 2047 (words that are not ASCII), 2183 and 2231 (file names), 3834 (automatic mail). No
value can begin a header of its own: every one goes through `_clean` or loses what an address or an id cannot have.
"""

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable, Mapping, Sequence
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import chain
from urllib.parse import quote

from channels.base import UNSUBSCRIBE, Address, Attachment, Choice, Envelope, Outgoing, Role
from channels.email import pictures
from channels.email.config import EmailSettings, ascii_domain
from channels.email.markdown import Rendered, render
from channels.email.placeholders import with_pictures

LINE = 76
COLUMN = 600
"""How wide the text of a mail is at most, in pixels: the `max-width` of the layout."""
MOST_REFERENCES = 20
LONGEST_WORD = 400
SUPPRESS = "DR, RN, NRN, OOF, AutoReply"
"""All of Exchange's X-Auto-Response-Suppress (MS-OXCMAIL) but NDR: we want to know when a mail did not arrive."""

_CONTROLS = dict.fromkeys((*range(0x20), 0x7F))
_NOT_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f<>,;:\"()\[\]\\]")
_NOT_IN_TOKEN = re.compile(r"[^A-Za-z0-9_-]")
_NOT_IN_ID = re.compile(r"[\s<>]|[^\x21-\x7e]")
_MEDIA_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,90}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)
_CUT_MARKER = re.compile(r"\s*((?:\\?#){2}\\?-[^\n]*?-\\?(?:\\?#){2})[ \t]*\\?(?:\n|$)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_BREAKABLE = re.compile(r"(?:%[0-9A-F]{2}|[^%]){1,17}")

_HOW_TO_CHOOSE = {
    "en": "Reply with the number of your choice.",
    "de": "Antworten Sie mit der Nummer Ihrer Wahl.",
    "fr": "Répondez avec le numéro de votre choix.",
    "it": "Risponda con il numero della Sua scelta.",
    "pl": "Proszę odpowiedzieć numerem wybranej możliwości.",
    "da": "Svar med nummeret på dit valg.",
}
_HOW_TO_PRESS = {
    "en": "Press one of them, or reply with the number of your choice.",
    "de": "Wählen Sie mit einem Klick, oder antworten Sie mit der Nummer Ihrer Wahl.",
    "fr": "Choisissez d’un clic, ou répondez avec le numéro de votre choix.",
    "it": "Scelga con un clic, oppure risponda con il numero della Sua scelta.",
    "pl": "Proszę wybrać kliknięciem albo odpowiedzieć numerem wybranej możliwości.",
    "da": "Vælg med et klik, eller svar med nummeret på dit valg.",
}
_BUTTON = (
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 12px"><tr>'
    '<td bgcolor="#0b57d0" style="border-radius:8px;background:#0b57d0;color:#ffffff;mso-padding-alt:12px 20px">'
    '<a class="choice" href="{url}" style="display:inline-block;padding:12px 20px;color:#ffffff;font-weight:600;'
    'text-decoration:none;border-radius:8px">{label}</a></td></tr></table>\n'
)
"""Outlook on Windows knows padding of cells only, in words of its own; elsewhere the whole button is the link."""
_MARKER_STYLE = "margin:0 0 24px;text-align:center;font-size:12px;color:#6b7078"
_PROOF_STYLE = "margin:32px 0 0;font-size:10px;color:#a0a4ab"


def compose(outgoing: Outgoing, envelope: Envelope, settings: EmailSettings) -> bytes:
    """The mail that says `outgoing` to `envelope.to`: plain text and HTML, its files, CRLF line ends, all of it ASCII.

    The one exception are addresses that are not (RFC 6532): they stand in their headers as UTF-8.
    """
    digest = sha256(envelope.key.encode("utf-8", "replace")).hexdigest()
    subject = subject_of(outgoing, envelope, settings)
    content = _body(outgoing, subject, digest, _said(outgoing, envelope, settings))
    headers = [*_headers(outgoing, envelope, settings), _folded("Subject", _words(subject)), "MIME-Version: 1.0"]
    return "\r\n".join(headers).encode() + b"\r\n" + content


def message_id(envelope: Envelope, settings: EmailSettings) -> str:
    """The Message-ID, without angle brackets, of what is sent under this key: the same for every attempt."""
    digest = sha256(envelope.key.encode("utf-8", "replace")).hexdigest()[:20]
    token = _NOT_IN_TOKEN.sub("", envelope.token)
    return f"fl.{digest}.{token}@{settings.domain}" if token else f"fl.{digest}@{settings.domain}"


def reply_address(envelope: Envelope, settings: EmailSettings) -> str:
    """Our address with the reply token in it, where there is a token and addresses can carry one."""
    token = _NOT_IN_TOKEN.sub("", envelope.token)
    if not token or not settings.plus:
        return mailbox(settings.addresses[0])
    local, _, domain = mailbox(settings.addresses[0]).rpartition("@")
    return f"{local}{settings.plus}{token}@{domain}"


def mailbox(address: str) -> str:
    """`address` as it goes into a header or an SMTP command: no blanks, no brackets, its domain as ASCII."""
    local, at, domain = _NOT_IN_ADDRESS.sub("", address.encode("utf-8", "ignore").decode()).rpartition("@")
    return local + at + ascii_domain(domain)


def subject_of(outgoing: Outgoing, envelope: Envelope, settings: EmailSettings) -> str:
    """The subject on one line, with the ticket's tag: never empty."""
    subject = _clean(outgoing.subject)
    tag = f"[#{envelope.ticket}]" if envelope.ticket else ""
    if tag and tag not in subject:
        subject = f"{subject} {tag}"
    return subject.strip() or settings.name


# ---------------------------------------------------------------------------------------------- headers


def _headers(outgoing: Outgoing, envelope: Envelope, settings: EmailSettings) -> Iterable[str]:
    speaker = _clean(envelope.speaker)
    name = f"{speaker} ({settings.name})" if speaker else settings.name
    yield f"Date: {format_datetime(envelope.sent_at)}"
    yield _folded("From", _address(Address(settings.addresses[0], name)))
    if envelope.token and settings.plus:
        yield _folded("Reply-To", _address(Address(reply_address(envelope, settings), settings.name)))
        if envelope.role is Role.WATCHER:
            way_out = quote(reply_address(envelope, settings), safe="@+")
            yield f"List-Unsubscribe: <mailto:{way_out}?subject={UNSUBSCRIBE}>"
    yield _folded("To", _address(envelope.to))
    if envelope.copies:
        copies = [_address(copy) for copy in envelope.copies]
        yield _folded("Cc", [*chain.from_iterable([*copy[:-1], f"{copy[-1]},"] for copy in copies[:-1]), *copies[-1]])
    yield f"Message-ID: <{message_id(envelope, settings)}>"
    references = _references(envelope.references)
    if references:
        yield f"In-Reply-To: {references[-1]}"
        yield "References: " + "\r\n ".join(references)
    if outgoing.automatic:
        yield f"Auto-Submitted: {'auto-replied' if references else 'auto-generated'}"
        yield f"X-Auto-Response-Suppress: {SUPPRESS}"
    yield _folded("X-Firstline-Loop", _words(_clean(settings.loop_name)))
    if _LANGUAGE.fullmatch(outgoing.language):
        yield f"Content-Language: {outgoing.language}"


def _references(ids: Sequence[str]) -> list[str]:
    """The ids in angle brackets, the first and the newest where there are many (RFC 5322 section 3.6.4)."""
    known = [f"<{_NOT_IN_ID.sub('', id_)[:900]}>" for id_ in ids if _NOT_IN_ID.sub("", id_)]
    return known if len(known) <= MOST_REFERENCES else [known[0], *known[1 - MOST_REFERENCES :]]


def _address(address: Address) -> list[str]:
    """Name and address, in words between which a header may be folded."""
    name, where = _clean(address.name), mailbox(address.address)
    if not name:
        return [where]
    if any(_needs_encoding(word) for word in name.split(" ")):
        return [*_encoded_words(name), f"<{where}>"]
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return [*f'"{quoted}"'.split(" "), f"<{where}>"]


def _clean(value: str) -> str:
    """`value` on one line: any run of white space, CR and LF included, is one blank; control characters are gone."""
    return " ".join(value.split()).translate(_CONTROLS).encode("utf-8", "replace").decode()


def _folded(name: str, words: Iterable[str]) -> str:
    """One header, at most 78 characters a line unless a single word is longer (RFC 5322 section 2.2.3)."""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > LINE + 2 and len(lines[-1]) > len(name) + 1:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _words(value: str) -> list[str]:
    """The words of an unstructured header; those from the first to the last that needs it are encoded (RFC 2047)."""
    words = value.split(" ")
    needy = [at for at, word in enumerate(words) if _needs_encoding(word)]
    if not needy:
        return words
    first, end = needy[0], needy[-1] + 1
    return [*words[:first], *_encoded_words(" ".join(words[first:end])), *words[end:]]


def _needs_encoding(word: str) -> bool:
    return not word.isascii() or "=?" in word or len(word) > LONGEST_WORD


@lru_cache(maxsize=1000)
def _encoded_words(text: str) -> tuple[str, ...]:
    """`text` as encoded words of at most 75 characters, none of which splits a character (RFC 2047 section 5)."""
    chunks = [b""]
    for letter in text:
        octets = letter.encode()
        if len(chunks[-1]) + len(octets) > 45:
            chunks.append(b"")
        chunks[-1] += octets
    return tuple(f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in chunks)


# ------------------------------------------------------------------------------------------------- body


def _body(outgoing: Outgoing, subject: str, digest: str, said: Rendered) -> bytes:
    """Everything from the Content-Type on: the text both ways, the pictures that it shows, and the files."""
    language = outgoing.language if _LANGUAGE.fullmatch(outgoing.language) else "en"
    shown = [file for file in outgoing.files if file.inline and f'"cid:{file.content_id}"' in said.html]
    files_ = [file for file in outgoing.files if file not in shown]
    html = _text_part("html", _page(language, subject, _with_widths(said.html, shown)))
    if shown:
        html = _multipart("related", digest, [html, *(_file_part(picture) for picture in shown)])
    body = _multipart("alternative", digest, [_text_part("plain", said.text + "\n"), html])
    return _multipart("mixed", digest, [body, *(_file_part(file) for file in files_)]) if files_ else body


def _with_widths(html: str, shown: Sequence[Attachment]) -> str:
    """Pictures with their width in pixels, the column's at most: Outlook on Windows knows no `max-width`."""
    for picture in shown:
        width = pictures.width(picture.content)
        if width is not None:
            source = f'<img src="cid:{picture.content_id}"'
            html = html.replace(source, f'{source} width="{min(width, COLUMN)}"')
    return html


def _said(outgoing: Outgoing, envelope: Envelope, settings: EmailSettings) -> Rendered:
    """The words of the mail: the cut marker, the message, its choices, and the token that finds the way back (E36)."""
    marker = _CUT_MARKER.match(outgoing.body)
    body = outgoing.body[marker.end() :] if marker else outgoing.body
    message = render(with_pictures(body, outgoing.files))
    html, text = [message.html], [message.text]
    if marker:
        line = _ESCAPED.sub(r"\1", marker.group(1))
        html.insert(0, f'<p class="faint" style="{_MARKER_STYLE}">{escape(line)}</p>\n')
        text.insert(0, line)
    if outgoing.choices:
        linked = settings.links is not None and bool(envelope.link)
        offered = _links(outgoing, envelope, settings) if linked else _choices(outgoing.choices, outgoing.language)
        html.append(offered.html)
        text.append(offered.text)
    token = _NOT_IN_TOKEN.sub("", envelope.token)
    if token:
        html.append(f'<p class="faint" style="{_PROOF_STYLE}">[fl:{token}]</p>')
        text.append(f"[fl:{token}]")
    return Rendered("".join(html), "\n\n".join(part for part in text if part))


def _choices(choices: Sequence[Choice], language: str) -> Rendered:
    """The choices as numbers to reply with. Which number is which choice, the desk knows from the token."""
    how = _in_language(_HOW_TO_CHOOSE, language)
    lines = _numbered(choices)
    rows = "<br>\n".join(escape(line) for line in lines)
    html = f'<p style="margin:0 0 8px">{rows}</p>\n<p style="margin:0 0 16px">{escape(how)}</p>\n'
    return Rendered(html, "\n".join([*lines, "", how]))


def _links(outgoing: Outgoing, envelope: Envelope, settings: EmailSettings) -> Rendered:
    """The same as buttons, which lead to the page of each choice."""
    how = _in_language(_HOW_TO_PRESS, outgoing.language)
    urls = [link(settings, envelope.link, choice.value) for choice in outgoing.choices]
    offered = list(zip(_numbered(outgoing.choices), urls, strict=True))
    buttons = "".join(_BUTTON.format(url=escape(url), label=escape(line)) for line, url in offered)
    html = f'{buttons}<p style="margin:0 0 16px">{escape(how)}</p>\n'
    return Rendered(html, "\n".join([*(f"{line}\n    {url}" for line, url in offered), "", how]))


def link(settings: EmailSettings, signed: str, value: str) -> str:
    """The address of the page on which this value is chosen."""
    base = settings.links.url if settings.links is not None else ""
    return f"{base}/a/{_NOT_IN_TOKEN.sub('', signed)}/{quote(value.encode('utf-8', 'replace'), safe='')}"


def _numbered(choices: Sequence[Choice]) -> list[str]:
    return [f"{number} — {_clean(choice.label)}" for number, choice in enumerate(choices, 1)]


def _in_language(words: Mapping[str, str], language: str) -> str:
    return words.get(language.partition("-")[0].lower(), words["en"])


def _page(language: str, subject: str, html: str) -> str:
    start, middle, before, after = _layout()
    return "".join((start, language, middle, escape(subject), before, html, after))


@lru_cache(maxsize=1)
def _layout() -> tuple[str, str, str, str]:
    """`templates/layout.html`, cut where the language, the subject and the message go."""
    layout = files("templates").joinpath("layout.html").read_text(encoding="utf-8")
    start, middle, before, after = re.split(r"\[\[(?:language|subject|body)\]\]", layout)
    return start, middle, before, after


# ------------------------------------------------------------------------------------------------ parts


def _multipart(kind: str, digest: str, parts: Sequence[bytes]) -> bytes:
    """Parts in a row. `=_` can stand in no base64 and no quoted-printable text, so the boundary is in none of them."""
    boundary = f"=_{kind}_{digest[:24]}"
    line = f"\r\n--{boundary}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n'.encode()
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _text_part(subtype: str, text: str) -> bytes:
    """Text in the encoding that leaves it most readable; no line is longer than 76 characters (RFC 2045 section 6)."""
    data = text.encode("utf-8", "replace")
    beyond_ascii = len(data) - len(text)
    if _goes_as_it_is(data):
        encoding, body = "7bit", data.replace(b"\n", b"\r\n")
    elif beyond_ascii * 5 > len(data):
        encoding, body = "base64", _base64(data.replace(b"\n", b"\r\n"))
    else:
        encoding, body = "quoted-printable", b2a_qp(data, istext=True).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def _goes_as_it_is(data: bytes) -> bool:
    return data.isascii() and b"=_" not in data and b"\r" not in data and max(map(len, data.split(b"\n"))) <= LINE


def _file_part(file: Attachment) -> bytes:
    name = _clean(file.name).replace("/", "_").replace("\\", "_") or "file"
    kind = file.type.lower() if _MEDIA_TYPE.fullmatch(file.type.lower()) else "application/octet-stream"
    disposition = "inline" if file.inline else "attachment"
    lines = [
        f"Content-Type: {kind}",
        "Content-Transfer-Encoding: base64",
        ";\r\n ".join([f"Content-Disposition: {disposition}", *_file_name(name)]),
    ]
    if file.content_id:
        lines.append(f"Content-ID: <{_NOT_IN_ID.sub('', file.content_id)[:900]}>")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + _base64(file.content)


def _file_name(name: str) -> list[str]:
    """The parameters that name a file: quoted, or encoded and in as many pieces as it takes (RFC 2231)."""
    if name.isascii() and len(name) <= 60:
        quoted = name.replace('"', "_")
        return [f'filename="{quoted}"']
    pieces = _BREAKABLE.findall(quote(name, safe=""))
    if len(pieces) == 1:
        return [f"filename*=utf-8''{pieces[0]}"]
    pieces[0] = f"utf-8''{pieces[0]}"
    return [f"filename*{at}*={piece}" for at, piece in enumerate(pieces)]


def _base64(data: bytes) -> bytes:
    encoded = b64encode(data)
    return b"\r\n".join(encoded[at : at + LINE] for at in range(0, len(encoded), LINE))
