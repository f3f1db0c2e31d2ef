"""The page behind a link, over real connections: what each method does, and what strangers can do to it."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import msgspec
import pytest

from channels.base import Act, Asked, Ballot, Choice, Form, IntakeUnavailable, Raw, Standing, Unparseable
from channels.email import ballots
from channels.email.ballots import BallotServer
from channels.email.channel import EmailChannel
from channels.email.config import EmailSettings, Links
from tests.support.browser import browser

LINK = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"
PAGE = f"/a/{LINK}/4"
OPEN = Ballot(
    standing=Standing.OPEN,
    language="en",
    title="#42 The printer does <b>not</b> print",
    asked="Hello Ada,\n\nhow content are you with **our help**? See https://example.org/" + "a" * 60,
    choices=tuple(Choice(str(value), f"{value} of 5") for value in range(1, 6)),
    comment="Do you want to tell us why?",
    legend="Your answer",
    send="Send answer",
    thanks="Thank you.",
    failed="Send it again.",
)
ANSWERED = msgspec.structs.replace(OPEN, chosen="2", commented="Slow.", said="Your answer so far: 2 of 5.")
SAYS = Ballot(standing=Standing.UNKNOWN, language="de", title="IT Help", said="Hier ist nichts.")


class Polls:
    """A desk that knows one link, and says of it what it is told to."""

    def __init__(self, ballot: Ballot) -> None:
        self.now = ballot
        self.asked: list[tuple[str, str]] = []

    async def ballot(self, link: str, value: str) -> Ballot:
        self.asked.append((link, value))
        return self.now if value in {choice.value for choice in OPEN.choices} else SAYS

    async def form(self, asked: Asked) -> Form:
        raise NotImplementedError

    async def wrong(self, asked: Asked) -> dict[str, str]:
        raise NotImplementedError

    def translated(self, texts: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        raise NotImplementedError

    async def completed(self, asked: Asked, name: str, typed: str) -> tuple[Choice, ...]:
        raise NotImplementedError


class Site:
    """The page at work: `taken` is what it made durable, by key, unless it is `away`."""

    def __init__(self, ballot: Ballot, longest: float) -> None:
        self.polls = Polls(ballot)
        self.taken: dict[str, Raw] = {}
        self.away = False
        links = Links(url="https://help.example.org/desk/", listen="127.0.0.1:0")
        self.server = BallotServer(links, self.polls, self._take, longest=longest)

    @property
    def url(self) -> str:
        return f"http://{self.server.bound}"

    async def _take(self, raw: Raw) -> bool:
        if self.away:
            raise IntakeUnavailable("the disk is full")
        new = raw.key not in self.taken
        self.taken.setdefault(raw.key, raw)
        return new

    async def ask(self, method: str, path: str = PAGE, **options: str | bytes) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers of one request; `data` is the body of a form."""
        headers = {"Content-Type": str(options.get("type", ballots.FORM))} if "data" in options else {}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url + path, data=options.get("data"), headers=headers) as answer,
        ):
            return answer.status, await answer.text(), dict(answer.headers)

    async def send(self, choice: str, comment: str = "", form: str = "1") -> tuple[int, str]:
        """Send the form as a browser does."""
        data = urlencode({"form": form, "choice": choice, "comment": comment})
        status, text, _ = await self.ask("POST", data=data)
        return status, text


@asynccontextmanager
async def site(ballot: Ballot = OPEN, *, longest: float = ballots.LONGEST) -> AsyncIterator[Site]:
    made = Site(ballot, longest)
    await made.server.start()
    try:
        yield made
    finally:
        await made.server.stop()


@pytest.mark.covers("must:links-scanned")
async def test_only_sending_the_form_chooses() -> None:
    async with site() as desk:
        for method in ("GET", "HEAD", "GET"):
            status, _, headers = await desk.ask(method)
            assert status == 200
            assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
            kept = {name: headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag", "Server")}
            assert kept == {
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Robots-Tag": "noindex, nofollow",
                "Server": "Firstline",
            }
            assert "Set-Cookie" not in headers
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            status, text, headers = await desk.ask(method)
            assert (status, text, headers["Allow"]) == (405, "405 Method Not Allowed\n", "GET,HEAD,POST")
        assert desk.taken == {}
        assert (await desk.send("4"))[0] == 200
        (raw,) = desk.taken.values()
    assert (raw.channel, raw.lane, raw.meta) == ("email", LINK, {"link": LINK})


async def test_the_page_has_what_was_pressed_in_the_mail_chosen_and_shows_words_as_they_are() -> None:
    async with site() as desk:
        _, text, _ = await desk.ask("GET")
        assert re.findall(r'value="(\d)" required checked', text) == ["4"]
        assert "does &lt;b&gt;not&lt;/b&gt; print" in text
        assert "how content are you with our help?" in text
        assert "<script" not in text
        _, behind_a_folder, _ = await desk.ask("GET", f"/desk{PAGE}")
        assert _without_nonce(behind_a_folder) == _without_nonce(text)


def _without_nonce(page: str) -> str:
    return re.sub(r'(name="form" value=")\w+', r"\1", page)


async def test_what_is_sent_twice_is_one_and_a_change_back_is_another() -> None:
    async with site() as desk:
        for _ in range(2):
            status, text = await desk.send("4", "Quick!")
            assert (status, "Thank you." in text, "<form" in text) == (200, True, False)
            assert "4 of 5" in text
        assert len(desk.taken) == 1
        await desk.send("5", "Quick!")
        assert len(desk.taken) == 2
        desk.polls.now = msgspec.structs.replace(OPEN, chosen="5", commented="Quick!")
        await desk.send("4", "Quick!")
        assert len(desk.taken) == 3, "the same as the first, and yet a change"
        await desk.send("5", "Quick!", form="another")
        assert len(desk.taken) == 3, "what the desk has already"


async def test_an_answer_that_may_be_changed_is_shown_as_it_is() -> None:
    async with site(ANSWERED) as desk:
        _, text, _ = await desk.ask("GET")
    assert "Your answer so far: 2 of 5." in text
    assert ">Slow.</textarea>" in text
    assert re.findall(r'value="(\d)" required checked', text) == ["4"], "what they pressed now"


async def test_a_link_of_nobody_or_a_value_that_is_no_choice_is_not_found() -> None:
    async with site() as desk:
        for method, path in [("GET", f"/a/{LINK}/9"), ("POST", PAGE)]:
            status, text, _ = await desk.ask(method, path, **({"data": "choice=9"} if method == "POST" else {}))
            assert status == 404
            assert "Hier ist nichts." in text
            assert "<form" not in text
            assert '<html lang="de">' in text
        for path in ("/", "/robots.txt", "/a/", f"/a/{LINK}", f"/a/{LINK}/4/5", "/a/short/4", f"/a/{LINK[:-1]}!/4"):
            assert (await desk.ask("GET", path))[:2] == (404, "404 Not Found\n")
        assert desk.taken == {}


async def test_what_is_over_is_said_to_who_sends_it_too() -> None:
    over = Ballot(standing=Standing.OVER, language="en", title="#42", said="It is over.")
    async with site(over) as desk:
        assert (await desk.ask("GET"))[0] == 200
        status, text = await desk.send("4")
        assert (status, "It is over." in text) == (200, True)
        assert desk.taken == {}


@pytest.mark.covers("must:links-kept")
async def test_what_cannot_be_kept_stays_in_the_form() -> None:
    async with site() as desk:
        desk.away = True
        status, text = await desk.send("2", "It <i>smells</i>.")
        assert status == 503
        assert "Send it again." in text
        assert "Thank you." not in text
        assert 'value="2" required checked' in text
        assert ">It &lt;i&gt;smells&lt;/i&gt;.</textarea>" in text
        desk.away = False
        assert (await desk.send("2", "It <i>smells</i>."))[0] == 200
        assert len(desk.taken) == 1


@pytest.mark.covers("must:links-kept")
async def test_while_the_desk_cannot_look_what_was_entered_can_be_sent_again() -> None:
    later = Ballot(standing=Standing.LATER, language="en", title="IT Help", said="Not now.", send="Try again")
    async with site(later) as desk:
        status, _, headers = await desk.ask("GET")
        assert (status, headers["Retry-After"]) == (503, "60")
        status, text = await desk.send("2", 'It "smells".')
        assert status == 503
        assert '<input type="hidden" name="choice" value="2">' in text
        assert '<input type="hidden" name="comment" value="It &#34;smells&#34;.">' in text
        assert desk.taken == {}


async def test_what_is_no_form_is_refused() -> None:
    async with site() as desk:
        assert (await desk.ask("POST", data='{"choice": "4"}', type="application/json"))[0] == 415
        assert (await desk.ask("POST", data="choice=4&comment=" + "x" * ballots.MOST_BYTES))[0] == 413
        assert (await desk.ask("POST", data="choice=4&" + "a=b&" * 20))[0] == 400
        assert (await desk.ask("POST", data=b"\xff\x00"))[0] == 404
        assert desk.taken == {}
        longest = "é" * 3000
        assert (await desk.send("4", longest))[0] == 200
        (raw,) = desk.taken.values()
        assert EmailChannel(EmailSettings(addresses=("help@example.org",))).parse(raw).reply == "é" * 2000


SLOW = [
    b"",
    b"GET /a/",
    f"POST {PAGE} HTTP/1.1\r\nHost: x\r\nContent-Type: {ballots.FORM}\r\nContent-Length: 20\r\n\r\nchoi".encode(),
]


@pytest.mark.parametrize("begun", SLOW, ids=["nothing", "half a line", "half a form"])
async def test_a_slow_connection_is_cut_and_holds_up_nobody(begun: bytes) -> None:
    async with site(longest=0.3) as desk:
        reader, writer = await connected(desk)
        desk.server.longest = ballots.LONGEST
        writer.write(begun)
        assert (await desk.ask("GET"))[0] == 200
        async with asyncio.timeout(30):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()


async def connected(desk: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that the page knows of."""
    host, _, port = desk.server.bound.rpartition(":")
    streams = await asyncio.open_connection(host, int(port))
    while not desk.server.connections:  # noqa: ASYNC110  (the server has no event for it)
        await asyncio.sleep(0.01)
    return streams


async def test_a_connection_too_many_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ballots, "MOST_CONNECTIONS", 1)
    async with site() as desk:
        _, held = await connected(desk)
        host, _, port = desk.server.bound.rpartition(":")
        reader, refused = await asyncio.open_connection(host, int(port))
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        refused.close()
        held.close()


async def test_an_address_in_use_is_one_clear_error(tmp_path: Path) -> None:
    async with site() as desk:
        links = Links(url="https://help.example.org", listen=desk.server.bound)
        channel = EmailChannel(
            EmailSettings(addresses=("help@example.org",), outgoing=str(tmp_path / "out"), links=links)
        )
        channel.answer_with(desk.polls)
        with pytest.raises(OSError, match=r"email\.links\.listen: cannot listen on 127\.0\.0\.1:\d+: "):
            await channel.listen(lambda _: asyncio.sleep(0, result=True))


async def test_the_channel_serves_it_where_the_settings_want_it(tmp_path: Path) -> None:
    links = Links(url="https://help.example.org/desk/", listen="127.0.0.1:0")
    channel = EmailChannel(EmailSettings(addresses=("help@example.org",), outgoing=str(tmp_path / "out"), links=links))
    channel.answer_with(Polls(OPEN))
    task = asyncio.create_task(channel.listen(lambda _: asyncio.sleep(0, result=True)))
    await channel.ready.wait()
    try:
        assert any(where.endswith("for https://help.example.org/desk") for where in channel.places())
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://{channel.bound['links']}/desk{PAGE}") as answer,
        ):
            assert answer.status == 200
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_form_is_read_without_the_desk() -> None:
    parse = EmailChannel(EmailSettings(addresses=("help@example.org",))).parse
    raw = Raw(
        channel="email",
        key="k",
        lane=LINK,
        payload=b"form=1&choice=4&comment=One%0D%0Atwo%00%20",
        received_at=datetime(2026, 11, 22, tzinfo=UTC),
        meta={"link": LINK},
    )
    said = parse(raw)
    assert (said.act, said.about, said.choice, said.reply) == (Act.PRESSED, LINK, "4", "One\ntwo")
    assert (said.sender, said.verified, said.external_id) == (None, None, "")
    for payload in (b"\xff\xfe", b"&&&", b"choice=" + b"9" * 500):
        assert len(parse(msgspec.structs.replace(raw, payload=payload)).choice or "") <= 40
    with pytest.raises(Unparseable, match="no form of a link"):
        parse(msgspec.structs.replace(raw, payload=b"a=b&" * 20))


@pytest.mark.chromium
@pytest.mark.covers("must:links-page")
@pytest.mark.parametrize(("width", "dark"), [(360, False), (360, True), (1200, False)])
async def test_it_is_answered_in_a_browser_without_scripts(width: int, *, dark: bool, tmp_path: Path) -> None:
    async with site() as desk, browser(width=width, dark=dark) as page:
        await page.open(desk.url + PAGE)
        assert await page.width() == width, "nothing sticks out"
        await page.picture(tmp_path / "open.png")
        await page.press("label.choice:nth-of-type(2)")
        await page.press("textarea")
        await page.type("It took “long”.")
        await page.submit("button")
        assert "Thank you." in await page.source()
        assert await page.width() == width
        await page.picture(tmp_path / "thanks.png")
        (raw,) = desk.taken.values()
    incoming = EmailChannel(EmailSettings(addresses=("help@example.org",))).parse(raw)
    assert (incoming.choice, incoming.reply) == ("2", "It took “long”.")
