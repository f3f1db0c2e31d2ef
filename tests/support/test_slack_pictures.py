"""The pages that look like Slack, and the pictures of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from channels.email.pictures import width
from tests.support.slack_pictures import WIDTH, page, take

ROOT = Path(__file__).parents[2]
WORDS = [
    {"type": "text", "text": "<b> & "},
    {"type": "text", "text": "bold", "style": {"bold": True, "code": True}},
    {"type": "link", "url": "https://example.org", "text": "a page"},
    {"type": "user", "user_id": "U1"},
    {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fd"},
]
TEXT = {"type": "plain_text", "text": "<Title>"}
RICH = [
    {"type": "rich_text_section", "elements": WORDS},
    {"type": "rich_text_quote", "elements": WORDS[:1]},
    {"type": "rich_text_preformatted", "border": 1, "elements": WORDS[:1]},
    {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 4, "elements": [{"elements": WORDS[:1]}]},
]
BLOCKS = [
    {"type": "header", "text": TEXT},
    {"type": "context", "elements": [TEXT]},
    {"type": "section", "text": TEXT, "fields": [TEXT, TEXT]},
    {"type": "divider"},
    {"type": "rich_text", "elements": RICH},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "<1>"}, {"type": "rich_text", "elements": RICH[:1]}]]},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "style": "primary", "text": TEXT},
            {"type": "overflow"},
            {"type": "static_select", "placeholder": TEXT},
        ],
    },
]


def test_words_are_words_on_the_page() -> None:
    html = page([{"blocks": BLOCKS}], names={"U1": "Ada"})
    assert "&lt;b&gt; &amp; " in html
    assert "@Ada" in html
    assert "<code><b>bold</b></code>" in html
    assert '<ol start="5"' in html
    assert "<Title>" not in html


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(ValueError, match="'video' cannot be drawn: add it"):
        page([{"blocks": [{"type": "video"}]}], names={})


@pytest.mark.chromium
def test_the_picture_is_as_high_as_the_page(tmp_path: Path) -> None:
    high, low = tmp_path / "high.png", tmp_path / "low.png"
    take(page([{"blocks": BLOCKS}], names={}), high)
    take(page([{"blocks": BLOCKS[:1]}], names={}), low)
    assert width(high.read_bytes()) == width(low.read_bytes()) == WIDTH
    heights = [int.from_bytes(picture.read_bytes()[20:24]) for picture in (high, low)]
    assert heights[0] > 300 > heights[1] > 40


@pytest.mark.chromium
def test_the_command_draws_them(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "scripts/slack-pictures", tmp_path], cwd=ROOT, check=True, timeout=110)
    names = ("answer", "acknowledgement", "card")
    assert {picture.name for picture in tmp_path.iterdir()} == {f"slack-{name}.png" for name in names}
