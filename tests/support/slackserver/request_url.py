"""Payloads by HTTP, signed: https://docs.slack.dev/apis/events-api/using-http-request-urls."""

import asyncio
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp

from tests.support.slackserver import limits
from tests.support.slackserver.delivery import Answer, Delivery, NotDelivered
from tests.support.slackserver.ids import new_secret
from tests.support.slackserver.refused import Json
from tests.support.slackserver.state import State


def signature(secret: str, timestamp: str, body: str) -> str:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"


class RequestUrl:
    """The app's own address."""

    def __init__(self, state: State, url: str) -> None:
        self._state = state
        self.url = url
        self.answer_seconds = limits.ANSWER_SECONDS
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        await self._session.close()

    async def verify(self) -> None:
        """The handshake when somebody enters the URL: the app answers with the challenge."""
        challenge = new_secret("challenge")
        answer = await self._post(
            json.dumps(
                {"token": self._state.app.verification_token, "challenge": challenge, "type": "url_verification"}
            ),
            "application/json",
            {},
        )
        if answer.get("challenge", answer.get("text")) != challenge:
            raise NotDelivered("url_verification")

    async def carry(self, delivery: Delivery) -> Answer:
        """The answer, 200 within three seconds; raises NotDelivered."""
        headers = {}
        if delivery.failures:
            headers = {
                "X-Slack-Retry-Num": str(len(delivery.failures)),
                "X-Slack-Retry-Reason": delivery.failures[-1],
            }
        body, content_type = written(delivery)
        return Answer(acknowledged=True, payload=await self._post(body, content_type, headers))

    async def _post(self, body: str, content_type: str, headers: dict[str, str]) -> Json:
        timestamp = str(int(time.time() - self._state.app.signature_age))
        headers = headers | {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._state.app.signing_secret, timestamp, body),
        }
        try:
            async with asyncio.timeout(self.answer_seconds):
                async with self._session.post(self.url, data=body.encode(), headers=headers) as response:
                    return await _answer(response)
        except TimeoutError:
            raise NotDelivered("http_timeout") from None
        except aiohttp.ClientError:
            raise NotDelivered("connection_failed") from None


async def _answer(response: aiohttp.ClientResponse) -> Json:
    text = await response.text()
    if response.status != 200:
        raise NotDelivered("http_error", again=response.headers.get("X-Slack-No-Retry") != "1")
    if response.content_type == "application/json" and text:
        payload: Json = json.loads(text)
        return payload
    return {"text": text} if text else {}


def written(delivery: Delivery) -> tuple[str, str]:
    """Events are JSON, interactions JSON in a form field, slash commands a form."""
    if delivery.type == "events_api":
        return json.dumps(delivery.payload), "application/json"
    form = delivery.payload if delivery.type == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    return urlencode(form), "application/x-www-form-urlencoded"
