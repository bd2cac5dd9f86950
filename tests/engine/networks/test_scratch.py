"""Memory of a pass: used again by name, and never by two names at once."""

from __future__ import annotations

import torch

from engine.networks.scratch import Scratch


def test_a_name_has_one_memory_which_grows() -> None:
    scratch = Scratch()
    small = scratch.empty("pre", (2, 3), torch.float32)
    large = scratch.empty("pre", (4, 3), torch.float32)
    again = scratch.empty("pre", (3, 2), torch.float32)
    assert (small.shape, large.shape, again.shape) == ((2, 3), (4, 3), (3, 2))
    assert again.data_ptr() == large.data_ptr() != small.data_ptr()


def test_names_parts_and_dtypes_have_memory_of_their_own() -> None:
    scratch = Scratch()
    tensors = [
        scratch.empty("a", (8,), torch.float32),
        scratch.empty("b", (8,), torch.float32),
        scratch.part("logits").empty("a", (8,), torch.float32),
        scratch.part("pre").empty("a", (8,), torch.float32),
        scratch.part("pre").part("pre").empty("a", (8,), torch.float32),
    ]
    assert len({tensor.data_ptr() for tensor in tensors}) == len(tensors)
    other = scratch.empty("a", (8,), torch.float64)
    assert (other.dtype, other.data_ptr() == tensors[0].data_ptr()) == (torch.float64, False)
