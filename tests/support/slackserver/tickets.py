"""What lets the app act for a short while after a person did something: trigger ids and response URLs."""

import secrets
from dataclasses import dataclass

from tests.support.slackserver import limits
from tests.support.slackserver.clock import Clock
from tests.support.slackserver.refused import Refused


@dataclass
class Trigger:
    team_id: str
    user: str
    expires: float
    parent_view: str = ""
    used: bool = False


class Triggers:
    """Each opens one modal within three seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}

    def issue(self, team_id: str, user: str, parent_view: str = "") -> str:
        trigger_id = f"{len(self._triggers) + 1}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        expires = self._clock.now() + limits.TRIGGER_SECONDS
        self._triggers[trigger_id] = Trigger(team_id, user, expires, parent_view)
        return trigger_id

    def redeem(self, trigger_id: str, team_id: str) -> Trigger:
        trigger = self._triggers.get(trigger_id)
        if trigger is None or trigger.team_id != team_id:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._clock.now() > trigger.expires:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass
class ResponseUrl:
    """Where an app may answer an interaction; `message_ts` is empty where none started it."""

    team_id: str
    user: str
    channel: str
    expires: float
    message_ts: str = ""
    thread_ts: str = ""
    ephemeral: bool = False
    uses: int = 0


class ResponseUrls:
    """Each takes five answers within thirty minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._urls: dict[str, ResponseUrl] = {}

    def issue(
        self,
        team_id: str,
        user: str,
        channel: str,
        *,
        message_ts: str = "",
        thread_ts: str = "",
        ephemeral: bool = False,
    ) -> str:
        path = f"{team_id}/{secrets.randbelow(10**12)}/{secrets.token_urlsafe(18)}"
        expires = self._clock.now() + limits.RESPONSE_URL_SECONDS
        self._urls[path] = ResponseUrl(team_id, user, channel, expires, message_ts, thread_ts, ephemeral)
        return path

    def peek(self, path: str) -> ResponseUrl:
        return self._urls[path]

    def redeem(self, path: str) -> ResponseUrl:
        url = self._urls.get(path)
        if url is None:
            raise Refused("invalid_url")
        if self._clock.now() > url.expires:
            raise Refused("expired_url")
        if url.uses >= limits.RESPONSE_URL_USES:
            raise Refused("used_url")
        url.uses += 1
        return url
