"""The `[email]` table: which addresses are ours, where we listen, and through whom we send.

These structs are the table: msgspec fills them from TOML, and every refusal names its setting. `config.example.toml`
documents each of them. Sizes are in bytes, times in seconds.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from channels.email.settings import ParseSettings
from channels.email.suspicion import is_mark

MIB = 1024 * 1024


class SmtpListen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email.smtp]`: the SMTP server that mail comes in through.

    With `tls_cert` and `tls_key` STARTTLS is offered, with `require_tls` nothing is taken without it. `users` maps
    names to passwords: where there are some, AUTH is offered, on encrypted connections only unless `auth_without_tls`,
    and `require_auth` asks it of everybody.
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

    def __post_init__(self) -> None:
        _require(0 <= self.port <= 65535, "email.smtp.port", "a port number from 0 to 65535")
        _require(bool(self.tls_cert) == bool(self.tls_key), "email.smtp.tls_key", "set together with tls_cert")
        _require(not self.require_tls or bool(self.tls_cert), "email.smtp.require_tls", "used only with tls_cert")
        _require(not self.require_auth or bool(self.users), "email.smtp.require_auth", "used only with users")
        usable = bool(self.tls_cert) or self.auth_without_tls or not self.users
        _require(usable, "email.smtp.users", "used only with tls_cert (or auth_without_tls = true)")
        _require(self.bytes_in_flight > 0, "email.smtp.bytes_in_flight", "more than 0")
        _require(self.connections > 0, "email.smtp.connections", "more than 0")
        _require(self.timeout > 0, "email.smtp.timeout", "more than 0 seconds")

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

    def __post_init__(self) -> None:
        _require(0 <= self.port <= 65535, "email.lmtp.port", "a port number from 0 to 65535")
        _require(bool(self.socket) or bool(self.host), "email.lmtp.socket", "a path, unless host and port are given")
        _require(self.port != 25, "email.lmtp.port", "not 25 (RFC 2033)")
        _require(self.bytes_in_flight > 0, "email.lmtp.bytes_in_flight", "more than 0")
        _require(self.connections > 0, "email.lmtp.connections", "more than 0")
        _require(self.timeout > 0, "email.lmtp.timeout", "more than 0 seconds")


class Relay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email.relay]`: the mail server that carries what we send.

    `tls` is `starttls`, `tls` (from the first byte, port 465) or `none`; `tls_ca` names a file of certificates to trust
    in place of the system's. `timeout` bounds every single answer.
    """

    host: str
    port: int = 587
    username: str = ""
    password: str = ""
    tls: Literal["starttls", "tls", "none"] = "starttls"
    tls_ca: str = ""
    connections: int = 4
    timeout: float = 60.0

    def __post_init__(self) -> None:
        _require(bool(self.host), "email.relay.host", "the name of a mail server")
        _require(0 < self.port <= 65535, "email.relay.port", "a port number from 1 to 65535")
        _require(bool(self.username) == bool(self.password), "email.relay.password", "set together with username")
        _require(self.connections > 0, "email.relay.connections", "more than 0")
        _require(self.timeout > 0, "email.relay.timeout", "more than 0 seconds")

    def __repr__(self) -> str:
        return f"Relay(host={self.host!r}, port={self.port}, username={self.username!r}, tls={self.tls!r})"


class EmailSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[email]`: the desk's own addresses, the first of which is the one it writes from, and its name.

    `domain` (default: that of the first address) is the right side of our Message-IDs; `loop_name` (default: the first
    address) tells this desk's own mail from another desk's. `plus` separates a reply token from the local part; empty
    where the mail server cannot do that. `authserv_ids` are the names under which our own mail servers sign
    Authentication-Results (RFC 8601). Without a `relay`, mail is put into the Maildir `outgoing`.

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
    relay: Relay | None = None
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
        _require(self.plus == "" or (len(self.plus) == 1 and self.plus in "+-=_#"), "email.plus", "one of + - = _ #")
        _require(bool(self.relay or self.outgoing), "email.outgoing", "a folder, unless there is an email.relay")
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


def ascii_domain(domain: str) -> str:
    """`domain` as it stands in mail (RFC 5890), or as it was where it is no domain name."""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return domain


def _require(good: object, setting: str, must_be: str) -> None:
    if not good:
        raise ValueError(f"{setting} must be {must_be}")
