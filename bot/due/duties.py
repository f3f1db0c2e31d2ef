"""What jobs do when their time has come, by the job's `kind`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from bot import alarms
from bot.cause import Cause
from bot.db.models import Alarm, Draft, Event
from bot.due import jobs, schedules
from bot.due.jobs import Duty
from bot.followup import bulletins, digests, mornings, survey, updates
from bot.intake import catchup, later
from bot.judging import replan
from bot.outgoing import drafts, gathered, outbox
from bot.persons import standin
from bot.talk import chat, which
from bot.ticket import lifecycle, rewording, tickets
from bot.timing import sla, timers
from rules.facts import Status

_A_MOMENT: Final = timedelta(seconds=1)


def release_draft(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The hold on an agent's words is over: say them as they stand now, unless they were cancelled."""
    draft = cause.tx.session.get(Draft, arguments["draft"])
    if draft is None or draft.state != "waiting":
        return
    ticket = tickets.get(cause, draft.ticket_id)
    agent = cause.desk.directory.by_person.get(draft.agent_id)
    if ticket is None:
        return
    if agent is None:
        chat.keep_of_former(cause, ticket, draft)
        return
    if _may_be_thought_better_of(cause, draft) or drafts.is_behind(cause, draft, late=catchup.PATIENCE):
        jobs.schedule(cause, "release_draft", cause.now + _A_MOMENT, arguments, ticket_id=ticket.id, depth=cause.depth)
        return
    cause.actor = agent.actor
    chat.release(cause, agent, ticket, draft)


def _may_be_thought_better_of(cause: Cause, draft: Draft) -> bool:
    """Whether it may be changed or taken back already, and we have only not heard of it yet."""
    if draft.inbox_id is None or draft.release_at is None or cause.now - draft.release_at > catchup.PATIENCE:
        return False
    return catchup.may_have_second_thoughts(cause.tx, draft.inbox_id)


def wake_ticket(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The date came to which a ticket was put aside."""
    ticket = tickets.get(cause, arguments["ticket"])
    if ticket is None or ticket.status != Status.ON_HOLD or ticket.wake_at is None:
        return
    if ticket.wake_at <= cause.now:
        lifecycle.reopen(cause, ticket, why="its date has come")


def tell_alarm(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """Tell the admins of an alarm, and where needed somebody on another channel, unless it is over by now."""
    alarm = cause.tx.session.get(Alarm, arguments["name"])
    if alarm is None or alarm.cleared_at is not None:
        return
    values = {"name": alarm.name, "detail": alarm.detail, "since": alarm.raised_at}
    for agent in cause.desk.directory.alarmed(arguments.get("about", "")):
        outbox.tell_agent(cause, agent, None, "alarm", values)


def review_alarm(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """An alarm is over when it has not happened for a while."""
    alarms.review(cause.tx, alarms.REVIEW, arguments["name"])


def review_rule(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The alarm of a rule is over when the rule has been decided since without trouble, or is not in force any more."""
    alarms.review(cause.tx, alarms.REVIEW_RULE, arguments["name"], works=lambda alarm: _rule_works(cause, alarm))


def _rule_works(cause: Cause, alarm: Alarm) -> bool:
    triggers = [trigger for found in cause.desk.books.triggers.values() for trigger in found]
    events = {event for trigger in triggers if alarms.is_named(f"rule {trigger.name}", alarm) for event in trigger.on}
    newest = select(Event.at).where(Event.name.in_(events)).order_by(Event.id.desc()).limit(1)
    decided_at = cause.tx.session.scalar(newest)
    return not events or (decided_at is not None and decided_at > alarm.last_at)


def do_scheduled(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The next moment of something that recurs has come, or the last of some that were missed."""
    schedule = cause.desk.schedules.get(arguments["schedule"])
    if schedule is None:
        schedules.put_off(cause.tx, arguments)
        return
    schedules.go_on(cause.tx, cause.desk.schedules, arguments)
    DUTIES[schedule.kind](cause, {**schedule.arguments, **arguments})


DUTIES: Final[Mapping[str, Duty]] = {
    "release_draft": release_draft,
    "wake_ticket": wake_ticket,
    survey.NUDGE: survey.nudge,
    timers.KIND: timers.ring,
    updates.KIND: updates.catch_up,
    replan.KIND: replan.go_on,
    sla.KIND: sla.look,
    sla.ACCEPTED: sla.look_again,
    rewording.KIND: rewording.blank,
    which.KIND: which.join_unsure,
    later.KIND: later.look_again,
    gathered.KIND: gathered.tell,
    standin.COME_BACK: standin.give_back,
    schedules.KIND: do_scheduled,
    digests.PLANNED: digests.plan,
    digests.KIND: digests.send,
    digests.FORGET: digests.forget,
    bulletins.KIND: bulletins.go_on,
    mornings.OF_AGENT: mornings.tell_agent,
    mornings.OF_TEAM: mornings.tell_team,
    alarms.TELL: tell_alarm,
    alarms.REVIEW: review_alarm,
    alarms.REVIEW_RULE: review_rule,
}

UNHURRIED: Final = frozenset({replan.KIND})
"""What goes through much, a step after the other: between them others go first."""
