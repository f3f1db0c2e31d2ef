"""Verbs about outside parties: vendor, share."""

from typing import Final

import msgspec

from bot.notice.wording import gettext
from bot.persons import people
from bot.ticket import vendors
from bot.verbs import Apply, Call, Refusal, Reply, verb
from bot.verbs.contacts import address_in
from bot.verbs.words import joined
from channels.base import Address

_ALL: Final = "all"


@verb(
    usage=gettext("#vendor ADDRESS, then the words"),
    help=gettext("Ask an outside address; the answers are notes until you share them."),
    takes_words=True,
)
def vendor(call: Call) -> Apply:
    written, _, rest = call.argument.partition(" ")
    address = address_in(call.cause, written, gettext("#vendor needs a mail address: #vendor support@example.com"))
    what = joined(msgspec.structs.replace(call, argument=rest.strip()))
    known = people.by_address(call.cause.tx, "email", address)
    taking_part = known is not None and (
        known[0].id == call.addressed.requester_id or known[0].id in call.cause.desk.directory.by_person
    )
    if taking_part:
        raise Refusal(gettext("%(address)s is on this ticket already, and no vendor", address=address))
    if not what.words and not what.files:
        raise Refusal(gettext("%(verb)s needs words: write them below it", verb="#vendor"))

    def apply() -> Reply:
        person = people.meet(call.cause.tx, "email", Address(address))
        vendors.ask(call.cause, call.subject, call.person, person, address, what)
        return Reply(title=gettext("asked %(address)s about #%(number)s", address=address, number=call.subject.id))

    return apply


@verb(
    usage=gettext("#share, or #share all, then words of your own"),
    help=gettext("Send the vendor’s newest answer, or all not sent yet, with their files, below your words and files."),
    takes_words=True,
)
def share(call: Call) -> Apply:
    everything = call.argument.strip().casefold() == _ALL
    what = joined(msgspec.structs.replace(call, argument="") if everything else call)
    known = vendors.answers(call.cause, call.subject, call.addressed)
    fresh = [answer for answer in known if not vendors.is_shared(answer)]
    if not fresh:
        raise Refusal(gettext("there is no answer of a vendor on #%(number)s to share", number=call.subject.id))
    if not everything and fresh[-1] is not known[-1]:
        raise Refusal(gettext("the newest answer is shared already; `#share all` sends those before it too"))

    def apply() -> Reply:
        chosen = fresh if everything else fresh[-1:]
        vendors.share(call.cause, call.subject, call.person, chosen, what, to=call.addressed)
        return Reply(title=gettext("shared on #%(number)s", number=call.addressed.id))

    return apply
