"""The tables that a page computes maps of neurons from, decoded as its script decodes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine import Explorer, MlpConfig, ModelConfig, TrainingConfig, open_run, train
from engine.networks.config import Prompt
from grok_tui.export.page.arrays import BLANK, ArrayPool
from grok_tui.export.page.neuron_tables import pack_neurons, store_maps
from tests.grok_tui.export.page.embedded import numbers


def unpacked(data: dict[str, Any], tables: dict[str, Any], count: int) -> np.ndarray:
    """Pre-activations [neuron, x, y] from the tables of `count` tokens."""
    scores = [(score["over"], numbers(data, score["values"])) for score in tables["scores"]]
    at = {"x": np.arange(count)[:, None], "y": np.arange(count)[None], "": np.zeros((1, 1), dtype=int)}
    if scores:
        heads = len(scores[-1][1]) // (1 if scores[-1][0] == "" else count)
        logits = [
            np.broadcast_to(values.reshape(-1, heads)[at[over]], (count, count, heads)) for over, values in scores
        ]
        pattern = torch.softmax(torch.tensor(np.array(logits)), dim=0).numpy()  # [position, x, y, head]
    total: Any = 0.0
    for group in tables["groups"]:
        strong, kept, rows = group["strong"], group["kept"], group["rows"]
        u, v = ([numbers(data, part) for part in group[name]] for name in "uv")
        U = np.concatenate([u[0].reshape(rows, strong), u[1].reshape(rows, kept - strong)], axis=1)
        V = np.concatenate([v[0].reshape(strong, -1), v[1].reshape(kept - strong, len(v[0]) // strong)])
        table = (U * numbers(data, group["scales"])) @ V  # [row, neuron]
        for source in group["sources"]:
            values = table[source["row"] + at[source["over"]]]
            weight = 1.0 if source["head"] is None else pattern[source["position"], :, :, source["head"], None]
            total = total + weight * values
    return np.moveaxis(np.broadcast_to(total, (count, count, total.shape[-1])), -1, 0)


def check(explorer: Explorer, epoch: int) -> None:
    pool, network = ArrayPool(), explorer.network(epoch)
    packed = pack_neurons(network, pool)
    assert packed is not None
    found = unpacked({"arrays": pool.arrays}, packed.json, network.task.p)
    exact = np.stack([network.pre(neuron).double().numpy() for neuron in range(network.n_neurons)])
    spread = np.ptp(exact, axis=(1, 2))
    error = np.abs(found - exact).max(axis=(1, 2))
    assert packed.error < 0.02
    assert (error <= (packed.error + 1e-4) * spread + 1e-6).all()
    assert (error / spread).max() == pytest.approx(packed.error, abs=1e-4)


@pytest.mark.parametrize("epoch", [0, 9_000, 40_000])
def test_the_tables_of_the_bundled_run_give_its_neurons(epoch: int) -> None:
    check(Explorer(open_run(Path("grok_tui/demo").absolute())), epoch)


def test_the_tables_of_small_runs_give_their_neurons(tiny_run: Path, multiplying_run: Path) -> None:
    for path in (tiny_run, multiplying_run):
        check(Explorer(open_run(path)), 40)


def test_the_tables_of_an_mlp_give_its_neurons(tmp_path: Path) -> None:
    config = MlpConfig(p=11, hidden=(24,), d_vocab=11, d_vocab_out=11, joined="concatenation", act_fn="quadratic")
    train(config, TrainingConfig(epochs=5, frac_train=0.5, biases="none"), path=tmp_path / "mlp")
    check(Explorer(open_run(tmp_path / "mlp")), 5)


def test_attention_from_a_token_and_mixed_with_a_constant_has_no_tables(tmp_path: Path) -> None:
    standard = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
    for name, changes in (("xy", {"prompt": Prompt(("x", "y"))}), ("mixed", {"attn_coeff": 0.5})):
        config = replace(standard, **changes)
        train(config, TrainingConfig(epochs=2, frac_train=0.5), path=tmp_path / name)
        network = Explorer(open_run(tmp_path / name)).network(2)
        assert pack_neurons(network, ArrayPool()) is None


def test_stored_maps_are_those_of_the_network(tiny_run: Path) -> None:
    pool, network = ArrayPool(), Explorer(open_run(tiny_run)).network(40)
    stored = store_maps(network, (3, 5), pool)
    assert list(stored) == ["3", "5"]
    for name in ("pre", "post"):
        plot = stored["5"][name]
        levels = numbers({"arrays": pool.arrays}, plot["values"]).reshape(7, 7)
        values = plot["low"] + levels * (plot["high"] - plot["low"]) / (BLANK - 1)
        exact = getattr(network, name)(5).double().numpy()
        assert np.abs(values - exact).max() <= 0.51 * np.ptp(exact) / (BLANK - 1) + 1e-9
