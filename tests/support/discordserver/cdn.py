"""Attachment URLs: signed and good for a day.

https://discord.com/developers/docs/reference#signed-attachment-cdn-urls
"""

import hashlib
import hmac
import secrets
from urllib.parse import quote

from tests.support.discordserver.model import Attachment
from tests.support.slackserver.clock import Clock

LIFETIME = 24 * 3600


class Cdn:
    """Keeps what was uploaded, and knows which links are still good."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(16)
        self._kept: dict[int, Attachment] = {}
        self.base = ""

    def keep(self, attachment: Attachment, channel_id: int) -> None:
        attachment.channel_id = channel_id
        self._kept[attachment.id] = attachment

    def url_of(self, attachment: Attachment) -> str:
        now = int(self._clock.now())
        expires = now + LIFETIME
        path = f"{attachment.channel_id}/{attachment.id}/{quote(attachment.filename)}"
        signature = self._signature(attachment.id, expires)
        return f"{self.base}/attachments/{path}?ex={expires:x}&is={now:x}&hm={signature}&"

    def fetch(self, attachment_id: int, expires: str, signature: str) -> Attachment | None:
        """The file, if the link is right and not too old."""
        try:
            until = int(expires, 16)
        except ValueError:
            return None
        if until < self._clock.now() or not hmac.compare_digest(signature, self._signature(attachment_id, until)):
            return None
        return self._kept.get(attachment_id)

    def _signature(self, attachment_id: int, expires: int) -> str:
        return hmac.new(self._key, f"{attachment_id}/{expires}".encode(), hashlib.sha256).hexdigest()
