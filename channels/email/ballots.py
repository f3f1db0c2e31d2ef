"""The page behind the links of our mails: a GET shows a question, a POST of its form answers it.

Scanners of mail, previews and browsers that fetch ahead ask by GET or HEAD, so these never act. Who has a link may
answer: it is signed for one question and one person. There is no session and no cookie, so there is nothing that
another site could make somebody's browser do in their name (CSRF): without the link it can do nothing, and who has it
needs nobody's browser.
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from secrets import token_hex
from typing import Final

from aiohttp import web
from jinja2 import Environment, StrictUndefined, Template

from channels.base import Answers, Ballot, IntakeUnavailable, Raw, Standing, Take
from channels.email.config import Links
from channels.email.filled import LINK, Filled
from channels.email.markdown import render
from channels.email.server import address_of, unusable

MOST_BYTES: Final = 32_000
"""Of a form: two thousand characters, each of up to twelve bytes as forms write them, and some room."""
MOST_CONNECTIONS: Final = 100
LONGEST: Final = 30.0
"""Seconds that a connection may take, from its first byte to the last: a slow one holds up nobody."""
FORM: Final = "application/x-www-form-urlencoded"
_PATH: Final = "/{before:(?:.*/)?}a/{link:[A-Za-z2-7]{20,100}}/{value}"
_FINISH_WITHIN: Final = 5.0
_STATUS: Final = {Standing.UNKNOWN: 404, Standing.LATER: 503}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class BallotServer:
    """Serves the page on `links.listen`; `bound` says where, once it has started.

    A new connection may take `longest` seconds.
    """

    def __init__(
        self,
        links: Links,
        answers: Answers,
        take: Take,
        *,
        longest: float = LONGEST,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.bound = ""
        self._links = links
        self._answers = answers
        self._take = take
        self.longest = longest
        self._now = now
        self._server: asyncio.Server | None = None
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[_plain_refusals])
        app.router.add_get(_PATH, self._show)
        app.router.add_post(_PATH, self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_FINISH_WITHIN, max_headers=64)

    async def start(self) -> None:
        """Listen. Raises OSError that names the setting where the address cannot be used."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._connected, self._links.host, self._links.port)
        except OSError as error:
            await self._runner.cleanup()
            raise unusable("email.links.listen", self._links.listen, error) from error
        self.bound = address_of(self._server)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._runner.server.connections) if self._runner.server is not None else 0

    async def stop(self) -> None:
        """Accept nothing more, and let what is being answered finish."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()
        self.bound = ""

    def _connected(self) -> asyncio.Protocol:
        server = self._runner.server
        if server is None or self.connections >= MOST_CONNECTIONS:
            return _Refused()
        connection = server()
        asyncio.get_running_loop().call_later(self.longest, _cut, connection)
        return connection

    async def _show(self, request: web.Request) -> web.Response:
        value = request.match_info["value"]
        ballot = await self._answers.ballot(request.match_info["link"], value)
        return _page(ballot, Filled(choice=value, comment=ballot.commented, form=token_hex(8)))

    async def _answer(self, request: web.Request) -> web.Response:
        """Keep what was chosen before the page says so. What the desk has already is not kept again."""
        if request.content_type != FORM:
            raise web.HTTPUnsupportedMediaType
        body = await request.read()
        try:
            filled = Filled.read(body)
        except ValueError as error:
            raise web.HTTPBadRequest from error
        link = request.match_info["link"].lower()
        ballot = await self._answers.ballot(link, filled.choice)
        if ballot.standing is not Standing.OPEN:
            return _page(ballot, filled)
        if (filled.choice, filled.comment) != (ballot.chosen, ballot.commented):
            try:
                await self._take(_raw(link, body, filled, ballot, self._now()))
            except IntakeUnavailable:
                return _page(ballot, filled, said=ballot.failed, mood="bad", status=503)
        return _page(ballot, filled, said=ballot.thanks, mood="good")


def _raw(link: str, body: bytes, filled: Filled, ballot: Ballot, now: datetime) -> Raw:
    """A form that is sent twice has the same key; another choice has another, and so has the first once more."""
    parts = (link, filled.choice, filled.comment, filled.form, ballot.chosen, ballot.commented)
    key = sha256("\n".join(part.replace("\n", "\n ") for part in parts).encode("utf-8", "replace")).hexdigest()
    return Raw(channel="email", key=key, lane=link, payload=body, received_at=now, meta={LINK: link})


# ------------------------------------------------------------------------------------------ the page


def _page(ballot: Ballot, filled: Filled, *, said: str = "", mood: str = "", status: int = 0) -> web.Response:
    template, policy = _template()
    html = template.render(
        ballot=ballot,
        filled=filled,
        said=said or ballot.said,
        mood=mood or ("bad" if ballot.standing is Standing.LATER else ""),
        chosen=_label(ballot, filled) if mood == "good" else "",
        asked=render(ballot.asked).text if mood != "good" and ballot.standing is Standing.OPEN else "",
    )
    status = status or _STATUS.get(ballot.standing, 200)
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    if status == 503:
        headers["Retry-After"] = "60"
    response = web.Response(text=html, status=status, headers=headers, content_type="text/html")
    response.force_close()
    return response


def _label(ballot: Ballot, filled: Filled) -> str:
    return next((choice.label for choice in ballot.choices if choice.value == filled.choice), "")


@lru_cache(maxsize=1)
def _template() -> tuple[Template, str]:
    """`templates/ballot.html`, and the policy that lets a browser apply its style, post its form and nothing else."""
    source = files("templates").joinpath("ballot.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style = source.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'"
    return environment.from_string(source), f"{policy}; frame-ancestors 'none'"


_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Server": "Firstline",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


@web.middleware
async def _plain_refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A refusal says no more than its status."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        allow = {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else {}
        response = web.Response(
            text=f"{refusal.status} {refusal.reason}\n", status=refusal.status, headers=_HEADERS | allow
        )
        response.force_close()
        return response


# ------------------------------------------------------------------------------------------ connections


class _Refused(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _cut(connection: web.RequestHandler) -> None:
    transport = connection.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
