"""What surrounds a mail's text without being said: PGP's armour, and a gateway's warning on top."""

from channels.email.quoting import footers
from channels.email.quoting import lines as ln

_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_BEGIN = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
_BANNER_REACH = 12  # lines from the top


def mark_pgp(lines: list[str], kinds: bytearray) -> None:
    """The lines around the text of a clear-signed mail (RFC 9580 section 7) count as signature."""
    if _SIGNED in lines:
        at = lines.index(_SIGNED)
        end = at + 1
        while end < len(lines) and lines[end].startswith(("Hash:", "Comment:", "Charset:")):
            end += 1
        _mark_own(kinds, at, end)
    if _BEGIN in lines and _END in lines:
        at, end = lines.index(_BEGIN), lines.index(_END)
        _mark_own(kinds, at, end + 1)


def mark_banner(lines: list[str], kinds: bytearray) -> None:
    """What only warns of an external sender at the top counts as signature: nobody wrote it."""
    top = ln.next_solid(kinds, 0)
    end = top
    while end < len(kinds) and kinds[end] == ln.OWN and end - top < _BANNER_REACH:
        end += 1
    if top < end:
        end = top + footers.banner_lines(lines[top:end])
        if kinds.find(ln.OWN, end) >= 0:
            _mark_own(kinds, top, end)


def _mark_own(kinds: bytearray, start: int, end: int) -> None:
    for index in range(start, end):
        if kinds[index] == ln.OWN:
            kinds[index] = ln.SIGNATURE
