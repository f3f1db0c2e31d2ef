"""The verb of remote help: remote."""

from typing import Final

from bot.notice.wording import gettext
from bot.outgoing import questions
from bot.persons import people
from bot.ticket import remote as remote_help
from bot.verbs import Apply, Call, Refusal, Reply, verb

_START: Final = "start"
_END: Final = "end"


@verb(
    usage=gettext("#remote, or #remote end"),
    help=gettext("Ask the requester whether you may see their screen; who agrees gets the link."),
)
def remote(call: Call) -> Apply:
    wanted = call.argument.strip().casefold() or _START
    if wanted not in {_START, _END}:
        raise Refusal(gettext("write `#remote` to ask, or `#remote end` when it is over"))
    return _end(call) if wanted == _END else _start(call)


def _start(call: Call) -> Apply:
    cause, number = call.cause, call.addressed.id
    if not cause.desk.config.desk.remote_url:
        raise Refusal(gettext("there is no tool for remote help; an administrator sets `desk.remote_url`"))
    if call.subject.status in {"solved", "closed"}:
        raise Refusal(gettext("#%(number)s is done; reopen it first", number=number))
    earlier = questions.newest(cause, call.addressed, remote_help.KIND)
    if earlier is not None and questions.is_open(cause, earlier):
        raise Refusal(gettext("the requester of #%(number)s is asked already, and has not answered", number=number))
    if earlier is not None and earlier.answer == remote_help.YES and earlier.ended_at is None:
        raise Refusal(gettext("remote help on #%(number)s goes on; `#remote end` ends it", number=number))

    def apply() -> Reply:
        requester = people.person(cause.tx, call.addressed.requester_id)
        asked = remote_help.ask(cause, call.addressed, requester.language or call.addressed.language)
        done = gettext("asked the requester of #%(number)s whether you may see their screen", number=number)
        return Reply(title=done if asked else gettext("the requester of #%(number)s cannot be reached", number=number))

    return apply


def _end(call: Call) -> Apply:
    question = questions.newest(call.cause, call.addressed, remote_help.KIND)
    if question is None or question.ended_at is not None or question.answer == remote_help.NO:
        raise Refusal(gettext("there is no remote help on #%(number)s", number=call.addressed.id))

    def apply() -> Reply:
        remote_help.end(call.cause, call.addressed, question)
        return Reply(title=gettext("remote help on #%(number)s is over", number=call.addressed.id))

    return apply
