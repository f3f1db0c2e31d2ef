"""Access tokens, from a real token endpoint."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from channels.base import TemporaryFailure
from channels.email.config import EmailSettings
from channels.email.oauth import OAuth, TokenSource, xoauth2
from tests.support.tokens import TokenEndpoint


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as endpoint:
        yield endpoint


def settings(endpoint: TokenEndpoint, **changes: Any) -> OAuth:
    table: dict[str, Any] = {"client_id": "desk", "client_secret": "s3cret", "token_url": endpoint.url}
    return OAuth(**table | changes)


def by_refresh_token(endpoint: TokenEndpoint, keep: Path, configured: str = "first") -> TokenSource:
    return TokenSource(settings(endpoint, refresh_token=configured, keep=str(keep)))


# ----------------------------------------------------------------------------------------------- tokens


def test_client_credentials(endpoint: TokenEndpoint) -> None:
    microsoft = settings(endpoint, provider="microsoft", tenant="example.org")
    assert TokenSource(microsoft).token() == "token-1"
    assert endpoint.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "desk",
            "client_secret": "s3cret",
            "scope": "https://outlook.office365.com/.default",
        }
    ]


def test_a_token_is_used_until_shortly_before_its_end(endpoint: TokenEndpoint) -> None:
    clock = Clock()
    source = TokenSource(settings(endpoint), clock)
    assert source.token() == "token-1"
    clock.now += 3600 - 301
    assert source.token() == "token-1"
    clock.now += 2
    assert source.token() == "token-2"


@pytest.mark.parametrize(("says", "lasts"), [(60, 54), ("1200", 1080), (None, 3300), (-5, 3300), ("soon", 3300)])
def test_how_long_a_token_lasts(endpoint: TokenEndpoint, says: Any, lasts: float) -> None:
    endpoint.expires_in = says
    clock = Clock()
    source = TokenSource(settings(endpoint), clock)
    source.token()
    clock.now += lasts - 1
    assert source.token() == "token-1"
    clock.now += 2
    assert source.token() == "token-2"


def test_a_refused_token_is_replaced_at_once(endpoint: TokenEndpoint) -> None:
    source = TokenSource(settings(endpoint))
    assert [source.token(), source.token(refused=True), source.token()] == ["token-1", "token-2", "token-2"]


def test_threads_that_are_refused_together_fetch_one_token(endpoint: TokenEndpoint) -> None:
    source = TokenSource(settings(endpoint))
    source.token()
    got: list[str] = []
    source._lock.acquire()
    threads = [threading.Thread(target=lambda: got.append(source.token(refused=True))) for _ in range(8)]
    for thread in threads:
        thread.start()
    source._lock.release()
    for thread in threads:
        thread.join()
    assert set(got) <= {f"token-{number}" for number in range(2, len(endpoint.asked) + 1)}
    assert source.token() == f"token-{len(endpoint.asked)}"


def test_what_xoauth2_sends() -> None:
    assert xoauth2("help@example.org", "abc") == "dXNlcj1oZWxwQGV4YW1wbGUub3JnAWF1dGg9QmVhcmVyIGFiYwEB"


# ------------------------------------------------------------------------------------- refresh tokens


def test_a_refresh_token_that_stays(tmp_path: Path) -> None:
    with TokenEndpoint(refresh_token="first") as endpoint:
        source = by_refresh_token(endpoint, tmp_path / "kept")
        assert [source.token(), source.token(refused=True)] == ["token-1", "token-2"]
        assert endpoint.asked[1]["refresh_token"] == "first"
    assert not (tmp_path / "kept").exists()


def test_a_refresh_token_that_rotates_is_kept_for_the_next_start(tmp_path: Path) -> None:
    keep = tmp_path / "folder" / "kept"
    with TokenEndpoint(refresh_token="first", rotates=True) as endpoint:
        source = by_refresh_token(endpoint, keep)
        assert [source.token(), source.token(refused=True)] == ["token-1", "token-2"]
        assert by_refresh_token(endpoint, keep).token() == "token-3"
        assert [form["refresh_token"] for form in endpoint.asked] == ["first", "refresh-1", "refresh-2"]
        assert keep.stat().st_mode & 0o777 == 0o600
        endpoint.refresh_token = "another"
        assert by_refresh_token(endpoint, keep, "another").token() == "token-4", "a new consent counts"


def test_a_broken_file_of_a_refresh_token_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("{half")
    with TokenEndpoint(refresh_token="first") as endpoint:
        assert by_refresh_token(endpoint, tmp_path / "kept").token() == "token-1"


def test_two_processes_use_a_rotating_token_in_turn(tmp_path: Path) -> None:
    with TokenEndpoint(refresh_token="first", rotates=True) as endpoint:
        sources = [by_refresh_token(endpoint, tmp_path / "kept") for _ in range(4)]
        threads = [threading.Thread(target=source.token) for source in sources]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(source.token() for source in sources) == ["token-1", "token-2", "token-3", "token-4"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with TokenEndpoint(refresh_token="first") as endpoint:
        source = by_refresh_token(endpoint, tmp_path / "file" / "kept")
        with pytest.raises(TemporaryFailure, match=r"email\.oauth\.keep: .* cannot be written"):
            source.token()
        assert endpoint.asked == []


# ----------------------------------------------------------------------------------------------- errors


def error(code: str, description: str = "") -> bytes:
    return json.dumps({"error": code, "error_description": description}).encode()


@pytest.mark.covers("bad:expired-token")
@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, error("invalid_client", "AADSTS7000222: expired\r\nTrace"), "client_secret: .*make a new one .*AADSTS70"),
        (400, error("unauthorized_client"), "client_id: this application may not"),
        (400, error("invalid_scope"), "scope: "),
        (400, error("invalid_grant", "x" * 9000), "client_id: the provider grants"),
        (400, error("invalid_request", "AADSTS90002: Tenant 'x' not found."), "tenant: Microsoft knows no such tenant"),
        (500, b"<html>", "token_url: .* answered 500 and no JSON"),
        (200, b"[" * 100_000, "token_url: .* answered 200 and no JSON"),
        (200, b'"text"', "token_url: .* no JSON"),
        (200, b'{"access_token": 7}', "token_url: the provider gives no token"),
        (302, b"{}", "token_url: the provider gives no token"),
    ],
)
def test_a_refusal_names_the_setting(endpoint: TokenEndpoint, status: int, body: bytes, says: str) -> None:
    endpoint.answers.append((status, body))
    source = TokenSource(settings(endpoint))
    with pytest.raises(TemporaryFailure, match=rf"email\.oauth\.{says}") as caught:
        source.token()
    assert "s3cret" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert len(endpoint.asked) == 1, "a redirection is not followed"
    assert source.token() == "token-2", "and the next time all is well"


@pytest.mark.covers("bad:expired-token")
def test_an_expired_refresh_token_is_named(tmp_path: Path) -> None:
    with TokenEndpoint(refresh_token="another") as endpoint:
        source = by_refresh_token(endpoint, tmp_path / "kept")
        with pytest.raises(TemporaryFailure, match=r"email\.oauth\.refresh_token: it was revoked or has expired; cons"):
            source.token()


def test_an_endpoint_that_is_not_there_is_named(endpoint: TokenEndpoint) -> None:
    source = TokenSource(settings(endpoint, token_url="http://127.0.0.1:1/token"))
    with pytest.raises(TemporaryFailure, match=r"email\.oauth\.token_url: http://127.0.0.1:1/token cannot be reached"):
        source.token()


@pytest.mark.parametrize(
    ("table", "setting"),
    [
        ({}, "client_id"),
        ({"client_id": "x"}, "client_secret"),
        ({"client_id": "x", "client_secret": "y"}, "token_url"),
        ({"client_id": "x", "client_secret": "y", "provider": "microsoft"}, "tenant"),
        ({"client_id": "x", "client_secret": "y", "provider": "google"}, "refresh_token"),
        ({"client_id": "x", "client_secret": "y", "token_url": "http://login.example.org/"}, "token_url"),
        ({"client_id": "x", "client_secret": "y", "token_url": "https://"}, "token_url"),
        ({"client_id": "x", "client_secret": "y", "token_url": "http://[bad/"}, "token_url"),
        ({"client_id": "x", "refresh_token": "y", "token_url": "https://a.example/", "keep": ""}, "keep"),
        ({"client_id": "x", "client_secret": "y", "token_url": "https://a.example/", "timeout": 0}, "timeout"),
    ],
)
def test_what_cannot_be_is_refused_by_name(table: dict[str, Any], setting: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=re.escape(f"email.oauth.{setting} must be")):
        msgspec.convert({"addresses": ["help@example.org"], "oauth": table}, EmailSettings)


def test_the_presets() -> None:
    microsoft = OAuth(provider="microsoft", client_id="x", client_secret="y", tenant="example.org")
    assert microsoft.endpoint == "https://login.microsoftonline.com/example.org/oauth2/v2.0/token"
    delegated = OAuth(provider="microsoft", client_id="x", refresh_token="y", tenant="example.org")
    assert "offline_access" in delegated.asked_scope
    google = OAuth(provider="google", client_id="x", client_secret="y", refresh_token="z")
    assert (google.endpoint, google.asked_scope) == ("https://oauth2.googleapis.com/token", "")
    assert "z'" not in repr(google)


@pytest.mark.parametrize("flow", ["client credentials", "refresh token"])
@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
def test_an_answer_that_stops_in_the_middle_is_the_providers_fault(tmp_path: Path, status: str, flow: str) -> None:
    """And not, as was said of a refusal, that the file of the refresh token cannot be written."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/token"
        refresh_token = "first" if flow == "refresh token" else ""
        wanted = OAuth(
            client_id="desk",
            client_secret="s3cret",
            refresh_token=refresh_token,
            token_url=url,
            keep=str(tmp_path / "kept"),
            timeout=0.3,
        )
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(TokenSource(wanted).token)
            connection, _ = server.accept()
            with connection:
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 99\r\n\r\n{{".encode())
                with pytest.raises(TemporaryFailure, match=r"email\.oauth\.token_url: .* cannot be reached"):
                    asked.result(30)
