"""The language of a few written lines, from scripts, function words and letters.

Help-desk mail is short ("Drukarka nie działa"), which is where statistical models of hundred languages guess worst and
cost most memory. Everyday words and the words people use about their machines decide faster and better here.
"""

import re
from collections import defaultdict
from functools import cache, lru_cache

from channels.email.languagewords import ENDINGS, LETTERS, WORDS

_HEAD = 500  # characters looked at
_URL = re.compile(r"(?:https?://|www\.)\S{1,500}")
_ADDRESS = re.compile(r"<?\b[\w.+\-]{1,64}@\S{1,200}")
_QUOTED = re.compile(r"^[ \t]{0,8}>.*$", re.MULTILINE)
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
# Cyrillic letters that only one or few languages write.
_MARKS = {
    "ru": {"ё": 2.0, "ы": 0.6, "э": 0.6},
    "uk": {"і": 1.0, "ї": 2.0, "є": 2.0, "ґ": 2.0},
    "sr": {"ђ": 2.0, "ј": 1.0, "љ": 1.0, "њ": 1.0, "ћ": 2.0, "џ": 1.0},
    "mk": {"ѓ": 2.0, "ќ": 2.0},
    "be": {"ў": 3.0},
}
# Scripts that (nearly) name their language: code ranges and what is written in them.
_SCRIPTS = (
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u4e00-\u9fff]"), "zh"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc]"), "fa"),
    (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0900-\u097f]"), "hi"),
    (re.compile("[\u0980-\u09ff]"), "bn"),
    (re.compile("[\u0b80-\u0bff]"), "ta"),
    (re.compile("[\u10a0-\u10ff]"), "ka"),
    (re.compile("[\u0530-\u058f]"), "hy"),
)
# How many Latin letters one of theirs outweighs: a Chinese sign is a word, and a few kana make a text Japanese.
_DENSITY = {"ja": 9, "ko": 3, "zh": 3, "fa": 3}
_FEW = 4
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_ENOUGH = 1.0  # evidence below which nothing is said
_LONG_WORD = 40  # characters, from which a word is not remembered
_LEAD = 1.12  # how far the best must be ahead of the second


def detect(text: str) -> str | None:
    """The ISO 639-1 code of the language a text is written in, or None if too little of it tells."""
    head = _own_words(text[: _HEAD * 4])[:_HEAD]
    return (None if head.isascii() else _by_script(head)) or _by_words(head)


def _own_words(text: str) -> str:
    """The text without quoted lines and without addresses, whose language says nothing."""
    if ">" in text:
        text = _QUOTED.sub("", text)
    if "@" in text:
        text = _ADDRESS.sub(" ", text)
    return _URL.sub(" ", text) if "www." in text or "://" in text else text


def _by_script(head: str) -> str | None:
    """The language of a script that has (nearly) one, if most of the text is written in it."""
    foreign = _FOREIGN.findall(head)
    if max(foreign) < "\u0370":
        return None
    foreign_text = "".join(foreign)
    latin = len(_LATIN.findall(head))
    for letters, language in _SCRIPTS:
        count = len(letters.findall(foreign_text)) * _DENSITY.get(language, 1)
        if count >= _FEW and count > latin:
            return language
    return None


@cache
def _index() -> dict[str, tuple[tuple[str, float], ...]]:
    """Which languages each word speaks for, and how strongly: a word that many share says little."""
    languages: dict[str, list[str]] = defaultdict(list)
    for language, words in WORDS.items():
        for word in set(words.split()):
            languages[word].append(language)
    return {
        word: tuple((language, (0.7 + 0.1 * min(len(word), 6)) / len(known) ** 0.7) for language in known)
        for word, known in languages.items()
    }


@cache
def _letters() -> dict[str, tuple[tuple[str, float], ...]]:
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for language, letters in LETTERS.items():
        for letter in letters:
            found[letter].append((language, 0.0))
    shared = {letter: tuple((language, 0.9 / len(known)) for language, _ in known) for letter, known in found.items()}
    marks = {
        letter: ((language, weight),) for language, letters in _MARKS.items() for letter, weight in letters.items()
    }
    return shared | marks


@lru_cache(maxsize=4096)
def _votes(token: str) -> tuple[tuple[str, float], ...]:
    """Which languages a word speaks for: by itself, by its elided article, or by its ending."""
    index = _index()
    known = index.get(token)
    if known is None and "'" in token:
        known = index.get(token.partition("'")[0] + "'")
    if known is None:
        return _ending(token) if len(token) > 5 else ()
    return known


def _by_words(head: str) -> str | None:
    scores: dict[str, float] = defaultdict(float)
    letters = _letters()
    lowered = head.lower().replace("\u2019", "'")
    for token in _TOKEN.findall(lowered):
        for language, weight in _votes(token) if len(token) < _LONG_WORD else _ending(token):
            scores[language] += weight
    if not lowered.isascii():
        for letter in _FOREIGN.findall(lowered):
            for language, weight in letters.get(letter, ()):
                scores[language] += weight
    return _best(scores)


@cache
def _endings() -> dict[str, tuple[tuple[str, float], ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for language, endings in ENDINGS.items():
        for ending in endings.split():
            found[ending].append(language)
    return {ending: tuple((language, 0.5 / len(known)) for language in known) for ending, known in found.items()}


def _ending(token: str) -> tuple[tuple[str, float], ...]:
    endings = _endings()
    for length in (5, 4, 3):
        known = endings.get(token[-length:])
        if known is not None:
            return known
    return ()


def _best(scores: dict[str, float]) -> str | None:
    if not scores:
        return None
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    language, score = ranked[0]
    if score < _ENOUGH or (len(ranked) > 1 and score < ranked[1][1] * _LEAD):
        return None
    return language
