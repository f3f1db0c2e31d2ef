"""Verbs about what a request is about: category, field, similar."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.notice.wording import Text, gettext
from bot.ticket import fields, lifecycle
from bot.ticket import similar as solved_alike
from bot.verbs import Apply, Call, Refusal, Reply, verb
from rules.categories import Category, Field, as_label

_NONE: Final = "-"


@verb(
    usage=gettext("#category NAME"),
    help=gettext("What it is about; the requester is asked, once, for what is missing."),
)
def category(call: Call) -> Apply:
    chosen = named_category(call.cause.desk.books.categories.values(), call.argument)

    def apply() -> Reply:
        lifecycle.set_category(call.cause, call.subject, chosen.name)
        title = chosen.called(call.cause.desk.config.desk.language)
        return Reply(title=gettext("#%(number)s is about: %(category)s", number=call.subject.id, category=title))

    return apply


@verb(usage=gettext("#field NAME VALUE"), help=gettext("Write down a detail of its category; “-” takes it away."))
def field(call: Call) -> Apply:
    known = call.cause.desk.books.categories.get(call.subject.category or "")
    if known is None:
        raise Refusal(gettext("say first what #%(number)s is about, with #category", number=call.subject.id))
    chosen, value = field_and_value(known.fields, call.argument)

    def apply() -> Reply:
        fields.set_by_hand(call.cause, call.subject, chosen, "" if value == _NONE else value)
        label = chosen.called(call.cause.desk.config.desk.language)
        number = call.subject.id
        return Reply(title=gettext("#%(number)s, %(field)s: %(value)s", number=number, field=label, value=value))

    return apply


@verb(usage=Text("#similar"), help=gettext("Solved tickets that are like it, and what helped."))
def similar(call: Call) -> Apply:
    def apply() -> Reply:
        found = solved_alike.of(call.cause, call.subject)
        lines = tuple(f"#{one['number']} {one['subject']}: {one['resolution']}" for one in found)
        title = gettext("Solved tickets like #%(number)s: %(count)s", number=call.subject.id, count=len(found))
        return Reply(title=title, lines=lines, data=found)

    return apply


def named_category(known: Iterable[Category], written: str) -> Category:
    """The category of that name or title. Raises Refusal."""
    categories = list(known)
    wanted = as_label(written)
    for one in categories:
        if wanted in {one.name, *(as_label(title) for title in one.title.values())}:
            return one
    names = ", ".join(one.name for one in categories) or "-"
    raise Refusal(gettext("there is no category “%(name)s”; write one of: %(known)s", name=written, known=names))


def field_and_value(known: Sequence[Field], written: str) -> tuple[Field, str]:
    """The field whose name or label begins a text, the longest that does, and what follows. Raises Refusal."""
    words = written.replace("=", " = ").split()
    for length in range(len(words) - 1, 0, -1):
        label = as_label(" ".join(words[:length]).rstrip("="))
        found = next((one for one in known if label == one.name or label in one.names), None)
        value = " ".join(words[length:]).lstrip("= ")
        if found is not None and value:
            return found, value
    names = ", ".join(one.name for one in known)
    raise Refusal(
        gettext("write a field and what it is, such as `#field system Windows 11`; there are: %(known)s", known=names)
    )
