"""A headless Chromium, driven by the DevTools protocol over pipes: no package is needed besides Debian's `chromium`."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--mute-audio", "--remote-debugging-pipe",
)  # fmt: skip
_PATIENCE = 60.0  # seconds for an answer or a condition


def chromium() -> str | None:
    """The path of the browser; None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """The pages of a running browser. Events are collected while answers are read."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._buffer = b""
        self._ids = itertools.count(1)
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, /, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol, and wait for its result."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._receive(deadline - time.monotonic(), method)
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _receive(self, seconds: float, method: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(seconds, 0))
            assert ready, f"Chromium did not answer {method} within {_PATIENCE:.0f} seconds."
            data = os.read(self._read, 1 << 20)
            assert data, "Chromium ended."
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def open(self, path: Path | str, width: int, height: int = 900, *, dark: bool = False) -> Page:
        """Open a file, or an address, in a new page of this size."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        page.call("Page.navigate", url=path if isinstance(path, str) else path.absolute().as_uri())
        page.wait("document.readyState === 'complete'")
        return page


class Page:
    """One page."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol for this page."""
        return self._browser.call(method, self._session, **params)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until a JavaScript condition holds."""
        deadline = time.monotonic() + _PATIENCE
        while not self.evaluate(condition):
            assert time.monotonic() < deadline, f"not within {_PATIENCE:.0f} seconds: {condition}"
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        """Press keys, such as ArrowRight, Shift+Tab or 7, one after the other."""
        for name in keys:
            key, shift = name.removeprefix("Shift+"), 8 * name.startswith("Shift+")
            text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
            code = key if len(key) > 1 else "Space" if key == " " else ""
            known = {"windowsVirtualKeyCode": _KEY_CODES[key]} if key in _KEY_CODES else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=code, modifiers=shift, **text, **known)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=code, **known)

    def click(self, selector: str, across: float = 0.5, down: float = 0.5) -> None:
        """Click on a place of an element, by default its middle."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        x, y, width, height = self.evaluate(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [box.x, box.y, box.width, box.height]; })()"
        )
        at = {"x": x + across * width, "y": y + down * height, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **at)

    def screenshot(self, *, whole: bool = False) -> bytes:
        """A PNG of what the window shows, or of the whole page."""
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(picture["data"])

    @property
    def received(self) -> bytes:
        """What came over connections that stay open, the binary messages in order."""
        frames = [
            event["params"]["response"]
            for event in self._browser.events
            if event.get("method") == "Network.webSocketFrameReceived" and event.get("sessionId") == self._session
        ]
        return b"".join(base64.b64decode(frame["payloadData"]) for frame in frames if frame["opcode"] == 2)

    @property
    def requests(self) -> list[str]:
        """What the page requested, but itself and data of its own."""
        urls = [
            event["params"]["request"]["url"]
            for event in self._browser.events
            if event.get("method") == "Network.requestWillBeSent" and event.get("sessionId") == self._session
        ]
        return [url for url in urls[1:] if not url.startswith("data:")]

    @property
    def errors(self) -> list[str]:
        """Errors and warnings of the console, and exceptions."""
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            method, params = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append(json.dumps(params["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
                found.append(json.dumps(params["args"]))
            elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(json.dumps(params["entry"]))
        return found


_KEY_CODES = {
    "Tab": 9, "Enter": 13, " ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
    "ArrowRight": 39, "ArrowDown": 40,
}  # fmt: skip


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start a browser with a profile of its own; it ends with the block."""
    program = chromium()
    assert program is not None
    to_browser, from_browser = os.pipe(), os.pipe()
    # Chromium reads from 3 and writes to 4, so no end of a pipe may have these numbers.
    ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_browser[0], from_browser[1])]
    profile = tempfile.mkdtemp(prefix="chromium-")
    with Path(os.devnull).open("wb") as nowhere:
        process = os.posix_spawn(
            program,
            [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            {**os.environ, "HOME": profile},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, nowhere.fileno(), 2),
                (os.POSIX_SPAWN_DUP2, ends[0], 3),
                (os.POSIX_SPAWN_DUP2, ends[1], 4),
            ],
            setsid=True,
        )
    for end in (to_browser[0], from_browser[1], *ends):
        os.close(end)
    try:
        yield Browser(from_browser[0], to_browser[1])
    finally:
        os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(from_browser[0])
        os.close(to_browser[1])
        shutil.rmtree(profile, ignore_errors=True)
