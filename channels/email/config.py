"""The `[email]` table: which addresses are ours, where we listen, and through whom we send.

These structs are the table: msgspec fills them from TOML, and every refusal names its setting. `config.example.toml`
documents each of them. Sizes are in bytes, times in seconds.
"""

import re
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct
from msgspec.structs import force_setattr

from channels.email.oauth import OAuth, is_local
from channels.email.rate import Rate, parse_rate
from channels.email.settings import ParseSettings
from channels.email.suspicion import is_mark

MIB = 1024 * 1024
LONGEST_IDLE = 25 * 60
"""Seconds after which IDLE is renewed: a server may end a connection after half an hour (RFC 2177)."""


class SmtpListen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email.smtp]`: the SMTP server that mail comes in through.

    With `tls_cert` and `tls_key` STARTTLS is offered, with `require_tls` nothing is taken without it. `users` maps
    names to passwords: where there are some, AUTH is offered, on encrypted connections only unless `auth_without_tls`,
    and `require_auth` asks it of everybody. `expect_every` is as in `Mailbox`.
    """

    host: str = "127.0.0.1"
    port: int = 2525
    tls_cert: str = ""
    tls_key: str = ""
    require_tls: bool = False
    users: dict[str, str] = {}
    require_auth: bool = False
    auth_without_tls: bool = False
    bytes_in_flight: int = 64 * MIB
    connections: int = 200
    timeout: float = 300.0
    expect_every: float = 0.0

    def __post_init__(self) -> None:
        _check_listener("email.smtp", self)
        _require(bool(self.tls_cert) == bool(self.tls_key), "email.smtp.tls_key", "set together with tls_cert")
        _require(not self.require_tls or bool(self.tls_cert), "email.smtp.require_tls", "used only with tls_cert")
        _require(not self.require_auth or bool(self.users), "email.smtp.require_auth", "used only with users")
        usable = bool(self.tls_cert) or self.auth_without_tls or not self.users
        _require(usable, "email.smtp.users", "used only with tls_cert (or auth_without_tls = true)")

    def __repr__(self) -> str:
        return f"SmtpListen(host={self.host!r}, port={self.port}, users={list(self.users)})"


class LmtpListen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email.lmtp]`: the same for a mail server beside us (RFC 2033), on a unix `socket` or on `host` and `port`."""

    socket: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    bytes_in_flight: int = 64 * MIB
    connections: int = 200
    timeout: float = 300.0
    expect_every: float = 0.0

    def __post_init__(self) -> None:
        _check_listener("email.lmtp", self)
        _require(bool(self.socket) or bool(self.host), "email.lmtp.socket", "a path, unless host and port are given")
        _require(self.port != 25, "email.lmtp.port", "not 25 (RFC 2033)")


class MailboxSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[email.mailbox]]`: a folder that mail is fetched from by IMAP (RFC 9051).

    `auth` is `password`, or `xoauth2` with a token from `[email.oauth]`; then `username` is the address of the mailbox.

    `tls` is `tls` (from the first byte), `starttls`, or `none`, which only a server on this machine may have; `tls_ca`
    names a file of certificates to trust in place of the system's. What was taken in is moved to `move_to`, marked as
    `seen` or deleted, as `after` says; what is over `max_size` is never deleted, but moved too. The folder is looked at
    every `poll` seconds, and with `idle` (RFC 2177) as soon as something comes. `expect_every` is how many seconds
    without mail are too long: 0 learns it from past weeks.
    """

    host: str
    username: str
    auth: Literal["password", "xoauth2"] = "password"
    password: str = ""
    port: int = 0
    tls: Literal["tls", "starttls", "none"] = "tls"
    tls_ca: str = ""
    folder: str = "INBOX"
    after: Literal["move", "seen", "delete"] = "move"
    move_to: str = "Firstline"
    poll: float = 60.0
    idle: bool = True
    timeout: float = 60.0
    expect_every: float = 0.0

    def __post_init__(self) -> None:
        _require(bool(self.host), "email.mailbox.host", "the name of a mail server")
        _require(bool(self.username), "email.mailbox.username", "the name to log in with")
        if self.auth == "xoauth2":
            _require(not self.password, "email.mailbox.password", 'left out with auth = "xoauth2"')
        else:
            _require(bool(self.password), "email.mailbox.password", "the password to log in with")
        _require(0 <= self.port <= 65535, "email.mailbox.port", "a port number from 1 to 65535, or 0 for the usual one")
        plain = self.tls != "none" or is_local(self.host)
        _require(plain, "email.mailbox.tls", "tls or starttls, unless the server is on this machine")
        _require(bool(self.folder), "email.mailbox.folder", "the name of a folder")
        elsewhere = self.after == "seen" or (self.move_to and self.move_to != self.folder)
        _require(elsewhere, "email.mailbox.move_to", "another folder")
        _require(1 <= self.poll <= LONGEST_IDLE, "email.mailbox.poll", f"1 to {LONGEST_IDLE} seconds")
        _require(self.timeout > 0, "email.mailbox.timeout", "more than 0 seconds")
        _require(self.expect_every >= 0, "email.mailbox.expect_every", "0 (learned) or more seconds")
        force_setattr(self, "port", self.port or (993 if self.tls == "tls" else 143))

    @property
    def name(self) -> str:
        """What people call it: the address or name it is logged in with, its server, and a folder other than INBOX."""
        who = self.username if "@" in self.username else f"{self.username}@{self.host}"
        return who if self.folder.upper() == "INBOX" else f"{who}/{self.folder}"

    def __repr__(self) -> str:
        return f"MailboxSettings(name={self.name!r}, host={self.host!r}, port={self.port}, tls={self.tls!r})"


class Relay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email.relay]`: the mail server that carries what we send.

    `tls` is `starttls`, `tls` (from the first byte, port 465) or `none`; `tls_ca` names a file of certificates to trust
    in place of the system's. `timeout` bounds every single answer. `auth` is `password`, or `xoauth2` with a token from
    `[email.oauth]`. `rate` is how many mails go out in a time at most (`30/min`); empty for as many as it takes.
    """

    host: str
    port: int = 587
    auth: Literal["password", "xoauth2"] = "password"
    username: str = ""
    password: str = ""
    rate: str = ""
    tls: Literal["starttls", "tls", "none"] = "starttls"
    tls_ca: str = ""
    connections: int = 4
    timeout: float = 60.0

    def __post_init__(self) -> None:
        _require(bool(self.host), "email.relay.host", "the name of a mail server")
        _require(0 < self.port <= 65535, "email.relay.port", "a port number from 1 to 65535")
        if self.auth == "xoauth2":
            _require(bool(self.username), "email.relay.username", "the mailbox that the token is for")
            _require(not self.password, "email.relay.password", 'left out with auth = "xoauth2"')
            _require(self.tls != "none" or is_local(self.host), "email.relay.tls", "starttls or tls with xoauth2")
        else:
            _require(bool(self.username) == bool(self.password), "email.relay.password", "set together with username")
        _require(
            not self.rate or self.most_in_time, "email.relay.rate", "a number per s, min, h or day, such as 30/min"
        )
        _require(self.connections > 0, "email.relay.connections", "more than 0")
        _require(self.timeout > 0, "email.relay.timeout", "more than 0 seconds")

    @property
    def most_in_time(self) -> Rate | None:
        """`rate` as a number of mails in so many seconds."""
        return parse_rate(self.rate)

    def __repr__(self) -> str:
        return f"Relay(host={self.host!r}, port={self.port}, username={self.username!r}, tls={self.tls!r})"


class Dkim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email.dkim]`: signs what goes out (RFC 6376) with the RSA key in the PEM file `key_file`.

    Its public half stands in the DNS under `selector._domainkey.domain`; `domain` is that of the first address if
    empty.
    """

    selector: str
    key_file: str
    domain: str = ""

    def __post_init__(self) -> None:
        name = self.selector.replace("-", "").replace("_", "").replace(".", "")
        _require(name.isascii() and name.isalnum(), "email.dkim.selector", "a name in the DNS, such as desk2026")
        _require(bool(self.key_file), "email.dkim.key_file", "a file")


class Links(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email.links]`: the page on which choices are answered by a link of the mail.

    It is served on `listen` without TLS, for a reverse proxy in front that makes it `url` for everybody.
    """

    url: str
    listen: str = "127.0.0.1:8025"

    def __post_init__(self) -> None:
        parts = _parts(self.url)
        what = "an address such as https://help.example.org/desk, without a query"
        _require(parts is not None and parts.hostname and not (parts.query or parts.fragment), "email.links.url", what)
        secure = parts is not None and (parts.scheme == "https" or is_local(parts.hostname or ""))
        _require(secure, "email.links.url", "an https address, for who reads a link may answer")
        host, _, port = self.listen.rpartition(":")
        good = bool(host) and port.isascii() and port.isdigit() and int(port) <= 65535
        _require(good, "email.links.listen", "a host and a port, such as 127.0.0.1:8025")
        force_setattr(self, "url", self.url.rstrip("/"))

    @property
    def host(self) -> str:
        """Where it listens, without the port."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port on which it listens; 0 is any that is free."""
        return int(self.listen.rpartition(":")[2])


class EmailSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email]`: the desk's own addresses, the first of which is the one it writes from, and its name.

    `domain` (default: that of the first address) is the right side of our Message-IDs; `loop_name` (default: the first
    address) tells this desk's own mail from another desk's. `plus` separates a reply token from the local part; empty
    where the mail server cannot do that. `authserv_ids` are the names under which our own mail servers sign
    Authentication-Results (RFC 8601). Without a `relay`, mail is put into the Maildir `outgoing`. With `links`, choices
    are links to a page of the desk.

    `spam_headers` are the marks of a spam filter in front of us. `unknown_senders` says what becomes of mail from a
    domain that is neither ours nor one of `known_domains`. With `resent_from` who resends a mail acts, not who wrote
    it. Files whose names end as `forbidden_files` say are left out.
    """

    addresses: tuple[str, ...]
    name: str = "Help Desk"
    domain: str = ""
    loop_name: str = ""
    plus: str = "+"
    authserv_ids: tuple[str, ...] = ()
    max_size: int = 25_000_000
    spam_headers: tuple[str, ...] = (
        "X-Spam-Flag: YES",
        "X-Spam-Status: Yes",
        "X-MS-Exchange-Organization-SCL >= 5",
    )
    unknown_senders: Literal["accept", "quarantine", "refuse"] = "accept"
    known_domains: tuple[str, ...] = ()
    resent_from: bool = True
    forbidden_files: tuple[str, ...] = ()
    smtp: SmtpListen | None = None
    lmtp: LmtpListen | None = None
    mailbox: tuple[MailboxSettings, ...] = ()
    relay: Relay | None = None
    oauth: OAuth | None = None
    dkim: Dkim | None = None
    links: Links | None = None
    outgoing: str = "var/outgoing"

    def __post_init__(self) -> None:
        _require(bool(self.addresses), "email.addresses", "at least one address")
        for address in self.addresses:
            local, at, domain = address.rpartition("@")
            good = bool(local and at and domain) and not set(address) & set(" <>,;\r\n\t")
            _require(good, "email.addresses", f"mail addresses, which {address!r} is not")
        _require(self.max_size > 0, "email.max_size", "more than 0")
        for mark in self.spam_headers:
            what = f'"Header: value" or "Header >= number", which {mark!r} is not'
            _require(is_mark(mark), "email.spam_headers", what)
        for ending in self.forbidden_files:
            good = len(ending) > 1 and ending.startswith(".")
            _require(good, "email.forbidden_files", f'endings such as ".exe", which {ending!r} is not')
        for table, listen in (("smtp", self.smtp), ("lmtp", self.lmtp)):
            roomy = listen is None or listen.bytes_in_flight >= self.max_size
            _require(roomy, f"email.{table}.bytes_in_flight", "at least email.max_size, or such a mail never gets in")
        names = [mailbox.name for mailbox in self.mailbox]
        _require(len(set(names)) == len(names), "email.mailbox.username", "given once for each folder")
        _require(self.plus == "" or (len(self.plus) == 1 and self.plus in "+-=_#"), "email.plus", "one of + - = _ #")
        _require(bool(self.relay or self.outgoing), "email.outgoing", "a folder, unless there is an email.relay")
        token = self.relay is None or self.relay.auth != "xoauth2" or self.oauth is not None
        _require(token, "email.relay.auth", '"xoauth2" only with a table [email.oauth]')
        tokens = self.oauth is not None or all(mailbox.auth != "xoauth2" for mailbox in self.mailbox)
        _require(tokens, "email.mailbox.auth", '"xoauth2" only with a table [email.oauth]')
        force_setattr(self, "domain", ascii_domain(self.domain or self.addresses[0].rpartition("@")[2]))
        force_setattr(self, "loop_name", self.loop_name or self.addresses[0])

    def parsing(self) -> ParseSettings:
        """What parsing has to know of all this; our own domains are known ones."""
        return ParseSettings(
            addresses=self.addresses,
            loop_name=self.loop_name,
            plus=self.plus,
            authserv_ids=self.authserv_ids,
            spam_headers=self.spam_headers,
            unknown_senders=self.unknown_senders,
            known_domains=self.all_known_domains(),
            resent_from=self.resent_from,
            forbidden_files=self.forbidden_files,
            max_size=self.max_size,
        )

    def all_known_domains(self) -> tuple[str, ...]:
        """The domains that are known: those of the settings and our own."""
        return (*self.known_domains, *(address.rpartition("@")[2] for address in self.addresses))


def _parts(url: str) -> SplitResult | None:
    if not re.fullmatch(r"https?://[!-~]+", url):
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def ascii_domain(domain: str) -> str:
    """`domain` as it stands in mail (RFC 5890), or as it was where it is no domain name."""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return domain


def _check_listener(table: str, listen: SmtpListen | LmtpListen) -> None:
    _require(0 <= listen.port <= 65535, f"{table}.port", "a port number from 0 to 65535")
    _require(listen.bytes_in_flight > 0, f"{table}.bytes_in_flight", "more than 0")
    _require(listen.connections > 0, f"{table}.connections", "more than 0")
    _require(listen.timeout > 0, f"{table}.timeout", "more than 0 seconds")
    _require(listen.expect_every >= 0, f"{table}.expect_every", "0 (learned) or more seconds")


def _require(good: object, setting: str, must_be: str) -> None:
    if not good:
        raise ValueError(f"{setting} must be {must_be}")
