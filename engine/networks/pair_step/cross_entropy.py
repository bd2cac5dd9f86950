"""The loss of a batch of pairs: mean cross-entropy over all d_vocab_out logits, in float64 as in the paper's code."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.networks.pair_step.kernels import Kernels

_aten = torch.ops.aten


class CrossEntropy:
    """From the logits to the `loss` of each run: the mean over its first `n_pairs` pairs. [run]"""

    def __init__(self, kernels: Kernels, logits: Tensor, answers: Tensor, n_pairs: Sequence[int]) -> None:
        self._logits, self._answers = logits, answers[..., None]  # [run, pair, 1]
        counts = torch.tensor(n_pairs, dtype=torch.float64, device=logits.device)[:, None, None]
        is_counted = torch.arange(logits.shape[1], device=logits.device)[:, None] < counts
        self._d_picked = torch.where(is_counted, -1 / counts, 0.0)  # [run, pair, 1]
        self._as_double = torch.empty_like(logits, dtype=torch.float64)
        kernels.add_in_place(self._as_double.copy_, logits)
        self._log_probabilities = kernels.add(torch.log_softmax, self._as_double, -1)
        picked = kernels.add(torch.gather, self._log_probabilities, 2, self._answers)
        if bool(is_counted.all()):
            self.loss = kernels.add(torch.neg, kernels.add(torch.mean, picked, (1, 2)))
        else:
            self.loss = kernels.add(torch.sum, kernels.add(torch.mul, picked, self._d_picked), (1, 2))

    def differentiate(self, kernels: Kernels) -> Tensor:
        """The gradient of the logits. [run, pair, d_vocab_out]"""
        # constant: the gradient of the log-probabilities
        d_log_probabilities = torch.zeros_like(self._log_probabilities).scatter_(2, self._answers, self._d_picked)
        d_double, d_logits = self._as_double, torch.empty_like(self._logits)
        kernels.add_in_place(
            _aten._log_softmax_backward_data.out,
            d_log_probabilities,
            self._log_probabilities,
            -1,
            torch.float64,
            out=d_double,
        )
        kernels.add_in_place(d_logits.copy_, d_double)
        return d_logits
