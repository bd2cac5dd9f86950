"""config.toml: what it may say, and one sentence for what it may not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import GrokError
from grok_tui.app.app import GrokApp
from grok_tui.app.widgets.key_bar import KeyBar
from grok_tui.render.palette import DARK
from grok_tui.session.keymap import configured_keys
from grok_tui.session.saved_session import OpenRun
from grok_tui.session.selection import initial_selection
from grok_tui.session.settings import Settings, read_settings, validate_names, with_overrides

GOOD = """
theme = "nord"
device = "cpu"
palette = "light"
colours = "256"
compact = true
workspace = "training"

[keys]
"epoch.next" = "ctrl+n, ]"
"cluster.next" = "}"
"""


def test_no_file_means_the_defaults(tmp_path) -> None:
    assert read_settings(tmp_path / "config.toml") == Settings()


def test_everything_can_be_set(tmp_path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    assert read_settings(path) == Settings(
        theme="nord",
        device="cpu",
        palette="light",
        colours="256",
        compact=True,
        workspace="training",
        keys={"epoch.next": "ctrl+n, ]", "cluster.next": "}"},
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("theme = ", "cannot be read"),
        ("colour = 3", "no setting 'colour'; there are theme, device"),
        ('theme = ["nord"]', "theme = ['nord'] is no name of a theme"),
        ('[keys]\n"epoch.next" = "shift+h"', "'shift+h' is never sent; write 'H'"),
        ('device = "tpu"', "device = 'tpu' is none of 'auto', 'cpu'"),
        ("compact = 1", "compact = 1 is none of true, false"),
        ('workspace = "kitchen"', "is none of 'overview'"),
        ("keys = 3", "an action's id its keys"),
        ('[keys]\n"epoch.nxt" = "n"', "no action 'epoch.nxt'; there are epoch.next"),
        ('[keys]\n"epoch.next" = "q"', "the key 'q' is both epoch.next and quit"),
        ('[keys]\n"epoch.next" = ""', "an action's id its keys"),
        ('[keys]\n"epoch.next" = "]"', "is both"),
    ],
)
def test_what_it_may_not_say_gets_one_sentence(tmp_path, text, words) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(GrokError) as caught:
        validate_names(read_settings(path), path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_line_goes_before_the_file() -> None:
    told = {"theme": None, "colours": "16", "ascii": True}
    assert with_overrides(Settings(theme="nord"), told) == Settings(theme="nord", colours="16", ascii=True)
    with pytest.raises(GrokError, match="no theme 'octarine'; there are textual-dark"):
        validate_names(with_overrides(Settings(), {"theme": "octarine"}), Path("config.toml"))


async def test_own_keys_act_and_are_told(explorer, settled) -> None:
    settings = Settings(theme="nord", keys={"epoch.previous": "ctrl+b,[", "cluster.previous": "{"})
    app = GrokApp(lambda: OpenRun(explorer, initial_selection(explorer)), settings=settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.theme == "nord"
        for keys, epoch in (("ctrl+b", 30), ("left_square_bracket", 20), ("left", 20), ("h", 20), ("right", 30)):
            await pilot.press(keys)
            await settled(pilot)
            assert app.selection.epoch == epoch


def test_the_key_bar_and_the_help_show_own_keys() -> None:
    changed = {key.id: key for key in configured_keys({"epoch.next": "ctrl+n", "help": "f1"})}
    assert changed["epoch.next"].shown == "ctrl+n"
    assert changed["help"].keys == ("f1",)
    assert changed["quit"].shown == "q"
    assert "f1 help" in KeyBar(configured_keys({"help": "f1"}), DARK).line(80).plain


@pytest.mark.parametrize("keys", ["w", "ctrl+n", "alt+right", "f5", "W", "ctrl+t,enter", "ctrl+shift+up"])
def test_a_key_is_one_that_there_is(tmp_path, keys) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[keys]\n"play.loop" = "{keys}"\n"neuron.goto" = "f9"\n"cluster.next" = "f8"\n"epoch.play" = "f7"\n'
    )
    settings = read_settings(path)
    validate_names(settings, path)
    assert settings.keys["play.loop"] == keys


@pytest.mark.parametrize("keys", ["banana", "ctrl+shift+banana", "hyper+n"])
def test_a_key_that_there_is_not_is_told(tmp_path, keys) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[keys]\n"epoch.next" = "{keys}"\n')
    with pytest.raises(GrokError, match="is no key; keys are such as n, ctrl"):
        validate_names(read_settings(path), path)


def test_reading_settings_leaves_textual_to_be_told(tmp_path) -> None:
    """It looks at what is told in the environment when it is imported, and never again."""
    code = (
        "import sys; from pathlib import Path; from grok_tui.session.settings import read_settings; "
        "read_settings(Path(sys.argv[1])); sys.exit('textual' in sys.modules)"
    )
    (tmp_path / "config.toml").write_text(GOOD)
    assert subprocess.run([sys.executable, "-c", code, tmp_path / "config.toml"], check=False).returncode == 0
