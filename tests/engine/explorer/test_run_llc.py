"""The local learning coefficient of a run: cached by what it depends on, resumed after an interruption."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import Explorer, Prompt, SaveSchedule, TrainingConfig, TransformerConfig, UnknownQuery, open_run, train
from engine.explorer import run_llc
from engine.metrics.llc.sampler import Traces, draw_chains
from engine.metrics.llc.settings import LlcSettings

SETTINGS = LlcSettings(chains=2, draws=3, burn_in=1, step_size=1e-4, gamma=10.0)


@pytest.fixture
def drawn(monkeypatch) -> list[int]:
    """How many steps each drawing of chains made."""
    steps: list[int] = []

    def draw(loss, w_star, nbeta, settings, on_step) -> Traces:
        traces = draw_chains(loss, w_star, nbeta, settings, on_step)
        steps.append(settings.steps)
        return traces

    monkeypatch.setattr(run_llc, "draw_chains", draw)
    return steps


def explorer_of(path: Path, cache: Path | None, **options) -> Explorer:
    return Explorer(open_run(path), cache=cache, **options)


def read(explorer: Explorer) -> run_llc.LlcSnapshot:
    for _ in explorer.llc.steps():
        pass
    return explorer.llc.snapshot()


def test_the_estimate_is_over_the_train_pairs_and_trained_parameters(tiny_run) -> None:
    explorer = explorer_of(tiny_run, None, dtype=torch.float64)
    found = explorer.llc.estimate(40, SETTINGS)
    n = explorer.split.n_train
    assert (found.n_train, found.nbeta) == (n, pytest.approx(n / np.log(n)))
    weights = explorer.run.weights(40)
    trained = [tensor for name, tensor in weights.items() if not name.startswith("b_") or name in ("b_in", "b_out")]
    assert found.n_parameters == sum(tensor.numel() for tensor in trained)
    assert found.traces.loss_at_start == pytest.approx(explorer.summary(40).losses.loss.train, rel=1e-9)
    assert found.value == pytest.approx(found.by_chain.mean())


def test_an_estimate_is_cached_by_all_that_it_depends_on(tiny_run, tmp_path, drawn) -> None:
    first = explorer_of(tiny_run, tmp_path).llc.estimate(40, SETTINGS)
    again = explorer_of(tiny_run, tmp_path).llc.estimate(40, SETTINGS)
    assert drawn == [4]
    assert (again.value, again.standard_error) == (first.value, first.standard_error)
    explicit = replace(SETTINGS, nbeta=first.nbeta)
    assert explorer_of(tiny_run, tmp_path).llc.estimate(40, explicit).value == first.value  # the same settings
    assert len(drawn) == 1
    for changed in (replace(SETTINGS, seed=1), replace(SETTINGS, gamma=11.0), replace(SETTINGS, nbeta=2.0)):
        explorer_of(tiny_run, tmp_path).llc.estimate(40, changed)
    explorer_of(tiny_run, tmp_path).llc.estimate(30, SETTINGS)
    explorer_of(tiny_run, tmp_path, dtype=torch.float64).llc.estimate(40, SETTINGS)
    other_split = explorer_of(tiny_run, tmp_path).split
    moved = replace(other_split, train=~other_split.train)
    explorer_of(tiny_run, tmp_path, split=moved).llc.estimate(40, SETTINGS)
    assert len(drawn) == 7


def test_a_damaged_file_of_the_cache_is_estimated_again(tiny_run, tmp_path, drawn) -> None:
    expected = explorer_of(tiny_run, tmp_path).llc.estimate(40, SETTINGS).value
    (file,) = (tmp_path / "llc").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert explorer_of(tiny_run, tmp_path).llc.estimate(40, SETTINGS).value == expected
    assert len(drawn) == 2


def test_an_interruption_keeps_what_is_complete(tiny_run, tmp_path) -> None:
    llc, steps = explorer_of(tiny_run, tmp_path).llc, []

    def interrupt() -> None:
        steps.append(1)
        if len(steps) == 6:
            raise KeyboardInterrupt

    llc.estimate(0, SETTINGS, interrupt)
    with pytest.raises(KeyboardInterrupt):
        llc.estimate(10, SETTINGS, interrupt)
    again = explorer_of(tiny_run, tmp_path).llc
    assert [again.cached(epoch, SETTINGS) is not None for epoch in (0, 10, 20)] == [True, False, False]


def test_the_snapshot_has_the_settings_with_most_epochs(tiny_run, tmp_path) -> None:
    explorer = explorer_of(tiny_run, tmp_path)
    assert (read(explorer).estimates, read(explorer).settings) == ({}, None)
    other = explorer_of(tiny_run, tmp_path).llc
    for epoch in (0, 20, 40):
        other.estimate(epoch, SETTINGS)
    for epoch in (10, 30):
        other.estimate(epoch, replace(SETTINGS, seed=5))
    found = read(explorer)  # of another process
    assert list(found.estimates) == [0, 20, 40]
    assert (found.total, found.others, found.settings.seed) == (5, 1, 0)
    assert list(explorer.llc.steps()) == []
    assert explorer.llc.snapshot() is found
    for epoch in (0, 20, 40):
        other.estimate(epoch, replace(SETTINGS, seed=5))
    assert list(read(explorer).estimates) == [0, 10, 20, 30, 40]


def test_without_a_cache_on_disk_there_is_what_this_explorer_estimated(tiny_run) -> None:
    explorer = explorer_of(tiny_run, None)
    explorer.llc.estimate(20, SETTINGS)
    assert list(read(explorer).estimates) == [20]
    assert read(explorer_of(tiny_run, None)).estimates == {}


def test_a_short_burst_tells_the_time_and_keeps_nothing(tiny_run, tmp_path) -> None:
    llc = explorer_of(tiny_run, tmp_path).llc
    assert llc.step_seconds(40, SETTINGS) > 0
    assert llc.cached(40, SETTINGS) is None
    assert not (tmp_path / "llc").exists()


def test_a_run_whose_split_is_unknown_says_what_to_pass(tiny_run) -> None:
    explorer = explorer_of(tiny_run, None, no_split=True)
    with pytest.raises(UnknownQuery, match=r"needs the train pairs.*pass --split"):
        explorer.llc.estimate(40, SETTINGS)
    assert read(explorer).estimates == {}


@pytest.mark.parametrize("run", ["multiplying_run", "subtracting_run", "squaring_run"])
def test_other_operations_start_at_their_train_loss(run, request) -> None:
    explorer = explorer_of(request.getfixturevalue(run), None, dtype=torch.float64)
    found = explorer.llc.estimate(40, SETTINGS)
    assert found.traces.loss_at_start == pytest.approx(explorer.summary(40).losses.loss.train, rel=1e-9)


def test_the_layer_on_show_changes_nothing(tmp_path_factory, tmp_path, drawn) -> None:
    config = TransformerConfig(
        p=7,
        d_model=8,
        n_layers=2,
        n_heads=2,
        d_head=4,
        d_mlp=12,
        prompt=Prompt.parse("x y =", 7),
        d_vocab=8,
        d_vocab_out=7,
    )
    path = tmp_path_factory.mktemp("runs") / "deep"
    train(config, TrainingConfig(epochs=2, save_every=SaveSchedule.parse("2"), frac_train=0.5), path=path)
    explorer = explorer_of(path, tmp_path)
    first = explorer.llc.estimate(2, SETTINGS)
    assert explorer.at_layer(0).llc.cached(2, SETTINGS) is first
    reopened = Explorer(open_run(path, layer=0), cache=tmp_path)
    assert reopened.llc.estimate(2, SETTINGS).value == first.value
    assert len(drawn) == 1
