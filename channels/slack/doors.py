"""What opens at once and is never kept: modals, their corrections, what a menu completes.

Slack's trigger lives three seconds, so a modal opens before anybody is asked what stands in it; then the form takes its
place. What is lost here is lost with the interaction that it belongs to: its person sees it, and does it again.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp

from channels.base import COMMAND, LOG, REQUEST, WORDS, Address, Answers, Asked, ChannelError, Form
from channels.rich.inline import Element
from channels.slack import forms
from channels.slack.blocks import OPENS, token_in
from channels.slack.forms import Memo
from channels.slack.ids import Where
from channels.slack.parse import profile_of
from channels.slack.richtext import text_of
from channels.slack.workspace import Workspace

log = logging.getLogger("firstline")

SHORTCUT: Final = "open_ticket"
"""The `callback_id` of the global shortcut."""
MESSAGE_SHORTCUT: Final = "open_ticket_of_message"
"""The `callback_id` of the shortcut in a message's menu."""
DESK: Final = "/desk"
"""The command with which the desk is told something; any other opens a ticket."""
_OF_DESK: Final = {"": COMMAND, "log": LOG}
"""What it opens, by what stands behind it."""
_SECONDS: Final = 10

Body = Mapping[str, Any]
WorkspaceOf = Callable[[str], Awaitable[Workspace]]


def is_answered(body: Body) -> bool:
    """Whether what Slack sent wants an answer and nothing else."""
    return _opening(body) is not None or _is_in_view(body) or str(body.get("type")) == "block_suggestion"


def _is_in_view(body: Body) -> bool:
    """Whether something was chosen in a modal that is not sent yet."""
    view = body.get("view") or {}
    return body.get("type") == "block_actions" and view.get("type") == "modal"


def _opening(body: Body) -> Memo | None:
    """What a modal is asked for; None if none is."""
    kind = str(body.get("type", ""))
    if kind == "shortcut":
        return Memo(opens=REQUEST)
    if kind == "message_action":
        return _about(body)
    if kind == "block_actions":
        action = (body.get("actions") or [{}])[0]
        asks = str(action.get("action_id", "")).startswith(OPENS)
        return _pressed(body, action) if asks else None
    name, text = str(body.get("command", "")), str(body.get("text") or "").strip()
    opens = (_OF_DESK.get(text) if name == DESK else None if text else REQUEST) if name else None
    return Memo(opens=opens, room=str(body.get("channel_id", ""))) if opens else None


def _about(body: Body) -> Memo:
    """A message whose menu was opened; what it says stands in the form."""
    message = body.get("message") or {}
    ts = str(body.get("message_ts") or message.get("ts") or "")
    files = tuple(str(file.get("name") or "file") for file in message.get("files") or ())
    author = str(message.get("user") or "")
    return Memo(
        opens=REQUEST,
        room=str((body.get("channel") or {}).get("id", "")),
        ts=ts,
        thread=str(message.get("thread_ts") or ts),
        author=author,
        files=files,
        words=text_of(message, {}),
    )


def _pressed(body: Body, action: Body) -> Memo:
    """A button; the thread in which it stands is where its words are said."""
    container, message = body.get("container") or {}, body.get("message") or {}
    ts = str(container.get("message_ts") or message.get("ts") or "")
    return Memo(
        opens=str(action.get("value", "")),
        label=str((action.get("text") or {}).get("text", "")),
        room=str((body.get("channel") or {}).get("id") or container.get("channel_id") or ""),
        thread=str(message.get("thread_ts") or ts),
        token=token_in(str(action.get("block_id", ""))),
    )


class Doors:
    """Answers interactions with what the desk says."""

    def __init__(self, workspace_of: WorkspaceOf) -> None:
        self.answers: Answers | None = None
        self._workspace_of = workspace_of

    async def wrong(self, body: Body) -> dict[str, str]:
        """What has to be corrected in a modal before it is taken; by Slack's ids."""
        view = body.get("view") or {}
        if body.get("type") != "view_submission" or view.get("callback_id") != forms.CALLBACK or self.answers is None:
            return {}
        try:
            return forms.errors(await self.answers.wrong(await self._filling(body, view)))
        except (ChannelError, ValueError) as error:
            log.warning("slack: a form is taken as it is: %s", error)
            return {}

    async def suggested(self, body: Body) -> list[Element]:
        """What a menu offers for what was typed."""
        view = body.get("view") or {}
        if self.answers is None:
            return []
        try:
            asked = await self._filling(body, view)
        except (ChannelError, ValueError) as error:
            log.warning("slack: nothing could be offered to somebody: %s", error)
            return []
        name = str(body.get("action_id", ""))
        return forms.options(await self.answers.completed(asked, name, str(body.get("value", ""))))

    async def answer(self, body: Body) -> None:
        """Do what is wanted at once, if anything is."""
        try:
            await self._answer(body)
        except (ChannelError, ValueError) as error:
            log.warning("slack: nothing could be shown to somebody: %s", error)

    async def _answer(self, body: Body) -> None:
        opening = _opening(body)
        if opening is not None:
            await self._open(body, opening)
        elif _is_in_view(body):
            await self._follow(body)
        elif (body.get("container") or {}).get("is_ephemeral"):
            await _take_away(str(body.get("response_url", "")))

    async def _open(self, body: Body, memo: Memo) -> None:
        workspace = await self._workspace_of(_team(body))
        trigger = str(body.get("trigger_id", ""))
        said = await workspace.call("views.open", trigger_id=trigger, view=forms.loading(memo))
        view = said.get("view") or {}
        asked = await self._asked(body, memo)
        await self._show(workspace, str(view.get("id")), memo, asked)

    async def _follow(self, body: Body) -> None:
        """Something was chosen that decides what else is asked."""
        workspace, view = await self._workspace_of(_team(body)), body.get("view") or {}
        await self._show(workspace, str(view.get("id")), forms.memo_of(view), await self._filling(body, view))

    async def _show(self, workspace: Workspace, view_id: str, memo: Memo, asked: Asked) -> None:
        form = await self.answers.form(asked) if self.answers is not None else Form(title="…")
        await workspace.call("views.update", view_id=view_id, view=forms.modal(form, memo))

    async def _asked(self, body: Body, memo: Memo) -> Asked:
        """What somebody asks for who was just heard of: who they are may have to be found out."""
        workspace, user = await self._workspace_of(_team(body)), _user(body)
        await workspace.user(user)
        if memo.author:
            await workspace.user(memo.author)
        filled = {WORDS: memo.words} if memo.words else {}
        return _asked(workspace, user, memo, filled)

    async def _filling(self, body: Body, view: Body) -> Asked:
        """What stands in a form now; Slack waits for the answer, so nobody is asked who they are."""
        workspace = await self._workspace_of(_team(body))
        return _asked(workspace, _user(body), forms.memo_of(view), forms.entered(view, _team(body)))


def _asked(workspace: Workspace, user: str, memo: Memo, filled: Mapping[str, str]) -> Asked:
    def address(user_id: str) -> Address:
        return Address(str(Where(workspace.team, user_id)), workspace.known(user_id).name)

    return Asked(
        channel="slack",
        by=address(user),
        profile=profile_of(workspace.known(user)),
        opens=memo.opens,
        label=memo.label,
        filled=filled,
        author=address(memo.author) if memo.author else None,
    )


def _user(body: Body) -> str:
    return str((body.get("user") or {}).get("id") or body.get("user_id") or "")


def _team(body: Body) -> str:
    return str((body.get("team") or {}).get("id") or body.get("team_id") or "")


async def _take_away(response_url: str) -> None:
    """A question that only one person saw is answered: it need not stand there any longer."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(response_url, json={"delete_original": True}) as answer,
        ):
            await answer.read()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.info("slack: a private question stays where it was: %s", error)
