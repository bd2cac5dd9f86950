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
from engine.metrics.algorithm import algorithm
from engine.metrics.algorithm_pictures import right_logits
from engine.metrics.report import compute_metrics
from engine.networks.build import build_network
from engine.networks.network import NetworkWeights
from engine.networks.network_config import NetworkConfig
from tests.benchmarks.bench_notebook import bench_notebook
from tests.benchmarks.layer_norm import with_layer_norm
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


def bench_layer_norm(explorer: Explorer) -> None:
    """All metrics of a checkpoint by the general path, with LayerNorm, against the folded network of the same sizes."""
    run, last = explorer.run, explorer.epochs[-1]
    weights, config = run.weights(last).to(torch.float32), run.config
    named, general = with_layer_norm(run, last)
    keys, split = explorer.keys(last), explorer.split

    def metrics(weights: NetworkWeights, config: NetworkConfig, interventions: bool) -> Callable[[], object]:
        return lambda: compute_metrics(
            weights, build_network(weights, config), keys, split, interventions=interventions
        )

    times = median_times(
        7,
        folded=metrics(weights, config, True),
        layer_norm=metrics(named, general, True),
        folded_of_all_epochs=metrics(weights, config, False),
        layer_norm_of_all_epochs=metrics(named, general, False),
    )
    with_interventions = times["layer_norm"] / times["folded"]
    without = times["layer_norm_of_all_epochs"] / times["folded_of_all_epochs"]
    print(
        f"general path        {times['layer_norm']:7.1f} ms   {with_interventions:5.2f} x the folded network (4): all "
        f"metrics with LayerNorm; without interventions {without:.2f} x"
    )


def bench_algorithm(explorer: Explorer) -> None:
    """What `algorithm` adds to the metrics of a checkpoint in a run, and in a report, with all right answers."""
    last = explorer.epochs[-1]
    keys, network, weights = explorer.keys(last), explorer.network(last), explorer.weights(last)
    answers = right_logits(network)

    def all_metrics() -> None:
        compute_metrics(weights, network, keys, explorer.split, interventions=False)

    times = median_times(
        11,
        metrics=all_metrics,
        added=lambda: algorithm(network, answers, right_answers=False),
        right_answers=lambda: algorithm(network, answers),
    )
    share = times["added"] / times["metrics"]
    print(
        f"algorithm           {times['added']:7.1f} ms (15)   {share:5.1%} of the metrics of a checkpoint; "
        f"{times['right_answers']:.1f} ms with symmetricity over all right answers"
    )


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
        bench_layer_norm(explorer)
        bench_algorithm(explorer)
        bench_notebook(explorer)
    bench_opening()


if __name__ == "__main__":
    main()
