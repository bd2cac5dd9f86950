"""The placeholders of sentences: numbers and names of the run at hand, by the name that a tour's file writes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from grok_tui.render.operation_signs import result
from grok_tui.tour.facts import RunFacts

if TYPE_CHECKING:
    from engine.explorer.answers import NeuronFacts
    from engine.metrics.circuits import Tuning
    from engine.metrics.neuron_tuning import NeuronBlock

Form = Literal["count", "frequency", "loss", "share", "percent", "coarse percent", "number", "whole", "text"]
Value = float | str | None
_FORMATS: Mapping[Form, str] = {
    "count": ",d",
    "frequency": "d",
    "loss": ".3g",
    "share": ".3f",  # as the views write shares
    "percent": ".1%",
    "coarse percent": ".0%",
    "whole": ",.0f",
    "number": ".2f",
    "text": "",
}


@dataclass(frozen=True, eq=False)
class Place:
    """Where a sentence takes its numbers from: an epoch, a cluster, a neuron of it and a dimension."""

    facts: RunFacts
    epoch: int
    cluster: int | None = None
    neuron: int = 0
    dimension: int = 0

    def number(self, *path: str) -> float | None:
        """A number of the report on the epoch."""
        return self.facts.number(self.epoch, *path)

    @property
    def neuron_facts(self) -> NeuronFacts:
        return self.facts.explorer.neuron_facts(self.epoch, self.neuron, self.facts.reference_epoch)

    @property
    def block(self) -> NeuronBlock | None:
        """The coefficients of the neuron at its own frequency; None for a dead neuron."""
        from engine.metrics.neuron_tuning import neuron_block

        frequency, task = self.neuron_facts.frequency, self.facts.explorer.config.task
        if frequency is None:
            return None
        spectra = self.facts.explorer.summary(self.epoch).spectra
        return neuron_block(spectra, self.neuron, frequency, task.p, task.sign if task.has_sum_directions else None)

    @property
    def unembedding(self) -> Tuning | None:
        """The tuning of the row of W_U; None without W_U."""
        if "W_U" not in self.facts.explorer.run.config.parts:
            return None
        from engine.metrics.circuits import tuning_of_lines

        row = self.facts.explorer.unembedding(self.epoch)[self.dimension, :, None]
        return tuning_of_lines(row)[0]


@dataclass(frozen=True)
class Placeholder:
    """A value, how it is written, and the requirements without which it is absent."""

    value: Callable[[Place], Value]
    form: Form
    needs: tuple[str, ...] = ()

    def text(self, value: float | str) -> str:
        """A value as a sentence has it."""
        return value if isinstance(value, str) else format(value, _FORMATS[self.form])


def _operation(place: Place) -> Value:
    task = place.facts.explorer.run.config
    return f"{result(task.operation)} mod {task.p}"


def _n_train(place: Place) -> Value:
    split = place.facts.explorer.split
    return None if split is None else int(split.train.sum())


def _n_test(place: Place) -> Value:
    split = place.facts.explorer.split
    return None if split is None else int((~split.train).sum())


def _frequencies(place: Place) -> Value:
    return ", ".join(map(str, place.facts.keys))


def _n_rest(place: Place) -> Value:
    return len(place.facts.clusters(place.epoch)[-1].neurons)


def _n_clustered(place: Place) -> Value:
    return sum(len(cluster.neurons) for cluster in place.facts.clusters(place.epoch)[:-1])


def _largest(place: Place) -> tuple[int, int]:
    """The frequency of the cluster with the most neurons, and their number."""
    sizes = {each.frequency: len(each.neurons) for each in place.facts.clusters(place.epoch)[:-1]}
    frequency = max(sizes, key=lambda k: (sizes[k], -(k or 0)))
    return frequency or 0, sizes[frequency]


def _worst(place: Place) -> tuple[int, float] | None:
    """The key frequency whose removal raises the loss most, and that loss."""
    losses = place.facts.interventions(place.epoch)
    found = {} if losses is None else {k: loss for k, loss in losses.without_cluster.items() if k is not None}
    return max(found.items(), key=lambda item: item[1], default=None)


def _key_only(place: Place) -> Value:
    losses = place.facts.interventions(place.epoch)
    return None if losses is None else losses.key_frequency_only_with_rest


def _coefficient(place: Place) -> Value:
    return None if place.cluster is None else place.number("logit_fit", "coefficients", str(place.cluster))


def _least_coefficient(place: Place) -> Value:
    values = [place.number("logit_fit", "coefficients", str(k)) for k in place.facts.keys]
    return min((value for value in values if value is not None), default=None)


def _key_share(place: Place) -> Value:
    """The share of the energy of W_E, without its constant, on the key frequencies."""
    import torch

    from engine.metrics.norms import share_of_frequencies

    norms = place.facts.report(place.epoch).get("embedding_norms")
    return None if norms is None else share_of_frequencies(torch.tensor(norms, dtype=torch.float64), place.facts.keys)


def _of_block(name: Literal["product_share", "sum_share"]) -> Callable[[Place], Value]:
    def value(place: Place) -> Value:
        return None if place.block is None else getattr(place.block, name)

    return value


def _of_row(name: Literal["frequency", "share"]) -> Callable[[Place], Value]:
    def value(place: Place) -> Value:
        return None if place.unembedding is None else getattr(place.unembedding, name)

    return value


def _number(*path: str) -> Callable[[Place], Value]:
    return lambda place: place.number(*path)


_W, _SPLIT, _KEYS, _SUMS = ("weights",), ("split",), ("key frequencies",), ("sum directions", "key frequencies")
PLACEHOLDERS: Mapping[str, Placeholder] = {
    # The run
    "run": Placeholder(lambda place: place.facts.explorer.run.name, "text"),
    "operation": Placeholder(_operation, "text", _W),
    "p": Placeholder(lambda place: place.facts.explorer.run.config.p, "frequency", _W),
    "n_pairs": Placeholder(lambda place: place.facts.explorer.run.config.p**2, "count", _W),
    "n_train": Placeholder(_n_train, "count", _SPLIT),
    "n_test": Placeholder(_n_test, "count", _SPLIT),
    "n_tokens": Placeholder(lambda place: place.facts.explorer.config.p, "frequency", _W),
    "n_neurons": Placeholder(lambda place: place.facts.explorer.run.config.n_neurons, "count", _W),
    "n_frequencies": Placeholder(lambda place: place.facts.explorer.config.n_frequencies, "frequency", _W),
    "n_checkpoints": Placeholder(lambda place: len(place.facts.explorer.epochs), "count"),
    "chance_loss": Placeholder(lambda place: math.log(place.facts.explorer.run.config.p), "loss", _W),
    "key_frequencies": Placeholder(_frequencies, "text", _KEYS),
    "n_keys": Placeholder(lambda place: len(place.facts.keys), "count", _KEYS),
    # An epoch
    "epoch": Placeholder(lambda place: place.epoch, "count"),
    "loss": Placeholder(_number("loss", "all"), "loss", _W),
    "train_loss": Placeholder(_number("loss", "train"), "loss", _SPLIT),
    "test_loss": Placeholder(_number("loss", "test"), "loss", _SPLIT),
    "accuracy": Placeholder(_number("accuracy", "all"), "percent", _W),
    "train_accuracy": Placeholder(_number("accuracy", "train"), "percent", _SPLIT),
    "test_accuracy": Placeholder(_number("accuracy", "test"), "percent", _SPLIT),
    "excluded_loss": Placeholder(_number("excluded_loss_all_key", "train"), "loss", (*_SUMS, *_SPLIT)),
    "trig_loss": Placeholder(_number("trig_loss", "all"), "loss", _SUMS),
    "logit_fit": Placeholder(_number("logit_fit", "fve"), "percent", _SUMS),
    "trig_fraction": Placeholder(_number("trig_fraction", "logits"), "percent", _SUMS),
    "sum_sq_weights": Placeholder(_number("sum_sq_weights", "total"), "whole", _W),
    "embedding_key_share": Placeholder(_key_share, "percent", _KEYS),
    "n_clustered": Placeholder(_n_clustered, "count", _KEYS),
    "n_rest": Placeholder(_n_rest, "count", _KEYS),
    "largest_cluster": Placeholder(lambda place: _largest(place)[0], "frequency", _KEYS),
    "largest_size": Placeholder(lambda place: _largest(place)[1], "count", _KEYS),
    "key_only_loss": Placeholder(_key_only, "loss", _SUMS),
    "worst_cluster": Placeholder(
        lambda place: None if (worst := _worst(place)) is None else worst[0], "frequency", _SUMS
    ),
    "worst_loss": Placeholder(lambda place: (_worst(place) or (None, None))[1], "loss", _SUMS),
    "least_coefficient": Placeholder(_least_coefficient, "number", _SUMS),
    # The selected cluster, neuron and dimension
    "cluster": Placeholder(lambda place: place.cluster, "frequency", _KEYS),
    "coefficient": Placeholder(_coefficient, "number", _SUMS),
    "neuron": Placeholder(lambda place: place.neuron, "frequency", _W),
    "neuron_frequency": Placeholder(lambda place: place.neuron_facts.frequency, "frequency", _W),
    "neuron_share": Placeholder(lambda place: place.neuron_facts.share, "share", _W),
    "variance_explained": Placeholder(lambda place: place.neuron_facts.variance_explained, "share", _W),
    "product_share": Placeholder(_of_block("product_share"), "coarse percent", _W),
    "sum_share": Placeholder(_of_block("sum_share"), "coarse percent", ("sum directions",)),
    "dimension": Placeholder(lambda place: place.dimension, "frequency", _W),
    "dimension_frequency": Placeholder(_of_row("frequency"), "frequency", _W),
    "dimension_share": Placeholder(_of_row("share"), "coarse percent", _W),
}
