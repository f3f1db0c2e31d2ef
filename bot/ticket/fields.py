"""The fields of a request: read out of what people write, asked for once where they are missing, shown with a ticket.

Which there are, the books say (`rules.categories`). What somebody wrote is never changed: it stays on the ticket. A
value that is there already gives way only to one that the requester writes behind its name, and one set by hand only if
that answers the desk's question.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, or_, select

from bot.cause import Cause
from bot.db.models import Asset, AuditEntry, Message, Ticket
from bot.ticket import lifecycle
from bot.ticket.messages import Said
from rules.categories import Category, Field, FieldKind
from rules.facts import MAX_TEXT, Status
from rules.recognition import Details, category_of, details_of, numbers_in

ANY_ASSETS: Final = "any assets"
"""Where a transaction remembers whether there are assets; whoever adds one takes it away."""

_DONE: Final = frozenset({Status.SOLVED, Status.CLOSED})
_QUOTE: Final = ">"
_ANY: Final = select(Asset.id).limit(1)
_BY_NUMBER: Final = select(Asset.id, Asset.number).where(Asset.number.in_(bindparam("numbers", expanding=True)))


def recognise(cause: Cause, ticket: Ticket, what: Said, *, first: bool) -> None:
    """Take from what somebody wrote what it is about, unless that is known, its fields, and its asset.

    What is quoted counts in the `first` message only, where it is news; later where it answers the desk's question.
    """
    text = what.words[:MAX_TEXT] if first else _unquoted(what.words[:MAX_TEXT])
    categories = cause.desk.books.categories
    if ticket.category is None:
        found = category_of(categories, ticket.subject if first else "", text)
        if found is not None:
            lifecycle.set_category(cause, ticket, found, why=cause.rule or "")
    asset = _asset_in(cause, f"{what.subject}\n{text}") if ticket.asset_id is None else None
    category = categories.get(ticket.category or "")
    values = _read(cause, ticket, category, what, text, first=first) if category is not None else {}
    _link_asset(cause, ticket, category, values, asset)


def set_by_hand(cause: Cause, ticket: Ticket, field: Field, value: str) -> None:
    """An agent says what a field is; nothing where the value is empty."""
    if field.kind is FieldKind.ASSET:
        asset = _asset(cause, _numbers(field, value)) if value else None
        lifecycle.set_fields(cause, ticket, {field.name: asset.number if asset is not None else value}, asset)
    else:
        lifecycle.set_fields(cause, ticket, {field.name: value}, asset_of(cause, ticket))


def missing(cause: Cause, ticket: Ticket) -> list[Field]:
    """The fields that the ticket's category needs and that nobody filled."""
    category = cause.desk.books.categories.get(ticket.category or "")
    names = cause.desk.books.categories.missing(ticket.category, ticket.fields) or ()
    return [field for field in category.fields if field.name in names] if category is not None else []


def to_ask(cause: Cause, ticket: Ticket) -> list[Field]:
    """What to ask the requester for now: all that is missing, unless they were asked before or it is done."""
    if ticket.fields_asked_at is not None or ticket.status in _DONE:
        return []
    return missing(cause, ticket)


def asked(cause: Cause, ticket: Ticket, fields: Iterable[Field]) -> None:
    """Remember that the requester was asked; nobody is asked twice."""
    ticket.fields_asked_at = cause.now
    cause.record("fields_asked", ticket.id, names=[field.name for field in fields])


def filled(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """What is known, in the order of the category: the `field`, and its `value`; what was known of another, behind."""
    category = cause.desk.books.categories.get(ticket.category or "")
    fields = {field.name: field for field in category.fields} if category is not None else {}
    order = [*fields, *(name for name in ticket.fields if name not in fields)]
    return [
        {"field": fields.get(name, name), "value": ticket.fields[name]} for name in order if ticket.fields.get(name)
    ]


def asset_of(cause: Cause, ticket: Ticket) -> Asset | None:
    """The machine or line that it is about, if that is known."""
    return cause.tx.session.get(Asset, ticket.asset_id) if ticket.asset_id is not None else None


# ------------------------------------------------------------------------------------------ what a text says


def _unquoted(text: str) -> str:
    if _QUOTE not in text:
        return text
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(_QUOTE))


def _read(cause: Cause, ticket: Ticket, category: Category, what: Said, text: str, *, first: bool) -> dict[str, str]:
    """The fields that change, with what the text says of them."""
    details = details_of(category.fields, what.words[:MAX_TEXT])
    alike = details_of(category.fields, text).alike if text != what.words else details.alike
    values = {} if first else _answers_in_quote(cause, ticket, category, what)
    for field in category.fields:
        known, named = ticket.fields.get(field.name), details.named.get(field.name)
        if named is not None and named != known and (not known or _gives_way(cause, ticket, field)):
            values[field.name] = named
        elif not known and field.name not in values:
            seen = alike.get(field.name) or (details.quoted.get(field.name) if first else None)
            values |= {field.name: seen} if seen else {}
    return values


def _gives_way(cause: Cause, ticket: Ticket, field: Field) -> bool:
    """Whether a value may be replaced by what the requester writes behind its name."""
    if ticket.fields_asked_at is not None:
        return True
    cause.tx.flush()
    changes = select(AuditEntry).where(AuditEntry.ticket_id == ticket.id, AuditEntry.action == "fields")
    entries = cause.tx.session.scalars(changes.order_by(AuditEntry.id.desc()))
    last = next((entry for entry in entries if field.name in entry.details["after"]), None)
    return last is None or not last.actor.startswith("agent ")


def _answers_in_quote(cause: Cause, ticket: Ticket, category: Category, what: Said) -> dict[str, str]:
    """What was written into the quoted form: behind a name that was asked for, and in no message before."""
    wanted = [field for field in category.fields if not ticket.fields.get(field.name)]
    if ticket.fields_asked_at is None or not wanted or what.text == what.words:
        return {}
    values = _all(details_of(wanted, what.text))
    if not values:
        return {}
    cause.tx.settle(("messages of", ticket.id))
    before = select(Message.text).where(
        Message.ticket_id == ticket.id, or_(Message.inbox_id.is_(None), Message.inbox_id != what.inbox_id)
    )
    for text in cause.tx.session.scalars(before):
        said = details_of(wanted, text)
        for name, value in (*said.named.items(), *said.quoted.items()):
            if values.get(name) == value:
                del values[name]
    return values


def _all(details: Details) -> dict[str, str]:
    return details.quoted | details.named


# ------------------------------------------------------------------------------------------ assets


def _link_asset(
    cause: Cause, ticket: Ticket, category: Category | None, values: dict[str, str], asset: Asset | None
) -> None:
    """Set the values, an asset's number as the list of assets writes it; one seen anywhere fills an empty field."""
    for field in category.fields if category is not None else ():
        if field.kind is not FieldKind.ASSET:
            continue
        if field.name in values:
            asset = _asset(cause, _numbers(field, values[field.name])) or asset
            values[field.name] = asset.number if asset is not None else values[field.name]
        elif asset is not None and not ticket.fields.get(field.name):
            values[field.name] = asset.number
    if values or asset is not None:
        lifecycle.set_fields(cause, ticket, values, asset or asset_of(cause, ticket))


def _numbers(field: Field, value: str) -> Sequence[str]:
    return [*(field.find(value) if field.find else ()), value]


def _asset_in(cause: Cause, text: str) -> Asset | None:
    return _asset(cause, numbers_in(cause.desk.books.categories, text)) if _are_there_assets(cause) else None


def _are_there_assets(cause: Cause) -> bool:
    """Asked once in a transaction: most texts have something like a number, and many desks have no assets."""
    if ANY_ASSETS not in cause.tx.scratch:
        cause.tx.scratch[ANY_ASSETS] = cause.tx.execute(_ANY).scalar() is not None
    return bool(cause.tx.scratch[ANY_ASSETS])


def _asset(cause: Cause, numbers: Sequence[str]) -> Asset | None:
    """The first of these numbers that is an asset's, in one question; none is asked without a number."""
    ways = list(dict.fromkeys(way for number in numbers for way in (number, number.upper(), number.replace(" ", ""))))
    if not ways or not _are_there_assets(cause):
        return None
    known = {row.number: row.id for row in cause.tx.execute(_BY_NUMBER, {"numbers": ways})}
    first = next((way for way in ways if way in known), None)
    return cause.tx.session.get_one(Asset, known[first]) if first is not None else None
