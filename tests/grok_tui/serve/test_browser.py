"""The explorer in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="grok-tui[serve] is not installed")
pytest.importorskip("textual_serve", reason="grok-tui[serve] is not installed")

from tests.grok_tui.chromium import Page, chromium, running_browser
from tests.grok_tui.serve.serving import plain, serving
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (apt-get install chromium)")


def received(page: Page) -> str:
    page.evaluate("1")  # reads the events until now
    return plain(page.received)


def test_a_key_moves_the_epoch_in_a_browser(tiny_run: Path, tmp_path: Path) -> None:
    with serving(tmp_path, str(tiny_run)) as server, running_browser() as browser:
        page = browser.open(server.url, 1280)
        page.wait("document.body.classList.contains('-first-byte')")
        wait_until(lambda: "epoch 40 (5 of 5)" in received(page))
        page.press("ArrowLeft")
        wait_until(lambda: "30 (4 of 5)" in received(page))
        assert [error for error in page.errors if "WebGL" not in error] == []  # which a headless browser lacks
        assert all(url.startswith((server.base, "blob:")) for url in page.requests)
        server.process.kill()
        page.wait("getComputedStyle(document.querySelector('.ended')).display === 'flex'")


def test_a_wrong_token_gets_nothing_in_a_browser(tiny_run: Path, tmp_path: Path) -> None:
    with serving(tmp_path, str(tiny_run), "--token", "right") as server, running_browser() as browser:
        page = browser.open(f"{server.base}/?token=wrong", 400)
        assert page.evaluate("document.body.innerText").strip().startswith("A token is needed")
        assert server.visitors == []
