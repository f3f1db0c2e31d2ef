"""The verb for lists of actions that stand in a book: macro."""

from difflib import get_close_matches

from bot.judging import macros
from bot.notice.wording import Text, gettext
from bot.verbs import Apply, Call, Refusal, Reply, verb


@verb(
    usage=gettext("#macro NAME, or #macro alone"),
    help=gettext("Do what stands under that name in your desk's books; alone: which names fit this ticket."),
)
def macro(call: Call) -> Apply:
    known = call.cause.desk.books.macros
    wanted = call.argument.strip().casefold()
    if not wanted:
        return lambda: _listed(call)
    if wanted not in known:
        near = get_close_matches(wanted, known, n=1)
        if near:
            raise Refusal(gettext("there is no macro “%(name)s”; did you mean %(near)s?", name=wanted, near=near[0]))
        raise Refusal(gettext("there is no macro “%(name)s”; `#macro` alone lists those that fit", name=wanted))
    found = known[wanted]
    if not macros.fits(call.cause, found, call.subject):
        why = gettext(
            "the macro “%(name)s” is not for #%(number)s as it is now; `#macro` alone lists those that fit",
            name=wanted,
            number=call.subject.id,
        )
        raise Refusal(why)

    def apply() -> Reply:
        macros.use(call.cause, found, call.subject, call.addressed)
        return Reply(title=gettext("done on #%(number)s: %(name)s", number=call.subject.id, name=wanted))

    return apply


def _listed(call: Call) -> Reply:
    found = macros.fitting(call.cause, call.subject)
    number = call.subject.id
    title = gettext("macros for #%(number)s", number=number) if found else _none(number)
    lines = tuple(f"#macro {macro.name}{f' — {macro.help}' if macro.help else ''}" for macro in found)
    return Reply(title=title, lines=lines, data=[{"name": macro.name, "help": macro.help} for macro in found])


def _none(number: int) -> Text:
    return gettext("there is no macro for #%(number)s", number=number)
