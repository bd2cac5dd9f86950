"""Engine times as ratios to reference computations, timed in turn in one process: `make bench`.

Absolute times depend on the machine and its load; track the ratios.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch

from engine import Explorer, open_run
from engine.explorer.ablation_evaluator import AblationEvaluator
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.metrics.ablation_spec import Ablation
from engine.networks.config import ModelConfig
from engine.networks.pair_forward import initial_weights
from engine.networks.pair_step.step import PairStep
from tests.benchmarks.bench_notebook import bench_notebook
from tests.benchmarks.timing import median_times

DEMO = Path(__file__).parents[2] / "grok_tui" / "demo"


def bench_epoch_step(explorer: Explorer) -> None:
    """A new epoch with everything that the overview shows, against one sgemm as large as its two products."""
    config = explorer.run.config
    p, d_mlp = config.p, config.d_mlp
    left, right = torch.randn(2 * p, p), torch.randn(p, p * d_mlp)  # 2 x p^3 d_mlp multiplications
    epochs = iter(explorer.epochs * 100)
    reference = explorer.epochs[-1]
    explorer.keys(reference)
    assert explorer.split is not None

    def step() -> None:
        epoch = next(epochs)
        fresh = Explorer(explorer.run, split=explorer.split, keys=explorer.keys(reference))
        fresh.clusters(epoch, reference)
        fresh.neuron_activation(epoch, 7, reference)
        fresh.neuron_spectrum(epoch, 7, reference)

    times = median_times(21, step=step, products=lambda: left @ right)
    ratio = times["step"] / times["products"]
    print(f"epoch step          {times['step']:7.1f} ms   {ratio:5.2f} x its two products ({times['products']:.1f} ms)")


def bench_neuron_step(explorer: Explorer) -> None:
    """A new neuron of a cached epoch."""
    last = explorer.epochs[-1]
    explorer.clusters(last, last)
    neurons = iter(range(explorer.run.config.d_mlp))

    def step() -> None:
        neuron = next(neurons)
        explorer.neuron_activation(last, neuron, last)
        explorer.neuron_spectrum(last, neuron, last)

    print(f"neuron step         {median_times(100, step=step)['step']:7.2f} ms")


def bench_ablation(explorer: Explorer) -> None:
    """First evaluation of each kind of ablation of a folded epoch, and a new pair of a cached ablation."""
    last = explorer.epochs[-1]
    keys, split = explorer.keys(last), explorer.split
    cluster, head = frozenset({keys[0]}), frozenset({0})
    networks, checkpoint = (
        CheckpointNetworks(explorer.run, explorer.dtype, explorer.device),
        explorer.run.checkpoints[-1],
    )
    networks.network(checkpoint)
    explorer.ablate(last, last, Ablation(), 0, 0)

    def fresh(ablation: Ablation) -> Callable[[], object]:
        def evaluate() -> None:
            evaluator = AblationEvaluator(networks, lambda checkpoint, _: explorer.summary(checkpoint.epoch))
            evaluator.evaluate(checkpoint, keys, split, ablation, 0, 0)

        return evaluate

    times = median_times(
        11,
        cluster=fresh(Ablation(cluster)),
        head=fresh(Ablation(heads=head)),
        direct=fresh(Ablation(direct=True)),
        preset=fresh(Ablation(preset="key-frequencies")),
        all_parts=fresh(Ablation(cluster, head, direct=True, preset="key-frequencies", fill="mean")),
        cached_new_pair=lambda: explorer.ablate(last, last, Ablation(cluster), 1, 2),
    )
    print("ablation            " + ", ".join(f"{name} {time:.1f} ms" for name, time in times.items()))


def bench_training_step() -> None:
    """A training step against plain autograd over all prompts, and against its own matrix products."""
    config = ModelConfig.standard()
    weights = {name: tensor.requires_grad_() for name, tensor in initial_weights(config, 0).items()}
    x, y = torch.cartesian_prod(torch.arange(113), torch.arange(113))[torch.randperm(113**2)[:3830]].T.contiguous()
    ours = {name: tensor.detach().clone().requires_grad_() for name, tensor in weights.items()}
    for tensor in ours.values():
        tensor.grad = torch.zeros_like(tensor)
    batch = {name: tensor[None] for name, tensor in ours.items()}
    gradients = {name: tensor.grad[None] for name, tensor in ours.items() if tensor.grad is not None}
    pair_step = PairStep(batch, config, x[None], y[None], [len(x)], gradients)
    optimiser, our_optimiser = (torch.optim.AdamW(list(w.values()), fused=True) for w in (weights, ours))

    def step() -> None:
        pair_step.loss().item()
        pair_step.backward()
        our_optimiser.step()

    def plain() -> None:
        whole_prompt_loss(weights, config, x, y).backward()
        optimiser.step()
        optimiser.zero_grad()

    shapes = [(128, 512), (512, 114), (128, 114)]
    factors = [(torch.randn(3830, k), torch.randn(k, m), torch.randn(3830, m)) for k, m in shapes]

    def products() -> None:
        for a, b, c in factors:
            _ = a @ b, c @ b.T, a.T @ c

    times = median_times(25, step=step, plain=plain, products=products)
    faster, slower = times["plain"] / times["step"], times["step"] / times["products"]
    print(
        f"training step       {times['step']:7.1f} ms   {faster:5.2f} x faster than the whole prompt "
        f"({times['plain']:.1f} ms), {slower:.2f} x its products"
    )


def whole_prompt_loss(
    w: dict[str, torch.Tensor], config: ModelConfig, x: torch.Tensor, y: torch.Tensor
) -> torch.Tensor:
    """The network as the papers define it, at every position of every prompt."""
    tokens = torch.stack([x, y, torch.full_like(x, config.p)], dim=1)
    residual = w["W_E"][tokens] + w["W_pos"]  # [pair, position, d_model]
    q, k, v = (torch.einsum("bsd,hde->bshe", residual, w[name]) for name in ("W_Q", "W_K", "W_V"))
    scores = torch.einsum("bqhe,bkhe->bhqk", q, k) / config.d_head**0.5
    mask = torch.ones(3, 3).triu(1).bool()
    pattern = scores.masked_fill(mask, -1e10).softmax(dim=-1)
    z = torch.einsum("bhqk,bkhe->bqhe", pattern, v)
    residual = residual + torch.einsum("bqhe,hed->bqd", z, w["W_O"])
    post = (residual @ w["W_in"] + w["b_in"]).relu()
    logits = (residual + post @ w["W_out"] + w["b_out"]) @ w["W_U"]
    answer = (x + y) % config.p
    return -logits[:, -1].double().log_softmax(dim=-1).gather(1, answer[:, None]).mean()


def bench_opening() -> None:
    """Opening a run, which reads no weights."""
    print(f"open the run        {median_times(5, opening=lambda: open_run(DEMO))['opening']:7.1f} ms")


def main() -> None:
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, bundled run", file=sys.stderr)
    with torch.no_grad():
        explorer = Explorer(open_run(DEMO))
        bench_epoch_step(explorer)
        bench_neuron_step(explorer)
        bench_ablation(explorer)
        bench_notebook(explorer)
    bench_opening()
    bench_training_step()


if __name__ == "__main__":
    main()
