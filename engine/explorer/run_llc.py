"""The local learning coefficient of the checkpoints of a run: estimated one at a time, cached on disk."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter

from engine.errors import UnknownQuery
from engine.explorer.checkpoint_digest import digest_of
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.metrics.llc.estimate import Llc
from engine.metrics.llc.network_loss import train_loss, trained_names
from engine.metrics.llc.sampler import draw_chains
from engine.metrics.llc.settings import LlcSettings, default_nbeta
from engine.metrics.llc.stored import from_bytes, to_bytes
from engine.networks.split import Split
from engine.runs.atomic_files import write_atomically
from engine.runs.run import Checkpoint
from engine.runs.run_json import config_to_json
from engine.runs.unknown_config import needs_weights

# Increase this when the definition changes: estimates of older ones are then made again.
_DEFINITION = 1
_BURST = 4  # steps of which the time of the last three is measured


@dataclass(frozen=True, eq=False)
class LlcSnapshot:
    """The cached estimates of a run with one choice of settings, by epoch in ascending order.

    Of several choices it is the one with the most epochs; `others` counts those.
    """

    estimates: Mapping[int, Llc]
    total: int  # checkpoints of the run
    others: int = 0

    @property
    def settings(self) -> LlcSettings | None:
        """The settings of all estimates; None without any."""
        return next((estimate.settings for estimate in self.estimates.values()), None)


class RunLlc:
    """Estimates of the checkpoints of a run, for one split.

    Args:
        networks: the networks of the run.
        split: which pairs are train pairs.
        cache: a folder for the estimates; None caches in memory only.
    """

    def __init__(self, networks: CheckpointNetworks, split: Split | None, cache: Path | None) -> None:
        self._networks, self._split, self._cache = networks, split, cache
        self._keys: dict[Checkpoint, str] = {}  # the first part of a file name
        self._memory: dict[str, Llc] = {}  # by file name
        self._listing: tuple[object, ...] | None = None  # what `_latest` was built from
        self._latest = LlcSnapshot({}, 0)

    @property
    def n_train(self) -> int:
        """The number of train pairs.

        Raises:
            NeedsWeights: the run has no weights.
            UnknownQuery: the split is not known.
        """
        return self._known_split.n_train

    def estimate(self, epoch: int, settings: LlcSettings, on_step: Callable[[], None] = lambda: None) -> Llc:
        """The estimate at a checkpoint, cached or computed; `on_step` is called after each step of the chains.

        Raises:
            UnknownQuery: there is no such checkpoint, or the split is not known.
            WrongUsage: a setting does not fit the run.
        """
        if (cached := self.cached(epoch, settings)) is not None:
            return cached
        checkpoint = self._networks.run.checkpoint(epoch)
        computed = self._computed(checkpoint, settings, on_step)
        name = self._name(checkpoint, settings)
        self._memory[name] = computed
        if self._cache is not None:
            self._write(self._cache / name, computed)
        return computed

    def cached(self, epoch: int, settings: LlcSettings) -> Llc | None:
        """The estimate at a checkpoint if it is cached; raises as `estimate`."""
        name = self._name(self._networks.run.checkpoint(epoch), settings)
        if name not in self._memory and (read := self._read(name)) is not None:
            self._memory[name] = read
        return self._memory.get(name)

    def step_seconds(self, epoch: int, settings: LlcSettings) -> float:
        """How long a step of all chains takes, by a short burst; raises as `estimate`."""
        checkpoint, times = self._networks.run.checkpoint(epoch), list[float]()
        burst = replace(settings, burn_in=0, draws=_BURST)
        self._computed(checkpoint, burst, lambda: times.append(perf_counter()))
        return (times[-1] - times[0]) / (_BURST - 1)  # without the first, in which memory is allocated

    def resolved(self, settings: LlcSettings) -> LlcSettings:
        """The settings with n / ln n for an nbeta that is not given."""
        nbeta = default_nbeta(self.n_train) if settings.nbeta is None else settings.nbeta
        return replace(settings, nbeta=nbeta)

    # What is cached, for views ------------------------------------------------------------------------------------

    def snapshot(self) -> LlcSnapshot:
        """The cached estimates as of the last `steps`; the same object until there are others."""
        return self._latest

    def steps(self) -> Iterator[None]:
        """Read what is cached, a checkpoint a step; no step if nothing has changed since the last time."""
        if self._split is None or self._listing == self._state():
            return
        state, checkpoints = self._state(), self._networks.run.checkpoints
        names = self._cached_names()
        found: dict[Checkpoint, list[str]] = {}
        for checkpoint in checkpoints if names else ():
            key = self._key(checkpoint)
            found[checkpoint] = [name for name in names if name.startswith(key)]
            yield
        counts = Counter(_settings_part(name) for those in found.values() for name in those)
        chosen = max(counts, key=lambda part: (counts[part], names[_newest(names, part)]), default="")
        estimates = {}
        for checkpoint, those in found.items():
            name = next((name for name in those if _settings_part(name) == chosen), None)
            if name is not None and (estimate := self._memory.get(name) or self._read(name)) is not None:
                estimates[checkpoint.epoch] = self._memory[name] = estimate
            yield
        self._latest = LlcSnapshot(estimates, len(checkpoints), max(len(counts) - 1, 0))
        self._listing = state

    def _state(self) -> tuple[object, ...]:
        """What changes when an estimate or a checkpoint is added."""
        try:
            changed = None if self._cache is None else self._cache.stat().st_mtime_ns
        except OSError:
            changed = None
        return self._networks.run, changed, len(self._memory) if self._cache is None else 0

    def _cached_names(self) -> dict[str, float]:
        """The time of each cached estimate, of any run, by its file name."""
        names = dict.fromkeys(self._memory, 0.0)
        if self._cache is not None and self._cache.is_dir():
            for path in self._cache.glob("*.npz"):
                names[path.name] = path.stat().st_mtime
        return names

    # Computing and storing ----------------------------------------------------------------------------------------

    @property
    def _known_split(self) -> Split:
        if not self._networks.run.has_weights:
            raise needs_weights(self._networks.run.name)
        if self._split is None:
            raise UnknownQuery(
                "The local learning coefficient needs the train pairs, and the split of this run is neither stored nor "
                "found in its losses; pass --split, for example --split random.seed:0:0.3."
            )
        return self._split

    def _computed(self, checkpoint: Checkpoint, settings: LlcSettings, on_step: Callable[[], None]) -> Llc:
        resolved, split = self.resolved(settings), self._known_split
        assert resolved.nbeta is not None
        weights, config = self._networks.weights_of_all_tokens(checkpoint), self._networks.run.config
        loss, w_star = train_loss(weights, config, split.train, self._names, settings.chains)
        traces = draw_chains(loss, w_star, resolved.nbeta, settings, on_step)
        return Llc(resolved, resolved.nbeta, split.n_train, len(w_star), traces)

    @property
    def _names(self) -> tuple[str, ...]:
        """The tensors that are sampled."""
        return trained_names(
            self._networks.stored_weights(self._networks.run.checkpoints[-1]), self._networks.run.config
        )

    def _name(self, checkpoint: Checkpoint, settings: LlcSettings) -> str:
        text = json.dumps(asdict(self.resolved(settings)), sort_keys=True)
        return f"{self._key(checkpoint)}{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"

    def _key(self, checkpoint: Checkpoint) -> str:
        """What an estimate depends on beside the settings, as the first part of its file name."""
        if checkpoint not in self._keys:
            config = {
                name: value for name, value in config_to_json(self._networks.run.config).items() if name != "layer"
            }
            rest = {
                "definition": _DEFINITION,
                "config": config,
                "dtype": str(self._networks.dtype),
                "split": hashlib.sha256(self._known_split.train.tobytes()).hexdigest(),
                "names": self._names,
            }
            digest = digest_of(self._networks.stored_weights(checkpoint), rest)
            self._keys[checkpoint] = f"{digest[:40]}-"
        return self._keys[checkpoint]

    def _read(self, name: str) -> Llc | None:
        try:
            return None if self._cache is None else from_bytes((self._cache / name).read_bytes())
        except OSError:
            return None

    def _write(self, path: Path, estimate: Llc) -> None:
        """Write to the cache. Best effort: a cache that cannot be written is not an error."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, to_bytes(estimate))
        except OSError:
            return


def _settings_part(name: str) -> str:
    return name.rpartition("-")[2]


def _newest(names: Mapping[str, float], part: str) -> str:
    return max((name for name in names if _settings_part(name) == part), key=names.__getitem__)
