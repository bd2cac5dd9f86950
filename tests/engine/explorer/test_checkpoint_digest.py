"""The digest of a checkpoint depends on every bit of its weights, and on settings."""

from __future__ import annotations

import torch

from engine.explorer.checkpoint_digest import digest_of


class OneTensor:
    """Weights as far as the digest reads them."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor

    def items(self):
        return [("W_E", self.tensor)]


def weights(value: float, dtype: torch.dtype = torch.float64) -> OneTensor:
    return OneTensor(torch.tensor([[1.0, value]], dtype=dtype))


def test_weights_that_differ_beyond_float32_have_different_digests() -> None:
    assert digest_of(weights(0.1), {}) == digest_of(weights(0.1), {})
    assert digest_of(weights(0.1), {}) != digest_of(weights(0.1 + 1e-15), {})
    assert digest_of(weights(0.1), {}) != digest_of(weights(0.1, torch.float32), {})
    assert digest_of(weights(0.1, torch.bfloat16), {}) != digest_of(weights(0.2, torch.bfloat16), {})


def test_settings_are_part_of_it() -> None:
    assert digest_of(weights(0.1), {"keys": [1, 2]}) != digest_of(weights(0.1), {"keys": [1, 3]})
    assert digest_of(weights(0.1), {"a": 1, "b": 2}) == digest_of(weights(0.1), {"b": 2, "a": 1})
