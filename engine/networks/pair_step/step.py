"""The loss on a batch of pairs and its gradients, without autograd: training runs these.

The network of `pair_forward.py`, by the kernels that autograd calls for it, in its order: the results of one run are
the same to the last bit. All tensors have one more axis, "run": networks of one shape are one batch.

In this folder `d_` before a name means the gradient of the loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from engine.networks.config import ModelConfig
from engine.networks.pair_step.attention import Attention
from engine.networks.pair_step.cross_entropy import CrossEntropy
from engine.networks.pair_step.kernels import Kernels, repeatable
from engine.networks.pair_step.logits import Logits
from engine.networks.task import answers
from engine.networks.training_config import Loss

# On a CPU, a step is for as many runs as have pre-activations of this size: more than the cache holds is slower.
_CACHE_BYTES = 5 << 19


def runs_at_once(n_pairs: int, d_mlp: int, parameters: Tensor) -> int:
    """For how many runs a step is best, by the number of pairs of each; `parameters` have their dtype and device."""
    if parameters.device.type != "cpu":
        return len(parameters)
    return max(_CACHE_BYTES // (n_pairs * d_mlp * parameters.itemsize), 1)


class PairStep:
    """Forward and backward pass of networks of one shape, each on its own pairs.

    The weights are read at every call, so they may change in place in between.

    Args:
        w: the trained parameters by name, as in `initial_weights`. [run, ...]
        config: their shape, and the task.
        x, y: the pairs of each run, padded by any pairs to an equal number. [run, pair]
        n_pairs: how many pairs of each run count, the first ones.
        gradients: where to write the gradients, by name, contiguous; None: there is no backward pass. [run, ...]
        loss: the loss that is computed.
    """

    def __init__(
        self,
        w: Mapping[str, Tensor],
        config: ModelConfig,
        x: Tensor,
        y: Tensor,
        n_pairs: Sequence[int],
        gradients: Mapping[str, Tensor] | None = None,
        loss: Loss = "cross-entropy",
    ) -> None:
        w = {name: tensor.detach() for name, tensor in w.items()}
        forward, backward = Kernels(), Kernels()
        attention = Attention(forward, w, config, x, y)
        logits = Logits(forward, w, config, attention.r_equals, attention.z)
        cross_entropy = CrossEntropy(forward, logits.logits, answers(config.task, x.device)[x, y], n_pairs, loss)
        if gradients is not None:
            d_logits = cross_entropy.differentiate(backward)
            d_r_equals, d_z = logits.differentiate(backward, d_logits, gradients)
            attention.differentiate(backward, d_r_equals, d_z, gradients)
        self._loss = cross_entropy.loss
        self._forward, self._backward = (repeatable(kernels, x.device) for kernels in (forward, backward))

    def loss(self) -> Tensor:
        """The loss of each run, in float64; the next call overwrites it. [run]"""
        self._forward()
        return self._loss

    def backward(self) -> None:
        """Write the gradients of the last `loss()`."""
        self._backward()
