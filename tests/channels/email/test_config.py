from typing import Any

import msgspec
import pytest

from channels.email.config import EmailSettings

ADDRESSES: dict[str, Any] = {"addresses": ["help@example.org"]}


def load(**table: Any) -> EmailSettings:
    return msgspec.convert(ADDRESSES | table, EmailSettings)


def test_the_first_address_says_what_is_not_set() -> None:
    settings = load(addresses=["help@müller.example", "it@example.org"])
    assert (settings.domain, settings.loop_name) == ("xn--mller-kva.example", "help@müller.example")
    assert (settings.smtp, settings.lmtp, settings.relay, settings.outgoing) == (None, None, None, "var/outgoing")
    no_name = "help@" + "ü" * 100
    assert load(addresses=[no_name]).domain == "ü" * 100
    named = load(domain="desk.example.org", loop_name="desk-2")
    assert (named.domain, named.loop_name) == ("desk.example.org", "desk-2")


@pytest.mark.parametrize(
    ("table", "setting"),
    [
        ({"addresses": []}, "email.addresses must be at least one"),
        ({"addresses": ["help"]}, "email.addresses must be mail addresses, which 'help' is not"),
        ({"addresses": ["Help <help@example.org>"]}, "email.addresses"),
        ({"plus": "++"}, "email.plus"),
        ({"max_size": 0}, "email.max_size"),
        ({"outgoing": ""}, "email.outgoing"),
        ({"smtp": {"port": 70000}}, "email.smtp.port must be a port number"),
        ({"smtp": {"tls_cert": "x.pem"}}, "email.smtp.tls_key must be set together with tls_cert"),
        ({"smtp": {"require_tls": True}}, "email.smtp.require_tls"),
        ({"smtp": {"require_auth": True}}, "email.smtp.require_auth"),
        ({"smtp": {"users": {"a": "b"}}}, "email.smtp.users"),
        ({"smtp": {"bytes_in_flight": 1000}}, "email.smtp.bytes_in_flight must be at least email.max_size"),
        ({"smtp": {"connections": 0}}, "email.smtp.connections"),
        ({"smtp": {"timeout": 0}}, "email.smtp.timeout"),
        ({"lmtp": {"port": 25}}, "email.lmtp.port must be not 25"),
        ({"lmtp": {"bytes_in_flight": 1000}}, "email.lmtp.bytes_in_flight"),
        ({"relay": {"host": ""}}, "email.relay.host"),
        ({"relay": {"host": "x", "port": 0}}, "email.relay.port"),
        ({"relay": {"host": "x", "username": "me"}}, "email.relay.password"),
        ({"relay": {"host": "x", "tls": "maybe"}}, "Invalid enum value 'maybe'"),
        ({"relay": {"host": "x", "rate": "30"}}, "email.relay.rate must be a number per s, min, h or day"),
        ({"relay": {"host": "x", "auth": "xoauth2"}}, "email.relay.username must be the mailbox"),
        ({"relay": {"host": "x", "auth": "xoauth2", "username": "a", "password": "b"}}, "email.relay.password"),
        ({"relay": {"host": "x", "auth": "xoauth2", "username": "a", "tls": "none"}}, "email.relay.tls"),
        ({"relay": {"host": "x", "auth": "xoauth2", "username": "a"}}, "email.relay.auth must be"),
        ({"links": {"url": "help.example.org/desk"}}, "email.links.url must be an address such as https://"),
        ({"links": {"url": "https://help.example.org/?a=b"}}, "email.links.url must be an address"),
        ({"links": {"url": "https://[::1"}}, "email.links.url must be an address"),
        ({"links": {"url": "https://help.example.org/a b"}}, "email.links.url must be an address"),
        ({"links": {"url": "http://help.example.org/desk"}}, "email.links.url must be an https address"),
        ({"links": {"url": "https://help.example.org", "listen": "8025"}}, "email.links.listen must be a host and a"),
        ({"links": {"url": "https://help.example.org", "listen": "a:70000"}}, "email.links.listen"),
        ({"dkim": {"selector": "a b", "key_file": "x"}}, "email.dkim.selector"),
        ({"dkim": {"selector": "a", "key_file": ""}}, "email.dkim.key_file"),
    ],
)
def test_what_cannot_be_is_refused_by_name(table: dict[str, Any], setting: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=setting):
        load(**table)


def test_passwords_are_not_shown() -> None:
    smtp = {"users": {"scanner": "s3cret"}, "auth_without_tls": True}
    assert "s3cret" not in repr(load(smtp=smtp, relay={"host": "x", "username": "me", "password": "s3cret"}))


def test_the_page_of_links_has_one_address_for_people_and_one_to_listen_on() -> None:
    links = load(links={"url": "https://help.example.org/desk/", "listen": "[::1]:8025"}).links
    assert links is not None
    assert (links.url, links.host, links.port) == ("https://help.example.org/desk", "::1", 8025)
    local = load(links={"url": "http://127.0.0.1:8025"}).links
    assert local is not None
    assert (local.url, local.listen) == ("http://127.0.0.1:8025", "127.0.0.1:8025")
