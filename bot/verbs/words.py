"""Verbs that say something: answer, note, solve, wait, send, cancel."""

import msgspec

from bot.db.models import Draft
from bot.intake import agents
from bot.notice.wording import Text, gettext
from bot.outgoing import drafts
from bot.ticket import lifecycle
from bot.ticket.messages import Said
from bot.verbs import Apply, Call, Refusal, Reply, verb
from bot.verbs.changes import has_status_already


@verb(
    usage=gettext("#answer, then the words"),
    help=gettext("Say it to the requester (by mail, words without a verb do the same)."),
    takes_words=True,
)
def answer(call: Call) -> Apply:
    what = _words(call, "answer")

    def apply() -> Reply:
        lifecycle.answer(call.cause, call.subject, call.person, what, to=call.addressed)
        return Reply(title=gettext("answered on #%(number)s", number=call.addressed.id))

    return apply


@verb(usage=gettext("#note, then the words"), help=gettext("Keep it internal."), takes_words=True)
def note(call: Call) -> Apply:
    what = _words(call, "note")

    def apply() -> Reply:
        lifecycle.add_note(call.cause, call.subject, call.person, what)
        return Reply(title=gettext("noted on #%(number)s", number=call.subject.id))

    return apply


@verb(
    usage=gettext("#solve, then what to tell the requester"),
    help=gettext("It is done; the words tell the requester how."),
    takes_words=True,
)
def solve(call: Call) -> Apply:
    if call.subject.status in {"solved", "closed"}:
        raise Refusal(has_status_already(call))
    resolution = joined(call).words

    def apply() -> Reply:
        lifecycle.solve(call.cause, call.subject, call.person, joined(call), to=call.addressed)
        title = gettext("#%(number)s is solved", number=call.subject.id)
        return Reply(title=title, data={"resolution": resolution})

    return apply


@verb(
    usage=gettext("#wait, then the question to the requester"),
    help=gettext("Ask the requester; the clock stands still until they answer."),
    takes_words=True,
)
def wait(call: Call) -> Apply:
    what = _words(call, "wait")

    def apply() -> Reply:
        lifecycle.answer(call.cause, call.subject, call.person, what, question=True, to=call.addressed)
        return Reply(title=gettext("asked the requester of #%(number)s", number=call.addressed.id))

    return apply


@verb(usage=Text("#send"), help=gettext("Say what was held back."))
def send(call: Call) -> Apply:
    agent, draft = call.cause.desk.directory.by_person[call.person.id], _held(call)

    def apply() -> Reply:
        done = agents.release(call.cause, agent, call.addressed, draft)
        number = call.addressed.id
        sent, refused = gettext("sent on #%(number)s", number=number), gettext("not sent on #%(number)s", number=number)
        return Reply(title=sent if done else refused)

    return apply


@verb(usage=Text("#cancel"), help=gettext("Drop what was held back."))
def cancel(call: Call) -> Apply:
    draft = _held(call)

    def apply() -> Reply:
        drafts.cancel(call.cause, draft)
        return Reply(title=gettext("dropped on #%(number)s", number=call.subject.id))

    return apply


def _held(call: Call) -> Draft:
    """Their draft that is meant: the one that a button names, else the newest. Raises Refusal where none waits."""
    agent, number = call.cause.desk.directory.by_person[call.person.id], call.argument
    named = int(number) if number.isdecimal() else None
    draft = drafts.waiting(call.cause, call.addressed, agent, named)
    if draft is None and named is not None:
        raise Refusal(gettext("those words are not held back any more"))
    if draft is None:
        raise Refusal(gettext("nothing of yours is held back on #%(number)s", number=call.subject.id))
    return draft


def joined(call: Call) -> Said:
    """The words on the verb's line and those below it."""
    words = "\n".join(part for part in (call.argument, call.words.words) if part)
    return msgspec.structs.replace(call.words, words=words, text=call.words.text or words)


def _words(call: Call, name: str) -> Said:
    what = joined(call)
    if not what.words and not what.files:
        raise Refusal(gettext("%(verb)s needs words: write them below it", verb=f"#{name}"))
    return what
