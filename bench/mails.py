"""The mails of a benchmark: what an office writes to its help desk, the same for everybody who is measured.

Two of three are multipart with plain text and HTML (about 5 KB), one is plain text; six languages take turns. Every
mail has its own sender, subject and Message-ID, and nothing in it depends on chance or on the clock.
"""

import base64
import binascii
import re
from email.header import Header
from hashlib import sha256
from html import escape
from typing import NamedTuple

MESSAGE_ID = re.compile(rb"<(\w+)\.(\d+)\.[0-9a-f]+@mail\.people\.example>")
"""Finds run and number in a Message-ID or in what refers to one."""

ADDRESS = re.compile(rb"\.(\w+)\.(\d+)@people\.example")
"""Finds run and number in the address of a sender."""


class Mail(NamedTuple):
    """A mail ready for the wire: envelope sender, and the content with its final dot."""

    number: int
    sender: bytes
    content: bytes

    @property
    def message(self) -> bytes:
        """The mail as it is, off the wire: without the final dot and the stuffing of dots (RFC 5321 section 4.5.2)."""
        return self.content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


class Story(NamedTuple):
    """What one person writes, in one language."""

    language: str
    name: str
    subject: str
    paragraphs: tuple[str, ...]


STORIES = (
    Story(
        "en",
        "Harriet Coleman",
        "Printer on the second floor jams on every other page",
        (
            "Good morning,",
            (
                "since yesterday afternoon the large printer next to the kitchen on the second floor takes in two "
                "sheets at once and then stops with “Paper jam in tray 2”. I have emptied the tray, turned the paper "
                "over and switched the machine off for five minutes, as the note on the lid says. It prints three or "
                "four pages, then it is the same again."
            ),
            (
                "We have the quarterly figures to send out by Thursday noon, and the printer on the first floor has "
                "been waiting for toner since last week. Could somebody have a look today? I am at my desk until half"
                " past four, afterwards Tom in room 214 can show you what it does."
            ),
            "Many thanks",
        ),
    ),
    Story(
        "de",
        "Jörg Köhler",
        "Anmeldung am Lagerterminal nicht mehr möglich",
        (
            "Guten Tag zusammen,",
            (
                "seit der Umstellung am Wochenende nimmt das Terminal am Tor 3 meinen Ausweis nicht mehr an. Es "
                "erscheint kurz „Benutzer unbekannt“, danach wieder die Startseite. Bei den Kollegen der Spätschicht "
                "ist es genauso, am Terminal im Büro klappt die Anmeldung dagegen mit demselben Ausweis."
            ),
            (
                "Wir schreiben die Wareneingänge im Moment auf Papier mit und tragen sie nach Feierabend nach, das "
                "geht höchstens noch bis Freitag gut. Bitte schauen Sie sich das möglichst heute noch an. Ich bin bis"
                " 14 Uhr in der Halle, danach über die Zentrale zu erreichen."
            ),
            "Mit freundlichen Grüßen",
        ),
    ),
    Story(
        "fr",
        "Hélène Garnier",
        "Impossible d'ouvrir les pièces jointes depuis la mise à jour",
        (
            "Bonjour,",
            (
                "depuis la mise à jour de lundi, je ne peux plus ouvrir les pièces jointes au format PDF : un message"
                " indique que le fichier est bloqué par l'administrateur. Les mêmes fichiers s'ouvrent sans problème "
                "sur le poste de ma collègue, qui n'a pas encore reçu la mise à jour."
            ),
            (
                "Je traite une vingtaine de factures par jour et je suis obligée de les faire suivre à quelqu'un "
                "d'autre pour pouvoir les lire. Serait-il possible de rétablir l'accès avant la clôture de vendredi ?"
                " Vous pouvez prendre la main sur mon poste quand vous voulez, sauf entre midi et deux."
            ),
            "Bien cordialement",
        ),
    ),
    Story(
        "it",
        "Niccolò Ferraris",
        "La rete senza fili cade più volte al giorno in sala riunioni",
        (
            "Buongiorno,",
            (
                "nella sala riunioni grande la rete senza fili cade ormai più volte al giorno, quasi sempre quando "
                "siamo in più di dieci persone. Il portatile risulta collegato ma non si apre nessuna pagina; dopo "
                "due o tre minuti torna tutto a posto da solo. Con il cavo non succede mai."
            ),
            (
                "Giovedì abbiamo ospiti da fuori e vorremmo evitare la solita figuraccia. È possibile controllare "
                "l'apparecchio sul soffitto, o almeno darci un secondo punto di accesso per la settimana? La sala è "
                "libera tutte le mattine fino alle dieci."
            ),
            "Grazie e cordiali saluti",
        ),
    ),
    Story(
        "pl",
        "Małgorzata Wójcik",
        "Proszę o dostęp do katalogu działu zakupów",
        (
            "Dzień dobry,",
            (
                "od pierwszego pracuję w dziale zakupów i nadal nie widzę wspólnego katalogu z umowami. Po kliknięciu"
                " skrótu pojawia się informacja, że nie mam uprawnień i że mam zgłosić się do administratora. "
                "Kierowniczka mówi, że wniosek został złożony jeszcze przed świętami."
            ),
            (
                "Bez tych dokumentów nie mogę przygotować zamówień na przyszły miesiąc, a termin mija w środę. Bardzo"
                " proszę o sprawdzenie, na jakim etapie jest wniosek, i o nadanie dostępu chociaż do odczytu. Jestem "
                "dostępna codziennie między ósmą a szesnastą."
            ),
            "Z poważaniem",
        ),
    ),
    Story(
        "da",
        "Søren Kjærgaard",
        "Skærmen på pakkelinjen går i sort under drift",
        (
            "Hej,",
            (
                "skærmen ved pakkelinje 4 går i sort to til tre gange om dagen, mens linjen kører. Maskinen stopper "
                "ikke, men vi kan ikke se, hvor mange kasser der mangler, før nogen har trukket stikket ud og sat det"
                " i igen. Det begyndte, efter at kablerne blev lagt om i forrige uge."
            ),
            (
                "Vi har prøvet med et andet kabel fra lageret, og det hjalp ikke. Kan I komme forbi i løbet af dagen,"
                " gerne før aftenholdet møder klokken 15? Spørg efter mig eller efter Mette ved linjen, så viser vi, "
                "hvad der sker."
            ),
            "Venlig hilsen",
        ),
    ),
)

OFFICE = "Example Works / Harbour Road 12 / 24103 Kiel / +49 431 5550100 / www.people.example"

STYLE = (
    "<style>\r\n<!--\r\n@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}\r\n"
    "p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; font-family:Calibri,sans-serif;}\r\n"
    "a:link, span.MsoHyperlink {color:#0563C1; text-decoration:underline;}\r\n"
    "span.EmailStyle17 {font-family:Calibri,sans-serif; color:windowtext;}\r\n"
    'h1 {mso-style-priority:9; mso-style-link:"Heading 1 Char"; margin:12.0pt 0cm 0cm; font-size:16.0pt;}\r\n'
    'span.Heading1Char {mso-style-name:"Heading 1 Char"; mso-style-priority:9; color:#2F5496;}\r\n'
    ".MsoChpDefault {mso-style-type:export-only; font-size:10.0pt; mso-ligatures:none;}\r\n"
    "@page WordSection1 {size:612.0pt 792.0pt; margin:70.85pt 70.85pt 2.0cm 70.85pt;}\r\n"
    "table.MsoTableGrid {border:solid windowtext 1.0pt; border-collapse:collapse; mso-yfti-tbllook:1184;}\r\n"
    "div.WordSection1 {page:WordSection1;}\r\n-->\r\n</style>\r\n"
)


def mails(run: str, count: int) -> list[Mail]:
    """`count` mails of a run (letters and digits). The same arguments give the same bytes."""
    return [_mail(run, number) for number in range(count)]


def _mail(run: str, number: int) -> Mail:
    story = STORIES[number % len(STORIES)]
    given = story.name.split()[0].encode("ascii", "ignore").decode().lower()
    sender = f"{given}.{run}.{number}@people.example"
    mark = sha256(f"{run} {number}".encode()).hexdigest()
    host = f"desk{number % 90}.people.example"
    asset = f"{story.language.upper()}-{number:06}"
    paragraphs = (*story.paragraphs, f"-- \r\n{story.name} / {asset}\r\n{OFFICE}")
    head = (
        f"Received: from {host} ({host} [192.0.2.{number % 250}])\r\n"
        f"\tby mail.people.example (Postfix) with ESMTPS id {mark[:12].upper()}\r\n"
        f"\tfor <help@example.org>; Mon, 2 Mar 2026 08:{number // 60 % 60:02}:{number % 60:02} +0100 (CET)\r\n"
        f"Thread-Index: {base64.b64encode(bytes.fromhex(mark[:44])).decode()}\r\n"
        f"X-Mailer: Example Mail 16.0\r\nX-Originating-IP: [192.0.2.{number % 250}]\r\n"
        f"X-Spam-Status: No, score=-{number % 5}.1 required=5.0 tests=BAYES_00,HTML_MESSAGE,\r\n"
        "\tRCVD_IN_DNSWL_NONE,SPF_PASS autolearn=ham version=4.0.1\r\n"
        f"From: {_header(story.name)} <{sender}>\r\n"
        f"To: Help desk <help@example.org>\r\n"
        f"Subject: {_header(f'{story.subject} ({asset})')}\r\n"
        f"Date: Mon, 2 Mar 2026 08:{number // 60 % 60:02}:{number % 60:02} +0100\r\n"
        f"Message-ID: <{run}.{number}.{mark[:16]}@mail.people.example>\r\n"
        f"Content-Language: {story.language}\r\n"
        "MIME-Version: 1.0\r\n"
    )
    turn = number // len(STORIES)
    body = _plain(paragraphs, encoded=turn % 2 == 1) if (number + turn) % 3 == 2 else _both(paragraphs, mark)
    content = (head + body).replace("\r\n.", "\r\n..")
    return Mail(number, sender.encode(), content.encode() + b".\r\n")


def _header(text: str) -> str:
    """Text as it stands in a header (RFC 2047), folded."""
    return text if text.isascii() else Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _plain(paragraphs: tuple[str, ...], *, encoded: bool) -> str:
    """Plain text: in base64, as a phone sends it, or quoted-printable."""
    text = "\r\n\r\n".join(paragraphs) + "\r\n"
    if encoded:
        lines = base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")
        return f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}"
    return _quoted("plain", text)


def _both(paragraphs: tuple[str, ...], mark: str) -> str:
    """Plain text and HTML side by side, as an office program sends it."""
    boundary = f"_000_{mark[:24]}_"
    text = "\r\n\r\n".join(paragraphs)
    rows = "".join(
        f'<p class="MsoNormal"><span lang="EN-GB" style="mso-fareast-language:EN-US">{escape(paragraph)}'
        '<o:p></o:p></span></p>\r\n<p class="MsoNormal"><o:p>&nbsp;</o:p></p>\r\n'
        for paragraph in paragraphs
    )
    html = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office">\r\n<head>\r\n'
        f'<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n{STYLE}</head>\r\n'
        f'<body lang="EN-GB" link="#0563C1" vlink="#954F72">\r\n<div class="WordSection1">\r\n{rows}</div>\r\n'
        "</body>\r\n</html>\r\n"
    )
    return (
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\n{_quoted('plain', text)}\r\n"
        f"--{boundary}\r\n{_quoted('html', html)}\r\n--{boundary}--\r\n"
    )


def _quoted(subtype: str, text: str) -> str:
    content = binascii.b2a_qp(text.encode(), istext=True).decode()
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{content}"
    )
