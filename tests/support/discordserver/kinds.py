"""Messages of other kinds than text: the fields of each, as `Person.say` takes them."""

from typing import Any

from tests.support.discordserver import shapes
from tests.support.discordserver.model import HAS_SNAPSHOT, VOICE_MESSAGE, Attachment, Message
from tests.support.discordserver.refused import Json
from tests.support.discordserver.state import State

FORWARD = 1
"""The type of a reference that is no reply."""


def sticker(state: State, name: str) -> Json:
    """https://discord.com/developers/docs/resources/sticker#sticker-item-object."""
    return {"stickers": [{"id": str(state.ids.new()), "name": name, "format_type": 1}]}


def poll(state: State, question: str, answers: tuple[str, ...], hours: int = 24) -> Json:
    """https://discord.com/developers/docs/resources/poll#poll-object."""
    listed = [{"answer_id": number, "poll_media": {"text": text}} for number, text in enumerate(answers, 1)]
    return {
        "question": {"text": question},
        "answers": listed,
        "expiry": shapes.moment(state.clock.now() + hours * 3600),
        "allow_multiselect": False,
        "layout_type": 1,
        "results": {"is_finalized": False, "answer_counts": []},
    }


def voice(state: State, content: bytes, seconds: float) -> dict[str, Any]:
    """https://discord.com/developers/docs/resources/message#voice-messages."""
    more: Json = {"duration_secs": seconds, "waveform": "AAAA"}
    spoken = Attachment(state.ids.new(), "voice-message.ogg", content, "audio/ogg", more=more)
    return {"files": [spoken], "flags": VOICE_MESSAGE}


def forwarded(state: State, message: Message) -> dict[str, Any]:
    """https://discord.com/developers/docs/resources/message#message-snapshot-object: without the author."""
    guild = message.channel.guild
    reference: Json = {"type": FORWARD, "message_id": str(message.id), "channel_id": str(message.channel.id)}
    whole = shapes.message_of(state, message, with_reply=False)
    named = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions")
    snapshot = {name: whole[name] for name in (*named, "mention_roles", "components")}
    snapshot["sticker_items"] = message.stickers
    return {
        "reference": reference | ({"guild_id": str(guild.id)} if guild is not None else {}),
        "snapshots": [{"message": snapshot}],
        "flags": HAS_SNAPSHOT,
    }
