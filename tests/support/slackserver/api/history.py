"""Reading messages back: https://docs.slack.dev/reference/methods/conversations.history and .replies."""

from collections.abc import Iterable

from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.arguments import Arguments
from tests.support.slackserver.api.paging import page_of_history, page_of_thread
from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.model import HISTORY_SCOPE, Channel, Message
from tests.support.slackserver.refused import Json, Refused
from tests.support.slackserver.shapes import message_object

ANY_HISTORY = tuple(HISTORY_SCOPE.values())


@method("conversations.history", *ANY_HISTORY)
def history(request: Request) -> Json:
    """The newest first, without what was said in threads only."""
    channel = readable(request)
    newest_first = list(reversed(between(request.arguments, channel.top_level())))
    shown, leads_on = page_of_history(request.arguments, newest_first)
    answer: Json = {"messages": shapes(request, channel, shown), "pin_count": 0}
    return answer | leads_on


@method("conversations.replies", *ANY_HISTORY)
def replies(request: Request) -> Json:
    """The first message of the thread, then its replies, the oldest first; a reply's ts gives it alone."""
    channel = readable(request)
    first = lookup.message(channel, request.arguments.required("ts"), "thread_not_found")
    answers = channel.replies(first.ts)
    shown, leads_on = page_of_thread(request.arguments, [first, *between(request.arguments, answers)])
    return {"messages": shapes(request, channel, shown)} | leads_on


def readable(request: Request) -> Channel:
    return lookup.readable(request, HISTORY_SCOPE)


def between(arguments: Arguments, messages: Iterable[Message]) -> list[Message]:
    oldest, latest = moment(arguments, "oldest", 0.0), moment(arguments, "latest", float("inf"))
    if arguments.flag("inclusive"):
        return [each for each in messages if oldest <= float(each.ts) <= latest]
    return [each for each in messages if oldest < float(each.ts) < latest]


def moment(arguments: Arguments, name: str, default: float) -> float:
    value = arguments.text(name)
    try:
        return float(value) if value else default
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None


def shapes(request: Request, channel: Channel, messages: Iterable[Message]) -> list[Json]:
    with_metadata = request.arguments.flag("include_all_metadata")
    return [message_object(request.workspace, channel, each, with_metadata=with_metadata) for each in messages]
