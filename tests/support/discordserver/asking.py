"""What somebody does with the app's commands, buttons, menus and dialogues."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.discordserver import commanding, filling, interactions, permissions
from tests.support.discordserver.interactions import Asked, Interaction, Modal
from tests.support.discordserver.model import Channel, Message, User
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json, NotPossible
from tests.support.discordserver.resolving import resolved
from tests.support.discordserver.state import State
from tests.support.discordserver.validate.components import components_in

BUTTON, TEXT_SELECT, LINK = 2, 3, 5


class Asker:
    """The part of a person that uses the app; each call returns the `Interaction`, to be awaited for the answer."""

    state: State
    user: User

    @property
    def modal(self) -> Modal | None:
        """The dialogue on the screen."""
        return self.state.modals.get(self.user.id)

    # ------------------------------------------------------------------------------------------ commands

    def command(self, path: str, channel: Channel | None = None, **values: Any) -> Interaction:
        """`desk close` with its options, in a channel or else to the bot."""
        with self.state.lock:
            place = self._place(channel)
            name, *inner = path.split()
            found = commanding.find(self.state, self.user, place, name, commanding.CHAT_INPUT)
            data, chosen = commanding.data_of(found, inner, values)
            return self._ask(Asked.COMMAND, place, data, chosen)

    def autocomplete(
        self, path: str, option: str, typed: str, channel: Channel | None = None, **values: Any
    ) -> Interaction:
        """Type into an option; the answer's `choices` are what the app offers."""
        with self.state.lock:
            place = self._place(channel)
            name, *inner = path.split()
            found = commanding.find(self.state, self.user, place, name, commanding.CHAT_INPUT)
            data, chosen = commanding.data_of(found, inner, values | {option: typed}, focused=option)
            return self._ask(Asked.AUTOCOMPLETE, place, data, chosen)

    def message_command(self, name: str, message: Message) -> Interaction:
        """From a message's context menu."""
        with self.state.lock:
            return self._from_menu(name, commanding.MESSAGE, message.channel, message)

    def user_command(self, name: str, user: Any, channel: Channel) -> Interaction:
        """From a person's context menu."""
        with self.state.lock:
            return self._from_menu(name, commanding.USER, channel, user)

    def _from_menu(self, name: str, kind: int, place: Channel, target: Any) -> Interaction:
        self._must_see_place(place)
        found = commanding.find(self.state, self.user, place, name, kind)
        data, _ = commanding.data_of(found, [], {})
        return self._ask(Asked.COMMAND, place, data | {"target_id": str(target.id)}, [target])

    # -------------------------------------------------------------------------------- buttons and menus

    def press(self, message: Message, custom_id: str) -> Interaction:
        """Press a button."""
        with self.state.lock:
            button = self._component(message, custom_id)
            if button["type"] != BUTTON or button.get("style") == LINK:
                raise NotPossible(f"{custom_id} is no button that the app hears of")
            data: Json = {"custom_id": custom_id, "component_type": BUTTON, "id": button["id"]}
            return self._ask(Asked.COMPONENT, message.channel, data, [], message)

    def choose(self, message: Message, custom_id: str, *values: Any) -> Interaction:
        """Choose in a menu: the values of options, or the people, roles or channels themselves."""
        with self.state.lock:
            menu = self._component(message, custom_id)
            if not menu.get("min_values", 1) <= len(values) <= menu.get("max_values", 1):
                raise NotPossible(f"{custom_id} takes another number of values than {len(values)}")
            data: Json = {"custom_id": custom_id, "component_type": menu["type"], "id": menu["id"]}
            chosen: Sequence[Any] = ()
            if menu["type"] == TEXT_SELECT:
                data["values"] = [_option(menu, each) for each in values]
            else:
                data["values"], chosen = [str(each.id) for each in values], values
            return self._ask(Asked.COMPONENT, message.channel, data, list(chosen), message)

    def _component(self, message: Message, custom_id: str) -> Json:
        self._must_see_place(message.channel)
        if message.is_ephemeral and message.whispered_to != self.user.id:
            raise NotPossible(f"{self.user.name} does not see that message")
        if not message.is_ephemeral and message.id not in message.channel.kept:
            raise NotPossible(f"the message {message.id} is gone")
        if message.channel.thread is not None and message.channel.thread.archived:
            raise NotPossible(f"{message.channel.name} is archived")
        for each in components_in(message.components):
            if each.get("custom_id") == custom_id:
                if each.get("disabled"):
                    raise NotPossible(f"{custom_id} is disabled")
                return each
        raise NotPossible(f"the message has no {custom_id}")

    # ------------------------------------------------------------------------------------------- dialogues

    def submit(self, values: Mapping[str, Any] | None = None, modal: Modal | None = None) -> Interaction:
        """Send the dialogue on the screen, filled in by custom id."""
        with self.state.lock:
            shown = modal or self.modal
            if shown is None:
                raise NotPossible(f"{self.user.name} has no dialogue open")
            components, chosen = filling.fill(shown, values or {})
            data: Json = {"custom_id": shown.custom_id, "components": components}
            source = shown.opened_by
            message = source.message if source.kind is Asked.COMPONENT else None
            self.state.modals.pop(self.user.id, None)
            return self._ask(Asked.MODAL, source.channel, data, chosen, message, source)

    def close_modal(self) -> None:
        """Dismiss the dialogue; the app is told nothing."""
        self.state.modals.pop(self.user.id, None)

    # --------------------------------------------------------------------------------------------- inside

    def _place(self, channel: Channel | None) -> Channel:
        place = channel or self.state.direct_with(self.user)
        self._must_see_place(place)
        if place.thread is not None and place.thread.archived:
            raise NotPossible(f"{place.name} is archived: commands are not offered there")
        return place

    def _must_see_place(self, channel: Channel) -> None:
        if Permission.VIEW_CHANNEL not in permissions.in_channel(channel, self.user.id):
            raise NotPossible(f"{self.user.name} does not see {channel.name or 'this conversation'}")

    def _ask(
        self,
        kind: Asked,
        channel: Channel,
        data: Json,
        chosen: list[Any],
        message: Message | None = None,
        opened_from: Interaction | None = None,
    ) -> Interaction:
        if chosen:
            data = data | {"resolved": resolved(self.state, self.user, channel, chosen)}
        number, now = self.state.ids.new(), self.state.clock.now()
        asked = Interaction(number, kind, self.user, channel, data, now, message, opened_from)
        return interactions.send(self.state, asked)


def _option(menu: Json, value: str) -> str:
    if value not in {each["value"] for each in menu["options"]}:
        raise NotPossible(f"{menu['custom_id']} offers no {value!r}")
    return value
