"""Words that only one person sees: https://docs.slack.dev/reference/methods/chat.postEphemeral."""

from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.content import content
from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.model import Message
from tests.support.slackserver.refused import Json, Refused


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(request: Request) -> Json:
    channel = lookup.writable(request)
    reader = request.arguments.required("user")
    if reader not in channel.members:
        raise Refused("user_not_in_channel")
    sent = content(request.arguments)
    message = Message(
        ts=request.state.clock.ts(),
        user=request.workspace.bot.id,
        text=sent.text,
        team_id=request.workspace.id,
        blocks=sent.blocks,
        attachments=sent.attachments,
        thread_ts=request.arguments.text("thread_ts"),
        by_bot=True,
    )
    channel.whispers.append((reader, message))
    return {"message_ts": message.ts}
