"""Which of the desk's own addresses a mail comes to."""

import pytest

from channels.base import Mailboxes
from channels.email.settings import ParseSettings
from channels.email.tokens import in_addresses

TOKEN = "abcdefghijklmnop234567abcdefghijkl"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("help@example.org", ("help@example.org", "")),
        (" Help@Example.ORG ", ("help@example.org", "")),
        ("help-X@example.org", ("help@example.org", "X")),
        ("it-help@example.org", ("it-help@example.org", "")),
        ("it-help-a-b@example.org", ("it-help@example.org", "a-b")),
        ("it-else@example.org", ("", "")),
        ("help-x@example.com", ("", "")),
        ("help", ("", "")),
        ("", ("", "")),
    ],
)
def test_an_own_address_is_known_with_its_detail(address: str, found: tuple[str, str]) -> None:
    ours = Mailboxes(("help@example.org", "IT-help@example.org"), "-")
    assert ours.split(address) == found
    assert (address in ours) is bool(found[0])


def test_without_a_sign_there_is_no_detail() -> None:
    assert "help+x@example.org" not in Mailboxes(("help@example.org",), "")


def test_a_reply_token_is_found_behind_an_own_address_with_the_same_sign_in_it() -> None:
    settings = ParseSettings(addresses=("it-help@example.org",), plus="-")
    recipients = [f"it-help-{TOKEN}@example.org", f"else-{TOKEN}@example.org", "it-help@example.org"]
    assert in_addresses(recipients, settings) == [TOKEN]
