"""How wide a picture is, from the first bytes of its file: PNG, GIF and JPEG, which is what mail programs show."""

from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_HEAD: Final = 1_000_000
_SEGMENTS: Final = 200
_BARE: Final = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers of JPEG that no length follows (ITU-T T.81 table B.1)."""
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Those that begin a frame, and so say its size."""


def width(content: bytes) -> int | None:
    """The width in pixels; None for another kind of file, and for a damaged one."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        return int.from_bytes(content[16:20]) or None
    if content.startswith((b"GIF87a", b"GIF89a")):
        return int.from_bytes(content[6:8], "little") or None
    return _of_jpeg(content[:_HEAD]) if content.startswith(b"\xff\xd8\xff") else None


def _of_jpeg(content: bytes) -> int | None:
    """Segment by segment to the frame (ITU-T T.81 annex B): a marker, a length, and in a frame height and width."""
    at = 2
    for _ in range(_SEGMENTS):
        while content[at : at + 2] == b"\xff\xff":
            at += 1
        if content[at : at + 1] != b"\xff" or at + 9 > len(content):
            return None
        marker = content[at + 1]
        if marker in _FRAMES:
            return int.from_bytes(content[at + 7 : at + 9]) or None
        at += 2 if marker in _BARE else 2 + int.from_bytes(content[at + 2 : at + 4])
    return None
