"""Verbs that say something: answer, note, solve, wait, send, cancel."""

import msgspec

from bot import agents, drafts, lifecycle
from bot.messages import Said
from bot.verbs import Apply, Call, Refusal, Reply, verb


@verb(usage="#answer, then the words", takes_words=True)
def answer(call: Call) -> Apply:
    """Say it to the requester (by mail, words without a verb do the same)."""
    what = _words(call, "answer")

    def apply() -> Reply:
        lifecycle.answer(call.cause, call.subject, call.person, what)
        return Reply(title=f"answered on #{call.subject.id}")

    return apply


@verb(usage="#note, then the words", takes_words=True)
def note(call: Call) -> Apply:
    """Keep it internal."""
    what = _words(call, "note")

    def apply() -> Reply:
        lifecycle.add_note(call.cause, call.subject, call.person, what)
        return Reply(title=f"noted on #{call.subject.id}")

    return apply


@verb(usage="#solve, then what to tell the requester", takes_words=True)
def solve(call: Call) -> Apply:
    """It is done; the words tell the requester how."""
    if call.subject.status in {"solved", "closed"}:
        msg = f"#{call.subject.id} is {call.subject.status} already"
        raise Refusal(msg)
    resolution = _joined(call).words

    def apply() -> Reply:
        lifecycle.solve(call.cause, call.subject, call.person, _joined(call))
        return Reply(title=f"#{call.subject.id} is solved", data={"resolution": resolution})

    return apply


@verb(usage="#wait, then the question to the requester", takes_words=True)
def wait(call: Call) -> Apply:
    """Ask the requester; the clock stands still until they answer."""
    what = _words(call, "wait")

    def apply() -> Reply:
        lifecycle.answer(call.cause, call.subject, call.person, what, question=True)
        return Reply(title=f"asked the requester of #{call.subject.id}")

    return apply


@verb(usage="#send")
def send(call: Call) -> Apply:
    """Say what was held back."""
    agent = call.cause.desk.directory.by_person[call.person.id]
    draft = drafts.waiting(call.cause, call.subject, agent)
    if draft is None:
        msg = f"nothing of yours is held back on #{call.subject.id}"
        raise Refusal(msg)

    def apply() -> Reply:
        done = agents.release(call.cause, agent, call.subject, draft)
        return Reply(title=f"sent on #{call.subject.id}" if done else f"not sent on #{call.subject.id}")

    return apply


@verb(usage="#cancel")
def cancel(call: Call) -> Apply:
    """Drop what was held back."""
    draft = drafts.waiting(call.cause, call.subject, call.cause.desk.directory.by_person[call.person.id])
    if draft is None:
        msg = f"nothing of yours is held back on #{call.subject.id}"
        raise Refusal(msg)

    def apply() -> Reply:
        drafts.cancel(call.cause, draft)
        return Reply(title=f"dropped on #{call.subject.id}")

    return apply


def _joined(call: Call) -> Said:
    """The words on the verb's line and those below it."""
    words = "\n".join(part for part in (call.argument, call.words.words) if part)
    return msgspec.structs.replace(call.words, words=words, text=call.words.text or words)


def _words(call: Call, name: str) -> Said:
    what = _joined(call)
    if not what.words and not what.files:
        msg = f"#{name} needs words: write them below it"
        raise Refusal(msg)
    return what
