"""What an app sends to a `response_url`.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from tests.support.slackserver.api.arguments import Arguments
from tests.support.slackserver.api.content import Content, content
from tests.support.slackserver.model import Channel, Message
from tests.support.slackserver.refused import Json
from tests.support.slackserver.state import State
from tests.support.slackserver.tickets import ResponseUrl
from tests.support.slackserver.workspace import Workspace


def respond(state: State, path: str, given: Json) -> None:
    """Do what the app asked for; raises Refused."""
    url = state.response_urls.redeem(path)
    workspace = state.workspaces[url.team_id]
    channel = workspace.channels[url.channel]
    arguments = Arguments(given)
    if arguments.flag("delete_original"):
        _remove(workspace, channel, url)
        return
    sent = content(arguments)
    if arguments.flag("replace_original") and url.message_ts:
        _replace(workspace, channel, url, sent)
    else:
        _add(workspace, channel, url, arguments, sent)


def show(state: State, path: str, given: Json) -> None:
    """Show what came with the acknowledgement itself, which uses up nothing."""
    url = state.response_urls.peek(path)
    workspace = state.workspaces[url.team_id]
    arguments = Arguments(given)
    _add(workspace, workspace.channels[url.channel], url, arguments, content(arguments))


def _remove(workspace: Workspace, channel: Channel, url: ResponseUrl) -> None:
    channel.whispers = [each for each in channel.whispers if each[1].ts != url.message_ts]
    if url.message_ts in channel.messages:
        workspace.delete(channel, channel.messages[url.message_ts])


def _replace(workspace: Workspace, channel: Channel, url: ResponseUrl, sent: Content) -> None:
    for _reader, whisper in channel.whispers:
        if whisper.ts == url.message_ts:
            whisper.text, whisper.blocks = sent.text, sent.blocks
    if url.message_ts in channel.messages:
        workspace.edit(channel, channel.messages[url.message_ts], workspace.bot.id, sent.text, sent.blocks)


def _add(workspace: Workspace, channel: Channel, url: ResponseUrl, arguments: Arguments, sent: Content) -> None:
    """To the user alone or, if the app says so, to all: then as a `bot_message`, which has no user."""
    to_all = arguments.text("response_type", "ephemeral") == "in_channel"
    message = Message(
        ts=workspace.state.clock.ts(),
        user="" if to_all else workspace.bot.id,
        text=sent.text,
        team_id=workspace.id,
        blocks=sent.blocks,
        thread_ts=arguments.text("thread_ts", url.thread_ts),
        subtype="bot_message" if to_all else "",
        by_bot=True,
    )
    if to_all:
        workspace.post(channel, message)
    else:
        channel.whispers.append((url.user, message))
