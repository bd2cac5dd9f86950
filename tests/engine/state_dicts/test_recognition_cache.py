"""What was recognised is found again by the weights and the open settings."""

from __future__ import annotations

import pytest

from engine.networks.config import ModelConfig
from engine.networks.pair_forward import initial_weights
from engine.state_dicts import config_inference
from engine.state_dicts.model_reading import ModelOverrides
from engine.state_dicts.read_state_dict import read_model

CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)


@pytest.fixture
def recognised(monkeypatch) -> list[object]:
    """The options of each recognition that was computed."""
    computed: list[object] = []
    recognise = config_inference.recognise

    def record(options, *arguments):
        computed.append(options)
        return recognise(options, *arguments)

    monkeypatch.setattr(config_inference, "recognise", record)
    return computed


def test_the_same_weights_are_recognised_once(tmp_path, recognised) -> None:
    state = initial_weights(CONFIG, seed=0)
    first = read_model(state, "a.pt", overrides=ModelOverrides(cache=tmp_path))
    again = read_model(state, "b.pt", overrides=ModelOverrides(cache=tmp_path))
    assert again == first
    assert len(recognised) == 1
    read_model(state, "a.pt", overrides=ModelOverrides(cache=tmp_path, act_fn="relu"))
    read_model(initial_weights(CONFIG, seed=1), "a.pt", overrides=ModelOverrides(cache=tmp_path))
    assert len(recognised) == 3


def test_a_damaged_or_unwritable_cache_is_no_error(tmp_path, recognised) -> None:
    state = initial_weights(CONFIG, seed=0)
    first = read_model(state, "a.pt", overrides=ModelOverrides(cache=tmp_path))
    (file,) = tmp_path.iterdir()
    file.write_text('{"values": [], "settled": 3}')
    assert read_model(state, "a.pt", overrides=ModelOverrides(cache=tmp_path)) == first
    assert read_model(state, "a.pt", overrides=ModelOverrides(cache=file / "below a file")) == first
    assert len(recognised) == 3


def test_the_same_numbers_in_linear_layers_are_recognised_anew(tmp_path, recognised) -> None:
    """The axes of square matrices differ."""
    state = initial_weights(CONFIG, seed=0)
    read_model(state, "a.pt", overrides=ModelOverrides(cache=tmp_path))
    linear = {f"{name}.weight" if name == "W_in" else name: tensor for name, tensor in state.items()}
    read_model(linear, "a.pt", overrides=ModelOverrides(cache=tmp_path))
    assert len(recognised) == 2
