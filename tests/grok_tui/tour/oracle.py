"""The numbers of a tour's sentences by queries to the engine that the tour does not share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from engine import Explorer, report
from engine.explorer.training_phases import find_training_phases
from grok_tui.session.selection import Selection
from grok_tui.tour.stops import Sentence

_FIELD = re.compile(r"\{([a-z_A-Z]+)(?:@([a-z ]+))?\}")
_NAME = re.compile(r"([a-z_]+)(?:@([a-z]+(?: [a-z]+)?))?(?= [<>=]| and|$)")

_FORMS = {
    **dict.fromkeys(("neuron_share", "variance_explained"), ".3f"),
    **dict.fromkeys(("product_share", "sum_share", "dimension_share"), ".0%"),
    **dict.fromkeys(("train_accuracy", "test_accuracy", "logit_fit", "embedding_key_share"), ".1%"),
    **dict.fromkeys(("epoch", "n_train", "n_test", "n_pairs"), ","),
    "coefficient": ".2f",
    "sum_sq_weights": ",.0f",
}


class Oracle:
    """Of a run whose metrics are computed; what a stop selects is in the selection."""

    def __init__(self, explorer: Explorer, selection: Selection) -> None:
        self.explorer, self.selection = explorer, selection
        self._reports: dict[int, Any] = {}

    def epoch(self, name: str) -> int:
        epochs = self.explorer.epochs
        if name == "last":
            return epochs[-1]
        if name == "first":
            return epochs[0]
        phases = find_training_phases(self.explorer.run_metrics(self.selection.reference_epoch).snapshot())
        ends = {"memorised": phases.memorisation, "grokked": phases.circuit_formation, "cleaned up": phases.cleanup}
        if name in ends:
            return ends[name].at
        start, end = ends["memorised"].at, ends["grokked"].at
        return min((one for one in epochs if start < one <= end), key=lambda one: (abs(one - (start + end) // 2), one))

    def report(self, epoch: int) -> Any:
        if epoch not in self._reports:
            self._reports[epoch] = report(self.explorer, epoch, self.selection.reference_epoch)
        return self._reports[epoch]

    def value(self, name: str, at: str | None = None) -> Any:
        """A number, as the engine answers it."""
        chosen, explorer = self.selection, self.explorer
        epoch = chosen.epoch if at is None else self.epoch(at)
        now, keys = self.report(epoch), explorer.keys(chosen.reference_epoch)
        facts = explorer.neuron_facts(epoch, chosen.neuron, chosen.reference_epoch)
        sizes = {one.frequency: len(one.neurons) for one in now.clusters}
        cluster = max(keys, key=lambda k: now.logit_fit.coefficients.get(k, 0.0), default=None)
        without = {} if now.interventions is None else now.interventions.without_cluster
        values: dict[str, Callable[[], Any]] = {
            "epoch": lambda: epoch,
            "operation": lambda: f"x + y mod {explorer.run.config.p}",
            "p": lambda: explorer.run.config.p,
            "n_pairs": lambda: explorer.run.config.p**2,
            "n_tokens": lambda: explorer.run.config.p,
            "n_train": lambda: explorer.split.n_train,
            "n_test": lambda: explorer.run.config.p**2 - explorer.split.n_train,
            "n_neurons": lambda: explorer.run.config.d_mlp,
            "n_frequencies": lambda: explorer.run.config.p // 2,
            "n_checkpoints": lambda: len(explorer.epochs),
            "chance_loss": lambda: math.log(explorer.run.config.p),
            "key_frequencies": lambda: ", ".join(map(str, keys)),
            "n_keys": lambda: len(keys),
            "loss": lambda: now.loss.all,
            "train_loss": lambda: now.loss.train,
            "test_loss": lambda: now.loss.test,
            "train_accuracy": lambda: now.accuracy.train,
            "test_accuracy": lambda: now.accuracy.test,
            "excluded_loss": lambda: now.excluded_loss_all_key.train,
            "logit_fit": lambda: now.logit_fit.fve,
            "sum_sq_weights": lambda: sum(w.double().square().sum().item() for _, w in explorer.weights(epoch).items()),
            "embedding_key_share": lambda: self._key_share(epoch, keys),
            "n_clustered": lambda: sum(size for k, size in sizes.items() if k is not None),
            "n_rest": lambda: sizes[None],
            "largest_cluster": lambda: max(keys, key=lambda k: sizes[k]),
            "largest_size": lambda: max(sizes[k] for k in keys),
            "key_only_loss": lambda: now.interventions.key_frequency_only_with_rest,
            "worst_cluster": lambda: max(keys, key=lambda k: without[k]),
            "worst_loss": lambda: max(without[k] for k in keys),
            "least_coefficient": lambda: min(now.logit_fit.coefficients.values()),
            "cluster": lambda: cluster,
            "coefficient": lambda: now.logit_fit.coefficients[cluster],
            "neuron": lambda: chosen.neuron,
            "neuron_share": lambda: facts.share,
            "variance_explained": lambda: facts.variance_explained,
            "product_share": lambda: self._block(epoch)[0],
            "sum_share": lambda: self._block(epoch)[1],
            "dimension": lambda: chosen.dimension,
            "dimension_frequency": lambda: self._row(epoch)[0],
            "dimension_share": lambda: self._row(epoch)[1],
        }
        return values[name]()

    def filled(self, sentence: Sentence, when: str | None, label: Callable[[str], str]) -> str:
        """A sentence of the file with these numbers; `when` is its condition as written."""
        text = sentence.text
        if when is not None and not self.holds(when):
            text = sentence.otherwise or ""
        text = re.sub(r"\{([a-z]+\.[a-z]+|tour)\}", lambda match: label(match[1]), text)
        text = _FIELD.sub(lambda match: self.written(match[1], match[2]), text)
        return text.replace("x±y", "x+y").replace("∓", "-")

    def holds(self, when: str) -> bool:
        condition = _NAME.sub(lambda m: m[0] if m[1] == "and" else repr(self.value(m[1], m[2])), when)
        return bool(eval(condition))

    def written(self, name: str, at: str | None) -> str:
        value = self.value(name, at)
        if isinstance(value, str):
            return value
        form = _FORMS.get(name, "" if isinstance(value, int) else ".3g")
        return f"{value:{form}}"

    def _key_share(self, epoch: int, keys: tuple[int, ...]) -> float:
        W_E, p = self.explorer.embedding(epoch).double(), self.explorer.run.config.p
        energy = W_E.T.cpu().numpy()
        waves = abs(_dft(energy)) ** 2
        return float(waves[:, list(keys)].sum() / waves[:, 1 : p // 2 + 1].sum())

    def _block(self, epoch: int) -> tuple[float, float]:
        """The shares of the products in a block, and of the sum directions in the products, from the activations."""
        import numpy as np

        neuron, p = self.selection.neuron, self.explorer.run.config.p
        post = self.explorer.neuron_activation(epoch, neuron, self.selection.reference_epoch).post
        k = self.explorer.neuron_facts(epoch, neuron, self.selection.reference_epoch).frequency
        angle = 2 * np.pi * k * np.arange(p) / p
        basis = np.stack([np.full(p, p**-0.5), np.cos(angle) * (2 / p) ** 0.5, np.sin(angle) * (2 / p) ** 0.5])
        block = basis @ post @ basis.T
        products = (block[1:, 1:] ** 2).sum()
        cosine, sine = (block[1, 1] - block[2, 2]) / 2**0.5, (block[2, 1] + block[1, 2]) / 2**0.5
        return products / ((block**2).sum() - block[0, 0] ** 2), (cosine**2 + sine**2) / products

    def _row(self, epoch: int) -> tuple[int, float]:
        row = self.explorer.unembedding(epoch)[self.selection.dimension].double().cpu().numpy()
        energy = abs(_dft(row[None])[0][1:]) ** 2
        return int(energy.argmax()) + 1, float(energy.max() / energy.sum())


def _dft(rows: Any) -> Any:
    import numpy as np

    return np.fft.rfft(rows, axis=1)
