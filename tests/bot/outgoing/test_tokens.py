"""Reply tokens: what goes in comes out, and nothing else verifies."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.outgoing.tokens import Claim, Signer
from channels.base import Role

SIGNER = Signer("a secret")
CLAIMS = st.builds(Claim, st.integers(0, 2**32 - 1), st.sampled_from(Role), st.integers(0, 2**63 - 1), st.booleans())


@given(CLAIMS)
def test_a_token_says_what_was_claimed(claim: Claim) -> None:
    token = SIGNER.sign(claim)
    assert re.fullmatch("[a-z2-7]{34}", token)
    assert SIGNER.verify(token) == claim
    assert SIGNER.verify(token.upper()) == claim, "mail servers may change the case of an address"


@given(CLAIMS)
def test_another_secret_makes_another_token(claim: Claim) -> None:
    assert Signer("another secret").verify(SIGNER.sign(claim)) is None


@given(CLAIMS, CLAIMS)
def test_the_parts_of_two_tokens_make_no_third(one: Claim, other: Claim) -> None:
    first, second = SIGNER.sign(one), SIGNER.sign(other)
    mixed = first[:21] + second[21:]
    assert SIGNER.verify(mixed) in {None, one, other}


@given(st.text(max_size=80) | st.text("abcdefghijklmnopqrstuvwxyz234567=", min_size=30, max_size=40))
def test_anything_else_is_no_token(text: str) -> None:
    assert SIGNER.verify(text) is None


def test_every_single_change_is_noticed() -> None:
    token = SIGNER.sign(Claim(42, Role.DESK, 7))
    for at, letter in enumerate(token):
        other = "a" if letter != "a" else "b"
        assert SIGNER.verify(token[:at] + other + token[at + 1 :]) is None


def test_a_token_is_written_in_one_way_only() -> None:
    """34 characters hold two bits more than a token has."""
    signer = Signer("a secret")
    token = signer.sign(Claim(42, Role.REQUESTER, 7))
    assert signer.verify(token) is not None
    same_but_for_the_spare_bits = [token[:-1] + chr(ord(token[-1]) + more) for more in (1, 2, 3)]
    assert [signer.verify(other) for other in same_but_for_the_spare_bits] == [None] * 3


@given(CLAIMS, st.text(max_size=40), st.text(max_size=40))
def test_a_link_is_of_one_token_and_one_message(claim: Claim, key: str, other: str) -> None:
    token = SIGNER.sign(claim)
    link = SIGNER.link(token, key)
    assert re.fullmatch("[a-z2-7]{42}", link)
    assert link.startswith(token)
    assert SIGNER.is_link(link.upper(), token, key)
    assert SIGNER.is_link(link, token, other) == (key == other)
    assert not SIGNER.is_link(token, token, key)
    assert not Signer("another secret").is_link(link, token, key)
