"""What parsing has to know of this desk; everything else about mail is told to the parts that send and receive."""

from typing import Literal

from msgspec import Struct

from channels.base import Mailboxes


class ParseSettings(Struct, frozen=True, kw_only=True):
    """Which mailboxes are ours, what our own mail is marked with, and whose authentication results count.

    `addresses` are our mailboxes, the first being the default sender. `loop_name` is the value of our loop header and
    defaults to the first address. `plus` separates a reply token from the mailbox name (`help+TOKEN@…`).
    `authserv_ids` are the names our own mail servers write into Authentication-Results (RFC 8601 section 2.5); an
    empty name in it trusts headers that carry no name, as Microsoft 365 writes them. `spam_headers` are the marks of a
    filter (`Header: value` or `Header >= number`), `known_domains` those that `unknown_senders` does not mean.
    Of mails of more than `max_size` bytes (0: any size) only the beginning is read.
    `resent_from` says that who passes a mail on acts, not who wrote it (E53); `forbidden_files` are endings, as ".exe".
    """

    addresses: tuple[str, ...] = ()
    loop_name: str = ""
    plus: str = "+"
    authserv_ids: tuple[str, ...] = ()
    spam_headers: tuple[str, ...] = ()
    unknown_senders: Literal["accept", "quarantine", "refuse"] = "accept"
    known_domains: tuple[str, ...] = ()
    resent_from: bool = False
    forbidden_files: tuple[str, ...] = ()
    max_size: int = 0

    @property
    def own_loop_name(self) -> str:
        """The value that our own mail carries in `X-Firstline-Loop`; empty where nothing is configured."""
        return self.loop_name or (self.addresses[0] if self.addresses else "")

    def is_ours(self, address: str) -> bool:
        """Whether `address` is one of our mailboxes, with or without a reply token, upper or lower case."""
        return address in self.mailboxes

    @property
    def mailboxes(self) -> Mailboxes:
        """`addresses` and `plus`, to be asked about an address."""
        return Mailboxes(self.addresses, self.plus)
