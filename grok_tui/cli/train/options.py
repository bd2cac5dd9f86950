"""The options of `grok-tui train`: from the command line to the engine's configs, and back to a command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from engine import ModelConfig, SaveSchedule, TrainingConfig
from grok_tui.cli.options import DEVICE_HELP, OPERATION_NAMES
from grok_tui.session.settings import Device

_DEFAULT_P = 113


@Parameter(name="*")
@dataclass(frozen=True)
class TrainOptions:
    """The model and the training settings; the defaults are the study's."""

    p: Annotated[int | None, Parameter(help="the modulus; default: 113, or the rows of table:FILE")] = None
    operation: Annotated[str, Parameter(help=f"the operation modulo p: {OPERATION_NAMES}")] = "add"
    seed: Annotated[int, Parameter(help="seed of the weights and the split")] = 0
    epochs: Annotated[int, Parameter(help="number of full-batch training steps")] = 40_000
    frac_train: Annotated[float, Parameter(help="fraction of the p^2 pairs to train on")] = 0.3
    weight_decay: Annotated[float, Parameter(help="of AdamW")] = 1.0
    lr: Annotated[float, Parameter(help="learning rate of AdamW")] = 1e-3
    betas: Annotated[tuple[float, float], Parameter(negative=(), help="of AdamW")] = (0.9, 0.98)
    warmup_steps: Annotated[int, Parameter(help="steps of linear warm-up of the learning rate")] = 10
    d_model: Annotated[int, Parameter(help="width of the residual stream")] = 128
    n_heads: Annotated[int, Parameter(help="number of attention heads")] = 4
    d_mlp: Annotated[int, Parameter(help="number of neurons")] = 512
    act_fn: Annotated[Literal["relu", "gelu", "gelu_new"], Parameter(help="the activation function")] = "relu"
    save_every: Annotated[
        str, Parameter(help="save a checkpoint every N epochs, or by a schedule STEP:UNTIL,...,STEP")
    ] = "100"
    test_every: Annotated[int, Parameter(help="compute the test loss every N epochs")] = 10
    stop_when: Annotated[
        float | None, Parameter(help="stop early, with a checkpoint, once the test loss is below this")
    ] = None
    dtype: Annotated[
        Literal["float32", "float64"], Parameter(help="precision of all arithmetic except losses, which are float64")
    ] = "float32"
    checkpoint_dtype: Annotated[Literal["float32", "float16"], Parameter(help="of the saved checkpoints")] = "float32"
    device: Annotated[Device | None, Parameter(help=DEVICE_HELP)] = None
    threads: Annotated[
        int | None, Parameter(help="number of CPU threads; default: one per core. The number affects rounding")
    ] = None

    def model(self) -> ModelConfig:
        """The model to train.

        Raises:
            InvalidConfig: a size is out of range, or the operation is unknown.
        """
        from engine.runs.answer_table import parse_operation, table_size

        operation, table = parse_operation(self.operation)
        p = self.p
        if p is None:
            p = _DEFAULT_P if table is None else table_size(table)
        return ModelConfig.standard(p, self.d_model, self.n_heads, self.d_mlp, self.act_fn, operation, table)

    def training(self) -> TrainingConfig:
        """How to train it.

        Raises:
            InvalidConfig: a setting is out of range.
        """
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

    def arguments(self, run: Path) -> list[str]:
        """The command-line arguments of these settings: `train RUN` and the options that differ from the defaults."""
        return ["train", str(run), *self._changed()]

    def command(self, run: Path) -> str:
        """The command line that continues a training with these settings."""
        return shlex.join(["grok-tui", *self.arguments(run)])

    def _changed(self) -> Iterator[str]:
        for option in fields(self):
            value = getattr(self, option.name)
            if value != option.default:
                yield f"--{option.name.replace('_', '-')}"
                yield from map(str, value if isinstance(value, tuple) else (value,))
