"""The attention of `=` to the three positions, and its gradients.

Nothing depends on x and y except the values and scores of the first two positions. Both are linear in the embedding, so
they are computed once per token and looked up per pair.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from einops import rearrange
from torch import Tensor

from engine.networks.config import ModelConfig
from engine.networks.pair_step.kernels import Kernels

_aten = torch.ops.aten


class Attention:
    """From the weights to `z`, the values weighted by the attention pattern. [run, pair, h e]"""

    def __init__(self, kernels: Kernels, w: Mapping[str, Tensor], config: ModelConfig, x: Tensor, y: Tensor) -> None:
        self._config, self._shape = config, (x.shape[0], x.shape[1])
        self._n_runs, self._n_pairs = self._shape
        # A softmax over the first axis is many times faster for three positions, but rounds differently.
        self._position_axis = -1 if self._n_runs == 1 else 0
        self._embed(kernels, w)
        self._look_up(kernels, [self._table_rows(tokens) for tokens in (x, y)])
        self._attend(kernels)

    def _embed(self, kernels: Kernels, w: Mapping[str, Tensor]) -> None:
        """The residual stream before attention, and what each head reads from it: a score and values."""
        p, n_heads, d_head = self._config.p, self._config.n_heads, self._config.d_head
        self.r_x = kernels.add(torch.add, w["W_E"][:, :p], w["W_pos"][:, 0:1])  # [run, p, d_model]
        self.r_y = kernels.add(torch.add, w["W_E"][:, :p], w["W_pos"][:, 1:2])  # [run, p, d_model]
        self.r_equals = kernels.add(torch.add, w["W_E"][:, p:], w["W_pos"][:, 2:3])  # [run, 1, d_model]

        self._W_Q = kernels.contiguous(rearrange(w["W_Q"], "run h d e -> run d h e")).flatten(2)  # [run, d_model, h e]
        W_K = w["W_K"] if w["W_K"].is_contiguous() else kernels.contiguous(w["W_K"])
        self._W_K = W_K.view(-1, *W_K.shape[2:])  # [run h, d_model, e]
        self._query = kernels.add(torch.bmm, self.r_equals, self._W_Q).view(-1, 1, d_head)  # [run h, 1, e]
        W_score = kernels.add(torch.bmm, self._query, self._W_K.mT).view(self._n_runs, n_heads, -1).mT
        self._W_read = self._new_reads(W_score.shape[1])  # [run, d_model, h + h e]
        kernels.add(torch.div, W_score, d_head**0.5, out=self._scores(self._W_read))
        values = self._values(self._W_read).unflatten(2, (n_heads, d_head))
        kernels.add_in_place(values.copy_, rearrange(w["W_V"], "run h d e -> run d h e"))

    def _look_up(self, kernels: Kernels, rows: list[Tensor]) -> None:
        """What the heads read of each token, and of the positions of each pair. [run, pair, h + h e]"""
        self._rows = rows
        tables = [kernels.product(r, self._W_read) for r in (self.r_x, self.r_y)]  # [run, p, h + h e]
        self._reads = [
            kernels.add(torch.index_select, table.flatten(0, 1), 0, indices).unflatten(0, (self._n_runs, -1))
            for table, indices in zip(tables, rows, strict=True)
        ]
        self._reads.append(kernels.product(self.r_equals, self._W_read).expand(-1, self._n_pairs, -1))

    def _attend(self, kernels: Kernels) -> None:
        scores = [self._scores(read) for read in self._reads]  # [run, pair, h]
        stacked = kernels.add(torch.stack, scores, self._position_axis)
        self._pattern = kernels.add(torch.softmax, stacked, self._position_axis)  # with an axis "position"
        # A product with zeros and ones repeats each head's pattern for its values: exact, and faster than broadcasting.
        n_heads, d_head = self._config.n_heads, self._config.d_head
        self._heads = torch.eye(n_heads, dtype=stacked.dtype, device=stacked.device).repeat_interleave(d_head, dim=1)
        self._weights = [
            kernels.add(torch.mm, self._at(self._pattern, position).flatten(0, 1), self._heads).unflatten(
                0, self._shape
            )
            for position in range(3)
        ]  # [run, pair, h e]
        self.z = kernels.add(torch.mul, self._weights[0], self._values(self._reads[0]))
        self._weighted = torch.empty_like(self.z)
        for weights, read in zip(self._weights[1:], self._reads[1:], strict=True):
            kernels.add(torch.mul, weights, self._values(read), out=self._weighted)
            kernels.add_in_place(self.z.add_, self._weighted)

    def differentiate(self, kernels: Kernels, d_r_equals: Tensor, d_z: Tensor, gradients: Mapping[str, Tensor]) -> None:
        """Write the gradients of all weights before z; `d_r_equals` has the part that does not pass through z."""
        d_reads = self._differentiate_pattern(kernels, d_z)
        d_W_read, d_r_x, d_r_y = self._differentiate_reads(kernels, d_r_equals, d_reads)
        self._differentiate_weights(kernels, d_W_read, d_r_equals, gradients)
        p, d_W_E, d_W_pos = self._config.p, gradients["W_E"], gradients["W_pos"]
        kernels.add_in_place(d_W_pos[:, 2:3].copy_, d_r_equals)
        kernels.row_sum(d_r_y, out=d_W_pos[:, 1:2])
        kernels.row_sum(d_r_x, out=d_W_pos[:, 0:1])
        kernels.add_in_place(d_W_E[:, p:].copy_, d_r_equals)
        kernels.add(torch.add, d_r_y, d_r_x, out=d_W_E[:, :p])

    def _differentiate_pattern(self, kernels: Kernels, d_z: Tensor) -> list[Tensor]:
        """The gradients of the reads of the three positions. [run, pair, h + h e]"""
        d_reads = [self._new_reads(self._n_pairs) for _ in self._reads]
        d_pattern, d_scores = torch.empty_like(self._pattern), torch.empty_like(self._pattern)
        for position, (read, d_read) in enumerate(zip(self._reads, d_reads, strict=True)):
            kernels.add(torch.mul, d_z, self._weights[position], out=self._values(d_read))
            kernels.add(torch.mul, d_z, self._values(read), out=self._weighted)
            self._sum_over_heads(kernels, self._weighted, out=self._at(d_pattern, position))
        kernels.add_in_place(
            _aten._softmax_backward_data.out,
            d_pattern,
            self._pattern,
            self._position_axis,
            d_pattern.dtype,
            grad_input=d_scores,
        )
        for position, d_read in enumerate(d_reads):
            kernels.add_in_place(self._scores(d_read).copy_, self._at(d_scores, position))
        return d_reads

    def _differentiate_reads(
        self, kernels: Kernels, d_r_equals: Tensor, d_reads: list[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The gradients of W_read, r_x and r_y; that of r_equals grows in place."""
        d_read = kernels.row_sum(d_reads[2])
        d_W_read = kernels.product(self.r_equals.mT, d_read)
        kernels.add_in_place(d_r_equals.add_, kernels.product(d_read, self._W_read.mT))
        part = torch.empty_like(d_W_read)
        d_residuals = []
        for position, r in ((1, self.r_y), (0, self.r_x)):
            row_sums = _RowSums(self._rows[position], self._n_runs * self._config.p)
            d_table = kernels.add(row_sums, d_reads[position].flatten(0, 1))
            d_table = d_table.unflatten(0, (self._n_runs, -1))  # [run, p, h + h e]
            kernels.product(r.mT, d_table, out=part)
            kernels.add_in_place(d_W_read.add_, part)
            d_residuals.append(kernels.product(d_table, self._W_read.mT))
        d_r_y, d_r_x = d_residuals
        return d_W_read, d_r_x, d_r_y

    def _differentiate_weights(
        self, kernels: Kernels, d_W_read: Tensor, d_r_equals: Tensor, gradients: Mapping[str, Tensor]
    ) -> None:
        """Write the gradients of W_Q, W_K and W_V; that of r_equals grows in place."""
        heads = (self._config.n_heads, self._config.d_head)
        d_V = self._values(d_W_read).unflatten(2, heads)
        kernels.add_in_place(gradients["W_V"].copy_, rearrange(d_V, "run d h e -> run h d e"))
        d_W_score = kernels.add(torch.div, self._scores(d_W_read), self._config.d_head**0.5).mT  # [run, h, d_model]
        if self._n_runs > 1:
            d_W_score = kernels.contiguous(d_W_score)
        d_W_score = d_W_score.view(-1, 1, d_W_score.shape[2])  # [run h, 1, d_model]
        # For several runs the outer product is many times faster by broadcasting; it differs in the sign of zeros.
        outer_product = torch.mul if self._n_runs > 1 else torch.bmm
        d_K = kernels.add(outer_product, self._query.mT, d_W_score).unflatten(0, (self._n_runs, -1))
        kernels.add_in_place(gradients["W_K"].copy_, d_K.mT)
        d_query = kernels.add(torch.bmm, d_W_score, self._W_K).view(self._n_runs, 1, -1)  # [run, 1, h e]
        d_Q = kernels.add(torch.bmm, self.r_equals.mT, d_query).unflatten(2, heads)
        kernels.add_in_place(gradients["W_Q"].copy_, rearrange(d_Q, "run d h e -> run h d e"))
        kernels.add_in_place(d_r_equals.add_, kernels.add(torch.bmm, d_query, self._W_Q.mT))

    def _table_rows(self, tokens: Tensor) -> Tensor:
        """Where a table that lists the tokens of all runs one after the other has the tokens of pairs. [run pair]"""
        first = self._config.p * torch.arange(self._n_runs, device=tokens.device)
        return (tokens + first[:, None]).flatten()

    def _new_reads(self, n_rows: int) -> Tensor:
        return self.r_x.new_empty(self._n_runs, n_rows, self._config.n_heads * (1 + self._config.d_head))

    def _scores(self, reads: Tensor) -> Tensor:
        return reads[..., : self._config.n_heads]

    def _values(self, reads: Tensor) -> Tensor:
        return reads[..., self._config.n_heads :]

    def _sum_over_heads(self, kernels: Kernels, values: Tensor, out: Tensor) -> None:
        """The sum over the values of each head. [run, pair, h e] to [run, pair, h]"""
        if self._n_runs == 1:
            heads = (self._config.n_heads, self._config.d_head)
            kernels.add(torch.sum, values.unflatten(2, heads), -1, out=out)
        else:
            kernels.add(torch.mm, values.flatten(0, 1), self._heads.T, out=out.flatten(0, 1))

    def _at(self, positions: Tensor, position: int) -> Tensor:
        return positions.select(self._position_axis, position)


class _RowSums:
    """Sums of all rows that have equal index, in the order of the rows. [row, column] to [index, column]"""

    def __init__(self, indices: Tensor, n_sums: int) -> None:
        self._indices, self._n_sums = indices, n_sums
        self._order = indices.sort(stable=True).indices
        sizes = torch.bincount(indices, minlength=n_sums)
        self._starts = sizes.cumsum(0) - sizes

    def __call__(self, rows: Tensor, *, out: Tensor | None = None) -> Tensor:
        if rows.dtype == torch.float32 and rows.device.type == "cpu":  # the same sums, several times faster
            sums: Tensor = torch.embedding_bag(rows, self._order, self._starts)[0]
        else:
            sums = _aten.embedding_dense_backward(rows, self._indices, self._n_sums, -1, False)
        return sums if out is None else out.copy_(sums)
