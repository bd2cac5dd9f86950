"""From options to an explorer and a selection."""

from __future__ import annotations

import pytest

from engine import Explorer, GrokError, WrongUsage, open_run
from grok_tui.cli.open_explorer import choose_device, open_run_or_demo, parse_frequencies, selection_from_options
from grok_tui.cli.options import EngineOptions, RunOptions, SelectionOptions
from grok_tui.session.settings import Settings


@pytest.mark.parametrize(("text", "frequencies"), [("14,35, 41", [14, 35, 41]), ("2", [2])])
def test_frequencies_are_separated_by_commas(text, frequencies) -> None:
    assert parse_frequencies(text) == frequencies


@pytest.mark.parametrize("text", ["", "a", "1;2", "-1"])
def test_other_frequencies_are_wrong_usage(text) -> None:
    with pytest.raises(WrongUsage, match="such as 14,35,41"):
        parse_frequencies(text)


@pytest.mark.parametrize(
    ("device", "cuda", "mps", "chosen"),
    [
        ("auto", False, False, "cpu"),
        ("auto", True, False, "cuda"),
        (None, True, True, "cuda"),
        ("mps", False, True, "cpu"),
    ],
)
def test_auto_takes_cuda_and_mps_falls_back_to_the_cpu(device, cuda, mps, chosen, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: cuda)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: mps)
    assert choose_device(device) == chosen


def test_a_missing_device_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(GrokError, match="No cuda device is available; pass --device cpu"):
        choose_device("cuda")


def test_the_device_of_the_settings_is_the_default() -> None:
    settings = Settings(device="cpu")
    assert EngineOptions().with_defaults(settings).device == "cpu"
    assert EngineOptions(device="cuda").with_defaults(settings).device == "cuda"


def test_without_a_path_the_bundled_run_is_opened() -> None:
    assert open_run_or_demo(None, RunOptions()).config.p == 113


def test_options_override_the_position_before(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[1, 2, 3])
    before = selection_from_options(
        explorer, options=SelectionOptions(epoch=20, neuron=5, pair=(2, 3)), reference_epoch=10
    )
    assert (before.epoch, before.reference_epoch, before.neuron, before.x, before.y) == (20, 10, 5, 2, 3)
    after = selection_from_options(explorer, before, options=SelectionOptions(head=1), reference_epoch=None)
    assert (after.epoch, after.reference_epoch, after.neuron, after.head) == (20, 10, 5, 1)
