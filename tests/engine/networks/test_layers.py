"""The number of layers of a config, and the one on show."""

from __future__ import annotations

import pytest

from engine.networks.config import InvalidConfig, ModelConfig, Prompt
from engine.networks.layers import n_layers, one_layer_text, shown_layer, with_shown_layer
from engine.networks.mlp_config import MlpConfig
from engine.networks.module_config import ModuleConfig
from engine.networks.transformer_config import TransformerConfig

STUDY = ModelConfig.standard(p=7)
MODULE = ModuleConfig(7, 7, "Net", "act", "hidden", 16, None)
DEEP = [
    MlpConfig(7, (16, 8, 4), 7, 7),
    TransformerConfig(7, 8, 3, 2, 4, 16, Prompt.parse("x y =", 7), 8, 7),
]


@pytest.mark.parametrize("config", DEEP)
def test_layers_of_a_deep_network(config) -> None:
    assert (n_layers(config), shown_layer(config)) == (3, 2)
    assert with_shown_layer(config, 2) is config
    first = with_shown_layer(config, 0)
    assert shown_layer(first) == 0
    assert shown_layer(with_shown_layer(first, 1)) == 1
    with pytest.raises(InvalidConfig, match="--layer"):
        with_shown_layer(config, 3)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (STUDY, "This network has one MLP layer."),
        (MODULE, "This network is your own module Net; pass --neurons for other neurons than those of act."),
    ],
)
def test_a_network_with_one_layer(config, text) -> None:
    assert (n_layers(config), shown_layer(config)) == (1, 0)
    assert with_shown_layer(config, 0) is config
    assert one_layer_text(config) == text
