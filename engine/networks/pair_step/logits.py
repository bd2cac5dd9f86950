"""The MLP and the path around it, from z to the logits, and their gradients.

`W_O W_in`, `W_out W_U` and `W_O W_U` are multiplied first, which leaves three products over the pairs.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.networks.config import ModelConfig
from engine.networks.pair_step.kernels import Kernels

_aten = torch.ops.aten


class Logits:
    """From z and the residual stream of `=` to the `logits`. [run, pair, d_vocab_out]"""

    def __init__(
        self, kernels: Kernels, w: Mapping[str, Tensor], config: ModelConfig, r_equals: Tensor, z: Tensor
    ) -> None:
        self._w, self._act_fn, self._r_equals, self._z = w, config.act_fn, r_equals, z
        self._W_O = w["W_O"].flatten(1, 2)  # [run, h e, d_model]
        # MLP
        b_in = kernels.add(torch.add, kernels.product(r_equals, w["W_in"]), w["b_in"][:, None])  # [run, 1, d_mlp]
        self._W_O_in = kernels.product(self._W_O, w["W_in"])
        self._pre = kernels.affine(b_in, z, self._W_O_in)  # [run, pair, d_mlp]
        self._post = self._activate(kernels)
        # the path around it
        self._r_out = kernels.add(torch.add, r_equals, w["b_out"][:, None])  # [run, 1, d_model]
        b_U = kernels.product(self._r_out, w["W_U"])  # [run, 1, d_vocab_out]
        self._W_O_U = kernels.product(self._W_O, w["W_U"])
        self.logits = kernels.affine(b_U, z, self._W_O_U)
        self._W_out_U = kernels.product(w["W_out"], w["W_U"])
        kernels.affine(self.logits, self._post, self._W_out_U, out=self.logits)

    def differentiate(
        self, kernels: Kernels, d_logits: Tensor, gradients: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Write the gradients of the weights after z; returns those of r_equals and z."""
        w, W_O, z = self._w, self._W_O, self._z
        d_W_U, d_W_in, d_W_O = gradients["W_U"], gradients["W_in"], gradients["W_O"].flatten(1, 2)
        # MLP to logits
        d_pre = kernels.product(
            d_logits, self._W_out_U.mT
        )  # [run, pair, d_mlp], d_post until `_differentiate_activation`
        d_W_out_U = kernels.product(self._post.mT, d_logits)
        kernels.product(w["W_out"].mT, d_W_out_U, out=d_W_U)
        kernels.product(d_W_out_U, w["W_U"].mT, out=gradients["W_out"])
        # the path around it
        d_z = kernels.product(d_logits, self._W_O_U.mT)  # [run, pair, h e]
        d_W_O_U = kernels.product(z.mT, d_logits)
        d_b_U = kernels.row_sum(d_logits)
        kernels.add_in_place(d_W_U.add_, kernels.product(W_O.mT, d_W_O_U))
        kernels.product(d_W_O_U, w["W_U"].mT, out=d_W_O)
        kernels.add_in_place(d_W_U.add_, kernels.product(self._r_out.mT, d_b_U))
        d_b_out = kernels.product(d_b_U, w["W_U"].mT, out=gradients["b_out"][:, None])
        # z to MLP
        self._differentiate_activation(kernels, d_pre)
        kernels.add_in_place(d_z.add_, kernels.product(d_pre, self._W_O_in.mT))
        d_W_O_in = kernels.product(z.mT, d_pre)
        d_b_in = kernels.row_sum(d_pre, out=gradients["b_in"][:, None])
        kernels.product(W_O.mT, d_W_O_in, out=d_W_in)
        kernels.add_in_place(d_W_O.add_, kernels.product(d_W_O_in, w["W_in"].mT))
        kernels.add_in_place(d_W_in.add_, kernels.product(self._r_equals.mT, d_b_in))
        d_r_equals = kernels.add(torch.add, d_b_out, kernels.product(d_b_in, w["W_in"].mT))
        return d_r_equals, d_z

    def _activate(self, kernels: Kernels) -> Tensor:
        """The activations; relu overwrites the pre-activations."""
        if self._act_fn == "relu":
            kernels.add_in_place(torch.relu_, self._pre)
            return self._pre
        post = torch.empty_like(self._pre)
        kernels.add_in_place(_aten.gelu.out, self._pre, approximate=self._approximate, out=post)
        return post

    def _differentiate_activation(self, kernels: Kernels, gradient: Tensor) -> None:
        """Change the gradient of the activations, in place, into that of the pre-activations."""
        if self._act_fn == "relu":
            kernels.add_in_place(_aten.threshold_backward.grad_input, gradient, self._post, 0, grad_input=gradient)
        else:
            kernels.add_in_place(
                _aten.gelu_backward.grad_input,
                gradient,
                self._pre,
                approximate=self._approximate,
                grad_input=gradient,
            )

    @property
    def _approximate(self) -> str:
        return "none" if self._act_fn == "gelu" else "tanh"
