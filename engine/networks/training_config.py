"""How a run is trained: settings and the schedule of checkpoints; frozen, validated on construction, in `run.json`."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Literal, get_args

from engine.networks.config import InvalidConfig, is_token_id, require

# Which biases are trained: none, those of the MLP layers, or those of attention, all layers and the unembedding.
# Those of norms always are.
Biases = Literal["none", "mlp", "all"]
# The loss that training minimises: cross-entropy of the softmax, or of the stablemax (`stablemax.py`).
Loss = Literal["cross-entropy", "stablemax"]
# AdamW, or AdamW on gradients orthogonal to the weights (`engine.training.orthogonal_gradient`).
OptimizerName = Literal["adamw", "orthogonal-grad"]
_CHOICES = {"biases": get_args(Biases), "loss": get_args(Loss), "optimizer": get_args(OptimizerName)}


@dataclass(frozen=True)
class SaveSchedule:
    """The epochs that are saved: for each piece, every `step` epochs up to and including `until`; always the last one.

    >>> sorted(SaveSchedule.parse("50:100,200:500,500").epochs(1200))
    [0, 50, 100, 200, 400, 500, 1000, 1200]
    """

    pieces: tuple[tuple[int, int | None], ...]

    @staticmethod
    def parse(text: str) -> SaveSchedule:
        """Parse `100` or `STEP:UNTIL,STEP:UNTIL,...,STEP`; each piece saves the multiples of its step."""
        pieces: list[tuple[int, int | None]] = []
        for piece in text.split(","):
            step, _, until = piece.strip().partition(":")
            if not is_token_id(step) or int(step) < 1 or (until and not is_token_id(until)):
                raise InvalidConfig(
                    f"A save schedule is N or STEP:UNTIL,...,STEP, as in 100 or 50:1000,500; found {text!r}."
                )
            pieces.append((int(step), int(until) if until else None))
        ends = [inf if until is None else until for _, until in pieces]
        require(
            all(earlier < later for earlier, later in pairwise(ends)),
            f"Each UNTIL of STEP:UNTIL,...,STEP must be later than the one before, and only the last step has none; "
            f"found {text!r}.",
        )
        return SaveSchedule(tuple(pieces))

    def epochs(self, last: int) -> frozenset[int]:
        """The epochs saved in a run of `last` epochs, always with 0 and `last`."""
        saved = {0, last}
        start = 0
        for step, until in self.pieces:
            end = last if until is None else min(until, last)
            saved.update(epoch for epoch in range(0, end + 1, step) if epoch >= start)
            start = end
        return frozenset(saved)

    def __str__(self) -> str:
        return ",".join(f"{step}" if until is None else f"{step}:{until}" for step, until in self.pieces)


@dataclass(frozen=True)
class TrainingConfig:
    """How a run is trained; the defaults are the study's.

    `dtype` is the dtype of the arithmetic; losses are always in float64. `loss` is the loss that is minimised and
    recorded, and that `stop_when` refers to; `optimizer` is what minimises it. Training ends after `epochs` steps, or
    when a test loss, computed every `test_every` epochs, falls below `stop_when`. `recipe` is the name of the preset
    that the settings started from, `packed` the number of runs that were trained with it as one batch; they change
    nothing. `biases` are those that are trained; the others stay zero.

    Raises:
        InvalidConfig: a value is out of range.
    """

    seed: int = 0
    epochs: int = 40_000
    frac_train: float = 0.3
    lr: float = 1e-3
    weight_decay: float = 1.0
    betas: tuple[float, float] = (0.9, 0.98)
    warmup_steps: int = 10
    test_every: int = 10
    save_every: SaveSchedule = field(default_factory=lambda: SaveSchedule.parse("100"))
    checkpoint_dtype: Literal["float32", "float16"] = "float32"
    dtype: Literal["float32", "float64"] = "float32"
    stop_when: float | None = None
    recipe: str | None = None
    packed: int | None = None
    biases: Biases = "mlp"
    loss: Loss = "cross-entropy"
    optimizer: OptimizerName = "adamw"

    def __post_init__(self) -> None:
        require(0 <= self.seed < 2**63, f"seed must be an integer from 0 to 2^63 - 1; found {self.seed}.")
        require(self.epochs >= 0, f"epochs must be at least 0; found {self.epochs}.")
        require(0 < self.frac_train < 1, f"frac_train must be between 0 and 1, both excluded; found {self.frac_train}.")
        require(self.lr > 0, f"lr must be positive; found {self.lr}.")
        require(self.weight_decay >= 0, f"weight_decay must be at least 0; found {self.weight_decay}.")
        require(
            len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas),
            f"betas must be two numbers in [0, 1); found {self.betas}.",
        )
        require(self.warmup_steps >= 0, f"warmup_steps must be at least 0; found {self.warmup_steps}.")
        require(self.test_every >= 1, f"test_every must be at least 1; found {self.test_every}.")
        require(
            self.checkpoint_dtype in ("float32", "float16"),
            f"checkpoint_dtype must be float32 or float16; found {self.checkpoint_dtype!r}.",
        )
        require(self.dtype in ("float32", "float64"), f"dtype must be float32 or float64; found {self.dtype!r}.")
        for name, values in _CHOICES.items():
            found = getattr(self, name)
            require(found in values, f"{name} must be one of {', '.join(values)}; found {found!r}.")
        require(self.packed is None or self.packed >= 2, f"packed must be at least 2 runs; found {self.packed}.")
        require(self.stop_when is None or self.stop_when > 0, f"stop_when must be positive; found {self.stop_when}.")

    def tests_at(self, epoch: int, checkpoints: Set[int]) -> bool:
        """Whether the test loss of an epoch is computed; `checkpoints` are all epochs of the schedule."""
        return epoch % self.test_every == 0 or epoch in checkpoints

    def stops_at(self, test_loss: float | None) -> bool:
        """Whether training ends at an epoch with this test loss; None: it was not computed."""
        return self.stop_when is not None and test_loss is not None and test_loss < self.stop_when
