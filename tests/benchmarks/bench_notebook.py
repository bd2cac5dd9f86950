"""All training-time metrics of one checkpoint: this engine against a notebook's way of doing it on TransformerLens.

The notebook's way, as in the study and the course it follows: a new forward pass over all p^2 prompts for each
metric, directions p^2 long, one projection a direction, transforms by dense p x p products of every activation.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from engine import Explorer, report
from tests.benchmarks.timing import median_times

try:
    from tests.oracles.test_transformer_lens import hooked
except BaseException:  # pytest's skip, raised where TransformerLens is not installed
    hooked = None


class Notebook:
    """One checkpoint in a HookedTransformer, and the study's metrics of it."""

    def __init__(self, explorer: Explorer, epoch: int, keys: tuple[int, ...]) -> None:
        self.p, self.keys = explorer.run.config.p, keys
        self.model = hooked(explorer.run.weights(epoch).to(torch.float32), explorer.run.config)
        p = self.p
        pairs = torch.cartesian_prod(torch.arange(p), torch.arange(p))
        self.prompts = torch.cat([pairs, torch.full((p * p, 1), p)], dim=1)
        self.labels = pairs.sum(dim=1) % p
        assert explorer.split is not None
        self.train = torch.from_numpy(explorer.split.train).flatten()
        rows = [torch.ones(p) / math.sqrt(p)]
        for k in range(1, (p - 1) // 2 + 1):
            angle = 2 * math.pi * k / p * torch.arange(p)
            rows += [angle.cos() * math.sqrt(2 / p), angle.sin() * math.sqrt(2 / p)]
        self.basis = torch.stack(rows)

    def logits(self) -> Tensor:
        logits: Tensor = self.model(self.prompts)[:, -1, : self.p]
        return logits

    def loss(self, logits: Tensor, which: Tensor | None = None) -> float:
        log_probabilities = logits.double().log_softmax(dim=-1)
        losses = -log_probabilities.gather(1, self.labels[:, None])[:, 0]
        return float((losses if which is None else losses[which]).mean())

    def directions(self, k: int) -> tuple[Tensor, Tensor]:
        cos, sin = self.basis[2 * k - 1], self.basis[2 * k]
        cosine = (torch.outer(cos, cos) - torch.outer(sin, sin)) / math.sqrt(2)
        sine = (torch.outer(sin, cos) + torch.outer(cos, sin)) / math.sqrt(2)
        return cosine.flatten(), sine.flatten()

    @staticmethod
    def on(values: Tensor, direction: Tensor) -> Tensor:
        return torch.outer(direction, direction @ values)

    def excluded(self) -> list[float]:
        logits, losses = self.logits(), []
        for k in self.keys:
            cosine, sine = self.directions(k)
            losses.append(self.loss(logits - self.on(logits, cosine) - self.on(logits, sine), self.train))
        return losses

    def trig(self, which: Tensor | None) -> float:
        logits = self.logits()
        part = torch.stack([self.on(logits, d) for k in self.keys for d in self.directions(k)]).sum(dim=0)
        return self.loss(part + (logits - part).mean(dim=0), which)

    def trig_fraction(self, stage: str) -> float:
        logits, cache = self.model.run_with_cache(self.prompts)
        values = logits[:, -1, : self.p] if stage == "logits" else cache[stage, 0][:, -1]
        centred = values - values.mean(dim=0)
        explained = [self.on(centred, d).square().sum(dim=0) for k in self.keys for d in self.directions(k)]
        return float((torch.stack(explained).sum(dim=0) / centred.square().sum(dim=0)).nanmean())

    def fractions(self) -> list[Tensor]:
        _, cache = self.model.run_with_cache(self.prompts, return_type=None)
        fractions = []
        for stage in ("pre", "post"):
            values = cache[stage, 0][:, -1]
            grid = (values - values.mean(dim=0)).reshape(self.p, self.p, -1)
            spectrum = torch.einsum("ax,xyn,by->abn", self.basis, grid, self.basis).square()
            blocks = [spectrum[[[0], [2 * k - 1], [2 * k]], [0, 2 * k - 1, 2 * k]] for k in range(1, self.p // 2 + 1)]
            fractions += [torch.stack(blocks).sum(dim=(1, 2)) / spectrum.sum(dim=(0, 1))]
        return [*fractions, (cache["pre", 0][:, -1] > 0).float().mean(dim=0)]

    def attention(self) -> Tensor:
        _, cache = self.model.run_with_cache(self.prompts, return_type=None)
        mean: Tensor = cache["pattern", 0][:, :, 2].mean(dim=0)
        return mean

    def everything(self) -> None:
        self.loss(self.logits(), ~self.train)
        self.loss(self.logits(), self.train)
        self.excluded()
        (self.basis @ self.model.W_E[: self.p]).square().sum(dim=1)
        for stage in ("pre", "post", "logits"):
            self.trig_fraction(stage)
        self.fractions()
        self.attention()
        self.trig(None)
        self.trig(self.train)
        [float(parameter.square().sum()) for parameter in self.model.parameters()]


def bench_notebook(explorer: Explorer) -> None:
    """Print the ratio of the times, or what to install for it."""
    if hooked is None:
        print("metrics             against a notebook's: needs TransformerLens, pip install '.[oracle]'")
        return
    last = explorer.epochs[-1]
    keys = explorer.keys(last)
    notebook = Notebook(explorer, last, keys)

    def engine() -> None:
        fresh = Explorer(explorer.run, split=explorer.split, keys=keys)  # empty caches
        report(fresh, last, last, interventions=False)  # which the notebook does not compute over epochs either

    functions: dict[str, Callable[[], object]] = {"engine": engine, "notebook": notebook.everything}
    times = median_times(5, **functions)
    ratio, slow = times["notebook"] / times["engine"], f"{times['notebook']:.0f} ms"
    print(f"metrics             {times['engine']:7.1f} ms   {ratio:5.1f} x faster than a notebook's way ({slow})")
