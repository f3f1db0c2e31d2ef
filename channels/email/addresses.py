"""Addresses in From, To, Cc and Reply-To (RFC 5322 section 3.4), as people's programs really write them (E50, E59)."""

import re
from typing import NamedTuple

from channels.base import Address
from channels.email.headers import words

MOST = 2_000
LONGEST = 128 * 1024
"""Addresses, and characters, read from one field: a longer list has no meaning for a help desk."""

_TOKEN = re.compile(
    r"""
    (?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)   # an encoded word, which may hide commas
    | (?P<quoted>"(?:[^"\\]|\\.){0,128}+")
    | (?P<angle><@[^<>:]{1,300}:[^<>,;]*>|<"[^"<>]{1,100}"@[^<>]*>|<[^<>,;"]*>{0,3})
    | (?P<comment>\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))
    | (?P<end>[,;])
    | (?P<colon>:)
    | (?P<blank>\s+)
    | (?P<text>[^\s"<>(),;:=]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SIMPLE = re.compile(r"""(?:"([^"\\<>@=]*)"|([\w .'’-]*?))\s*<([\w.+=-]+@[\w.-]+)>|([\w.+=-]+@[\w.-]+)""")
_QUOTED_LOCAL = re.compile(r'"[^"<>]{1,100}"@[^\s<>"@,;]+')
_EMAIL = re.compile(r"(?<![^\s<>\"'(),;:@])[^\s<>\"'(),;:@]++@[^\s<>\"'(),;:@]++")


class _Pending(NamedTuple):
    """The pieces of one address while it is being read."""

    phrase: list[str]
    angles: list[str]
    comments: list[str]


def addresses(value: str) -> tuple[Address, ...]:
    """Every address in a field, members of groups included. What holds no address is left out."""
    if not value:
        return ()
    value = value[:LONGEST]
    if simple := _SIMPLE.fullmatch(value):
        name = simple[1] or simple[2] or ""
        return (Address(simple[3] or simple[4], _tidy(name)),)
    found = [address for address in map(_address, _mended(_split(value))) if address and address.address]
    if not any("@" in address.address for address in found) and "=?" in value and "@" in (plain := words(value)):
        return addresses(plain)  # all of it was encoded, the address as well
    return tuple(dict.fromkeys(found))


def _split(value: str) -> list[_Pending]:
    """Cut a field at its commas and semicolons, and drop the names of groups."""
    entries: list[_Pending] = []
    entry = _Pending([], [], [])
    in_group = False
    for match in _TOKEN.finditer(value):
        kind, text = match.lastgroup, match[0]
        if kind == "end":
            in_group = in_group and text != ";"
            entries.append(entry)
            entry = _Pending([], [], [])
            if len(entries) >= MOST:
                break
        elif kind == "colon" and not in_group and _opens_group(entry, value, match.end()):
            in_group = True
            entry = _Pending([], [], [])
        elif kind == "angle":
            entry.angles.append(text)
        elif kind == "comment":
            entry.comments.append(text[1:-1])
        elif kind == "quoted":
            is_local_part = value.startswith("@", match.end())
            entry.phrase.append(text if is_local_part else _unquoted(text))
        else:
            entry.phrase.append(" " if kind == "blank" else text)
    return [*entries, entry]


def _unquoted(text: str) -> str:
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _mended(entries: list[_Pending]) -> list[_Pending]:
    """`Doe, John <j@x>` without the quotes it needs is one person."""
    mended: list[_Pending] = []
    for entry in entries:
        last = mended[-1] if mended else None
        if last and entry.angles and "".join(entry.phrase).strip() and _is_only_words(last):
            mended[-1] = entry._replace(phrase=[*last.phrase, ",", *entry.phrase])
        else:
            mended.append(entry)
    return mended


def _is_only_words(entry: _Pending) -> bool:
    phrase = "".join(entry.phrase)
    return not entry.angles and not entry.comments and "@" not in phrase and bool(phrase.strip())


def _opens_group(entry: _Pending, value: str, position: int) -> bool:
    """`Team: a@b, c@d;` is a group; `Re: Ann <a@b>` and `mailto:a@b` are not."""
    return not entry.angles and ";" in value[position : position + 20_000] and "".join(entry.phrase) != "mailto"


def _address(entry: _Pending) -> Address | None:
    phrase = words("".join(entry.phrase)).strip().removeprefix("mailto:")
    for angle in reversed(entry.angles):
        inner = _mailbox(angle)
        if "@" in inner:
            return Address(inner, _name(phrase, entry.comments))
    if "@" in phrase:
        return _without_brackets(phrase, entry.comments)
    return _local(phrase, entry)


def _without_brackets(phrase: str, comments: list[str]) -> Address:
    """`Ann ann@example.org`, `ann @ example.org`, `"a b"@example.org`."""
    bare = None if _QUOTED_LOCAL.fullmatch(phrase) else _EMAIL.search(phrase)
    if not bare:
        return Address(_mailbox(phrase), _name("", comments))
    rest = (phrase[: bare.start()] + " " + phrase[bare.end() :]).strip(" '\"<>[]|")
    return Address(_mailbox(bare[0]), _name(rest, comments))


def _local(phrase: str, entry: _Pending) -> Address | None:
    """A name without a domain: root, MAILER-DAEMON. Several words are nobody's address."""
    if entry.angles:
        local = _mailbox(entry.angles[-1])
        return Address(local, _name(phrase, entry.comments)) if local else None
    if not phrase or re.search(r"\s", phrase):
        return None
    return Address(_mailbox(phrase), _name("", entry.comments))


def _mailbox(text: str) -> str:
    """The bare address: no brackets, quotes, blanks, `mailto:` or source route (RFC 5322 section 4.4)."""
    if quoted := _QUOTED_LOCAL.fullmatch(text.strip().strip("<>")):
        return quoted[0]
    bare = re.sub(r"[\s<>]+", "", words(text)).strip("'`,;:\"")
    if bare[:7].lower() == "mailto:":
        bare = bare[7:]
    if bare[:1] == "@" and ":" in bare:
        bare = bare.rpartition(":")[2]
    return bare


def _name(phrase: str, comments: list[str]) -> str:
    """The phrase with what stood in brackets beside it, as mail programs show it; the comment alone if that is all."""
    told = " ".join(words(comment).strip() for comment in comments)
    if not phrase.strip():
        return _tidy(told)
    return _tidy(f"{phrase} ({told})" if told else phrase)


def _tidy(name: str) -> str:
    name = " ".join(name.split()).strip('"<>')
    if len(name) > 1 and name[0] == name[-1] == "'":
        name = name[1:-1]
    return name.strip()


def is_deliverable(address: str) -> bool:
    """Whether mail could be sent there at all: one local part, one domain, no blanks (E49, E50)."""
    local, at, domain = address.rpartition("@")
    return bool(at and local and domain) and "@" not in local and not domain.startswith(".") and ".." not in domain
