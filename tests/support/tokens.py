"""A token endpoint on this machine (RFC 6749): what it gives, to whom, and when it does not, is told by the test."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs


class TokenEndpoint:
    """Gives `token-1`, `token-2` … `good` is what a mail server should accept now.

    With `rotates` each refresh token works once and the answer holds the next. `answers` go before all of that.
    """

    def __init__(self, *, refresh_token: str = "", rotates: bool = False) -> None:
        self.client_secret = "s3cret"
        self.refresh_token = refresh_token
        self.rotates = rotates
        self.expires_in: Any = 3600
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.good: set[str] = set()
        self._lock = threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, body = endpoint.answer({name: value[0] for name, value in parse_qs(form).items()})
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/token"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, form: dict[str, str]) -> tuple[int, bytes]:
        with self._lock:
            self.asked.append(form)
            if self.answers:
                return self.answers.pop(0)
            status, fields = self._grant(form)
            return status, json.dumps(fields).encode()

    def _grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("client_secret", "") != self.client_secret:
            return 401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh_token:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        token = f"token-{len(self.asked)}"
        self.good.add(token)
        fields = {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}
        if self.rotates:
            self.refresh_token = fields["refresh_token"] = f"refresh-{len(self.asked)}"
        return 200, fields
