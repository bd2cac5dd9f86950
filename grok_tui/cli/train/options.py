"""The settings of `grok-tui train`: from words to what the engine trains, and back to words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from grok_tui.cli.options import DEVICE_HELP
from grok_tui.session.settings import Device

if TYPE_CHECKING:
    from engine import ModelConfig, TrainingConfig


@Parameter(name="*")
@dataclass(frozen=True)
class TrainOptions:
    """What is trained, and how; the defaults are the study's."""

    p: Annotated[int, Parameter(help="the modulus")] = 113
    operation: Annotated[Literal["add", "subtract"], Parameter(help="learn (x + y) mod p or (x - y) mod p")] = "add"
    seed: Annotated[int, Parameter(help="of the weights and of the split")] = 0
    epochs: Annotated[int, Parameter(help="steps of full-batch training")] = 40_000
    frac_train: Annotated[float, Parameter(help="share of the p^2 pairs to train on")] = 0.3
    weight_decay: float = 1.0
    lr: float = 1e-3
    betas: Annotated[tuple[float, float], Parameter(negative=())] = (0.9, 0.98)
    warmup_steps: Annotated[int, Parameter(help="steps in which lr climbs from zero")] = 10
    d_model: int = 128
    n_heads: int = 4
    d_mlp: int = 512
    act_fn: Literal["relu", "gelu", "gelu_new"] = "relu"
    save_every: Annotated[str, Parameter(help="keep every N epochs, or STEP:UNTIL,...,STEP")] = "100"
    test_every: Annotated[int, Parameter(help="measure the test loss every N epochs")] = 10
    stop_when: Annotated[
        float | None, Parameter(help="end, with a checkpoint, where a measured test loss lies below this")
    ] = None
    dtype: Annotated[Literal["float32", "float64"], Parameter(help="of the arithmetic; losses are in float64")] = (
        "float32"
    )
    checkpoint_dtype: Literal["float32", "float16"] = "float32"
    device: Annotated[Device | None, Parameter(help=DEVICE_HELP)] = None
    threads: Annotated[
        int | None, Parameter(help="of the CPU; default: one a core. Another number rounds otherwise")
    ] = None

    def model(self) -> ModelConfig:
        """The model to train.

        Raises:
            GrokError: a size outside its range.
        """
        from engine import ModelConfig

        return ModelConfig.standard(self.p, self.d_model, self.n_heads, self.d_mlp, self.act_fn, self.operation)

    def training(self) -> TrainingConfig:
        """How to train it.

        Raises:
            GrokError: a setting outside its range.
        """
        from engine import SaveSchedule, TrainingConfig

        return TrainingConfig(
            seed=self.seed,
            epochs=self.epochs,
            frac_train=self.frac_train,
            lr=self.lr,
            weight_decay=self.weight_decay,
            betas=self.betas,
            warmup_steps=self.warmup_steps,
            test_every=self.test_every,
            save_every=SaveSchedule.parse(self.save_every),
            checkpoint_dtype=self.checkpoint_dtype,
            dtype=self.dtype,
            stop_when=self.stop_when,
        )

    def words(self, run: Path) -> list[str]:
        """The arguments that give these settings: `train RUN` and what differs from the defaults."""
        return ["train", str(run), *self._changed()]

    def command(self, run: Path) -> str:
        """The command line that continues a training with these settings."""
        return shlex.join(["grok-tui", *self.words(run)])

    def _changed(self) -> Iterator[str]:
        for one in fields(self):
            value = getattr(self, one.name)
            if value != one.default:
                yield f"--{one.name.replace('_', '-')}"
                yield from map(str, value if isinstance(value, tuple) else (value,))
