"""The loss of a batch of pairs: mean cross-entropy over all d_vocab_out logits, in float64 as in the paper's code.

That of the stablemax is that of the softmax of other logits: see `stablemax.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.networks.pair_step.kernels import Kernels
from engine.networks.training_config import Loss

_aten = torch.ops.aten


class CrossEntropy:
    """From the logits to the `loss` of each run: the mean over its first `n_pairs` pairs. [run]"""

    def __init__(
        self, kernels: Kernels, logits: Tensor, answers: Tensor, n_pairs: Sequence[int], loss: Loss = "cross-entropy"
    ) -> None:
        n_runs, n_rows, d_vocab_out = logits.shape
        # As in attention, a softmax over the first axis is faster for few answers, but rounds differently.
        self._axis = -1 if n_runs == 1 else 0
        self._logits, self._answers = logits, answers.unsqueeze(self._axis)
        counts = torch.tensor(n_pairs, dtype=torch.float64, device=logits.device)[:, None]
        is_counted = torch.arange(n_rows, device=logits.device) < counts  # [run, pair]
        self._d_picked = torch.where(is_counted, -1 / counts, 0.0)
        shape = (n_runs, n_rows, d_vocab_out) if n_runs == 1 else (d_vocab_out, n_runs, n_rows)
        self._as_double = torch.empty(shape, dtype=torch.float64, device=logits.device)
        kernels.add_in_place(self._as_double.copy_, logits.movedim(-1, self._axis))
        self._slope = torch.empty_like(self._as_double) if loss == "stablemax" else None
        if self._slope is not None:
            self._take_log_s(kernels, self._slope)
        self._log_probabilities = kernels.add(torch.log_softmax, self._as_double, self._axis)
        picked = kernels.add(torch.gather, self._log_probabilities, self._axis, self._answers).squeeze(self._axis)
        if bool(is_counted.all()):
            self.loss = kernels.add(torch.neg, kernels.add(torch.mean, picked, 1))
        else:
            self.loss = kernels.add(torch.sum, kernels.add(torch.mul, picked, self._d_picked), 1)

    def differentiate(self, kernels: Kernels) -> Tensor:
        """The gradient of the logits. [run, pair, d_vocab_out]"""
        # constant: the gradient of the log-probabilities
        d_log_probabilities = torch.zeros_like(self._log_probabilities).scatter_(
            self._axis, self._answers, self._d_picked.unsqueeze(self._axis)
        )
        d_double, d_logits = self._as_double, torch.empty_like(self._logits)
        kernels.add_in_place(
            _aten._log_softmax_backward_data.out,
            d_log_probabilities,
            self._log_probabilities,
            self._axis,
            torch.float64,
            out=d_double,
        )
        if self._slope is not None:
            kernels.add_in_place(d_double.div_, self._slope)
        kernels.add_in_place(d_logits.copy_, d_double.movedim(self._axis, -1))
        return d_logits

    def _take_log_s(self, kernels: Kernels, slope: Tensor) -> None:
        """Replace each logit l by ln s(l) = sign(l) ln(1 + |l|), and `slope` by 1 + |l|: one over the derivative."""
        kernels.add(torch.abs, self._as_double, out=slope)
        size = kernels.add(torch.log1p, slope)
        kernels.add_in_place(slope.add_, 1)
        kernels.add(torch.copysign, size, self._as_double, out=self._as_double)
