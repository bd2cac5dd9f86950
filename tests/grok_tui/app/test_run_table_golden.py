"""The table of runs as it is painted, as ANSI text that `cat` shows; renewed with `pytest --update-golden`."""

from __future__ import annotations

from pathlib import Path

import pytest

from grok_tui.app.run_table_app import RunTableApp
from grok_tui.session.settings import Settings
from tests.grok_tui.app.table_driving import press, settled
from tests.grok_tui.app.test_screens import painted_screen
from tests.grok_tui.made_source import MadeSource
from tests.grok_tui.run_views.made_runs import made_sweep

GOLDEN = Path(__file__).parent / "golden_runs"
SHOTS = {
    "80x24": ((80, 24), Settings(), ("j", "2")),
    "120x40": ((120, 40), Settings(), ("slash", *"frac_train=0.3", "enter", "G")),
    "220x60": ((220, 60), Settings(), ("j", "space", "k")),
    "120x40-light-groups": ((120, 40), Settings(theme="textual-light"), ("4", "tab")),
    "120x40-ascii": ((120, 40), Settings(ascii=True), ("3",)),
}


@pytest.mark.parametrize("name", SHOTS)
async def test_the_screen_equals_the_golden_one(name: str, request, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    size, settings, keys = SHOTS[name]
    app = RunTableApp(MadeSource.of(made_sweep(4)), settings=settings)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        await pilot.pause(0.2)
        await settled(pilot)
        painted = painted_screen(app)
    file = GOLDEN / f"runs-{name}.ansi"
    if request.config.getoption("--update-golden"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(painted, encoding="utf-8")
    (tmp_path / "painted.ansi").write_text(painted, encoding="utf-8")
    assert painted == file.read_text(encoding="utf-8"), f"cat {tmp_path / 'painted.ansi'} {file}"


def test_every_golden_file_belongs_to_a_screen() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {f"runs-{name}.ansi" for name in SHOTS}
