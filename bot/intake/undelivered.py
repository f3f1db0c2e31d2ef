"""What was sent and did not arrive: delivery reports, and the relay that takes everything and then returns it."""

from typing import Final

import msgspec
from sqlalchemy import func, select

from bot import alarms
from bot.cause import Actor, Cause
from bot.db.models import AuditEntry, Delivery
from bot.intake.matching import Match
from bot.intake.received import Outcome, Received
from bot.persons import people
from bot.ticket import conversations, lifecycle, messages
from channels.base import Bounce

LOOKED_AT: Final = 20
"""So many of the newest messages that were sent are looked at."""
FEWEST: Final = 5
"""Fewer that come back are addresses that are wrong."""

_UNDELIVERABLE_DAYS: Final = 60


def receive(cause: Cause, received: Received) -> Outcome:
    """A delivery report: the address is marked, and it lands on the ticket whose message did not arrive.

    A report about nothing that we sent is believed in nothing: anybody can write one. And whoever was sent something
    can write one about somebody else, so only the address of those whose token it shows is marked.
    """
    match = received.match
    if match is None and not received.findings.claims:
        return Outcome("a delivery report for nothing we know")
    _mark_addresses(cause, received)
    if match is None:
        return Outcome("a delivery report")
    ticket = match.ticket
    cause.actor = Actor(role="other", name=received.address or "mail system")
    what = messages.from_incoming(received.incoming, received.inbox_id)
    messages.record(cause, ticket, conversations.of_desk(cause, ticket, cause.channel), what, author=None, kind="note")
    bounce = received.incoming.bounces[0] if received.incoming.bounces else _unnamed(cause, match)
    cause.audit("bounced", ticket.id, address=bounce.address, report=bounce.action, status=bounce.status)
    _watch_relay(cause)
    found = people.by_address(cause.tx, cause.channel, bounce.address)
    agent = cause.desk.directory.by_person.get(found[0].id) if found else None
    if agent is None:
        lifecycle.bounced(cause, ticket, msgspec.structs.replace(what, files=()), bounce)
    else:  # to tell agents of it by mail could go round for ever
        detail = f"a mail to {bounce.address} on #{ticket.id} came back"
        alarms.raise_alarm(cause.tx, f"mail to {agent.handle}", detail, review=alarms.REVIEW)
    return Outcome("a delivery report", ticket.id)


def _mark_addresses(cause: Cause, received: Received) -> None:
    """Those that failed for good, of people to whom the mail went: those whose tokens the report shows."""
    recipients = {claim.person for claim in received.findings.claims}
    for bounce in received.incoming.bounces:
        known = people.by_address(cause.tx, cause.channel, bounce.address)
        for_good = bounce.action == "failed" and bounce.status.startswith("5")
        if for_good and known is not None and known[0].id in recipients:
            people.mark_undeliverable(cause.tx, known[1], days=_UNDELIVERABLE_DAYS)


def _unnamed(cause: Cause, match: Match) -> Bounce:
    """The report names nobody: it is about whom the token was given to, else about the requester."""
    about = match.person_id or match.ticket.requester_id
    return Bounce(address=people.written_address(cause.tx, about, cause.channel))


def _watch_relay(cause: Cause) -> None:
    """Raise the alarm if half of what was sent last, and at least `FEWEST`, has come back."""
    cause.tx.flush()
    session = cause.tx.session
    newest = select(Delivery.id).where(Delivery.channel == cause.channel, Delivery.state == "sent")
    sent = list(session.scalars(newest.order_by(Delivery.id.desc()).limit(LOOKED_AT)))
    if not sent:
        return
    reports = select(func.count()).where(AuditEntry.action == "bounced", AuditEntry.id > sent[-1])
    returned = session.scalar(reports) or 0
    if returned < FEWEST or returned * 2 < len(sent):
        return
    what = f"of the last {len(sent)} messages {returned} came back, although the relay had taken them"
    detail = f"{what}; look at a report (firstline ticket show) and at the relay and the desk's own address"
    alarms.raise_alarm(cause.tx, f"{cause.channel} comes back", detail, review=alarms.REVIEW)
