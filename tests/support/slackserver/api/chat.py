"""Posting, changing and deleting messages: https://docs.slack.dev/reference/methods?family=chat."""

from tests.support.slackserver import limits, rich_text
from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.content import blocks_of, content, metadata
from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.blockkit import blocks as blockkit
from tests.support.slackserver.blockkit.stored import stored
from tests.support.slackserver.model import Channel, Message
from tests.support.slackserver.refused import Json, Refused
from tests.support.slackserver.shapes import message_object


@method("chat.postMessage", "chat:write")
def post_message(request: Request) -> Json:
    arguments = request.arguments
    channel = lookup.writable(request)
    for name in ("username", "icon_emoji", "icon_url"):
        if name in arguments:
            lookup.need(request.token, "chat:write.customize")
    sent, about = content(arguments), metadata(arguments)
    thread_ts = parent(channel, arguments.text("thread_ts"))
    broadcast = bool(thread_ts) and arguments.flag("reply_broadcast")
    message = Message(
        ts=request.state.clock.ts(),
        user=request.workspace.bot.id,
        text=sent.text,
        team_id=request.workspace.id,
        blocks=sent.blocks,
        attachments=sent.attachments,
        thread_ts=thread_ts,
        subtype="thread_broadcast" if broadcast else "",
        by_bot=True,
        metadata=about,
    )
    request.workspace.post(channel, message)
    shape = message_object(request.workspace, channel, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shape}


def parent(channel: Channel, thread_ts: str) -> str:
    """The thread to answer in. A reply's ts leads to its thread; one that names nothing is refused."""
    if not thread_ts:
        return ""
    found = lookup.message(channel, thread_ts, "thread_not_found")
    return found.thread_ts or found.ts


@method("chat.update", "chat:write")
def update(request: Request) -> Json:
    arguments, workspace = request.arguments, request.workspace
    channel = of_message(request)
    if channel.is_archived:
        raise Refused("is_inactive")
    message = own(channel, arguments.required("ts"), "cant_update_message")
    check_edit_window(request, message)
    text, blocks = arguments.text("text"), blocks_of(arguments)
    if not text.strip() and not blocks and "attachments" not in arguments:
        raise Refused("no_text")
    if len(text.encode()) > limits.UPDATE_TEXT_BYTES:
        raise Refused("msg_too_long")
    blockkit.check_message(blocks, text)
    about = metadata(arguments)
    kept = message.blocks if blocks is None and "text" not in arguments else rich_text.typed(text)
    workspace.edit(channel, message, workspace.bot.id, text or message.text, stored(blocks) if blocks else kept)
    message.metadata = about if about is not None else message.metadata
    shape = message_object(workspace, channel, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}


def check_edit_window(request: Request, message: Message) -> None:
    window = request.workspace.edit_window
    if window is not None and request.state.clock.now() - float(message.ts) > window:
        raise Refused("edit_window_closed")


@method("chat.delete", "chat:write")
def delete(request: Request) -> Json:
    channel = of_message(request)
    message = own(channel, request.arguments.required("ts"), "cant_delete_message")
    request.workspace.delete(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def of_message(request: Request) -> Channel:
    """Where a message stands: a channel's id, of a direct conversation too; a user's id is none here."""
    channel = lookup.channel(request)
    if request.workspace.bot.id not in channel.members:
        raise Refused("channel_not_found" if channel.kind == "im" else "not_in_channel")
    return channel


def own(channel: Channel, ts: str, otherwise: str) -> Message:
    """A message that the bot itself wrote."""
    message = lookup.message(channel, ts)
    if not message.by_bot:
        raise Refused(otherwise)
    return message


@method("chat.getPermalink")
def permalink(request: Request) -> Json:
    channel = lookup.channel(request)
    message = lookup.message(channel, request.arguments.required("message_ts"))
    address = f"https://{request.workspace.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        address += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address}
