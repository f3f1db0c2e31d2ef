"""The page that looks like Discord, and the command that draws a digest on every medium."""

import subprocess
import sys
from pathlib import Path

import pytest

from channels.email.pictures import width
from tests.support.discord_pictures import Shown, page

ROOT = Path(__file__).parents[2]


def test_words_are_words_and_files_have_their_description() -> None:
    payload = {"content": "-# Anna\n**bold** <b>\n\n- [#1](<https://discord.com/channels/1/2>) one"}
    html = page([(payload, [Shown("a.png", 'what it "shows"', "data:image/png;base64,AA=="), Shown("a.csv", "")])])
    assert '<span class="faint">Anna</span>' in html
    assert "<strong>bold</strong> &lt;b&gt;" in html
    assert '<a href="https://discord.com/channels/1/2">#1</a> one' in html
    assert 'alt="what it &quot;shows&quot;"' in html
    assert '<div class="file">a.csv</div>' in html


@pytest.mark.soak
@pytest.mark.chromium
def test_the_command_draws_a_digest_on_every_medium(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "scripts/digest-pictures", tmp_path], cwd=ROOT, check=True, timeout=170)
    widths = {picture.stem: width(picture.read_bytes()) for picture in tmp_path.iterdir()}
    mail = {"digest-phone": 360, "digest-phone-dark": 360, "digest-chart-dark": 360}
    assert widths == mail | {
        "digest-desktop": 800,
        "digest-desktop-dark": 800,
        "slack-digest": 720,
        "discord-digest": 720,
    }
