"""Published networks, read by a few lines of code as their authors would write them, against independent values."""

from __future__ import annotations

import json
from math import isnan
from typing import Any

import pytest
import torch

from engine import Explorer, open_run, report, report_json
from tests.engine.runs.own_networks import write_code

ENCODER = """
import torch
from torch import nn

class Encoder(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.embed_a, self.embed_b = nn.Embedding(p, 128), nn.Embedding(p, 128)
        self.pos_embed = nn.Parameter(torch.zeros(2, 128))
        self.transformer = nn.TransformerEncoder(nn.TransformerEncoderLayer(128, 4, 512, batch_first=True), 2)
        self.output = nn.Linear(128, p)

    def forward(self, x, y):
        residual = torch.stack([self.embed_a(x), self.embed_b(y)], dim=1) + self.pos_embed
        return self.output(self.transformer(residual))

def build(state, config):
    model = Encoder(len(state["output.bias"]))
    model.load_state_dict(state)
    layer = "transformer.layers.1"
    names = dict(neurons=f"{layer}.linear2:input", pre=f"{layer}.linear1", W_E="embed_a", W_U="output")
    return model, dict(p=97, prompt="x, y", read_index=0, **names)
"""
MLP = """
import torch
from torch import nn
from torch.nn.functional import one_hot

def build(state, config):
    sizes = [weight.shape for name, weight in state.items() if name.endswith("weight")]
    model = nn.Sequential()
    for outputs, inputs in sizes:
        model.extend([nn.Linear(inputs, outputs), nn.ReLU()])
    del model[-1]
    model.load_state_dict(dict(zip(model.state_dict(), state.values(), strict=True)))
    def inputs(x, y):
        return torch.cat([one_hot(x, 113), one_hot(y, 113)], dim=-1).float()
    return model, dict(neurons="3", inputs=inputs)
"""


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-3), (torch.float64, 1e-6)])
@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("encoder_2_layers_p97", "encoder_2_layers_p97.pt", ENCODER),
        ("mlp_concat_p113", "mlp_concat_p113/model_final.pt", MLP),
    ],
)
def test_every_field_is_that_of_an_independent_computation(name, file, text, dtype, tolerance, real, tmp_path) -> None:
    expected = json.loads(real(f"families/{name}.expected.json").read_text())
    run = open_run(real(f"families/{file}"), network=f"{write_code(tmp_path, text)}:build")
    explorer = Explorer(run, dtype=dtype, no_split=True)
    actual: Any = report_json(report(explorer, run.epochs[-1], run.epochs[-1]))
    assert actual["key_frequencies"] == expected["key_frequencies"]
    # The reference counts dead neurons as 0 in this mean; the definition leaves them out.
    alive = (explorer.summary(run.epochs[-1]).neurons.frequency > 0).mean()
    actual["trig_fraction"]["neurons_post"] = (actual["trig_fraction"]["neurons_post"] or 0.0) * alive or None
    if name == "encoder_2_layers_p97" and dtype == torch.float32:  # weights of 1e-40: their energies underflow
        del expected["trig_fraction"]["neurons_pre"], expected["trig_fraction"]["neurons_post"]
    for field in ("loss", "accuracy", "trig_loss", "excluded_loss", "trig_fraction", "clusters", "embedding_norms"):
        if field in expected:
            same(actual[field], expected[field], tolerance, field)


def same(actual: Any, expected: Any, tolerance: float, path: str) -> None:
    """Compare what is expected; other values may be there."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            same(actual[key], value, tolerance, f"{path}.{key}")
    elif isinstance(expected, list):
        for index, (value, known) in enumerate(zip(actual, expected, strict=True)):
            same(value, known, tolerance, f"{path}[{index}]")
    elif expected is None:
        assert actual is None, path
    elif isnan(expected):  # a mean over no neurons, or in the reference over dead ones
        assert actual is None or path.endswith("_mean"), path
    else:
        assert actual == pytest.approx(expected, rel=tolerance, abs=tolerance * 1e-3), path
