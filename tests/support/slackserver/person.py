"""What somebody does at Slack, as a test writes it."""

import copy
import uuid
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.support.slackserver import answering, entries, events, interactions, rich_text
from tests.support.slackserver.api import views
from tests.support.slackserver.delivery import Answer, Delivery, Type
from tests.support.slackserver.model import Channel, File, Message, User, View
from tests.support.slackserver.refused import Json, NotPossible
from tests.support.slackserver.shapes import view_object

if TYPE_CHECKING:
    from tests.support.slackserver.workspace import Workspace


class Person:
    """A user and the client in their hands. What a real client would not allow raises NotPossible.

    Words are in Slack's mrkdwn, as typed: `rich_text.escaped` does what a client does with `&`, `<` and `>`.
    Interactions return a `Delivery`: await it for the app's answer.
    """

    def __init__(self, workspace: "Workspace", user: User) -> None:
        self.workspace = workspace
        self.user = user
        self.state = workspace.state

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    # ------------------------------------------------------------------------------------------- seeing

    @property
    def dm(self) -> Channel:
        """The direct conversation with the bot."""
        return self.workspace.direct(self.workspace.bot.id, self.id)

    @property
    def modal(self) -> View | None:
        """The modal on top of the screen."""
        stack = views.stack_of(self.state, self.id)
        return stack[-1] if stack else None

    @property
    def home(self) -> View | None:
        """The app's Home tab."""
        return views.home_of(self.state, self.id)

    @property
    def whispers(self) -> list[Message]:
        """What the app said to this person alone, wherever."""
        with self.state.lock:
            return [
                message
                for channel in self.workspace.channels.values()
                for reader, message in channel.whispers
                if reader == self.id
            ]

    # ------------------------------------------------------------------------------------------ messages

    def post(
        self,
        channel: Channel,
        text: str,
        *,
        thread: Message | str = "",
        files: Sequence[File] = (),
        broadcast: bool = False,
        subtype: str = "",
        blocks: list[Json] | None = None,
    ) -> Message:
        """Say something in a channel, a thread or a direct conversation."""
        self._must_be_in(channel)
        ts = self.state.clock.ts()
        subtype = subtype or ("thread_broadcast" if broadcast else "file_share" if files else "")
        message = Message(
            ts=ts,
            user="" if subtype == "bot_message" else self.id,
            text=text,
            team_id=self.user.team_id,
            blocks=rich_text.typed(text) if blocks is None else blocks,
            thread_ts=thread.ts if isinstance(thread, Message) else thread,
            subtype=subtype,
            files=list(files),
            client_msg_id="" if self.user.is_bot else str(uuid.uuid4()),
            more=self._as_bot(subtype),
        )
        return self.workspace.post(channel, message)

    def _as_bot(self, subtype: str) -> Json:
        if not self.user.is_bot:
            return {}
        return {"bot_id": self.user.bot_id} | ({"username": self.user.name} if subtype == "bot_message" else {})

    def mention_bot(self, channel: Channel, text: str, **more: Any) -> Message:
        return self.post(channel, f"<@{self.workspace.bot.id}> {text}", **more)

    def file(self, name: str, content: bytes, mimetype: str = "text/plain", *, size: int | None = None) -> File:
        """A file to post with a message; `size` may claim more bytes than there are."""
        return self.workspace.add_file(self.id, name, content, mimetype, size)

    def edit(self, message: Message, text: str) -> None:
        self._must_have_written(message)
        self.workspace.edit(self._where(message), message, self.id, text, rich_text.typed(text))

    def delete(self, message: Message) -> None:
        self._must_have_written(message)
        self.workspace.delete(self._where(message), message)

    def react(self, message: Message, emoji: str) -> None:
        if self.id in message.reactions.get(emoji, []):
            raise NotPossible(f"{self.user.name} reacted with {emoji} already")
        self.workspace.react(self._where(message), message, self.id, emoji)

    def unreact(self, message: Message, emoji: str) -> None:
        if self.id not in message.reactions.get(emoji, []):
            raise NotPossible(f"{self.user.name} has not reacted with {emoji}")
        self.workspace.unreact(self._where(message), message, self.id, emoji)

    # ----------------------------------------------------------------------------- commands and shortcuts

    def command(self, command: str, text: str = "", *, channel: Channel | None = None) -> Delivery:
        """`/ticket the printer is on fire`, typed in a channel or else to the bot."""
        place = self.dm if channel is None else channel
        with self.state.lock:
            payload = interactions.slash_command(self.workspace, self.user, place, command, text)
            path = payload["response_url"].removeprefix(f"{self.state.base}/actions/")
            return self._send("slash_commands", payload, partial(answering.to_command, self.workspace, path))

    def shortcut(self, callback_id: str) -> Delivery:
        """A global shortcut."""
        with self.state.lock:
            return self._send("interactive", interactions.shortcut(self.workspace, self.user, callback_id))

    def message_shortcut(self, message: Message, callback_id: str) -> Delivery:
        with self.state.lock:
            channel = self._where(message)
            payload = interactions.message_action(self.workspace, self.user, channel, message, callback_id)
            return self._send("interactive", payload)

    def open_home(self, tab: str = "home") -> Delivery | None:
        """Look at the app: its `home` or its `messages` tab."""
        with self.state.lock:
            view = self.home
            shape = view_object(self.workspace, view) if view else None
            return self.workspace.tell(events.app_home_opened(self.workspace, self.id, self.dm, tab, shape))

    # -------------------------------------------------------------------------- buttons, menus and modals

    def press(self, place: Message | View, action_id: str) -> Delivery:
        """Press a button in a message, a modal or the Home tab."""
        with self.state.lock:
            block, element = entries.find(blocks_of(place), action_id)
            if element["type"] not in {"button", "workflow_button"}:
                raise NotPossible(f"{action_id} is no button")
            action = {"action_id": element["action_id"], "block_id": block["block_id"], "type": "button"}
            action |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
            return self._act(place, action)

    def choose(self, place: Message | View, action_id: str, value: Any) -> Delivery:
        """Choose in a menu or a picker: an option's value, an id, a date, a list of such."""
        with self.state.lock:
            block, element = entries.find(blocks_of(place), action_id)
            chosen = entries.entry(element, value)
            if isinstance(place, View):
                place.values.setdefault(block["block_id"], {})[element["action_id"]] = chosen
            shown = {name: element[name] for name in ("placeholder",) if name in element}
            return self._act(place, chosen | shown | {"action_id": element["action_id"], "block_id": block["block_id"]})

    def suggest(self, place: Message | View, action_id: str, typed: str) -> Delivery:
        """Type into an external menu; the answer has the app's options."""
        with self.state.lock:
            block, element = entries.find(blocks_of(place), action_id)
            payload = self._in_place(place, "block_suggestion") | {
                "action_id": element["action_id"],
                "block_id": block["block_id"],
                "value": typed,
            }
            return self._send("interactive", payload, answering.to_suggestion)

    def fill(self, view: View, values: entries.Values) -> None:
        """Enter into a modal without sending it, by action id or block id."""
        with self.state.lock:
            entries.fill(view, values)

    def submit(self, view: View, values: entries.Values | None = None) -> Delivery:
        """Send a modal. Then the modal is closed, or shows what the app answered."""
        with self.state.lock:
            if view.given.get("submit") is None:
                raise NotPossible("the modal has no button to submit it")
            entries.fill(view, values or {})
            entries.check_complete(view)
            payload = interactions.submission(self.workspace, self.user, view)
            return self._send("interactive", payload, partial(answering.to_submission, self.workspace, view))

    def close(self, view: View, *, all_of_them: bool = False) -> Delivery | None:
        """Close a modal; the app is told if the view wants it."""
        with self.state.lock:
            for each in views.stack_of(self.state, self.id) if all_of_them else [view]:
                self.state.views.pop(each.id, None)
            if not view.given.get("notify_on_close"):
                return None
            return self._send("interactive", interactions.closed(self.workspace, self.user, view, cleared=all_of_them))

    # --------------------------------------------------------------------------------------------- inside

    def _act(self, place: Message | View, action: Json) -> Delivery:
        values = entries.state_of(blocks_of(place), place.values if isinstance(place, View) else {})
        if isinstance(place, View):
            place.values = values
        payload = self._in_place(place, "block_actions")
        parent = place.id if isinstance(place, View) else ""
        payload |= interactions.actions(self.workspace, self.user, values, action, parent)
        if isinstance(place, Message):
            channel = self._where(place)
            payload["response_url"] = interactions.response_url(
                self.workspace, self.user, channel, place, ephemeral=self._is_whisper(place)
            )
        return self._send("interactive", payload)

    def _in_place(self, place: Message | View, kind: str) -> Json:
        if isinstance(place, View):
            return interactions.in_view(self.workspace, kind, self.user, place)
        channel = self._where(place)
        whisper = self._is_whisper(place)
        return interactions.in_message(self.workspace, kind, self.user, channel, place, ephemeral=whisper)

    def _send(self, kind: Type, payload: Json, on_answer: Any = lambda answer: answer) -> Delivery:
        delivery = Delivery(kind, copy.deepcopy(payload), on_answer=on_answer)
        self.workspace.deliveries.append(delivery)
        if not self.workspace.installation.installed:
            delivery.settle(Answer(acknowledged=False, reason="not_installed"))
            return delivery
        self.state.dispatch(delivery)
        return delivery

    def _where(self, message: Message) -> Channel:
        for channel in self.workspace.channels.values():
            if message.ts in channel.messages or any(each is message for _, each in channel.whispers):
                return channel
        raise NotPossible(f"the message {message.ts} is gone")

    def _is_whisper(self, message: Message) -> bool:
        return message.ts not in self._where(message).messages

    def _must_be_in(self, channel: Channel) -> None:
        if self.id not in channel.members:
            raise NotPossible(f"{self.user.name} is not in {channel.name or channel.id}")
        if channel.is_archived:
            raise NotPossible(f"{channel.name} is archived")

    def _must_have_written(self, message: Message) -> None:
        if message.user != self.id:
            raise NotPossible(f"{self.user.name} did not write this message")


def blocks_of(place: Message | View) -> list[Json]:
    blocks: list[Json] = place.given["blocks"] if isinstance(place, View) else place.blocks
    return blocks
