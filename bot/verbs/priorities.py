"""Verbs that say how much it matters: priority, impact, urgency."""

from bot.notice.wording import LEVELS, PRIORITIES, Text, gettext
from bot.ticket import lifecycle
from bot.verbs import Apply, Call, Reply, verb
from bot.verbs.changes import one_of
from rules.facts import Level, Priority

_AUTO = "auto"


@verb(
    usage=gettext("#priority critical|high|medium|low, or #priority auto"),
    help=gettext("How soon it must be worked on; rules leave it alone until you write “auto”."),
)
def priority(call: Call) -> Apply:
    auto = call.argument.strip().casefold() == _AUTO
    level = None if auto else one_of(call.argument, Priority)

    def apply() -> Reply:
        if level is None:
            lifecycle.free_priority(call.cause, call.subject)
        else:
            lifecycle.set_priority_by_hand(call.cause, call.subject, level)
        return _has_priority(call)

    return apply


@verb(
    usage=Text("#impact high|medium|low"),
    help=gettext("How many people or how much work it stops; the priority follows."),
)
def impact(call: Call) -> Apply:
    level = one_of(call.argument, Level)

    def apply() -> Reply:
        lifecycle.set_impact(call.cause, call.subject, level)
        return Reply(title=gettext("#%(number)s has impact %(level)s", number=call.subject.id, level=LEVELS[level]))

    return apply


@verb(usage=Text("#urgency high|medium|low"), help=gettext("How soon the harm comes; the priority follows."))
def urgency(call: Call) -> Apply:
    level = one_of(call.argument, Level)

    def apply() -> Reply:
        lifecycle.set_urgency(call.cause, call.subject, level)
        return Reply(title=gettext("#%(number)s has urgency %(level)s", number=call.subject.id, level=LEVELS[level]))

    return apply


def _has_priority(call: Call) -> Reply:
    words = PRIORITIES[call.subject.priority]
    return Reply(title=gettext("#%(number)s has priority %(priority)s", number=call.subject.id, priority=words))
