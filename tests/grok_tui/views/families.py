"""Runs of other architectures than the study's, with the settings that their files leave open."""

from __future__ import annotations

FAMILIES: dict[str, tuple[str, dict[str, int]]] = {
    "prenorm_p59": ("families/prenorm_p59.pt", {}),
    "encoder_2_layers_p97": ("families/encoder_2_layers_p97.pt", {"n_heads": 4}),
    "mlp_sum_p23": ("families/mlp_sum_p23", {}),
    "mlp_concat_p113": ("families/mlp_concat_p113", {}),
}
