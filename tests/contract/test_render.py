"""What every channel promises of `render`: whatever there is to say gives bytes, always the same, that can be sent."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import Address, Choice, Envelope, Outgoing, Role
from tests.support.media import MEDIA, NOW, Medium, attachment, opened

MARKDOWN = """# Title

Hello **Ada**, see [the page](https://example.org) and `code`.

- one
- two

> quoted

```
block
```
"""
HOSTILE = (
    "\x00\x1b[31m\u202e <script>alert(1)</script> <!channel> @everyone <@U123> \r\nBcc: eve@example.com\r\n"
    "\r\n.\r\nQUIT\r\n" + "`" * 500 + "[" * 2000 + "](x)" * 50
)
SAYINGS = {
    "markdown": Outgoing(body=MARKDOWN, subject="A subject"),
    "empty": Outgoing(body=""),
    "choices": Outgoing(body="Is it solved?", choices=(Choice("yes", "Yes"), Choice("no", "No, not yet"))),
    "many choices": Outgoing(body="Which?", choices=tuple(Choice(str(n), f"Choice {n}\n*") for n in range(120))),
    "files": Outgoing(
        body="See these.", files=(attachment("größe\r\n.txt", b"\xff" * 5000), attachment("../../x", b"", "text/html"))
    ),
    "long": Outgoing(body="word " * 8000),
    "one long word": Outgoing(body="x" * 40_000, subject="y" * 40_000),
    "hostile": Outgoing(
        body=HOSTILE,
        subject=HOSTILE,
        choices=(Choice(HOSTILE, HOSTILE),),
        files=(attachment(HOSTILE, b"x", HOSTILE),),
        language=HOSTILE[:20],
    ),
}


@pytest.fixture(params=MEDIA)
def medium(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Medium]:
    with opened[request.param](tmp_path) as made:
        yield made


def envelope(medium: Medium, key: str = "inbox:1:1", *, name: str = "Ada Lovelace", speaker: str = "") -> Envelope:
    """Where it goes."""
    to = Address(medium.someone, name)
    return Envelope(
        key=key,
        to=to,
        role=Role.REQUESTER,
        sent_at=NOW,
        token="abcdefghijklmnop",
        ticket=1,
        references=("a@b",),
        speaker=speaker,
    )


@pytest.mark.parametrize("saying", SAYINGS)
def test_whatever_is_said_is_rendered_the_same_each_time_and_delivered_once(medium: Medium, saying: str) -> None:
    outgoing = SAYINGS[saying]
    where = envelope(medium)
    rendered = medium.channel.render(outgoing, where)
    assert rendered == medium.channel.render(outgoing, where)

    async def deliver() -> None:
        receipt = await medium.channel.deliver(rendered, where)
        assert receipt.external_id
        await medium.channel.close()

    asyncio.run(deliver())
    assert len(medium.arrived()) == 1


@pytest.mark.covers("H18")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8"), max_size=300))
def test_any_text_anywhere_is_rendered(medium: Medium, text: str) -> None:
    outgoing = Outgoing(body=text, subject=text, choices=(Choice(text, text),), files=(attachment(text, b"x"),))
    where = envelope(medium, name=text, speaker=text)
    rendered = medium.channel.render(outgoing, where)
    assert rendered
    assert rendered == medium.channel.render(outgoing, where)


def test_what_differs_in_key_only_differs_on_the_platform(medium: Medium) -> None:
    outgoing = Outgoing(body="The same words.")

    async def deliver() -> list[str]:
        ids = []
        for key in ("inbox:1:1", "inbox:1:2"):
            where = envelope(medium, key)
            ids.append((await medium.channel.deliver(medium.channel.render(outgoing, where), where)).external_id)
        await medium.channel.close()
        return ids

    first, second = asyncio.run(deliver())
    assert first != second
    assert len(set(medium.arrived())) == 2
