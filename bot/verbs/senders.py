"""Verbs about who writes: spam, notspam."""

from bot import lifecycle, people
from bot.verbs import Apply, Call, Refusal, Reply, verb
from bot.wording import Text, gettext


@verb(usage=Text("#spam"), help=gettext("Close it without a word, and take no more from who sent it."))
def spam(call: Call) -> Apply:
    requester = people.person(call.cause.tx, call.subject.requester_id)
    number = call.subject.id
    if requester.id in call.cause.desk.directory.by_person:
        raise Refusal(gettext("#%(number)s is a colleague's, who cannot be blocked", number=number))
    address = people.address_of(call.cause.tx, requester.id, "email")
    if address is None:
        raise Refusal(gettext("the requester of #%(number)s has no mail address to block", number=number))

    def apply() -> Reply:
        lifecycle.close_as_spam(call.cause, call.subject, requester)
        title = gettext(
            "#%(number)s is closed as spam, and %(address)s is blocked", number=number, address=address.address
        )
        return Reply(title=title)

    return apply


@verb(usage=Text("#notspam"), help=gettext("It is no spam after all: open it again, and take mail from its sender."))
def notspam(call: Call) -> Apply:
    requester = people.person(call.cause.tx, call.subject.requester_id)
    number = call.subject.id
    identity = people.address_of(call.cause.tx, requester.id, "email")
    if identity is None or identity.blocked_at is None:
        raise Refusal(gettext("the sender of #%(number)s is not blocked", number=number))

    def apply() -> Reply:
        lifecycle.no_spam(call.cause, call.subject, requester)
        title = gettext(
            "#%(number)s is open again, and %(address)s is not blocked", number=number, address=identity.address
        )
        return Reply(title=title)

    return apply
