"""Notices of one's own: Markdown files in the folder of `[rules] notices`, kept and put in force with the books.

`vpn_reset.md` is the notice `vpn_reset`, `vpn_reset.de.md` what it says in German. A file may begin with
`{# for: requesters #}`, a comment that says what it is for, and `Subject: …`. One that does not say that it is for
requesters is for agents, and nothing sends it to anybody else.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateError
from msgspec import Struct

from bot.notice import notices, samples
from bot.notice.noticecheck import Checker
from bot.notice.notices import LANGUAGES, OF_RULES, Rendered, language_of
from bot.notice.noticevalues import OF_SOLVED, VALUES, Reader
from rules.kinds import Notice, Text
from rules.problems import Problem, RuleBookError
from rules.suggest import did_you_mean

READERS: Final[Mapping[str, Reader]] = {"requesters": "requesters", "agents": "agents"}
_OTHERS: Final = ""
_FILE: Final = re.compile(r"([a-z][a-z0-9_]{0,39})(?:\.([^.]*))?")
_HEAD: Final = re.compile(r"(?:\{#(?:(?!#\}).)*#\})?\s*")
_SUBJECT: Final = re.compile(r"Subject:[ \t]*(.*)")
_FOR: Final = "for:"
_VALUES: Final = "values:"
_CARRIES: Final = "words"
_CUT: Final = "{{ cut_marker }}\n\n"


class _File(Struct, frozen=True, kw_only=True):
    """A file as far as it is told apart: `reader` is what stands after `for:`, at that line."""

    file: str
    text: str
    reader: str
    line: int
    about: str
    subject: str
    body: str


def read(sources: Sequence[tuple[str, str]], language: str) -> dict[str, Notice]:
    """The notices in files, given as (path, text); `language` is the desk's. Raises RuleBookError with all problems."""
    found: defaultdict[str, dict[str, _File]] = defaultdict(dict)
    problems: list[Problem] = []
    for file, text in sorted(sources):
        named = _FILE.fullmatch(Path(file).name.removesuffix(".md"))
        spoken = named[2] if named else None
        if named is None:
            problems.append(Problem(file, 1, 1, "a notice's name is up to 40 small letters, digits and _"))
        elif spoken is not None and spoken not in LANGUAGES:
            hint = did_you_mean(spoken, LANGUAGES) or f"; there are {', '.join(LANGUAGES)}"
            problems.append(Problem(file, 1, 1, f"there is no language '{spoken}'{hint}"))
        else:
            found[named[1]][spoken or _OTHERS] = _told_apart(file, text)
    checked = {name: _checked(name, files, language, problems) for name, files in found.items()}
    if problems:
        raise RuleBookError(problems)
    return checked


def render(
    own: Mapping[str, Notice], name: str, *, language: str, desk: str, zone: str, values: Mapping[str, Any]
) -> Rendered | None:
    """The notice in words; None where there is none, or none for a reader of that language and the shipped one stays.

    What stands in the file for all languages is in the desk's.
    """
    found = own.get(name)
    spoken = language_of(language)
    text = found.text(spoken) if found else None
    if found is None or text is None:
        return None
    spoken = spoken if spoken in found.texts else language_of(desk)
    body = text.body if found.reader == "requesters" or "cut_marker" in text.uses else f"{_CUT}{text.body}"
    return notices.render_own(text.subject, body, language=spoken, zone=zone, values=values)


def names_for(reader: Reader, own: Mapping[str, Notice]) -> frozenset[str]:
    """The names of those notices of one's own."""
    return frozenset(name for name, notice in own.items() if notice.reader == reader)


def _told_apart(file: str, text: str) -> _File:
    lines = text.removeprefix("\ufeff").splitlines()
    head = list(takewhile(_HEAD.fullmatch, lines))
    rest = lines[len(head) :]
    subject = _SUBJECT.fullmatch(rest[0]) if rest else None
    said = {place: line.strip()[2:-2].strip() for place, line in enumerate(head, 1) if line.strip()}
    readers = [(place, words.removeprefix(_FOR).strip()) for place, words in said.items() if words.startswith(_FOR)]
    line, reader = readers[0] if readers else (1, "")
    return _File(
        file=file,
        text=text,
        reader=reader,
        line=line,
        about=next((words for words in said.values() if not words.startswith((_FOR, _VALUES))), ""),
        subject=subject[1].strip() if subject else "",
        body="\n".join(rest[1:] if subject else rest).strip("\n"),
    )


def _checked(name: str, files: Mapping[str, _File], language: str, problems: list[Problem]) -> Notice:
    """The notice that is made of these files, by language."""
    first = files.get(_OTHERS) or next(iter(files.values()))
    reader = READERS.get(first.reader, "requesters" if name in OF_RULES else "agents")
    problems += _wrong_place(name, files)
    problems += [problem for file in files.values() for problem in _wrong_reader(name, file, first.reader)]
    texts = {}
    for spoken, file in files.items():
        wrong, uses = _wrong_words(name, file, reader)
        problems += wrong or _unsayable(file, spoken or language_of(language))
        texts[spoken] = Text(
            file=file.file, source=file.text, subject=file.subject, body=file.body, uses=frozenset(uses)
        )
    return Notice(name=name, reader=reader, about=first.about, texts=texts)


def _wrong_place(name: str, files: Mapping[str, _File]) -> list[Problem]:
    first = next(iter(files.values())).file
    if name in OF_RULES:
        return []
    if name in notices.names():
        mine = ", ".join(sorted(OF_RULES))
        return [Problem(first, 1, 1, f"'{name}' is the desk's own; in place of these you can have others: {mine}")]
    if _OTHERS not in files:
        return [Problem(first, 1, 1, f"there is no {name}.md beside it, for readers of all other languages")]
    return []


def _wrong_reader(name: str, file: _File, first: str) -> list[Problem]:
    if file.reader and file.reader not in READERS:
        hint = did_you_mean(file.reader, READERS)
        what = f"notices are for requesters or for agents, not '{file.reader}'{hint}"
        return [Problem(file.file, file.line, 1, what)]
    if file.reader == "agents" and name in OF_RULES:
        return [Problem(file.file, file.line, 1, f"the notice '{name}' goes to requesters: it cannot be for agents")]
    if file.reader and file.reader != first and name not in OF_RULES:
        return [Problem(file.file, file.line, 1, f"{name}.md does not say that it is for {file.reader}")]
    return []


def _wrong_words(name: str, file: _File, reader: Reader) -> tuple[list[Problem], set[str]]:
    checker = Checker(file.file, file.text, reader, _more(name))
    checker.check(notices.parse_own(), file.text, notices.part)
    problems = checker.problems
    if not file.body.strip():
        problems.append(Problem(file.file, 1, 1, "there are no words in it"))
    elif name == "solved" and _CARRIES not in checker.uses:
        problems.append(
            Problem(file.file, 1, 1, "'solved' carries what the agent wrote: it must have {{ words|quote }} in it")
        )
    return problems, checker.uses


def _more(name: str) -> frozenset[str]:
    """What the shipped notice of that name may use, beyond what any may that is for requesters."""
    if name not in OF_RULES:
        return frozenset()
    shipped = notices.notice(name)
    return frozenset((*shipped.needs, *shipped.may_use)) & (VALUES.keys() | OF_SOLVED.keys())


def _unsayable(file: _File, language: str) -> list[Problem]:
    """Try it with everything and with nothing: what cannot be said then must not be found out by a ticket."""
    for values in (samples.full(), samples.bare()):
        try:
            notices.render_own(file.subject, file.body, language=language, zone="UTC", values=values)
        except (TemplateError, TypeError, ValueError, AttributeError, LookupError) as error:
            return [Problem(file.file, 1, 1, f"it cannot be said: {error}")]
    return []


def preview(own: Mapping[str, Notice], name: str, *, language: str, desk: str, zone: str, now: datetime) -> Rendered:
    """Any notice that rules may send, with example values. Raises KeyError where there is none."""
    values = {**samples.full(), "now": now}
    found = render(own, name, language=language, desk=desk, zone=zone, values=values)
    return found or notices.render(name, language=language, zone=zone, values=values)
