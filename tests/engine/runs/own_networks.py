"""Files of code that somebody passes to `--network`, and runs that only such code can read."""

from __future__ import annotations

from pathlib import Path

import torch

from engine import open_run
from engine.networks.weights import Weights
from tests.engine.networks.torch_modules import study_state

# Builds the model of a run whose file is no layout that the program knows.
BUILD = """
import torch
from torch import nn
from tests.engine.networks.torch_modules import StudyTransformer
from engine import ModelConfig

def build(state, config):
    print("building")
    model = StudyTransformer(ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12))
    model.load_state_dict({name.removeprefix("xyz/"): tensor for name, tensor in state.items()})
    return model

def build_and_describe(state, config):
    return build(state, config), dict(neurons="fc2:input", pre="fc1", attention="softmax", W_U="unembed", p=7)

def without_weights(state, config):
    torch.manual_seed(3)
    return StudyTransformer(ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)).apply(randomise)

def randomise(module):
    for parameter in module.parameters(recurse=False):
        nn.init.normal_(parameter)

def fails(state, config):
    return state["no such tensor"]

def exits(state, config):
    raise SystemExit(3)

def returns_a_list(state, config):
    return [1]

def wrong_setting(state, config):
    return build(state, config), dict(neuron="act")

def module_fails(state, config):
    model = build(state, config)
    model.unembed.forward = lambda residual: 1 / 0
    return model
"""


def write_code(folder: Path, text: str = BUILD) -> Path:
    """A file of code in a folder."""
    file = folder / "net.py"
    file.write_text(text, encoding="utf-8")
    return file


def write_unreadable_run(folder: Path, native: Path, config: dict[str, object] | None = None) -> Path:
    """A folder of checkpoints with the weights of a native run, under names that no reader knows."""
    folder.mkdir()
    run = open_run(native)
    for epoch in run.epochs:
        weights = run.weights(epoch)
        assert isinstance(weights, Weights)
        state = {f"xyz/{name}": tensor.clone() for name, tensor in study_state(weights).items()}
        recorded = {} if config is None else {"config": config}
        torch.save({"model": state, "epoch": epoch, **recorded}, folder / f"step_{epoch}.pt")
    return folder
