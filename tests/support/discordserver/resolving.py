"""The objects behind the ids that somebody chose, as `resolved` gives them."""

from typing import Any

from tests.support.discordserver import permissions, shapes
from tests.support.discordserver.interactions import partial_channel
from tests.support.discordserver.model import Attachment, Channel, Message, Role, User
from tests.support.discordserver.refused import Json, NotPossible
from tests.support.discordserver.state import State


def resolved(state: State, user: User, place: Channel, chosen: list[Any]) -> Json:
    """Of roles, channels, messages, files, and whatever has a `user` or is one."""
    found: Json = {}
    for each in chosen:
        _add(state, user, place, each, found)
    return found


def _add(state: State, user: User, place: Channel, chosen: Any, found: Json) -> None:
    match chosen:
        case Role():
            found.setdefault("roles", {})[str(chosen.id)] = shapes.role_of(chosen)
        case Channel():
            found.setdefault("channels", {})[str(chosen.id)] = partial_channel(chosen, user)
        case Message():
            found.setdefault("messages", {})[str(chosen.id)] = shapes.message_of(state, chosen)
        case Attachment():
            state.cdn.keep(chosen, place.id)
            found.setdefault("attachments", {})[str(chosen.id)] = shapes.attachment_of(state, chosen)
        case _:
            _add_user(getattr(chosen, "user", chosen), place, found)


def _add_user(user: Any, place: Channel, found: Json) -> None:
    if not isinstance(user, User):
        raise NotPossible(f"{user!r} cannot be chosen")
    found.setdefault("users", {})[str(user.id)] = shapes.user_of(user)
    guild = place.guild
    if guild is not None and user.id in guild.members:
        member = shapes.member_of(guild.members[user.id], with_user=False)
        partial = {name: value for name, value in member.items() if name not in {"deaf", "mute"}}
        may = permissions.in_channel(place, user.id)
        found.setdefault("members", {})[str(user.id)] = partial | {"permissions": str(int(may))}
