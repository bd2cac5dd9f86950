"""config.toml: every setting, and one sentence for each kind of mistake."""

from __future__ import annotations

import pytest

from engine import GrokError
from grok_tui.session.settings import Settings, check_keys, read_settings, with_overrides

GOOD = """
theme = "nord"
device = "cpu"
palette = "light"
colours = "256"
compact = true
graphics = "none"
ascii = true
markers = "half"
workspace = "training"

[keys]
"epoch.next" = "ctrl+n, ]"
"cluster.next" = "}"
"""


def test_without_a_file_the_defaults_apply(tmp_path) -> None:
    assert read_settings(tmp_path / "config.toml") == Settings()


def test_without_access_to_the_folder_the_defaults_apply(tmp_path) -> None:
    (tmp_path / "home").touch()  # a file, such as HOME=/dev/null
    assert read_settings(tmp_path / "home" / ".config" / "config.toml") == Settings()


def test_a_file_that_exists_but_cannot_be_read_is_an_error(tmp_path) -> None:
    with pytest.raises(GrokError, match="cannot be read"):
        read_settings(tmp_path)  # a folder


def test_every_setting_can_be_set(tmp_path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    assert read_settings(path) == Settings(
        theme="nord",
        device="cpu",
        palette="light",
        colours="256",
        compact=True,
        graphics="none",
        ascii=True,
        markers="half",
        workspace="training",
        keys={"epoch.next": "ctrl+n, ]", "cluster.next": "}"},
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("theme = ", "cannot be read"),
        ("colour = 3", "unknown setting 'colour'; valid settings: theme, device"),
        ('theme = ["nord"]', "theme = ['nord'] is invalid; valid: the name of a theme"),
        ("theme = 3", "theme = 3 is invalid"),
        ('device = "tpu"', "device = 'tpu' is invalid; valid: 'auto', 'cpu'"),
        ('device = ["cpu"]', "device = ['cpu'] is invalid"),
        ("compact = 1", "compact = 1 is invalid; valid: true, false"),
        ('workspace = "kitchen"', "is invalid; valid: 'overview'"),
        ("keys = 3", "action ids with their keys"),
        ('[keys]\n"epoch.next" = ""', "action ids with their keys"),
        ('[keys]\n"epoch.next" = 3', "action ids with their keys"),
        ("[keys]\nepoch.next = 'n'", "action ids with their keys"),
    ],
)
def test_a_mistake_gets_one_sentence(tmp_path, text, words) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(GrokError) as caught:
        read_settings(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_command_line_options_override_the_file() -> None:
    options = {"theme": None, "colours": "16", "ascii": True}
    assert with_overrides(Settings(theme="nord"), options) == Settings(theme="nord", colours="16", ascii=True)


def test_old_action_ids_are_aliases(tmp_path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[keys]\n"knock.cluster" = "f5"\n"knock.whole" = "f6"\n')
    settings = read_settings(path)
    assert settings.keys == {"ablate.cluster": "f5", "ablate.whole": "f6"}
    check_keys(settings.keys, path)
