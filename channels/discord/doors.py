"""What opens at once and is never kept: modals, their corrections, what a command completes.

Discord takes a modal only as the first answer to an interaction, within three seconds, so the desk is asked before.
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from channels.base import (
    CATEGORY,
    COMMAND,
    FOR,
    REQUEST,
    WORDS,
    Address,
    Answers,
    Asked,
    ChannelError,
    Choice,
    Form,
    InputKind,
    Profile,
)
from channels.discord import forms
from channels.discord.ids import Where
from channels.discord.intake import DESK, user_of, words_of
from channels.discord.interactions import Interactions
from channels.discord.markdown import escaped
from channels.discord.members import Members
from channels.discord.memo import FORM, OPENS, Memo, memo_of
from channels.discord.render import again_row
from channels.discord.rooms import Rooms
from channels.discord.text import name_of, text_of
from channels.rich.cutting import shortened

log = logging.getLogger("firstline")

_COMMAND, _COMPONENT, _COMPLETES, _MODAL = 2, 3, 4, 5
_OF_USER, _OF_MESSAGE = 2, 3
_SHOWN: Final = 1_500
_REMEMBERED: Final = 500
Json = dict[str, Any]


class Doors:
    """Answers interactions with what the desk says."""

    def __init__(self, interactions: Interactions, rooms: Rooms, members: Members) -> None:
        self.answers: Answers | None = None
        self._members = members
        self._interactions = interactions
        self._rooms = rooms
        self._tried: OrderedDict[int, tuple[Memo, dict[str, str]]] = OrderedDict()

    async def is_wrong(self, data: Json) -> bool:
        """Whether what was sent has to be corrected; who sent it is told so, with their words."""
        memo = memo_of(str((data.get("data") or {}).get("custom_id") or ""))
        if data.get("type") != _MODAL or memo is None or self.answers is None:
            return False
        filled = forms.entered(data["data"])
        filled = {**({CATEGORY: memo.category} if memo.category else {}), **filled}
        wrong = await self.answers.wrong(await self._asked(data, memo, filled))
        if wrong:
            said = "\n".join(f"⚠️ {escaped(why)}" for why in wrong.values())
            words = shortened(filled.get(WORDS, ""), _SHOWN)
            shown = f"{said}\n```\n{words.replace('```', '')}\n```" if words else said
            await self._interactions.say(data, shown, [again_row(self._remember(data, memo, filled))])
        return bool(wrong)

    def _remember(self, data: Json, memo: Memo, filled: Mapping[str, str]) -> Memo:
        """What a pencil opens the form with, as it was filled in: for as long as this process lives."""
        number = int(data["id"])
        self._tried[number] = memo, dict(filled)
        while len(self._tried) > _REMEMBERED:
            self._tried.popitem(last=False)
        return Memo(kind=OPENS, value=REQUEST, number=number)

    async def answer(self, data: Json) -> None:
        """Show what somebody asked for."""
        try:
            if data.get("type") == _COMPLETES:
                await self._interactions.complete(data, await self._completed(data))
            else:
                await self._open(data)
        except (ChannelError, ValueError) as error:
            log.warning("discord: nothing could be shown to somebody: %s", error)

    async def _open(self, data: Json) -> None:
        memo, filled, author = self._opening(data)
        asked = await self._asked(data, memo, filled, author)
        form = await self.answers.form(asked) if self.answers is not None else Form(title="…")
        if form.inputs:
            await self._interactions.show(data, forms.modal(form, memo))
        else:
            await self._interactions.say(data, escaped(form.said or form.title))

    def _opening(self, data: Json) -> tuple[Memo, dict[str, str], Address | None]:
        """What a form is asked for, what stands in it already, and whose message it is about."""
        given = data.get("data") or {}
        if data.get("type") == _COMPONENT:
            memo = memo_of(str(given.get("custom_id") or "")) or Memo(kind=OPENS, value=REQUEST)
            tried = self._tried.get(memo.number)
            if tried is not None:
                return *tried, None
            filled = {CATEGORY: memo.category} if memo.category else {}
            return Memo(kind=FORM, value=memo.value, token=memo.token, category=memo.category), filled, None
        if given.get("type") == _OF_MESSAGE:
            return self._of_message(data, given)
        if given.get("type") == _OF_USER:
            return Memo(kind=FORM, value=REQUEST), {FOR: str(given.get("target_id"))}, None
        if given.get("name") == DESK:
            return Memo(kind=FORM, value=words_of(given) or COMMAND), {}, None
        category = next((str(one["value"]) for one in given.get("options") or () if one.get("name") == CATEGORY), "")
        return Memo(kind=FORM, value=REQUEST, category=category), {CATEGORY: category} if category else {}, None

    def _of_message(self, data: Json, given: Json) -> tuple[Memo, dict[str, str], Address | None]:
        id_ = str(given.get("target_id"))
        message = ((given.get("resolved") or {}).get("messages") or {}).get(id_) or {}
        author = message.get("author") or {}
        channel, guild = str(data.get("channel_id")), str(data.get("guild_id") or "")
        at: Where = self._rooms.place(channel, guild, data.get("channel")).at(id_)
        whose = Address(str(author["id"]), name_of(author)) if author.get("id") else None
        return Memo(kind=FORM, value=REQUEST, about=str(at)), {WORDS: text_of(message, {})}, whose

    async def _completed(self, data: Json) -> list[Json]:
        options = (data.get("data") or {}).get("options") or ()
        focused: Mapping[str, Any] = next((one for one in options if one.get("focused")), {})
        if self.answers is None:
            return []
        typed = str(focused.get("value") or "")
        if focused.get("name") == CATEGORY:
            found = [one for one in await self.categories(data) if typed.casefold() in one.label.casefold()]
        else:
            written = {str(one.get("name")): str(one.get("value") or "") for one in options}
            asked = await self._asked(data, Memo(kind=FORM, value=COMMAND), written)
            found = list(await self.answers.completed(asked, str(focused.get("name") or ""), typed))
        offered = [{"name": forms.one_line(one.label, forms.OPTION), "value": one.value} for one in found]
        return [one for one in offered if one["value"] and len(one["value"]) <= forms.OPTION][: forms.OPTIONS]

    async def categories(self, data: Json) -> tuple[Choice, ...]:
        """What a request can be about, in the words of who asks."""
        if self.answers is None:
            return ()
        form = await self.answers.form(await self._asked(data, Memo(kind=FORM, value=REQUEST), {}))
        inputs = (one for one in form.inputs if one.name == CATEGORY and one.kind is InputKind.OPTION)
        return next((one.options for one in inputs), ())

    async def _asked(self, data: Json, memo: Memo, filled: Mapping[str, str], author: Address | None = None) -> Asked:
        user = user_of(data)
        language = str(data.get("locale") or "").partition("-")[0]
        roles = await self._members.seen(data) if self._members.make_agents else None
        return Asked(
            channel="discord",
            by=Address(str(user.get("id") or ""), name_of(user)),
            profile=Profile(language=language or None, roles=roles),
            opens=memo.value,
            label=_label(data),
            filled=filled,
            author=author,
        )

    async def request_form(self) -> Form:
        """What a request asks for, for a message that all read."""
        asked = Asked(channel="discord", by=Address(""), opens=REQUEST)
        return await self.answers.form(asked) if self.answers is not None else Form(title="…")


def _label(data: Json) -> str:
    """What the button says that was pressed."""
    pressed = str((data.get("data") or {}).get("custom_id") or "")
    for row in (data.get("message") or {}).get("components") or ():
        for one in row.get("components") or ():
            if one.get("custom_id") == pressed:
                return str(one.get("label") or "")
    return ""
