"""The line that says whose words follow: "On 5 May 2023 at 10:02, Ada <ada@example.org> wrote:".

No pattern per language and client. Such a line has a shape instead: somebody, a moment, a verb of writing, a colon. Two
or three of these together are enough, more are asked for where no quote marks follow.
"""

import re
from functools import cache, cached_property

from channels.email.quoting import lines as ln

VERBS = {
    "en": "wrote writes said says writeth spake scribbled",
    "de": "schrieb schreibt schrieben geschrieben",
    "fr": "écrit écrivait",
    "es": "escribió escribio escribe",
    "pt": "escreveu escreve",
    "it": "scritto scrive scrisse",
    "nl": "schreef schrijft",
    "pl": "napisał napisała pisze napisał(a) napisal napisala napisano",
    "cs": "napsal napsala napsal(a) píše",
    "sk": "napísal napísala píše napísal(a)",
    "da": "skrev skriver",
    "fi": "kirjoitti kirjoittaa",
    "hu": "írta irta írt",
    "ro": "scris scrie",
    "ru": "написал написала пишет писал написал(а) написали",
    "uk": "пише написав написала писав",
    "bg": "написа пише",
    "sr": "napisao napisala piše написао написала",
    "sl": "napisal napisala",
    "el": "έγραψε",
    "tr": "yazdı yazdi yazmış",
    "lt": "rašė parašė",
    "lv": "rakstīja",
    "et": "kirjutas",
    "ca": "escrigué escriure",
    "gl": "escribiu",
    "eu": "idatzi",
    "is": "skrifaði",
    "cy": "ysgrifennodd",
    "vi": "viết",
    "id": "menulis",
    "ms": "menulis",
    "he": "כתב כתבה",
    "ar": "كتب كتبت",
    "fa": "نوشت",
    "sq": "shkroi",
    "ga": "scríobh",
    "af": "geskryf",
    "eo": "skribis",
    "la": "scripsit",
    "any": "zitat quoting citando citat citát",
}
# Writing systems without blanks between words, and phrases that are not one word.
PHRASES = "写道|寫道|写到|書きました|のメール|さんは|작성|님이|เขียน|लिखा|כתב|كتب|تمت كتابة|گفت"
# The first word (or two) of the line, in front of the moment.
OPENERS = r"""(?x)
    (?: On | At | Am | Le | El | Il | In | Op | Em | No | Den | Dnia | W\ dniu | Dne | Dňa | Pe | În | La | På | Vào
      | Pada | Στις | Il\ giorno | El\ día | El\ dia | Le\ jour | A | На | В | V | Dana | Дана | Noong | ในวันที่ | 在
      | في | בתאריך | در\ تاريخ | در | Dato | Data | Dia | No\ dia | Missatge\ de | Quoting | Zitat\ von | Citando
      | Selon | According\ to
    )(?=[\W\d])
"""

_ADDRESS = re.compile(r"[^\s@<>()\[\]]{1,64}@[^\s@<>()\[\]]{2,}|\[mailto:")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}|\d{1,2}[月월]")
_TIME = re.compile(r"(?<![\d.])\d{1,2}[:.h]\d{2}(?!\d*[.]\d)|\d{1,2}[時时点시]")
_WORD = re.compile(r"[^\W\d_]+(?:\(a\)|\(а\))?")
_OPENER = re.compile(OPENERS)
_PHRASE = re.compile(PHRASES)
_WEEKDAY = re.compile(r"[^\W\d_]{2,12}[.,]{0,2} +\d|\d")
_WEEKDAY_WORD = re.compile(r"[^\W\d_]{2,14}\.?, ")
_DASHED = re.compile(r"-{2,10} ?[^-\n].{0,300}-{2,10}")
_MARKS = "-\u2013\u2014\"'*<([> "
_ARTICLES = frozenset(
    [
        "the",
        "a",
        "der",
        "die",
        "das",
        "ein",
        "eine",
        "le",
        "la",
        "un",
        "une",
        "il",
        "lo",
        "el",
        "los",
        "de",
        "het",
        "our",
        "my",
        "unser",
        "mein",
        "this",
        "dieser",
    ]
)
# What somebody tells: a sentence that ended before, or "wrote to me".
_TOLD = re.compile(
    r"[^\W\d_]{5,}[.!?] [^\W\d_]|\b(?:mir|uns|wrote (?:me|us|to)|m['’]a|nous a|mi ha|ci ha|til mig|do mnie)\b",
    re.IGNORECASE,
)
_RUN_ON = re.compile(r"(?<=>)(?: [^\W\d_]{2,20}){0,3} ?:(?=[ \xa0]{2,}\S)")
_SENTENCE_ENDS = (".", "!", "?", ":")
_MAX_WRAP = 4
_MAX_LENGTH = 420


@cache
def _verbs() -> frozenset[str]:
    return frozenset(word for words in VERBS.values() for word in words.split())


def could_end(line: str) -> bool:
    """Whether an attribution might end with this line: a cheap look before the real one."""
    return line[-1] in ":>-…" or line.endswith(("...", "wrote", "schrieb")) or "wrote" in line


def _is_verb(word: str) -> bool:
    found = _WORD.search(word.casefold())
    return found is not None and found[0] in _verbs()


def _has_verb(text: str) -> bool:
    verbs = _verbs()
    return any(word in verbs for word in _WORD.findall(text.casefold())) or _PHRASE.search(text) is not None


class _Shape:
    """What an attribution is recognised by, found in the joined lines of one candidate."""

    def __init__(self, text: str) -> None:
        self.text = text.lstrip(_MARKS)
        self.dashed = _DASHED.fullmatch(text) is not None
        self.colon = text[-1] == ":" or self.dashed

    @cached_property
    def address(self) -> bool:
        return "@" in self.text and _ADDRESS.search(self.text) is not None

    @cached_property
    def date(self) -> bool:
        return _DATE.search(self.text) is not None

    @cached_property
    def time(self) -> bool:
        return _TIME.search(self.text) is not None

    @cached_property
    def verb(self) -> bool:
        return _has_verb(self.text)

    @cached_property
    def opener(self) -> bool:
        return _OPENER.match(self.text) is not None

    def before_quote(self) -> bool:
        """Enough when quoted lines follow."""
        if self.colon:
            return self.address or (self.date and (self.time or self.opener)) or (self.verb and self._has_subject())
        return self.verb and (self.address or (self.date and self.time))

    def alone(self) -> bool:
        """Enough when what follows carries no quote marks."""
        if not self.colon or _TOLD.search(self.text):
            return False
        if self.verb and (self.dashed or (self.opener and self.time and self.address)):
            return True
        if not self.date:
            return False
        if self.address:
            return (self.verb or self.time) and self._starts_like_one()
        if not self.verb:
            return False
        opened = self.opener or _WEEKDAY.match(self.text) is not None
        return (opened and self._names_somebody()) or self._name_first()

    def _has_subject(self) -> bool:
        """Whether somebody may be who writes: "the log says:" introduces no mail."""
        first = _WORD.search(self.text)
        return first is None or self.opener or self.date or self.time or first[0].casefold() not in _ARTICLES

    def _starts_like_one(self) -> bool:
        if self.opener or _WEEKDAY.match(self.text) or _WEEKDAY_WORD.match(self.text):
            return True
        address = _ADDRESS.search(self.text)
        return address is not None and len(self.text[: address.start()].split()) <= 6

    def _names_somebody(self) -> bool:
        """Whether a capitalised word (or one of a script without capitals) stands near the verb."""
        words = self.text.rstrip(":- ").split()
        for index, word in enumerate(words):
            if _is_verb(word):
                near = words[max(index - 3, 0) : index] + words[index + 1 : index + 3]
                return any(other[:1].isalpha() and not other[:1].islower() for other in near)
        return _PHRASE.search(self.text) is not None

    def _name_first(self) -> bool:
        """Whether it begins with a name: "Ada Byron/Office wrote on 05.05.2023 10:02:"."""
        words = [word.strip('",()') for word in self.text.split()[:4]]
        if not self.time or not words or words[0].casefold() in _ARTICLES:
            return False
        name = [word for word in words[:2] if word[:1].isupper() or "/" in word]
        return len(name) == 2 or (len(name) == 1 and len(words) > 1 and _is_verb(words[1]))


def announces(line: str) -> bool:
    """Whether a line above a copied header says who wrote when, colon or not."""
    if len(line) > _MAX_LENGTH:
        return False
    shape = _Shape(line)
    return shape.verb and shape.date and (shape.time or shape.address)


def _extent(lines: list[str], kinds: bytearray, end: int) -> list[tuple[int, _Shape]]:
    """The candidates that end with line `end`, shortest first."""
    found: list[tuple[int, _Shape]] = []
    text = ""
    for start in range(end, max(end - _MAX_WRAP, -1), -1):
        if kinds[start] != ln.OWN or len(text) + len(lines[start]) > _MAX_LENGTH:
            break
        text = f"{lines[start]} {text}" if text else lines[start]
        found.append((start, _Shape(text)))
        if found[-1][1].opener and (found[-1][1].date or found[-1][1].address):
            break
    return found


def starts(lines: list[str], kinds: bytearray, end: int, *, quote_follows: bool) -> int | None:
    """First line of the attribution that ends with line `end`, or None if there is none."""
    best: tuple[int, _Shape] | None = None
    for start, shape in _extent(lines, kinds, end):
        if best is not None and not _adds(best[1], shape, lines[start]):
            if lines[start].endswith(_SENTENCE_ENDS):
                break
            continue
        if shape.before_quote() if quote_follows else shape.alone():
            best = (start, shape)
    return best[0] if best else None


def runs_on(line: str) -> bool:
    """Whether a line may be an attribution that its quote begins on, as Yahoo's programs for telephones write it."""
    return ":  " in line and _RUN_ON.search(line) is not None


def start_of_run_on(lines: list[str], kinds: bytearray, index: int) -> int | None:
    """First line of such an attribution, which may have been broken in front of the address; None if it is none."""
    found = _RUN_ON.search(lines[index])
    if found is None:
        return None
    head = lines[index][: found.end()]
    if _Shape(head).alone():
        return index
    above = index - 1
    wrapped = above >= 0 and kinds[above] == ln.OWN and _Shape(f"{lines[above]} {head}").alone()
    return above if wrapped else None


def _adds(known: _Shape, wider: _Shape, line: str) -> bool:
    """Whether the line above belongs to the attribution too: it brings the moment or the person that was missing."""
    if line[-1] in "!?" or known.opener:
        return False
    return (
        (wider.opener and (wider.date or wider.time) and (not known.date or not known.time or not known.opener))
        or (wider.date and not known.date)
        or (wider.time and not known.time)
        or (wider.address and not known.address)
        or (wider.verb and not known.verb)
    )
