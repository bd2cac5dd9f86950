"""Visitors of a real server: each has a process, which nothing of another visitor reaches."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

aiohttp = pytest.importorskip("aiohttp", reason="grok-tui[serve] is not installed")
pytest.importorskip("textual_serve", reason="grok-tui[serve] is not installed")

from tests.grok_tui.serve.serving import Served, serving, visiting  # noqa: E402
from tests.waiting import wait_until  # noqa: E402

LEFT = "\x1b[D"


@pytest.fixture(scope="module")
def served(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home"), str(tiny_run), "--max-visitors", "2") as server:
        yield server


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as made:
        yield made


async def test_a_key_moves_the_epoch(served: Served, session) -> None:
    async with visiting(served, session) as guest:
        await guest.sees("epoch 40 (5 of 5)")
        await guest.press(LEFT)
        await guest.sees("30 (4 of 5)")


async def test_the_page_asks_nothing_of_other_servers(served: Served, session) -> None:
    async with session.get(served.base) as answer:
        page = await answer.text()
    assert "https://" not in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert f"ws://{served.base.removeprefix('http://')}/ws" in page


async def test_an_export_is_a_download_and_writes_nothing(served: Served, session) -> None:
    async with visiting(served, session) as guest:
        await guest.sees("epoch 40 (5 of 5)")
        files = set(served.home.rglob("*"))
        await guest.press("e")
        await guest.sees("the downloads of your browser")
        await guest.press(*"/tmp/../neuron.csv", "\r")
        await guest.until(lambda: bool(guest.messages))
        kind, key = guest.messages[-1]
        assert kind == "deliver_file_start"
        async with session.get(f"{served.base}/download/{key}") as answer:
            content = await answer.text()
        assert answer.headers["Content-Disposition"] == 'attachment; filename="neuron.csv"'
        assert content.startswith("x,y,value\n")
        assert len(content.splitlines()) == 1 + 7 * 7
        assert {
            file for file in set(served.home.rglob("*")) - files if file.is_file() and "cache" not in str(file)
        } == set()
        async with session.get(f"{served.base}/download/{key}x") as answer:
            assert answer.status == 404


async def test_a_visitor_cannot_open_another_run(served: Served, session, subtracting_run: Path) -> None:
    async with visiting(served, session) as guest:
        await guest.sees("epoch 40 (5 of 5)")
        await guest.press("\x10")
        await guest.sees("a word of the help")
        await guest.press(*f"open {subtracting_run}")
        await guest.sees("No matches found")


async def test_one_visitor_too_many_is_refused_in_a_sentence(served: Served, session) -> None:
    wait_until(lambda: not served.visitors)
    async with visiting(served, session) as one, visiting(served, session) as two:
        await one.sees("epoch 40 (5 of 5)")
        await two.sees("epoch 40 (5 of 5)")
        async with session.get(served.base) as answer:
            assert answer.status == 503
            assert "2 visitors are connected, the most" in await answer.text()
        async with visiting(served, session) as three:
            await three.ended()
        assert len(served.visitors) == 2


async def test_nothing_of_one_visitor_reaches_another(served: Served, session) -> None:
    """One floods its explorer with keys, and its process is killed; the other goes on."""
    wait_until(lambda: not served.visitors)
    async with visiting(served, session) as one:
        await one.sees("epoch 40 (5 of 5)")
        (process,) = served.visitors
        async with visiting(served, session) as two:
            await two.sees("epoch 40 (5 of 5)")
            for _ in range(300):
                await one.press(LEFT, "\x1b[C", "j", "\x00", "é")
            await one.socket.send_str("[not json")
            await one.socket.send_str('["resize", {"width": 1000000000, "height": -1}]')
            await one.socket.send_str('["resize", "wide"]')
            await two.press(LEFT)
            await two.sees("30 (4 of 5)")
            os.kill(process, signal.SIGKILL)
            await one.ended()
            await two.press(LEFT)
            await two.sees("20 (3 of 5)")


async def test_a_page_elsewhere_and_another_name_are_refused(served: Served, session) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{served.base}/ws", headers=headers)
        assert refused.value.status == 403


async def test_a_wrong_token_gets_nothing(tiny_run: Path, tmp_path: Path) -> None:
    options = ("--host", "0.0.0.0", "--allow-remote")
    with serving(tmp_path, str(tiny_run), *options) as server:
        right = server.url.replace("0.0.0.0", "127.0.0.1")
        base = right.partition("?")[0].rstrip("/")
        assert "?token=" in right
        async with aiohttp.ClientSession() as session:
            for wrong in ("", "?token=", "?token=wrong", f"?token={right[-1]}"):
                for path in ("/", "/ws", "/download/x", "/static/js/textual.js"):
                    async with session.get(f"{base}{path}{wrong}") as answer:
                        assert (answer.status, "<" in await answer.text()) == (403, False)
            assert server.visitors == []
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name, too
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            async with session.get(right) as answer:
                assert answer.status == 200
            async with session.get(f"{base}/static/js/textual.js") as answer:
                assert answer.status == 200
            async with session.ws_connect(f"{base}/ws?width=120&height=40", max_msg_size=0) as socket:
                assert (await asyncio.wait_for(socket.receive(), 240)).type is aiohttp.WSMsgType.BINARY


async def test_an_idle_visitor_is_disconnected(tiny_run: Path, tmp_path: Path, session) -> None:
    with serving(tmp_path, str(tiny_run), "--idle-minutes", "0.02") as server:
        async with visiting(server, session) as guest:
            await guest.ended()
        wait_until(lambda: not server.visitors)


async def test_visitors_end_with_the_server(tiny_run: Path, tmp_path: Path, session) -> None:
    with serving(tmp_path, str(tiny_run)) as server:
        async with visiting(server, session) as guest:
            await guest.sees("epoch 40 (5 of 5)")
            (process,) = server.visitors
            server.process.kill()
            await guest.ended()
        wait_until(lambda: not Path(f"/proc/{process}").exists())


async def test_ctrl_c_ends_the_server_and_its_visitors(tiny_run: Path, tmp_path: Path, session) -> None:
    with serving(tmp_path, str(tiny_run)) as server:
        async with visiting(server, session) as guest:
            await guest.sees("epoch 40 (5 of 5)")
            (process,) = server.visitors
            server.process.send_signal(signal.SIGINT)
            await guest.ended()
        assert await asyncio.to_thread(server.process.wait, 240) == 0
        assert not Path(f"/proc/{process}").exists()


async def test_visitors_share_the_cores(tiny_run: Path, tmp_path: Path, session) -> None:
    expected = os.environ.get("OMP_NUM_THREADS", "1")
    with serving(tmp_path, str(tiny_run), "--max-visitors", str(os.cpu_count())) as server:
        async with visiting(server, session) as guest:
            await guest.sees("epoch 40 (5 of 5)")
            (process,) = server.visitors
            assert f"OMP_NUM_THREADS={expected}" in Path(f"/proc/{process}/environ").read_text().split("\0")
