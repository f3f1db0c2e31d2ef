"""Verbs about who writes: spam, notspam."""

from collections.abc import Sequence

from bot.db.models import Identity
from bot.notice.wording import Text, gettext
from bot.persons import people
from bot.ticket import lifecycle
from bot.verbs import Apply, Call, Refusal, Reply, verb
from bot.verbs.words import joined


@verb(
    usage=Text("#spam"),
    help=gettext("Close it, drop what waits to be said, take no more from who sent it; words below are a note."),
    takes_words=True,
)
def spam(call: Call) -> Apply:
    number, what = call.subject.id, joined(call)
    if call.addressed.requester_id != call.subject.requester_id:
        raise Refusal(gettext("#%(number)s is merged into somebody else’s: #unmerge first", number=call.addressed.id))
    requester = people.person(call.cause.tx, call.subject.requester_id)
    if requester.id in call.cause.desk.directory.by_person:
        raise Refusal(gettext("#%(number)s is a colleague's, who cannot be blocked", number=number))
    identities = people.identities_of(call.cause.tx, requester.id)
    if not identities:
        raise Refusal(gettext("the requester of #%(number)s has no mail address to block", number=number))

    def apply() -> Reply:
        lifecycle.close_as_spam(call.cause, call.subject, requester)
        blocked = _listed(identities)
        if what.words:
            lifecycle.add_note(call.cause, call.subject, call.person, what)
        title = gettext("#%(number)s is closed as spam, and %(address)s is blocked", number=number, address=blocked)
        return Reply(title=title)

    return apply


@verb(usage=Text("#notspam"), help=gettext("It is no spam after all: open it again, and take mail from its sender."))
def notspam(call: Call) -> Apply:
    requester = people.person(call.cause.tx, call.subject.requester_id)
    number = call.subject.id
    identities = [one for one in people.identities_of(call.cause.tx, requester.id) if one.blocked_at is not None]
    if not identities:
        raise Refusal(gettext("the sender of #%(number)s is not blocked", number=number))

    def apply() -> Reply:
        unblocked = _listed(identities)
        lifecycle.no_spam(call.cause, call.subject, requester)
        title = gettext("#%(number)s is open again, and %(address)s is not blocked", number=number, address=unblocked)
        return Reply(title=title)

    return apply


def _listed(identities: Sequence[Identity]) -> str:
    return ", ".join(identity.address for identity in identities)
