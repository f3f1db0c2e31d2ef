"""Service levels as books promise them: which tickets a policy is for, and how long each answer may take.

```toml
[[policy]]
name = "VIP"                                  # unique over all books
when = "requester.vip"                        # optional: a condition of what lasts, as automations have it
calendar = "round_the_clock"                  # optional: one of [calendars], else the desk's own
first_response = "30 minutes"                 # rules.durations; business time is the calendar's
next_reply = "2 business hours"
resolution = { critical = "4 hours", high = "1 business day" }    # or by priority; the others have no promise
warn_at = [0.5, 0.8]                          # optional: shares of the time at which somebody is warned
pauses = ["waiting_requester", "on_hold"]     # optional: statuses in which the time stands still
```
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from rules.conditions import Condition
from rules.durations import Duration, DurationError, Unit, parse_duration
from rules.entries import Entry
from rules.facts import Facts, Priority, Status, Target
from rules.names import wrong_name
from rules.suggest import did_you_mean

ONE_BUSINESS_DAY: Final = Duration(1, Unit.DAY, business=True)
"""The default time to answer in. It is 24 hours on the clock for a desk without business hours."""

ALWAYS_STOP: Final = (Status.SOLVED, Status.CLOSED)
"""The statuses in which no time runs, whatever a policy says."""

LONGEST: Final = timedelta(days=365)
_PAUSES: Final = (Status.WAITING_REQUESTER,)

Promise = Mapping[Priority, Duration]
"""How long something may take, by priority; nothing is promised for a priority that is not there."""


class Policy(Struct, frozen=True, kw_only=True):
    """What is promised for the tickets for which `when` holds, in the time of `calendar` (empty: the desk's own).

    `warn_at` are shares of the time, ascending; `pauses` the statuses in which it stands still.
    """

    name: str = "standard"
    book: str = ""
    when: Condition | None = None
    calendar: str = ""
    first_response: Promise = {}
    next_reply: Promise = {}
    resolution: Promise = {}
    warn_at: tuple[float, ...] = ()
    pauses: tuple[Status, ...] = _PAUSES

    def promise(self, target: Target, priority: Priority) -> Duration | None:
        """The time that is promised, or None where nothing is."""
        by_priority: Promise = getattr(self, target)
        return by_priority.get(priority)

    def stands_still_in(self, status: Status) -> bool:
        """Whether no time runs in this status."""
        return status in self.pauses or status in ALWAYS_STOP


def same_for_all(duration: Duration) -> Promise:
    """One time for every priority."""
    return dict.fromkeys(Priority, duration)


def completed(policy: Policy, standard: Policy) -> Policy:
    """The policy with the standard's first response for the priorities of which it does not speak."""
    if len(policy.first_response) == len(Priority):
        return policy
    return replace(policy, first_response={**standard.first_response, **policy.first_response})


def pick(policies: Sequence[Policy], facts: Facts) -> Policy | None:
    """The first policy whose condition holds; one whose condition cannot be worked out is passed over."""
    return next((policy for policy in policies if policy.when is None or policy.when.holds(facts) is True), None)


def read_policy(entry: Entry, taken: dict[str, str]) -> Policy | None:
    """The policy of a `[[policy]]` table, or None after having said what is wrong."""
    optional = ("when", "calendar", *Target, "warn_at", "pauses", "enabled")
    if not entry.has("a policy", ("name",), optional):
        return None
    if not any(entry.get(target) is not None for target in Target):
        entry.refuse("name", f"the policy promises nothing: give it one of {', '.join(Target)}")
    return Policy(
        name=entry.name(taken),
        book=entry.book,
        when=entry.condition(lasting=True),
        calendar=_calendar(entry),
        **{str(target): _promise(entry, target) for target in Target},
        warn_at=_shares(entry),
        pauses=_pauses(entry),
    )


def _calendar(entry: Entry) -> str:
    name = entry.line("calendar")
    wrong = wrong_name(entry.names, "calendar", name) if name else ""
    if wrong:
        hint = "" if "did you mean" in wrong else "; add a table of that name to [calendars] in the configuration"
        entry.refuse("calendar", f"{wrong}{hint}")
    return name


def _promise(entry: Entry, target: Target) -> Promise:
    written = entry.get(target)
    if written is None:
        return {}
    if not isinstance(written, dict):
        duration = _duration(entry, target, written)
        return {} if duration is None else same_for_all(duration)
    promise = {}
    for name, value in written.items():
        if name not in list(Priority):
            entry.refuse_key(target, name, f"there is no priority '{name}'{did_you_mean(name, list(Priority))}")
        elif (duration := _duration(entry, target, value, name)) is not None:
            promise[Priority(name)] = duration
    return promise


def _duration(entry: Entry, target: str, written: Any, *within: str) -> Duration | None:  # noqa: ANN401  whatever TOML held
    if not isinstance(written, str):
        entry.refuse(target, 'this is a text such as "4 business hours", or a table of them by priority', *within)
        return None
    try:
        duration = parse_duration(written)
    except DurationError as error:
        entry.refuse(target, str(error), *within)
        return None
    if not timedelta(0) < duration.elapsed() <= LONGEST:
        entry.refuse(target, f"nobody can promise '{written}'; promise up to {LONGEST.days} days", *within)
        return None
    return duration


def _shares(entry: Entry) -> tuple[float, ...]:
    written = entry.get("warn_at")
    if written is None:
        return ()
    if not isinstance(written, list):
        entry.refuse("warn_at", "'warn_at' is a list of shares between 0 and 1, such as [0.5, 0.8]")
        return ()
    shares = []
    for place, share in enumerate(written):
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            entry.refuse("warn_at", "a share lies between 0 and 1, such as 0.8 for four fifths of the time", place)
        else:
            shares.append(float(share))
    return tuple(sorted(set(shares)))


def _pauses(entry: Entry) -> tuple[Status, ...]:
    written = entry.get("pauses")
    if written is None:
        return _PAUSES
    if not isinstance(written, list):
        entry.refuse("pauses", "'pauses' is a list of statuses, such as [\"waiting_requester\"]")
        return ()
    known = [status for status in Status if status not in ALWAYS_STOP]
    for place, status in enumerate(written):
        if status not in known:
            hint = did_you_mean(str(status), known)
            why = "stops the time in any case; leave it out" if status in ALWAYS_STOP else f"is no status{hint}"
            entry.refuse("pauses", f"'{status}' {why}", place)
    return tuple(status for status in known if status in written)
