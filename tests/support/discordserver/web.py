"""The server's HTTP: the REST API, attachments, and the gateway's door."""

import asyncio
import copy
import json
from typing import Any, Final

from aiohttp import BodyPartReader, web

import tests.support.discordserver.rest  # noqa: F401 - its modules register the routes
from tests.support.discordserver import errors
from tests.support.discordserver.faults import Banned, Broken, Drop, Fault, Refusal, Slow, TooMany
from tests.support.discordserver.gateway import Gateway
from tests.support.discordserver.refused import Json, Refused, TooFast
from tests.support.discordserver.rest.registry import ROUTES, Request, Route, Upload
from tests.support.discordserver.state import Call, State
from tests.support.discordserver.validate.content import REQUEST_BYTES

API: Final = "/api/v10"
VIA: Final = {"Via": "1.1 google"}


class Web:
    """The routes."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        self._state = state
        self.application = web.Application(client_max_size=REQUEST_BYTES)
        for route in sorted(ROUTES, key=lambda each: each.path):  # so that a word comes before whatever it may be
            self.application.router.add_route(route.method, API + route.path, self._handler(route))
        self.application.router.add_get("/gateway", gateway.accept)
        self.application.router.add_get("/gateway/", gateway.accept)
        self.application.router.add_get("/attachments/{channel}/{id}/{name}", self._download)
        self.application.router.add_route("*", "/{rest:.*}", self._nothing)

    def _handler(self, route: Route) -> Any:
        async def handle(http: web.Request) -> web.StreamResponse:
            try:
                return await self._api(http, route)
            except ConnectionError:
                return await dropped(http)
            except Exception as failure:  # noqa: BLE001 - a mistake of the server's own is to fail the test
                self._state.mistakes.append(failure)
                return page(503)

        return handle

    # --------------------------------------------------------------------------------------------- REST

    async def _api(self, http: web.Request, route: Route) -> web.StreamResponse:
        try:
            body, files = await body_of(http)
        except Refused as refused:
            return answer(refused.status, refused.body())
        as_bot = http.headers.get("Authorization") == f"Bot {self._state.app.token}"
        request = Request(self._state, dict(http.match_info), dict(http.query), body, files, as_bot)
        with self._state.lock:
            fault = self._state.faults.take(route.name)
            unserved = self._unserved(route, request, fault)
            if unserved is not None:
                shared = isinstance(fault, TooMany) and fault.scope == "shared"
                self._record(http, route, request, unserved.status, {"shared": True} if shared else None)
                return unserved
            if fault is Drop.BEFORE:
                self._record(http, route, request, 0, None)
                return await dropped(http)
            served = self._served(http, route, request)
        return await self._late(http, fault, served)

    @staticmethod
    async def _late(http: web.Request, fault: Fault | None, served: web.Response) -> web.StreamResponse:
        match fault:
            case Drop.AFTER:
                return await dropped(http)
            case Broken(status, after=True):
                return page(status)
            case Slow(seconds):
                await asyncio.sleep(seconds)
        return served

    def _unserved(self, route: Route, request: Request, fault: Fault | None) -> web.Response | None:
        match fault:
            case TooMany(seconds, scope, code):
                return too_many(seconds, scope, code=code)
            case Banned():
                return page(429)
            case Broken(status, after=False):
                return page(status)
            case Refusal(status, code, message):
                return answer(status, {"message": message, "code": code})
        if route.needs_bot and not request.as_bot:
            refused = errors.unauthorized()
            return answer(refused.status, refused.body())
        return None

    def _served(self, http: web.Request, route: Route, request: Request) -> web.Response:
        wait, everywhere, headers = self._state.rates.enter(route, request)
        if wait:
            self._record(http, route, request, 429, None)
            return too_many(wait, "global" if everywhere else "user", headers)
        try:
            result = route.handler(request)
        except Refused as refused:
            self._record(http, route, request, refused.status, refused.body())
            return answer(refused.status, refused.body(), headers)
        except TooFast as fast:
            self._record(http, route, request, 429, None)
            return too_many(fast.retry_after, "user", headers)
        status = 204 if result is None else 200
        result = copy.deepcopy(result)
        self._record(http, route, request, status, result)
        return answer(status, result, headers)

    def _record(self, http: web.Request, route: Route, request: Request, status: int, result: object) -> None:
        path = http.path.removeprefix(API)
        body = request.body if isinstance(request.body, dict) else {"": request.body}
        at = self._state.clock.now()
        self._state.calls.append(Call(route.method, path, route.name, body, request.query, status, result, at))

    # ------------------------------------------------------------------------------------------- the rest

    async def _download(self, http: web.Request) -> web.StreamResponse:
        """The bytes, as long as the link is good; after that 404, as at Discord."""
        with self._state.lock:
            fault = self._state.faults.take("download")
            found = self._state.cdn.fetch(
                int(http.match_info["id"]), http.query.get("ex", ""), http.query.get("hm", "")
            )
        if isinstance(fault, Drop):
            return await dropped(http)
        if isinstance(fault, Slow):
            await asyncio.sleep(fault.seconds)
        elif isinstance(fault, Broken):
            return page(fault.status)
        if found is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=found.content, content_type=found.content_type or "application/octet-stream")

    @staticmethod
    async def _nothing(_http: web.Request) -> web.StreamResponse:
        refused = errors.no_such_route()
        return answer(refused.status, refused.body())


async def body_of(http: web.Request) -> tuple[Any, dict[str, Upload]]:
    """The JSON of a request, and its files: https://discord.com/developers/docs/reference#uploading-files."""
    if http.content_length is not None and http.content_length > REQUEST_BYTES:
        raise errors.too_large()
    if not http.content_type.startswith("multipart/"):
        return decoded(await http.text()), {}
    body: Any = None
    files: dict[str, Upload] = {}
    size = 0
    async for part in await http.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        size += len(content)
        if size > REQUEST_BYTES:
            raise errors.too_large()
        if part.name == "payload_json":
            body = decoded(content.decode())
        elif part.name is not None and part.name.startswith("files["):
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files[part.name[6:-1]] = Upload(part.filename or "unknown", content, kind)
    return body, files


def decoded(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        raise errors.invalid_json() from None


def answer(status: int, body: object, headers: dict[str, str] | None = None) -> web.Response:
    """JSON, of exactly the type that Discord gives it."""
    if status == 204:
        return web.Response(status=204, headers=headers)
    given = {"Content-Type": "application/json"} | VIA | (headers or {})
    return web.Response(status=status, body=json.dumps(body).encode(), headers=given)


def too_many(seconds: float, scope: str, headers: dict[str, str] | None = None, code: int = 0) -> web.Response:
    message = "The resource is being rate limited." if scope == "shared" else "You are being rate limited."
    body: Json = {"message": message, "retry_after": seconds, "global": scope == "global"}
    body |= {"code": code} if code else {}
    given = {"Retry-After": str(int(seconds) + 1), "X-RateLimit-Scope": scope} | (headers or {})
    if scope == "global":
        given["X-RateLimit-Global"] = "true"
    return answer(429, body, given)


def page(status: int) -> web.Response:
    """What stands before Discord's API says when it is broken, or shuts somebody out."""
    return web.Response(status=status, text="<html>cloudflare</html>", content_type="text/html")


async def dropped(http: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    if http.transport is not None:
        http.transport.abort()
    await asyncio.sleep(0)
    return web.Response()
