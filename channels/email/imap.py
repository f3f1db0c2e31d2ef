"""One folder on an IMAP server (RFC 9051), as a thread of ours talks with it: imapclient, and what it leaves to us.

Everything here blocks. Whatever goes wrong is one of two: `Away`, or `Refused`, which somebody has to mend.
"""

import imaplib
import os
import select
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from channels.base import ChannelError
from channels.email.config import MailboxSettings

Token = Callable[[bool], str]
"""Gives an access token to log in with; asked with True when the last one was refused. Blocks; raises ChannelError."""

_TEMPORARY: Final = ("[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]", "[LIMIT]")
"""Response codes that say that the account is good and the server is not, at present (RFC 5530)."""


class Away(Exception):
    """The server cannot be reached, or the connection broke: try again."""


class Refused(Exception):
    """The server said no to what the configuration asks; the text names the setting. Trying again seldom helps."""


class Unreadable(Exception):
    """The server does not hand out these messages, while the connection is good."""


class Stop(threading.Event):
    """Whether to stop; `fileno` can be read from then on, for who waits for a connection. Close it in the end."""

    def __init__(self) -> None:
        super().__init__()
        self._reader, self._writer = os.pipe()

    def fileno(self) -> int:
        return self._reader

    def set(self) -> None:
        super().set()
        os.write(self._writer, b".")

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """Its wait ends with `stop` too, and with what came before: with the answer to IDLE or to an earlier command."""

    stop: Stop | None = None
    _fresh = False

    def idle(self) -> None:
        super().idle()
        self._fresh = True

    def heard(self) -> bool:
        """Whether the server has said, since this was last asked, that there is more."""
        return bool(self._imap.response("EXISTS")[1] != [None])

    def _poll_socket(self, sock: Any, timeout: float | None = None) -> Any:  # noqa: ANN401
        fresh, self._fresh = self._fresh, False
        if fresh:
            return fresh
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        if self.stop is not None:
            poll.register(self.stop, select.POLLIN)
        return poll.poll(None if timeout is None else timeout * 1000)


class Folder:
    """A connection that is logged in and has the folder of `settings` selected, from `open` to `close`.

    `validity` is its UIDVALIDITY: with another one, a UID means another message (RFC 9051 section 2.3.1.1). Raises
    Away and Refused, from every method.
    """

    def __init__(self, settings: MailboxSettings, token: Token | None = None) -> None:
        self.validity = 0
        self._settings = settings
        self._token = token
        self._client: Any = None

    def open(self) -> None:
        """Connect, log in, select the folder, and make the one that mail is moved to."""
        self._client = self._connect()
        with _talking():
            self._secure()
            self._log_in()
            self._select()

    def close(self) -> None:
        """Say goodbye where that is still possible."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, imaplib.IMAP4.error, ValueError):
                client.logout()
            with suppress(OSError, imaplib.IMAP4.error, ValueError):
                client.shutdown()

    def waiting(self) -> list[int]:
        """The UIDs of what is to be taken in, the oldest first. No CHARSET is named: Exchange refuses one."""
        criteria = ["UNDELETED", "UNSEEN"] if self._settings.after == "seen" else ["UNDELETED"]
        with _talking():
            self._client.heard()
            return sorted(self._client.search(criteria))

    def sizes(self, uids: Collection[int]) -> dict[int, int]:
        """Octets of each of these that is still there and still to be taken in; a server may answer for a part only."""
        done = {b"\\Deleted", b"\\Seen"} if self._settings.after == "seen" else {b"\\Deleted"}
        with _talking():
            found = self._client.fetch(uids, ["RFC822.SIZE", "FLAGS"])
        return {
            uid: int(items.get(b"RFC822.SIZE", 0))
            for uid, items in found.items()
            if not done & set(items.get(b"FLAGS", ()))
        }

    def bodies(self, uids: Collection[int]) -> dict[int, bytes]:
        """The messages themselves, without marking them as seen. Raises Unreadable too.

        BODY.PEEK[], not RFC822, which leaves some servers' messages empty. A message that vanished meanwhile is
        missing from the result; one without content makes it Unreadable.
        """
        return self._fetch(uids, "BODY.PEEK[]", b"BODY[]")

    def beginnings(self, uids: Collection[int], octets: int) -> dict[int, bytes]:
        """The same, but of each message no more than its first `octets`."""
        return self._fetch(uids, f"BODY.PEEK[]<0.{octets}>", b"BODY[]<0>")

    def _fetch(self, uids: Collection[int], item: str, name: bytes) -> dict[int, bytes]:
        with _talking():
            try:
                found = self._client.fetch(uids, [item])
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise Unreadable(_words(error)) from error
        bodies = {uid: items.get(name) for uid, items in found.items()}
        if empty := [uid for uid, body in bodies.items() if not body]:
            raise Unreadable(f"the server gives UID {empty[0]} without content")
        return bodies

    def finish(self, uids: Collection[int]) -> None:
        """These are taken in: move, mark or delete them."""
        with _putting_away(uids):
            if self._settings.after == "seen":
                self._client.add_flags(uids, [b"\\Seen"], silent=True)
            elif self._settings.after == "move":
                self._move(uids)
            else:
                self._delete(uids)

    def keep(self, uids: Collection[int]) -> None:
        """Of these the desk has only the beginning: flag them, and mark or move them. They are never deleted."""
        with _putting_away(uids):
            if self._settings.after == "seen":
                self._client.add_flags(uids, [b"\\Flagged", b"\\Seen"], silent=True)
                return
            self._make_target()
            self._client.add_flags(uids, [b"\\Flagged"], silent=True)
            self._move(uids)

    def wait(self, seconds: float, stop: Stop) -> None:
        """Until something comes, `stop` is set, or so many seconds are over."""
        if not (self._settings.idle and self._client.has_capability("IDLE")):
            stop.wait(seconds)
            return
        with _talking():
            if self._client.heard():
                return
            self._client.stop = stop
            try:
                self._client.idle()
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:  # something came before the server began to wait
                self._client.idle_done()
                return
            self._idle(time.monotonic() + seconds)
            self._client.idle_done()

    def _idle(self, end: float) -> None:
        """Return on news. Of a dead connection imapclient says "no news" at once, and only DONE tells: so ask then."""
        responses = self._client.idle_check(0)
        while not _is_news(responses) and (left := end - time.monotonic()) > 0:
            responses = self._client.idle_check(left)
            if not responses:
                return

    def _connect(self) -> Any:  # noqa: ANN401  imapclient has no types
        settings = self._settings
        encrypted = settings.tls == "tls"
        try:
            return _Client(
                settings.host,
                settings.port,
                ssl=encrypted,
                ssl_context=_tls(settings) if encrypted else None,
                timeout=SocketTimeout(settings.timeout, settings.timeout),
            )
        except ssl.SSLCertVerificationError as error:
            raise _bad_certificate(settings, error) from error
        except (OSError, imaplib.IMAP4.error) as error:
            raise Away(f"host: {settings.host}:{settings.port} cannot be reached: {_words(error)}") from error

    def _secure(self) -> None:
        if self._settings.tls != "starttls":
            return
        try:
            self._client.starttls(_tls(self._settings))
        except ssl.SSLCertVerificationError as error:
            raise _bad_certificate(self._settings, error) from error
        except imaplib.IMAP4.error as error:
            raise Refused(f"tls: {self._settings.host} does not offer STARTTLS: {_words(error)}") from error

    def _log_in(self) -> None:
        name = self._settings.username
        try:
            if self._token is not None:
                self._log_in_by_token(self._token)
            elif (name + self._settings.password).isascii():
                self._client.login(name, self._settings.password)
            else:
                self._client.plain_login(name, self._settings.password)
        except imaplib.IMAP4.abort:
            raise
        except ChannelError as error:
            raise Away(f"auth: there is no token for {name}: {_words(error)}") from error
        except imaplib.IMAP4.error as error:
            if any(code in str(error) for code in _TEMPORARY):
                raise Away(f"host: {self._settings.host} lets nobody in at present: {_words(error)}") from error
            what = "password" if self._token is None else "auth"
            raise Refused(f"username, {what}: {name} cannot log in: {_words(error)}") from error

    def _log_in_by_token(self, token: Token) -> None:
        """With the token at hand, and once more with a new one."""
        log_in = self._client.oauth2_login
        if self._client.has_capability("AUTH=OAUTHBEARER") and not self._client.has_capability("AUTH=XOAUTH2"):
            log_in = self._client.oauthbearer_login
        try:
            log_in(self._settings.username, token(False))
        except LoginError:
            log_in(self._settings.username, token(True))

    def _select(self) -> None:
        settings = self._settings
        try:
            answer = self._client.select_folder(settings.folder)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Refused(f"folder: {settings.folder!r} cannot be opened: {_words(error)}") from error
        self.validity = int(answer.get(b"UIDVALIDITY", 0))
        if settings.after == "move":
            self._make_target()

    def _make_target(self) -> None:
        target = self._settings.move_to
        if self._client.folder_exists(target):
            return
        try:
            self._client.create_folder(target)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            if not self._client.folder_exists(target):  # somebody else may have made it meanwhile
                raise Refused(f"move_to: {target!r} cannot be made: {_words(error)}") from error

    def _move(self, uids: Collection[int]) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, self._settings.move_to)
        else:
            self._client.copy(uids, self._settings.move_to)
            self._delete(uids)

    def _delete(self, uids: Collection[int]) -> None:
        """Without UIDPLUS (RFC 4315) they stay, marked: EXPUNGE would take along what others have marked."""
        self._client.add_flags(uids, [b"\\Deleted"], silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)


def _is_news(responses: list[Any]) -> bool:
    return any(response[-1] == b"EXISTS" or response[0] == b"BYE" for response in responses)


@contextmanager
def _talking() -> Iterator[None]:
    """Whatever is neither an answer nor a refusal is a connection that is of no use any more."""
    try:
        yield
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise Away(f"host: the connection broke: {_words(error)}") from error


@contextmanager
def _putting_away(uids: Collection[int]) -> Iterator[None]:
    with _talking():
        try:
            yield
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Refused(f"after: {len(uids)} mails are taken in, but not put away: {_words(error)}") from error


def _tls(settings: MailboxSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.tls_ca or None)
    except OSError as error:
        raise Refused(f"tls_ca: {settings.tls_ca} cannot be used: {_words(error)}") from error


def _bad_certificate(settings: MailboxSettings, error: ssl.SSLCertVerificationError) -> Refused:
    return Refused(f"host, tls_ca: the certificate of {settings.host} is not accepted: {error.verify_message}")


def _words(error: Exception) -> str:
    """What the server or the system said, in one line of bearable length."""
    return " ".join(str(error).split())[:300] or type(error).__name__
