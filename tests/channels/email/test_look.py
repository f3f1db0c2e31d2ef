"""What our mail looks like in a real browser: nothing sticks out, and in the dark nothing is dark on dark."""

import json
import shutil
import subprocess
from base64 import b64encode
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html import escape
from pathlib import Path
from typing import Any

import pytest

from channels.base import Address, Attachment, Choice, Envelope, Outgoing, Role
from channels.email.compose import compose
from channels.email.config import EmailSettings, Links

BODY = """\\#\\#- Please write above this line -\\#\\#

Hello, see [the guide](https://example.org/it) and `lpstat -p`.

1. Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaftsvorstandsmitglied

```
$ lpstat -p -d --a-very-long-option=with-a-value-that-does-not-fit-on-a-telephone /dev/usb/lp0/and/further/down
```

> Quoted. ![A picture](cid:wide)

| Machine | State | Since |
|---|---|---|
| fourth-floor-with-a-long-name-that-wants-room | waits for paper | 09:30 |
"""
PICTURE = Path(__file__).parents[3] / "docs/pictures/mail-desktop.png"
"""720 pixels wide: wider than the text."""

MEASURE = """
const light = colour => {
  const [r, g, b] = colour.match(/[0-9.]+/g).map(Number); return (0.3 * r + 0.59 * g + 0.11 * b) / 255 };
const behind = element => {
  for (let at = element; at; at = at.parentElement) {
    const colour = at.ownerDocument.defaultView.getComputedStyle(at).backgroundColor;
    if (!colour.endsWith(", 0)")) return light(colour) } return 1 };
onload = () => { document.body.innerText = JSON.stringify([...Array(frames.length).keys()].map(at => {
  const frame = frames[at];
  const all = [...frame.document.body.querySelectorAll("*")].filter(one => one.innerText);
  return { width: frame.innerWidth, wide: frame.document.documentElement.scrollWidth,
    cut: all.filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map(one => one.tagName),
    faint: all.filter(one => !one.closest(".faint")
      && Math.abs(light(frame.getComputedStyle(one).color) - behind(one)) < 0.4).map(one => one.tagName) } })) };
"""


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nothing_sticks_out_and_all_can_be_read(tmp_path: Path, scheme: str) -> None:
    telephone, desktop = measured(tmp_path, scheme)
    assert (telephone["width"], telephone["wide"]) == (375, 375)
    assert (desktop["width"], desktop["wide"]) == (800, 800)
    for seen in (telephone, desktop):
        assert seen["cut"] == [], "all of it is on the screen"
        assert seen["faint"] == [], "and differs from what is behind it"


def measured(folder: Path, scheme: str, source: str = "") -> list[dict[str, Any]]:
    """The mail, or this one, in a frame as wide as a telephone, and in one as wide as a window."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    frames = "".join(
        f'<iframe style="width:{width}px;border:0" srcdoc="{escape(source or page())}"></iframe>'
        for width in (375, 800)
    )
    (folder / "page.html").write_text(f"<body>{frames}<script>{MEASURE}</script></body>", encoding="utf-8")
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
    settings = [
        f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
        f"--user-data-dir={folder}/home",
    ]
    done = subprocess.run(
        [chromium, *quiet, *settings, "--dump-dom", f"file://{folder}/page.html"],
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
    )
    seen: list[dict[str, Any]] = json.loads(done.stdout.partition("<body>")[2].partition("</body>")[0])
    return seen


def page() -> str:
    to = Address("ada@example.com", "Ada")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    envelope = Envelope(key="k", to=to, role=Role.REQUESTER, sent_at=at, token="abc", link="abc")
    content = PICTURE.read_bytes()
    file = Attachment(
        name="a.png", type="image/png", size=1, sha256="", inline=True, content_id="wide", content=content
    )
    choices = (Choice("1", "Very bad"), Choice("2", "All right, but it took longer than it should have, and so on"))
    links = Links(url="https://help.example.org/desk")
    settings = EmailSettings(addresses=("help@example.org",), links=links)
    mail = compose(Outgoing(body=BODY, files=(file,), choices=choices), envelope, settings)
    html = message_from_bytes(mail, policy=policy.default).get_body(("html",))
    assert html is not None
    source: str = html.get_content()
    assert 'width="600"' in source
    assert source.count('class="choice"') == 2
    return source.replace("cid:wide", f"data:image/png;base64,{b64encode(content).decode()}")
