"""What agents say to the desk: verbs and words, carried out together or not at all."""

import re
from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from bot import verbs
from bot.cause import Cause
from bot.db.models import Draft, File, Message, Ticket
from bot.intake.matching import Match
from bot.notice.wording import Text, gettext
from bot.outgoing import drafts, outbox
from bot.persons import absence, people
from bot.persons.directory import Agent
from bot.ticket import messages, tickets
from bot.ticket.messages import Said
from bot.verbs import Call, Refusal, Reply, Request
from channels.base import Attachment, Incoming, Role

HELD_NO_MARKER: Final = "no_marker"
HELD_REQUESTER_THREAD: Final = "requester_thread"
HELD_INTERLEAVED: Final = "interleaved"
HELD_BURIED_VERB: Final = "buried_verb"
HELD_ANSWERED: Final = "answered_by_other"

_WRAPPINGS: Final = frozenset(
    {
        "application/ms-tnef",
        "application/vnd.ms-tnef",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
    }
)
_SHOWN_ARGUMENT: Final = 60
_MAY_HOLD_A_MESSAGE: Final = ("message/", "text/", "application/vnd.ms-outlook")
_TOKEN_LIKE: Final = re.compile(rb"(?<![a-z2-7])[a-z2-7]{34}(?![a-z2-7])")


def speak(cause: Cause, agent: Agent, match: Match, incoming: Incoming, inbox_id: int) -> None:
    """An agent's message in a ticket: its verbs, then its words, to whom they are meant.

    A verb that is unknown, or two for the same words, stop all of it. Words that cannot be told from quoted ones, or
    that come after a colleague's, are held as a draft, and the agent is asked. What answers a note is a note.
    """
    ticket, request = match.addressed, verbs.read(incoming.reply)
    if match.internal and (request.words or incoming.attachments) and not request.takers:
        request = msgspec.structs.replace(request, calls=(*request.calls, ("note", "")))
    if request.unknown or len(request.takers) > 1:
        refuse_unclear(cause, agent, ticket, request)
        return
    everything = messages.from_incoming(incoming, inbox_id)
    files = tuple(file for file in everything.files if request.words or not file.inline)  # a verb, and a logo below it
    what = msgspec.structs.replace(everything, words=incoming.reply, files=_new_files(cause, ticket, files))
    reason = ""
    if not request.internal:
        unclear = _why_unclear(match, incoming) if request.words or what.files else ""
        reason = unclear or _why_hold(cause, match, agent, request, what)
    if reason:
        drafts.hold(cause, agent, ticket, what, reason, request=request)
        return
    carry_out(cause, agent, ticket, request, what)


def obey(cause: Cause, agent: Agent, text: str) -> None:
    """An agent's message outside any ticket that begins with a verb; its words go nowhere."""
    request = verbs.read(text)
    if request.unknown:
        refuse_unclear(cause, agent, None, request)
        return
    carry_out(cause, agent, None, request, messages.words_only(request.words))


def release(cause: Cause, agent: Agent, ticket: Ticket, draft: Draft) -> bool:
    """Say a held draft now, with its verbs, as it stands now; False if it is refused, and waits for the agent."""
    request = verbs.read(draft.words)
    draft.release_at = None
    if not carry_out(cause, agent, ticket, request, drafts.said(draft, request.words)):
        return False
    draft.state = "released"
    cause.audit("draft_released", ticket.id)
    return True


def carry_out(cause: Cause, agent: Agent, ticket: Ticket | None, request: Request, what: Said) -> bool:
    """What somebody wrote: `do_all`; False if it is refused, which they are told with how to write it."""
    try:
        do_all(cause, agent, ticket, request, what)
    except Refusal as refusal:
        refuse(cause, agent, ticket, request.calls, refusal.text)
        return False
    return True


def press(cause: Cause, agent: Agent, ticket: Ticket | None, request: Request, what: Said) -> None:
    """What somebody pressed, chose, filled in or commanded: `do_all`; of a refusal they are told only what is so."""
    try:
        do_all(cause, agent, ticket, request, what)
    except Refusal as refusal:
        not_done(cause, agent, ticket, request.calls, refusal.text, words=request.words)


def do_all(cause: Cause, agent: Agent, ticket: Ticket | None, request: Request, what: Said) -> None:
    """Check every verb, then do them all and say the words; tell the agent what came of it. Raises Refusal.

    What is done to a merged ticket is done to the one in which it goes on; the words go to whom they were written.
    """
    current = tickets.goes_on_in(cause, ticket) if ticket is not None else None
    words = msgspec.structs.replace(what, words=request.words)
    calls = list(request.calls)
    if ticket is not None and (request.words or what.files) and not request.takers:
        calls.append(("answer", ""))
    person = people.person(cause.tx, agent.person_id)
    applies = [
        verbs.prepare(
            Call(cause=cause, person=person, ticket=current, argument=argument, words=words, written_to=ticket),
            name,
        )
        for name, argument in calls
    ]
    replies = [apply() for apply in applies]
    _tell(cause, agent, ticket, replies[: len(request.calls)])


def _tell(cause: Cause, agent: Agent, ticket: Ticket | None, replies: list[Reply]) -> None:
    """What verbs did in one notice, and what each shows in one of its own."""
    done = [reply for reply in replies if reply.shown is None]
    if done:
        outbox.tell_agent(cause, agent, ticket, "verb_result", _result_values(done))
    for reply in replies:
        if reply.shown is not None:
            outbox.tell_agent(cause, agent, reply.shown.ticket or ticket, reply.shown.notice, reply.shown.values)


def _result_values(replies: list[Reply]) -> dict[str, object]:
    return {"titles": [reply.title for reply in replies], "lines": [line for reply in replies for line in reply.lines]}


def refuse_unclear(cause: Cause, agent: Agent, ticket: Ticket | None, request: Request) -> None:
    """Tell an agent which of their verbs do not exist, or cannot be meant together."""
    asked = request.unknown or request.takers
    near = verbs.nearest(request.unknown)
    refuse(cause, agent, ticket, [(name, "") for name in asked], unclear(request), near)


def unclear(request: Request) -> Text:
    """Which verbs do not exist, or cannot be meant together."""
    names = ", ".join(f"#{name}" for name in request.unknown or request.takers)
    near = verbs.nearest(request.unknown)
    if near:
        meant = ", ".join(f"#{name}" for name in near)
        return gettext("there is no %(names)s; did you mean %(near)s?", names=names, near=meant)
    if request.unknown:
        return gettext("there is no %(names)s", names=names)
    return gettext("the words can be for one of %(names)s only", names=names)


def not_done(
    cause: Cause,
    agent: Agent,
    ticket: Ticket | None,
    calls: Sequence[tuple[str, str]],
    reason: Text,
    *,
    words: str = "",
) -> None:
    """Tell an agent why what they pressed or commanded was not done; what they wrote for it is given back to them."""
    _audit_refusal(cause, ticket, calls, reason)
    outbox.tell_agent(cause, agent, ticket, "not_done", {"reason": reason, "words": words})


def refuse(
    cause: Cause,
    agent: Agent,
    ticket: Ticket | None,
    calls: Sequence[tuple[str, str]],
    reason: Text,
    near: Collection[str] = (),
) -> None:
    """Tell an agent why nothing of what they asked was done, and how to: with those verbs, with `near`, with any."""
    asked = _audit_refusal(cause, ticket, calls, reason)
    known = verbs.registry()
    names = {name for name, _ in calls} | set(near)
    fit = [verb for name, verb in known.items() if name in names] or known.values()
    usage = [Text("%(usage)s — %(help)s", {"usage": verb.usage, "help": verb.help}) for verb in fit]
    values = {"asked": " ".join(asked), "reason": reason, "help": usage}
    outbox.tell_agent(cause, agent, ticket, "verb_refused", values)


def _audit_refusal(cause: Cause, ticket: Ticket | None, calls: Sequence[tuple[str, str]], reason: Text) -> list[str]:
    """What was asked for, as it is written."""
    asked = [f"#{name} {argument[:_SHOWN_ARGUMENT]}".strip() for name, argument in calls]
    cause.audit("refused", ticket.id if ticket else None, asked=asked, why=str(reason))
    return asked


def _new_files(cause: Cause, ticket: Ticket, files: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """The files that an agent adds.

    Those that are on the ticket already came along with what they quote. What a mail program wraps all of a mail in,
    quoted words too, and a notice of ours that it attached instead of quoting, are for nobody outside.
    """
    if not files:
        return ()
    cause.tx.settle(("messages of", ticket.id))
    known = cause.tx.session.scalars(
        select(File.sha256)
        .join(Message, Message.id == File.message_id)
        .where(Message.ticket_id == ticket.id, File.sha256.in_([file.sha256 for file in files]))
    ).all()
    fresh = [file for file in files if file.sha256 not in known]
    kept_back = [file for file in fresh if _is_internal(cause, file)]
    if kept_back:
        cause.audit("files_kept_back", ticket.id, names=[file.name for file in kept_back])
    return tuple(file for file in fresh if file not in kept_back)


def _is_internal(cause: Cause, file: Attachment) -> bool:
    """Whether a file holds, or may hold, what the desk sent to an agent: then one of the desk's tokens is in it."""
    if file.type in _WRAPPINGS:
        return True
    if not file.type.startswith(_MAY_HOLD_A_MESSAGE):
        return False
    words = _TOKEN_LIKE.findall(file.content.replace(b"\0", b""))  # UTF-16 has them
    claims = (cause.desk.signer.verify(word.decode()) for word in words)
    return any(claim is not None and claim.role is Role.DESK for claim in claims)


def _why_unclear(match: Match, incoming: Incoming) -> str:
    """Why words below the verbs cannot be told from quoted ones; empty where they can."""
    if incoming.above_marker is None:
        return HELD_NO_MARKER if match.role is Role.DESK else HELD_REQUESTER_THREAD
    return "" if incoming.above_marker else HELD_INTERLEAVED


def _why_hold(cause: Cause, match: Match, agent: Agent, request: Request, what: Said) -> str:
    """Why words, also those on a verb's line, are not said at once; empty where they are."""
    if not request.words and not request.on_the_line and not what.files:
        return ""
    if verbs.has_verb_line(request.words) or verbs.has_verb_line(request.on_the_line):
        return HELD_BURIED_VERB
    works = match.ticket.assignee_id
    if works is not None and works not in absence.of(cause) and agent.person_id not in {works, match.ticket.owner_id}:
        return HELD_ANSWERED
    return ""
