"""How wide pictures are, and that our mail says it."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.compose import COLUMN
from channels.email.pictures import width

ROOT = Path(__file__).parents[3]
# One colour, 7 pixels wide and 5 high, as a browser saved it.
JPEG = base64.b64decode("""
/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAA
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAA
ABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1
AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAP
KnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/
2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK0
6kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAFAAcDASIAAhEBAxEB/8QAFQABAQAA
AAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2g
AMAwEAAhEDEQA/AJQChn//2Q==
""")
GIF = b"GIF89a" + (640).to_bytes(2, "little") + (480).to_bytes(2, "little") + b"\x80\x00\x00"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (1200).to_bytes(4) + (800).to_bytes(4) + b"\x08\x02\x00\x00\x00"


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def jpeg(*before: bytes, frame: int = 0xC2) -> bytes:
    """A progressive JPEG, 3000 pixels wide, with what cameras write before its frame."""
    size = (2000).to_bytes(2) + (3000).to_bytes(2)
    return b"\xff\xd8" + b"".join(before) + segment(frame, b"\x08" + size + b"\x01\x01\x11\x00")


@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (PNG, 1200),
        ((ROOT / "docs/pictures/mail-desktop.png").read_bytes(), 720),
        (GIF, 640),
        (GIF.replace(b"89a", b"87a"), 640),
        (JPEG, 7),
        (jpeg(), 3000),
        (jpeg(segment(0xE1, b"Exif" + b"\xff\xc0" * 20_000), b"\xff\xff\xff" + segment(0xC4, b"tables")), 3000),
        (jpeg(b"\xff\x01"), 3000),
        (jpeg(frame=0xC4), None),
        (jpeg()[:-8], None),
        (jpeg(b"no marker"), None),
        (PNG[:14], None),
        (PNG.replace((1200).to_bytes(4), bytes(4)), None),
        (b"<svg width='5'/>", None),
        (b"", None),
    ],
)
def test_the_width_stands_in_the_head(content: bytes, pixels: int | None) -> None:
    assert width(content) == pixels


@given(st.sampled_from([PNG[:12], GIF[:6], b"\xff\xd8\xff", b""]), st.binary(max_size=60))
def test_any_bytes_have_a_width_or_none(beginning: bytes, rest: bytes) -> None:
    found = width(beginning + rest)
    assert found is None or found > 0


def test_fill_bytes_cost_little() -> None:
    assert width(b"\xff\xd8" + b"\xff" * 20_000_000) is None


def test_the_column_is_the_layouts() -> None:
    assert f"max-width:{COLUMN}px" in (ROOT / "templates/layout.html").read_text(encoding="utf-8")
