"""The verb that asks how the desk did: report."""

from msgspec import to_builtins

from bot.due import jobs
from bot.figures.reading import Scope
from bot.figures.report import ALL, ReportError, Wanted, check, sections_named
from bot.figures.sections import SECTIONS
from bot.followup import digests
from bot.notice.wording import gettext
from bot.verbs import Apply, Call, Refusal, Reply, verb


@verb(
    usage=gettext("#report NAME PERIOD"),
    help=gettext(
        "How the desk did in a period, beside the one before: #report, #report volume, #report backlog week, "
        "#report all 2026-10."
    ),
    on_ticket=False,
)
def report(call: Call) -> Apply:
    wanted = _wanted(call)

    def apply() -> Reply:
        cause = call.cause
        agent = cause.desk.directory.by_person[call.person.id]
        channel = cause.channel if cause.channel in {"email", *cause.desk.rooms} else agent.medium
        due = {
            "report": to_builtins(wanted),
            "person": call.person.id,
            "channel": channel,
            "planned": cause.now.isoformat(),
        }
        jobs.schedule(cause, digests.KIND, cause.now, due)
        return Reply(title=gettext("Your report is being made and comes in a moment."))

    return apply


def _wanted(call: Call) -> Wanted:
    """`volume week`, `week`, `all 2026-10`: a section, a period, or both."""
    words = call.argument.split()
    names = (*SECTIONS, ALL)
    name = words.pop(0) if words and words[0] in names else ALL
    try:
        wanted = Wanted(sections=sections_named(name), period=" ".join(words) or "month", scope=Scope())
        check(wanted, call.cause.now, call.cause.desk.config.desk.zone)
    except ReportError:
        known = ", ".join(names)
        raise Refusal(
            gettext(
                "“%(written)s” is no report: write one of %(known)s, and a period such as week, month or 2026-10",
                written=call.argument,
                known=known,
            )
        ) from None
    return wanted
