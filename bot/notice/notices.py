"""Notices: what the desk says by itself, rendered from a template into one language and one time zone.

A template is a file in `templates/`: a comment that says what it is for, one that lists its values (`name?` may be
left out), a line `Subject: …` (empty where the ticket's subject stays), and the body in Markdown. Every value is
escaped when it is written out, except those of type `Md`; names that begin with an underscore are parts of notices.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache, wraps
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any, Final

from jinja2 import (
    ChainableUndefined,
    Environment,
    FunctionLoader,
    StrictUndefined,
    Template,
    Undefined,
    pass_context,
    pass_environment,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct

import templates
from bot.config import LANGUAGES
from bot.notice import dates, sizes, wording
from bot.notice.markup import Md, escape, listed, one_line, plain, quote
from bot.notice.wording import FLAGS, Text

__all__ = [
    "FLAGS",
    "LANGUAGES",
    "OF_RULES",
    "Md",
    "Notice",
    "Rendered",
    "cut_marker",
    "language_of",
    "listed",
    "names",
    "notice",
    "parse_own",
    "part",
    "plain",
    "quote",
    "render",
    "render_own",
]

SOURCE = "en"
FOLDER = Path(templates.__file__).parent
ROOM = FOLDER / "room"
OF_RULES: Final = frozenset(
    {
        "acknowledgement",
        "logged",
        "solved",
        "solved_nudge",
        "nudge",
        "closed_unanswered",
        "still_on_it",
        "transferred",
        "where_it_stands",
    }
)
"""The notices that rules may send to requesters by their name, and that one's own may stand in place of."""
# What an agent's mail is cut at; the words between may be in any language.
CUT_BEGIN, CUT_END = "##-", "-##"

_HEAD = re.compile(
    r"\{# (?P<about>.+) #\}\n\{# values: (?P<values>.+) #\}\nSubject: *(?P<subject>.*)\n\n(?P<body>(?s:.+))"
)
_PLAIN_WORD = re.compile("[^\\W\\d_]+(?:[\\s,:;’']|$)")
_NAME = re.compile("[a-z][a-z_]*")
_INCLUDE = re.compile(r'\{% include "(?P<part>\w+\.md)" %\}')
_PART = re.compile(r"_[a-z_]+\.md")
_BLANK_LINES = re.compile(r"\n{3,}")


class Rendered(Struct, frozen=True):
    """A notice in words: the subject is plain text (empty: the ticket's own stays), the body is Markdown.

    `language` is the one it is in, where that is not the reader's.
    """

    subject: str
    body: str
    language: str = ""


class Notice(Struct, frozen=True, kw_only=True):
    """A template as it stands in its file. `needs` and `may_use` name its values beside `now`, `uses` all of them."""

    name: str
    about: str
    needs: tuple[str, ...]
    may_use: tuple[str, ...]
    uses: tuple[str, ...]
    subject: str
    body: str


def render(name: str, *, language: str, zone: str, values: Mapping[str, Any], in_room: bool = False) -> Rendered:
    """The notice `name` for a reader of that language (English if there is no catalogue) and IANA time zone.

    `in_room` asks for its shorter form for a platform of rooms: one of its own, or with shorter parts. There nobody
    needs a greeting, a signature or a line to write above.

    `values` are plain values, texts, dicts or structs; `now` among them is the aware time of writing.
    Raises KeyError for an unknown notice, jinja2.UndefinedError for a value that is missing.
    """
    spoken = language_of(language)
    about = notice(name)
    catalogue = _catalogue(spoken)
    used = values if in_room else about.uses
    context = dict.fromkeys(about.may_use) | {one: _in_words(values[one], catalogue) for one in used if one in values}
    context |= _moment(values, zone)
    subject = _subject(name, spoken).render(context) if about.subject else ""
    if in_room:
        context["cut_marker"] = ""
        body = _sentence(_tidied(_body_in_room(name, spoken).render(context)))
    else:
        body = _tidied(_body(name, spoken).render(context))
    return Rendered(subject=one_line(subject), body=body)


def render_own(subject: str, body: str, *, language: str, zone: str, values: Mapping[str, Any]) -> Rendered:
    """A notice of one's own that `bot.notice.noticecheck` has found to be one, as `render` does it.

    What is not known of a ticket is empty in it: it was written by somebody who cannot know what always is.
    """
    catalogue = _catalogue(language)
    known = {name: _in_words(value, catalogue) for name, value in values.items() if value is not None}
    context = known | _moment(values, zone)
    said = _own(subject, language, one_line).render(context) if subject else ""
    return Rendered(
        subject=one_line(said), body=_tidied(_own(body, language, escape).render(context)), language=language
    )


def parse_own() -> Environment:
    """What reads a notice of one's own."""
    return _own_environment(SOURCE, escape)


def part(name: str) -> str | None:
    """A part of the shipped notices; None where there is none of that name."""
    path = FOLDER / name
    return path.read_text("utf-8") if _PART.fullmatch(name) and path.is_file() else None


def _moment(values: Mapping[str, Any], zone: str) -> dict[str, str]:
    return {"zone": zone, "time_of_day": dates.time_of_day(values["now"], zone=zone)}


def _tidied(body: str) -> str:
    return _BLANK_LINES.sub("\n\n", body.strip())


@cache
def names() -> dict[str, str]:
    """Every notice with the line that says what it is for."""
    return {path.stem: notice(path.stem).about for path in sorted(FOLDER.glob("[!_]*.md"))}


@cache
def notice(name: str) -> Notice:
    """The notice of that name. Raises KeyError if there is none, ValueError if its file has another form."""
    path = FOLDER / f"{name}.md"
    if _NAME.fullmatch(name) is None or not path.is_file():
        raise KeyError(name)
    head = _HEAD.fullmatch(path.read_text("utf-8"))
    if head is None:
        raise ValueError(f"{path.name} does not begin with its description, its values and its subject")
    values = head["values"].split(", ")
    return Notice(
        name=name,
        about=head["about"],
        needs=tuple(value for value in values if not value.endswith("?")),
        may_use=tuple(value.removesuffix("?") for value in values if value.endswith("?")),
        uses=("now", *(value.removesuffix("?") for value in values)),
        subject=head["subject"].strip(),
        body=head["body"],
    )


@lru_cache(1024)
def language_of(tag: str) -> str:
    """The language of ours that serves a reader of `tag` ("de-AT", "pl_PL"); English if none does."""
    primary = re.split("[-_]", tag.strip().lower())[0]
    return primary if primary in LANGUAGES else SOURCE


@cache
def cut_marker(language: str) -> str:
    """The line above which an agent writes what goes to the requester."""
    words = _catalogue(language_of(language)).gettext("Please write above this line")
    return f"{CUT_BEGIN} {words} {CUT_END}"


# ------------------------------------------------------------------------------------------ one language


@cache
def _body(name: str, language: str) -> Template:
    return _environment(language, escape).from_string(_whole(notice(name).body, (FOLDER,)))


@cache
def _body_in_room(name: str, language: str) -> Template:
    own = ROOM / f"{name}.md"
    body = own.read_text("utf-8") if own.is_file() else notice(name).body
    return _environment(language, escape).from_string(_whole(body, (ROOM, FOLDER)))


def _whole(body: str, folders: Sequence[Path]) -> str:
    """A template with its parts in their places, each from the first of these folders that has it.

    One template renders in half the time of three.
    """

    def part(include: re.Match[str]) -> str:
        path = next(path for folder in folders if (path := folder / include["part"]).is_file())
        return path.read_text("utf-8").removesuffix("\n")

    return _INCLUDE.sub(part, body)


@cache
def _subject(name: str, language: str) -> Template:
    return _environment(language, one_line).from_string(notice(name).subject)


def said(text: Text, language: str) -> str:
    """A sentence in a language, for what is kept and not sent."""
    return text.said(_catalogue(language_of(language)))


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    return translation("firstline", FOLDER / "locale", [language])


class _Environment(Environment):
    newstyle_gettext = True


class _OwnEnvironment(ImmutableSandboxedEnvironment):
    newstyle_gettext = True


# No autoescape: that is for HTML, and this is Markdown.
_FORM: Final[Mapping[str, Any]] = {"extensions": ["jinja2.ext.i18n"], "lstrip_blocks": True, "auto_reload": False}


@cache
def _environment(language: str, written: Callable[[object], str]) -> Environment:
    """Templates of one language, in which `written` turns every value into text."""
    return _furnished(_Environment(**_FORM, undefined=StrictUndefined, finalize=written), language, written)


@lru_cache(512)
def _own(source: str, language: str, written: Callable[[object], str]) -> Template:
    return _own_environment(language, written).from_string(_whole(source, (FOLDER,)))


@cache
def _own_environment(language: str, written: Callable[[object], str]) -> Environment:
    """The same for templates of one's own: what is not known is empty."""
    shown: Callable[[object], str] = lambda value: "" if value is None else written(value)  # noqa: E731
    made = _OwnEnvironment(**_FORM, undefined=ChainableUndefined, finalize=shown, loader=FunctionLoader(part))
    environment = _furnished(made, language, written)
    environment.filters = {name: _of_known(filter_) for name, filter_ in environment.filters.items()}
    return environment


def _furnished(environment: Environment, language: str, written: Callable[[object], str]) -> Environment:
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals |= _speech(_catalogue(language), written) | {"cut_marker": Md(cut_marker(language))}
    environment.filters |= _filters(language, _catalogue(language))
    return environment


def _of_known(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that gives nothing of nothing."""
    place = 1 if hasattr(filter_, "jinja_pass_arg") else 0

    @wraps(filter_)
    def filtered(*values: Any, **more: Any) -> Any:  # noqa: ANN401  whatever the filter takes
        value = values[place]
        return "" if value is None or isinstance(value, Undefined) else filter_(*values, **more)

    return filtered


def _speech(catalogue: NullTranslations, written: Callable[[object], str]) -> dict[str, Callable[..., Md]]:
    """The four gettext functions, escaping the values that they put into a sentence but not the sentence."""

    def filled(sentence: str, values: dict[str, object]) -> Md:
        return Md(sentence % {name: written(value) for name, value in values.items()})

    @cache
    def alone(text: str) -> Md:
        return filled(catalogue.gettext(text), {})

    return {
        "gettext": lambda text, **values: filled(catalogue.gettext(text), values) if values else alone(text),
        "pgettext": lambda context, text, **values: filled(catalogue.pgettext(context, text), values),
        "ngettext": lambda one, many, num, **values: filled(catalogue.ngettext(one, many, num), {"num": num} | values),
        "npgettext": lambda context, one, many, num, **values: filled(
            catalogue.npgettext(context, one, many, num), {"num": num} | values
        ),
    }


def _filters(language: str, catalogue: NullTranslations) -> dict[str, Callable[..., str]]:
    # Translators: a moment, such as "Monday 23 November, 09:00 CET".
    moment_form = catalogue.gettext("%(day)s, %(clock)s %(zone)s")

    @pass_context
    def day(context: Context, moment: datetime) -> str:
        return dates.day(moment, language=language, zone=context["zone"], now=context["now"])

    @pass_context
    def clock(context: Context, moment: datetime) -> str:
        return dates.clock(moment, language=language, zone=context["zone"])

    @pass_context
    def when(context: Context, moment: datetime) -> str:
        zone = dates.zone_name(moment, language=language, zone=context["zone"])
        return moment_form % {"day": day(context, moment), "clock": clock(context, moment), "zone": zone}

    def age(span: timedelta) -> str:
        return dates.age(span, language=language)

    def size(count: int) -> str:
        return sizes.size(count, language=language)

    labels = {
        "status_name": wording.STATUSES,
        "priority_name": wording.PRIORITIES,
        "target_name": wording.TARGETS,
        "flag_text": wording.FLAGS,
        "reason_text": wording.REASONS,
    }
    filters: dict[str, Callable[..., str]] = {name: _label(table, catalogue) for name, table in labels.items()}
    filters |= {"day": day, "clock": clock, "when": when, "age": age, "size": size}
    return filters | {
        "sentence": _sentence,
        "quote": quote,
        "plain": plain,
        "listed": listed,
        "who": _who,
        "called": _called,
        "label": lambda named: named if isinstance(named, str) else named.called(language),
    }


def _label(table: Mapping[str, Text], catalogue: NullTranslations) -> Callable[[str], str]:
    words = {key: text.said(catalogue) for key, text in table.items()}
    return lambda key: words.get(key, key)


def _in_words(value: Any, catalogue: NullTranslations) -> Any:  # noqa: ANN401  whatever a notice is given
    """A value of a notice, with the texts in it said."""
    if isinstance(value, str):
        return wording.PLACEHOLDERS[value].said(catalogue) if value in wording.PLACEHOLDERS else value
    if isinstance(value, Text):
        return value.said(catalogue)
    if isinstance(value, dict):
        return {name: _in_words(item, catalogue) for name, item in value.items()}
    return [_in_words(item, catalogue) for item in value] if isinstance(value, list | tuple) else value


def _sentence(words: str) -> str:
    """Words as a sentence begins, for many of ours also follow a colon; an address or a number stays as it is."""
    return f"{words[:1].upper()}{words[1:]}" if _PLAIN_WORD.match(words) else words


@pass_environment
def _called(environment: Environment, person: object) -> str:
    """A person's name, or the address of one who gave none; a name given as such stays."""
    if isinstance(person, str):
        return person
    return str(environment.getattr(person, "name")) or str(environment.getattr(person, "address"))


@pass_environment
def _who(environment: Environment, person: object) -> str:
    """A person's name and address, or what is known of the two."""
    name, address = (environment.getattr(person, field) for field in ("name", "address"))
    return f"{name} ({address})" if name and address else name or address
