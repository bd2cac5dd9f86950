"""Training times: a step against plain autograd, and eight runs as one batch against one after the other: `make bench`.

Absolute times depend on the machine and its load; track the ratios.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from engine import ModelConfig, SaveSchedule, TrainingConfig, train, train_packed
from engine.networks.pair_forward import initial_weights
from engine.networks.pair_step.step import PairStep
from engine.runs.native_run import write_run
from engine.training.plan import training_split
from tests.benchmarks.timing import median_times

N_RUNS = 8


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


def bench_packed(config: ModelConfig, epochs: int, rounds: int) -> None:
    """Runs that differ in their seed, with all their files, as one batch against one after the other."""
    schedule = SaveSchedule.parse(str(epochs))
    trainings = [TrainingConfig(seed=seed, epochs=epochs, save_every=schedule) for seed in range(N_RUNS)]

    def packed() -> None:
        with TemporaryDirectory() as folder:
            paths = [Path(folder) / str(training.seed) for training in trainings]
            for path, training in zip(paths, trainings, strict=True):
                write_run(path, config, training_split(config, training), training)
            train_packed(paths)

    def one_by_one() -> None:
        with TemporaryDirectory() as folder:
            for training in trainings:
                train(config, training, path=Path(folder) / str(training.seed))

    times = median_times(rounds, packed=packed, one_by_one=one_by_one)
    print(
        f"{N_RUNS} runs, p = {config.p:<3}     {times['packed'] / epochs:7.2f} ms   "
        f"{times['one_by_one'] / times['packed']:5.2f} x faster as one batch than one after the other "
        f"({times['one_by_one'] / epochs:.2f} ms for a step of each)"
    )


def main() -> None:
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    bench_training_step()
    bench_packed(ModelConfig.standard(p=11, d_model=32, n_heads=4, d_mlp=64), 500, 5)
    bench_packed(ModelConfig.standard(p=31, d_model=64, n_heads=4, d_mlp=256), 200, 5)


if __name__ == "__main__":
    main()
