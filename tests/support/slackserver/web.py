"""The server's HTTP: the Web API, uploads, downloads, response URLs and the sockets' door."""

import asyncio
import copy
import json
from typing import Final

from aiohttp import web

import tests.support.slackserver.api  # noqa: F401 - its modules register the methods
from tests.support.slackserver import limits, responding
from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.arguments import Arguments
from tests.support.slackserver.api.registry import METHODS, Method, Request
from tests.support.slackserver.faults import Broken, Drop, Fault, Refusal, Slow, TooMany
from tests.support.slackserver.model import Token
from tests.support.slackserver.refused import Json, Refused
from tests.support.slackserver.sockets import Sockets
from tests.support.slackserver.state import Call, State

LOGIN_PAGE: Final = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to Slack</body></html>"


class Web:
    """The routes."""

    def __init__(self, state: State, sockets: Sockets) -> None:
        self._state = state
        self.application = web.Application(client_max_size=limits.FILE_BYTES)
        self.application.add_routes(
            [
                web.route("*", "/api/{method}", self._api),
                web.post("/upload/v1/{file}", self._upload),
                web.get("/files-pri/{id}/{name}", self._download),
                web.get("/files-pri/{id}/download/{name}", self._download),
                web.post("/actions/{path:.+}", self._respond),
                web.get("/link", sockets.accept),
            ]
        )

    # ------------------------------------------------------------------------------------------ Web API

    async def _api(self, http: web.Request) -> web.StreamResponse:
        name = http.match_info["method"]
        try:
            given = await arguments_of(http)
        except Refused as refused:
            return web.json_response(refused.body())
        secret = secret_of(http, given)
        with self._state.lock:
            fault = self._state.faults.take(name) or self._state.faults.too_fast(
                name, str(given.get("channel", "")), self._state.clock.now()
            )
            token = self._state.tokens.get(secret)
            if fault is not None and (unserved := self._unserved(fault)) is not None:
                self._record(name, given, secret, token, {"ok": False, "error": str(fault)}, unserved.status)
                return unserved
            if fault is Drop.BEFORE:
                self._record(name, given, secret, token, {"ok": False, "error": "dropped"}, 0)
                return await dropped(http)
            body = self._answer(name, given, secret, token)
            self._record(name, given, secret, token, body)
        if fault is Drop.AFTER:
            return await dropped(http)
        if isinstance(fault, Slow):
            await asyncio.sleep(fault.seconds)
        return web.json_response(body, headers=scope_headers(token, METHODS.get(name)))

    @staticmethod
    def _unserved(fault: Fault) -> web.Response | None:
        match fault:
            case TooMany(seconds):
                return web.json_response(
                    {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)}
                )
            case Broken(status):
                return web.Response(status=status, text="<html>Server error</html>", content_type="text/html")
            case Refusal(error):
                return web.json_response({"ok": False, "error": error})
            case _:
                return None

    def _answer(self, name: str, given: Json, secret: str, token: Token | None) -> Json:
        try:
            return copy.deepcopy({"ok": True} | self._called(name, given, secret, token))
        except Refused as refused:
            return refused.body()

    def _called(self, name: str, given: Json, secret: str, token: Token | None) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        check_token(self._state, method, secret, token)
        assert token is not None
        return method.handler(Request(self._state, Arguments(given), token))

    def _record(self, name: str, given: Json, secret: str, token: Token | None, body: Json, status: int = 200) -> None:
        team = token.team_id if token else ""
        self._state.calls.append(Call(name, given, secret, team, self._state.clock.now(), body, status))

    # -------------------------------------------------------------------------------------------- files

    async def _upload(self, http: web.Request) -> web.Response:
        """The bytes, as a form's file or as the body; their number must be what was announced."""
        content = await uploaded_bytes(http)
        with self._state.lock:
            file = self._state.files.get(http.match_info["file"])
            if file is None or file.content is not None:
                return web.Response(status=404, text="Not found")
            if len(content) != file.size:
                return web.Response(status=400, text="Unexpected length")
            file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def _download(self, http: web.Request) -> web.StreamResponse:
        """The bytes for a token that may read files; a page to sign in for everybody else, with 200."""
        with self._state.lock:
            file = self._state.files.get(http.match_info["id"].partition("-")[2])
            token = self._state.tokens.get(secret_of(http, {}))
            fault = self._state.faults.take("download")
        if fault is not None and (unserved := self._unserved(fault)) is not None:
            return unserved
        if isinstance(fault, Drop):
            return await dropped(http)
        if token is None or token.revoked or "files:read" not in token.scopes:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        if file is None or file.content is None or file.deleted:
            return web.Response(status=404, text="Not found")
        return web.Response(body=file.content, content_type=file.mimetype)

    # ------------------------------------------------------------------------------------ response URLs

    async def _respond(self, http: web.Request) -> web.Response:
        try:
            given = json.loads(await http.text())
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        with self._state.lock:
            try:
                responding.respond(self._state, http.match_info["path"], given)
            except Refused as refused:
                self._record("response_url", given, "", None, refused.body(), 404)
                return web.json_response(refused.body(), status=404)
            self._record("response_url", given, "", None, {"ok": True})
        return web.json_response({"ok": True})


def check_token(state: State, method: Method, secret: str, token: Token | None) -> None:
    """Refuse a token that is unknown, revoked, of the wrong kind or without the scope."""
    if token is None:
        raise Refused("invalid_auth" if secret else "not_authed")
    if token.revoked:
        raise Refused("token_revoked")
    if token is state.app.app_token and method.scopes != ("connections:write",):
        raise Refused("not_allowed_token_type")
    if method.scopes and not token.scopes & set(method.scopes):
        if method.scopes == ("connections:write",) and token is not state.app.app_token:
            raise Refused("not_allowed_token_type")
        raise lookup.missing_scope(token, list(method.scopes))


def scope_headers(token: Token | None, method: Method | None) -> dict[str, str]:
    if token is None:
        return {}
    headers = {"x-oauth-scopes": ",".join(sorted(token.scopes))}
    if method is not None and method.scopes:
        headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
    return headers


async def arguments_of(http: web.Request) -> Json:
    given: Json = dict(http.query)
    if http.content_type == "application/json":
        given |= object_in(await http.text())
    elif http.method == "POST":
        given |= dict(await http.post())
    return {name: value for name, value in given.items() if value is not None}


def object_in(body: str) -> Json:
    """The object in a JSON body; none is as good as an empty one."""
    try:
        value = json.loads(body) if body.strip() else {}
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(value, dict):
        raise Refused("json_not_object")
    return value


def secret_of(http: web.Request, given: Json) -> str:
    """The token in the header, or in the form."""
    header = http.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(given.get("token", ""))


async def uploaded_bytes(http: web.Request) -> bytes:
    if not http.content_type.startswith("multipart/"):
        return await http.read()
    for part in (await http.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""


async def dropped(http: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    if http.transport is not None:
        http.transport.abort()
    await asyncio.sleep(0)
    return web.Response()
