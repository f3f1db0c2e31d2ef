"""`[slack]`: the app's tokens, the rooms the desk works in, and what it listens to."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from channels.base import KEEP, REQUEST, STOP, PlaceKind

SLACK_API: Final = "https://slack.com/api/"
MANY: Final = 25_000_000


class SlackSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`bot_tokens` has one token (xoxb-…) for each workspace; rooms are ids such as "C0123456789".

    With an `app_token` (xapp-…) events come by socket; with a `signing_secret` they come by HTTP to `listen`. `desks`
    are the rooms in which agents work: by the name of a team, by "tier 2", or "default". In rooms that are `watched`
    every message is a request; in those of `offered` the desk asks whether it is one. Whoever reacts with the emoji
    `request` opens a ticket of that message; an agent's `note` keeps their words internal, and `stop` holds them back.
    Files of over `max_file` bytes stay where they are. `api` is another Slack's, such as GovSlack's.
    """

    bot_tokens: Annotated[tuple[str, ...], Meta(min_length=1)]
    app_token: str = ""
    signing_secret: str = ""
    listen: str = "127.0.0.1:3000"
    desks: Mapping[str, str] = {}
    watched: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    request: str = "ticket"
    note: str = "lock"
    stop: str = "x"
    max_file: Annotated[int, Meta(ge=0)] = MANY
    api: str = SLACK_API

    def kind_of(self, room: str) -> PlaceKind:
        """What sort of place a room is; those with one person, or some, are direct."""
        if room.startswith(("D", "G")) and room not in self.named:
            return PlaceKind.DIRECT
        return self.named.get(room, PlaceKind.ELSEWHERE)

    @property
    def named(self) -> Mapping[str, PlaceKind]:
        """The rooms that the settings name."""
        return {
            **dict.fromkeys(self.offered, PlaceKind.OFFERED),
            **dict.fromkeys(self.watched, PlaceKind.WATCHED),
            **dict.fromkeys(self.desks.values(), PlaceKind.DESK),
        }

    def meaning(self, emoji: str) -> str:
        """What a reaction means: that it is a request, or that words are to be stopped or kept internal."""
        return {self.note: KEEP, self.stop: STOP, self.request: REQUEST}.get(emoji, "")

    @property
    def emojis(self) -> frozenset[str]:
        """The reactions that mean something."""
        return frozenset({self.request, self.note, self.stop})
