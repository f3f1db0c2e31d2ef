"""The verb for one text to many people: bulletin."""

import re
from typing import Final

from sqlalchemy import select

from bot.config import LANGUAGES
from bot.db.models import Bulletin, Person
from bot.followup import bulletins
from bot.followup.bulletins import STEP, Readers, Words
from bot.ids import LARGEST_ID
from bot.notice.wording import gettext
from bot.verbs import Apply, Call, Refusal, Reply, verb

_STOP: Final = re.compile(r"stop(?:\s+#?(\d{1,19}))?")
_LIST: Final = "list"
_LISTED: Final = 5
_TO: Final = re.compile(r"(to|tag)\s+([^:]+):\s*(.*)", re.IGNORECASE)
_IN: Final = re.compile(r"^\[([a-z]{2})\][ \t]*(.*)$", re.MULTILINE)
_BEHIND: Final = re.compile(r"\s(?:--|–|—)\s")
_SHOWN: Final = 200


@verb(
    usage=gettext("#bulletin SUBJECT, then the text; #bulletin to DEPARTMENT: SUBJECT; #bulletin stop"),
    help=gettext(
        "One text to all, to a department, or with “tag WORD: SUBJECT” to those whose open requests have that tag; "
        "a line “[de] SUBJECT” begins it in German."
    ),
    on_ticket=False,
    takes_words=True,
)
def bulletin(call: Call) -> Apply:
    argument = call.argument.strip()
    stopped = _STOP.fullmatch(argument.casefold())
    if stopped is not None and not call.words.words:
        return _stop(call, stopped[1])
    if argument.casefold() == _LIST and not call.words.words:
        return lambda: Reply(title=gettext("Bulletins"), lines=tuple(_row(call, one) for one in _newest(call)))
    return _begin(call, argument)


def _begin(call: Call, argument: str) -> Apply:
    """It begins a minute later, so that who reads here what will go out can still stop it."""
    readers, subject = _readers(call, argument)
    texts = _texts(call, subject)
    total = bulletins.how_many(call.cause, readers)
    if not total:
        raise Refusal(gettext("there is nobody whom it would reach"))

    def apply() -> Reply:
        found = bulletins.begin(call.cause, texts, readers, after=STEP)
        title = gettext(
            "“%(subject)s” goes out to %(total)s people from the next minute on; `#bulletin stop` stops it",
            subject=bulletins.words_for(call.cause, found, call.person.language or "").subject,
            total=total,
        )
        shown = (f"{language}: {words.subject}: {words.body[:_SHOWN]}" for language, words in texts.items())
        return Reply(title=title, lines=tuple(" ".join(line.split()) for line in shown), data={"id": found.id})

    return apply


def _stop(call: Call, number: str | None) -> Apply:
    """The named one, else their newest that goes out. Raises Refusal."""
    if number is None:
        found = bulletins.of_agent(call.cause, call.person.id)
    else:
        found = bulletins.held(call.cause, int(number)) if int(number) <= LARGEST_ID else None
    if found is None or found.state != "sending":
        raise Refusal(gettext("no bulletin goes out that could be stopped; `#bulletin list` shows the newest"))

    def apply() -> Reply:
        bulletins.stop(call.cause, found)
        title = gettext("stopped: %(sent)s of %(total)s people have it", sent=found.sent, total=found.total)
        return Reply(title=title)

    return apply


def _readers(call: Call, argument: str) -> tuple[Readers, str]:
    """Whom it is for, and the subject. Raises Refusal."""
    found = _TO.fullmatch(argument)
    if found is None:
        return Readers(), argument
    named = found[2].strip()
    if found[1].casefold() == "tag":
        return Readers(tag=named.lstrip("#").casefold()), found[3]
    departments = call.cause.tx.session.scalars(select(Person.department).where(Person.known.is_(True)).distinct())
    known = sorted(filter(None, departments))
    department = next((one for one in known if one.casefold() == named.casefold()), None)
    if department is None:
        why = gettext("there is no department “%(name)s”; write one of: %(known)s", name=named, known=", ".join(known))
        raise Refusal(why)
    return Readers(department=department), found[3]


def _texts(call: Call, subject: str) -> dict[str, Words]:
    """What it says by language, that of the desk first. Raises Refusal."""
    words = call.words.words.strip()
    parted = _BEHIND.split(subject, maxsplit=1)
    if not words and len(parted) > 1:
        subject, words = parted
    own, *others = _IN.split(words)
    texts = {call.cause.desk.config.desk.language: Words(subject.strip(), own.strip())}
    for language, title, body in zip(others[::3], others[1::3], others[2::3], strict=True):
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise Refusal(
                gettext("there is no language “%(name)s”; write one of: %(known)s", name=language, known=known)
            )
        texts[language] = Words(title.strip(), body.strip())
    if not all(one.subject and one.body for one in texts.values()):
        raise Refusal(
            gettext("#bulletin needs a subject and a text: #bulletin Work on the network, then the text below")
        )
    return texts


def _newest(call: Call) -> list[Bulletin]:
    return list(bulletins.newest(call.cause, _LISTED))


def _row(call: Call, found: Bulletin) -> str:
    subject = bulletins.words_for(call.cause, found, call.person.language or "").subject
    return f"{found.id} {subject}: {found.state}, {found.sent}/{found.total}"
