"""From what the app sent to a message, and from an edit to a changed one."""

import mimetypes
from typing import Final

from tests.support.discordserver import errors, kinds, messages
from tests.support.discordserver.model import COMPONENTS_V2, ORDINARY, Attachment, Channel, Message, MessageKind
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json, invalid
from tests.support.discordserver.rest.registry import Request, Upload, snowflake
from tests.support.discordserver.state import State
from tests.support.discordserver.validate import content
from tests.support.discordserver.validate.content import Draft
from tests.support.discordserver.validate.fields import Path

NONCE_SECONDS: Final = 300
"""How long a nonce is remembered: "a few minutes", Discord says."""
DIRECT_UPLOAD_BYTES: Final = 10 * 1024 * 1024


def read(request: Request, channel: Channel, given: Json | None = None, path: Path = ()) -> Draft:
    """What the app wants to send or change; all of the body, or what is given at a place in it; raises Refused."""
    most = channel.guild.upload_bytes if channel.guild is not None else DIRECT_UPLOAD_BYTES
    return content.read(request, request.fields if given is None else given, most, path)


def known_nonce(request: Request, channel: Channel, draft: Draft) -> Message | None:
    """The message that was made with this nonce already, if the app asked to look for it; raises Refused if it is gone.

    https://github.com/discord/discord-api-docs/pull/6647
    """
    if draft.nonce is None or not draft.enforce_nonce:
        return None
    made, at = request.state.nonces.get((channel.id, draft.nonce), (0, 0.0))
    if not made or request.state.clock.now() - at > NONCE_SECONDS:
        return None
    return request.state.message(channel, made)


def remember_nonce(state: State, message: Message, draft: Draft) -> None:
    if draft.nonce is not None:
        state.nonces[message.channel.id, draft.nonce] = (message.id, state.clock.now())


def compose(request: Request, channel: Channel, draft: Draft) -> Message:
    """A new message of the bot's."""
    state = request.state
    if draft.kept_attachments:
        raise invalid(["attachments"], "ATTACHMENT_NOT_FOUND", "Attachment data not found")
    message = Message(
        id=state.ids.new(),
        channel=channel,
        author=state.app.bot,
        content=draft.content,
        timestamp=state.clock.now(),
        flags=draft.flags,
        embeds=draft.embeds,
        components=draft.components,
        attachments=[attachment(state, said, upload) for said, upload in draft.uploads],
        poll=_poll(state, draft.given.get("poll")),
    )
    message.nonce = draft.nonce
    refer(request, message, draft.given.get("message_reference"))
    messages.find_mentions(state, message, draft.allowed_mentions)
    return message


def _poll(state: State, given: Json | None) -> Json | None:
    if given is None:
        return None
    answers = tuple(each["poll_media"].get("text", "") for each in given["answers"])
    return kinds.poll(state, given["question"]["text"], answers, given.get("duration", 24))


def refer(request: Request, message: Message, reference: Json | None) -> None:
    """Make it a reply, or forward something; one to a message that is gone is refused, unless the app said not to."""
    if reference is None:
        return
    if reference.get("type") == kinds.FORWARD:
        _forward(request, message, reference)
        return
    if int(reference.get("channel_id") or message.channel.id) != message.channel.id:
        code = "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL"
        raise invalid(["message_reference"], code, "Cannot reply to a message in a different channel")
    target = snowflake(reference.get("message_id", ""), ["message_reference", "message_id"])
    original = message.channel.kept.get(target)
    if original is None:
        if reference.get("fail_if_not_exists", True):
            raise invalid(["message_reference"], "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return
    if not request.state.may(message.channel, Permission.READ_MESSAGE_HISTORY):
        raise errors.cannot_reply_without_history()
    if original.kind not in {*ORDINARY, MessageKind.THREAD_STARTER}:
        raise invalid(
            ["message_reference"], "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message"
        )
    message.kind = MessageKind.REPLY
    message.referenced = original
    message.reference = {"type": 0, "message_id": str(target)} | messages.place_of(message.channel)


def _forward(request: Request, message: Message, reference: Json) -> None:
    state = request.state
    place = state.channel(snowflake(reference.get("channel_id", ""), ["message_reference", "channel_id"]))
    original = state.message(place, snowflake(reference.get("message_id", ""), ["message_reference", "message_id"]))
    fields = kinds.forwarded(state, original)
    message.reference, message.snapshots = fields["reference"], fields["snapshots"]
    message.flags |= fields["flags"]


def attachment(state: State, said: Json, upload: Upload) -> Attachment:
    name = str(said.get("filename") or upload.filename)
    kind = mimetypes.guess_type(name)[0]
    more: Json = {key: said[key] for key in ("duration_secs", "waveform") if key in said}
    return Attachment(state.ids.new(), name, upload.content, kind, said.get("description"), more=more)


def revise(state: State, message: Message, draft: Draft) -> None:
    """Change what the edit names, and keep the rest; what would be empty is refused."""
    attachments = message.attachments
    if draft.kept_attachments is not None:
        attachments = [each for each in attachments if each.id in draft.kept_attachments]
    new = [attachment(state, said, upload) for said, upload in draft.uploads]
    wanted = {
        "content": draft.content if "content" in draft.given else message.content,
        "embeds": draft.embeds if "embeds" in draft.given else message.embeds,
        "components": draft.components if "components" in draft.given else message.components,
        "attachments": attachments + new,
    }
    if not any(wanted.values()) and not message.stickers and not message.poll:
        raise errors.empty_message()
    if message.flags & COMPONENTS_V2 and (wanted["content"] or wanted["embeds"]):
        raise invalid(["flags"], "MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG", "The flag cannot be removed")
    for name, value in wanted.items():
        setattr(message, name, value)
    if "flags" in draft.given:
        message.flags = (message.flags & ~content.SUPPRESS_EMBEDS) | draft.flags
    if "content" in draft.given:
        messages.find_mentions(state, message, draft.allowed_mentions)
