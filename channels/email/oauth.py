"""Access tokens for XOAUTH2 log-in (RFC 6749): fetched, kept until shortly before they expire, renewed when refused.

Two flows: client credentials (section 4.4), where the desk is an application of its own, and a refresh token
(section 6), where somebody once consented for a mailbox. Which of them follows from whether `refresh_token` is set.
"""

import fcntl
import json
import os
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any, Final, Literal, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from msgspec import Struct

from channels.base import TemporaryFailure

ANSWER_LIMIT: Final = 256 * 1024
LIFETIME: Final = 3600.0
"""Seconds that a token is taken to last when the answer does not say (RFC 6749 section 5.1 only recommends it)."""
EARLY: Final = 300.0
"""Seconds before its end from which on a token is not used any more, or a tenth of its life where that is less."""

_MICROSOFT: Final = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
_GOOGLE: Final = "https://oauth2.googleapis.com/token"
_SCOPES: Final = {
    ("microsoft", False): "https://outlook.office365.com/.default",
    ("microsoft", True): "https://outlook.office.com/IMAP.AccessAsUser.All "
    "https://outlook.office.com/SMTP.Send offline_access",
}
_SETTING_OF: Final = {
    "invalid_client": ("client_secret", "it is wrong or has expired; make a new one"),
    "unauthorized_client": ("client_id", "this application may not do that; see its permissions and the consent"),
    "invalid_scope": ("scope", "there is no such permission"),
    "invalid_grant": ("refresh_token", "it was revoked or has expired; consent again to get a new one"),
    "unsupported_grant_type": ("refresh_token", "the provider does not know this flow"),
}
_WORDS: Final = 300


class OAuth(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email.oauth]`: where access tokens come from, for everything that logs in with `auth = "xoauth2"`.

    `provider` fills in `token_url` and `scope` (for Microsoft together with `tenant`). With `refresh_token` it speaks
    for the mailbox that somebody consented for, without it for the application itself. `keep` is a file that a
    refresh token is written to when the provider gives a new one; it goes before `refresh_token` from then on, until
    that is changed. `timeout` is in seconds.
    """

    provider: Literal["microsoft", "google", "other"] = "other"
    client_id: str = ""
    client_secret: str = ""
    tenant: str = ""
    refresh_token: str = ""
    token_url: str = ""
    scope: str = ""
    keep: str = "var/refresh-token"
    timeout: float = 30.0

    def __post_init__(self) -> None:
        known = self.provider != "other"
        _require(bool(self.client_id), "client_id", "the id of an application registered with the provider")
        secret = bool(self.client_secret or self.refresh_token)
        _require(secret, "client_secret", "set, unless there is a refresh_token")
        tenant = self.provider != "microsoft" or bool(self.tenant or self.token_url)
        _require(tenant, "tenant", "the directory (tenant) id, or the organisation's domain")
        google = self.provider != "google" or bool(self.refresh_token)
        _require(google, "refresh_token", "set: Google has no client credentials for mailboxes")
        _require(known or bool(self.token_url), "token_url", "set, unless provider is microsoft or google")
        _require(_is_safe(self.endpoint), "token_url", "an https address (http only on this machine)")
        _require(bool(self.keep) or not self.refresh_token, "keep", "a file")
        _require(self.timeout > 0, "timeout", "more than 0 seconds")

    @property
    def endpoint(self) -> str:
        """The token endpoint (RFC 6749 section 3.2)."""
        if self.token_url:
            return self.token_url
        return _GOOGLE if self.provider == "google" else _MICROSOFT.format(tenant=quote(self.tenant, safe=""))

    @property
    def asked_scope(self) -> str:
        """The scope that is asked for; empty where the consent says it all."""
        return self.scope or _SCOPES.get((self.provider, bool(self.refresh_token)), "")

    def __repr__(self) -> str:
        return f"OAuth(provider={self.provider!r}, client_id={self.client_id!r}, token_url={self.endpoint!r})"


class TokenSource:
    """The access token in force. Safe to share between threads: all of them use one, and only one fetches the next.

    `clock` gives seconds and never goes back.
    """

    def __init__(self, settings: OAuth, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._use_until = 0.0
        self._fetched = 0

    def token(self, refused: bool = False) -> str:  # noqa: FBT001, FBT002  a server's answer, given on
        """A token that should be good for some minutes; a new one if the present one was `refused`.

        Blocks while it asks the provider. Raises TemporaryFailure that names the setting: what fails here is about the
        settings or the provider, never about a mail.
        """
        seen = self._fetched
        with self._lock:
            renewed_meanwhile = self._fetched != seen
            fresh = bool(self._token) and self._clock() < self._use_until
            if not fresh or (refused and not renewed_meanwhile):
                self._fetch()
            return self._token

    def _fetch(self) -> None:
        self._token = ""
        began = self._clock()
        answer = self._refresh() if self._settings.refresh_token else self._ask({"grant_type": "client_credentials"})
        lifetime = _seconds(answer.get("expires_in"))
        self._token = answer["access_token"]
        self._use_until = began + lifetime - min(EARLY, lifetime / 10)
        self._fetched += 1

    def _refresh(self) -> dict[str, Any]:
        """Use the newest refresh token, and keep the next one before it is relied on (RFC 6749 section 6)."""
        keeper = _Keeper(Path(self._settings.keep), self._settings.refresh_token)
        try:
            with keeper.held():
                used = keeper.newest()
                answer = self._ask({"grant_type": "refresh_token", "refresh_token": used})
                following = answer.get("refresh_token")
                if isinstance(following, str) and following and following != used:
                    keeper.keep(following)
                return answer
        except OSError as error:
            where = f"{self._settings.keep} cannot be written: {error.strerror or error}"
            raise TemporaryFailure(f"email.oauth.keep: {where}; make its folder writable") from error

    def _ask(self, grant: dict[str, str]) -> dict[str, Any]:
        """What the token endpoint answers, which holds an access token."""
        wanted = self._settings
        form = {**grant, "client_id": wanted.client_id}
        form |= {"client_secret": wanted.client_secret} if wanted.client_secret else {}
        form |= {"scope": wanted.asked_scope} if wanted.asked_scope else {}
        status, body = self._post(urlencode(form).encode())
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TemporaryFailure(f"email.oauth.token_url: {wanted.endpoint} answered {status} and no JSON")
        if status != 200 or not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
            raise _refusal(answer, status, wanted)
        return answer

    def _post(self, form: bytes) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        request = Request(self._settings.endpoint, form, headers)  # noqa: S310  checked to be https, or local
        try:
            with _answer(request, self._settings.timeout) as answer:
                return answer.status, answer.read(ANSWER_LIMIT)
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            where = f"{self._settings.endpoint} cannot be reached: {reason}"
            raise TemporaryFailure(f"email.oauth.token_url: {where}") from error


def xoauth2(username: str, token: str) -> str:
    """The initial response of the SASL mechanism XOAUTH2, as Google and Microsoft define it, in base64."""
    return b64encode(f"user={username}\x01auth=Bearer {token}\x01\x01".encode()).decode()


class _Keeper:
    """The newest refresh token in a file that only we may read.

    It belongs to the configured one that it descends from: once that is changed, the file counts no more.
    """

    def __init__(self, path: Path, configured: str) -> None:
        self._path = path
        self._configured = configured
        self._descends_from = sha256(configured.encode()).hexdigest()

    @contextmanager
    def held(self) -> Iterator[IO[str]]:
        """Keep every other process from using the token meanwhile: some providers take each but once."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_name(f"{self._path.name}.lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock

    def newest(self) -> str:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return self._configured
        ours = isinstance(kept, dict) and kept.get("descends_from") == self._descends_from
        return str(kept["refresh_token"]) if ours and kept.get("refresh_token") else self._configured

    def keep(self, token: str) -> None:
        """All of it or none: a half-written token would be a mailbox that nobody can log in to."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({"descends_from": self._descends_from, "refresh_token": token}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


class _NoRedirect(HTTPRedirectHandler):
    """A secret goes to the configured address and to no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  whatever urllib hands over
        return None


_OPENER: Final = build_opener(_NoRedirect)


def _answer(request: Request, timeout: float) -> HTTPResponse:
    """What the provider answers: for urllib a refusal is an error, which can be read as any other response."""
    try:
        return cast("HTTPResponse", _OPENER.open(request, timeout=timeout))
    except HTTPError as refusal:
        return cast("HTTPResponse", refusal)


def _refusal(answer: dict[str, Any], status: int, wanted: OAuth) -> TemporaryFailure:
    """The provider's error (RFC 6749 section 5.2), under the name of the setting that it is about."""
    code = str(answer.get("error", ""))
    said = " ".join(str(answer.get("error_description") or code or "no access token").split())[:_WORDS]
    setting, advice = _SETTING_OF.get(code, ("token_url", "the provider gives no token"))
    if setting == "refresh_token" and not wanted.refresh_token:
        setting, advice = "client_id", "the provider grants this application no token"
    if "AADSTS90002" in said or "AADSTS900023" in said:
        setting, advice = "tenant", "Microsoft knows no such tenant"
    return TemporaryFailure(f"email.oauth.{setting}: {advice} ({status}: {said})")


def _seconds(value: Any) -> float:  # noqa: ANN401  JSON
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return LIFETIME
    return seconds if 0 < seconds < 10**9 else LIFETIME


def _is_safe(url: str) -> bool:
    """Whether secrets may go there: over HTTPS, or without leaving this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_local(host)))


def is_local(host: str) -> bool:
    """Whether a host is this machine by its name or address alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _require(good: bool, setting: str, must_be: str) -> None:  # noqa: FBT001  an assertion
    if not good:
        raise ValueError(f"email.oauth.{setting} must be {must_be}")
