"""A cache counts bytes, not entries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.caching import ByteLimitedCache, tensor_bytes
from tests.engine.extremes import SMALL, explorer_of


@dataclass(frozen=True)
class Holder:
    tensor: Tensor
    more: tuple[object, ...]
    name: str = "no tensor"


def test_the_size_of_a_value_is_that_of_all_it_holds() -> None:
    inner = Holder(torch.zeros(10, dtype=torch.float64), ())
    assert tensor_bytes(Holder(torch.zeros(100), (np.zeros(3), {"a": inner}, None))) == 400 + 24 + 80


def test_what_was_used_least_recently_goes_first() -> None:
    computed = []

    def compute(number: int) -> Tensor:
        computed.append(number)
        return torch.zeros(100)

    cache = ByteLimitedCache(compute, max_bytes=1000)  # two and a half values
    for number in (1, 2, 1, 3, 1, 2):
        cache(number)
    assert computed == [1, 2, 3, 2]
    assert cache.nbytes == 800


def test_a_value_larger_than_the_bound_is_kept_until_the_next() -> None:
    cache = ByteLimitedCache(lambda number: torch.full((1000,), number), max_bytes=10)
    assert cache(1) is cache(1)
    assert cache(2) is cache(2)
    assert len(cache) == 1


def test_an_error_is_not_kept() -> None:
    answers = iter([1])
    cache = ByteLimitedCache(lambda wanted: next(answers) / wanted, max_bytes=10)
    with pytest.raises(ZeroDivisionError):
        cache(0)
    answers = iter([1])
    assert cache(2) == 0.5


def test_a_summary_is_counted_with_its_spectra() -> None:
    summary = explorer_of(SMALL).summary(100)
    assert tensor_bytes(summary) > summary.spectra.blocks.nbytes + summary.logit_sums.by_answer.nbytes


def test_a_peek_computes_nothing() -> None:
    cache = ByteLimitedCache(lambda number: np.full(number, 1.0), max_bytes=1000)
    assert cache.peek(3) is None
    value = cache(3)
    assert cache.peek(3) is value
    assert len(cache) == 1
