"""Whether our own mail servers vouch for the sender: Authentication-Results (RFC 8601), from trusted names only."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Result(NamedTuple):
    """One method's verdict and what it is about (`header.d`, `smtp.mailfrom` …), all in lower case."""

    method: str
    verdict: str
    properties: dict[str, str]


_COMMENT = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
_PROPERTY = re.compile(r"(?<![\w.-])([a-z][\w.-]*+)\s*+=\s*+(?:\"([^\"]*)\"|([^\s;\"]+))")  # looks at nothing twice
_METHOD = re.compile(r"\s*([a-z][\w-]*)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)")


def verified(headers: Sequence[str], authserv_ids: Iterable[str], sender: str) -> bool | None:
    """True if DMARC, SPF or DKIM passed for the sender's own domain; False if DMARC failed; else None.

    A DMARC that passed says for whom (`header.from`), or is taken to be about the sender: a From that is not written as
    it should be may be read as one person there and as another here.

    Where there is no DMARC to ask, SPF that fails for the sender's own domain is a failure too (RFC 7208 section 8.4).

    Only the topmost header of a trusted name is believed: one below it may have come with the mail.
    """
    trusted = {name.strip().lower() for name in authserv_ids}
    domain = sender.rpartition("@")[2].lower()
    if not trusted or not domain:
        return None
    for header in headers:
        name, results = parse(header)
        if name in trusted:
            return _judgement(results, domain)
    return None


def parse(header: str) -> tuple[str, list[Result]]:
    """The authserv-id ('' where the header has none) and the results; what cannot be read is left out."""
    pieces = _COMMENT.sub(" ", header[:20_000].lower()).split(";")
    name = ""
    if pieces and "=" not in pieces[0]:
        words = pieces.pop(0).split()
        name = words[0].strip('"') if words else ""
    results = []
    for piece in pieces:
        if match := _METHOD.match(piece):
            properties = {key: quoted or bare for key, quoted, bare in _PROPERTY.findall(piece, match.end())}
            results.append(Result(match[1], match[2], properties))
    return name, results


def _judgement(results: list[Result], domain: str) -> bool | None:
    dmarc = next((result for result in results if result.method == "dmarc"), _NO_DMARC)
    if dmarc.verdict == "fail":
        return False
    unnamed = dmarc.verdict == "pass" and "header.from" not in dmarc.properties
    if unnamed or any(_is_aligned_pass(result, domain) for result in results):
        return True
    no_policy = dmarc.verdict in {"", "none"}
    has_failed = no_policy and any(_is_aligned(result, "spf", "fail", domain) for result in results)
    return False if has_failed else None


_NO_DMARC = Result("dmarc", "", {})
_PROVES = {
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
    "spf": ("smtp.mailfrom", "smtp.from"),
}


def _is_aligned_pass(result: Result, domain: str) -> bool:
    """RFC 7489 section 3.1, relaxed: the proven domain and the sender's are the same, or one is below the other."""
    return _is_aligned(result, result.method, "pass", domain)


def _is_aligned(result: Result, method: str, verdict: str, domain: str) -> bool:
    if (result.method, result.verdict) != (method, verdict):
        return False
    proven = next((value for key in _PROVES.get(method, ()) if (value := result.properties.get(key, ""))), "")
    proven = proven.rpartition("@")[2].strip(".<>")
    return "." in proven and (proven == domain or domain.endswith("." + proven) or proven.endswith("." + domain))
