"""Chromium, driven as a person would use it: it opens pages, presses what it sees, types, and shows what it looks like.

It speaks the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). Pages run no script.
"""

import asyncio
import shutil
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

_QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
_PATIENCE = 60.0


class Browser:
    """One page of a browser. What it does returns when it is done."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._is_new = self._is_loaded = False

    async def open(self, url: str) -> None:
        """Go to an address, and wait until the page is there."""
        self._is_new = False
        await self._call("Page.navigate", url=url)
        await self._loaded()

    async def press(self, selector: str) -> None:
        """Press the middle of what a selector finds, as with a finger."""
        await self._call("DOM.scrollIntoViewIfNeeded", nodeId=await self._node(selector))
        corners = (await self._call("DOM.getBoxModel", nodeId=await self._node(selector)))["model"]["border"]
        x, y = sum(corners[::2]) / 4, sum(corners[1::2]) / 4
        for kind in ("mousePressed", "mouseReleased"):
            await self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def submit(self, selector: str) -> None:
        """Press what leads to another page, and wait until that is there."""
        self._is_new = False
        await self.press(selector)
        await self._loaded()

    async def type(self, text: str) -> None:
        """Write where the cursor is."""
        await self._call("Input.insertText", text=text)

    async def source(self) -> str:
        """The page as it is now."""
        found = await self._call("DOM.getOuterHTML", nodeId=await self._node("html"))
        return str(found["outerHTML"])

    async def width(self) -> float:
        """How wide the page wants to be."""
        metrics = await self._call("Page.getLayoutMetrics")
        return float(metrics["cssContentSize"]["width"])

    async def picture(self, path: Path) -> None:
        """Save all of the page as a PNG."""
        shot = await self._call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(b64decode(shot["data"]))  # noqa: ASYNC240  (a test)

    async def screen(self, path: Path, *, width: int, height: int, top: float = 0) -> None:
        """Save what is on the screen once it is scrolled down to there."""
        clip = {"x": 0, "y": max(0, top), "width": width, "height": height, "scale": 1}
        shot = await self._call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(b64decode(shot["data"]))  # noqa: ASYNC240  (a test)

    async def top(self, selector: str) -> float:
        """How far down the page it begins what a selector finds."""
        model = (await self._call("DOM.getBoxModel", nodeId=await self._node(selector)))["model"]
        return float(model["border"][1])

    async def begin(self, *, width: int, height: int, dark: bool) -> None:
        """Be a screen of that size, with scripts off."""
        await self._call("Page.enable")
        await self._call("Emulation.setScriptExecutionDisabled", value=True)
        await self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self._call("Emulation.setEmulatedMedia", features=[scheme])

    async def _node(self, selector: str) -> int:
        root = (await self._call("DOM.getDocument"))["root"]["nodeId"]
        found = await self._call("DOM.querySelector", nodeId=root, selector=selector)
        assert found["nodeId"], f"the page has no {selector}"
        return int(found["nodeId"])

    async def _loaded(self) -> None:
        """The end of loading that counts is that of the new page: the one before may not have been at its own yet."""
        while not (self._is_new and self._is_loaded):
            await self._receive()

    async def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while (said := await self._receive()).get("id") != number:
            pass
        assert "error" not in said, f"{method}: {said['error']}"
        return dict(said["result"])

    async def _receive(self) -> dict[str, Any]:
        said: dict[str, Any] = await self._socket.receive_json(timeout=_PATIENCE)
        if said.get("method") == "Page.frameNavigated":
            self._is_new, self._is_loaded = True, False
        elif said.get("method") == "Page.loadEventFired":
            self._is_loaded = True
        return said


@asynccontextmanager
async def browser(*, width: int, height: int = 640, dark: bool = False) -> AsyncIterator[Browser]:
    """A browser with one page on a screen of that size. Skips the test where Chromium is not installed."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    home = Path(tempfile.mkdtemp(prefix="chromium-"))
    nowhere = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        chromium, *_QUIET, f"--user-data-dir={home}", "--remote-debugging-port=0", stdout=nowhere, stderr=nowhere
    )
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(await _page(session, home / "DevToolsActivePort"), max_msg_size=0) as socket,
        ):
            page = Browser(socket)
            await page.begin(width=width, height=height, dark=dark)
            yield page
    finally:
        process.terminate()
        await process.wait()
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


async def _page(session: aiohttp.ClientSession, port_file: Path) -> str:
    """Where its only page is spoken to, once the browser has written down its port."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            with suppress(OSError, IndexError, StopIteration):
                port = (await asyncio.to_thread(port_file.read_text, "ascii")).splitlines()[0]
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    pages = [one for one in await answer.json() if one["type"] == "page"]
                return str(next(iter(pages))["webSocketDebuggerUrl"])
            await asyncio.sleep(0.05)
