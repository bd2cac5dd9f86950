"""The options of `grok-tui train`: from the command line to the engine's configs, and back to a command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from engine import TrainingConfig
from engine.networks.config import ActFn, ReadAt
from engine.networks.mlp_config import Inputs, Joined
from engine.networks.trainable_config import Arch, Norm, TrainableConfig
from engine.networks.training_config import Biases, Loss, OptimizerName
from engine.networks.transformer_config import NormKind, PositionKind
from engine.training.recipes import RecipeName
from grok_tui.cli import option_groups
from grok_tui.cli.options import DEVICE_HELP, OPERATION_NAMES
from grok_tui.session.settings import Device

if TYPE_CHECKING:
    from engine.training.run_options import Option

# Options that may change when a training continues.
_UNRECORDED = ("device", "threads")


@Parameter(name="*", group=option_groups.TRAINING)
@dataclass(frozen=True)
class TrainOptions:
    """The model and the training settings. None: as recorded in the run; in a new one by the recipe or the defaults."""

    recipe: Annotated[
        RecipeName | None,
        Parameter(
            help="settings of a publication, which other options override; nanda2023 is the study's, as by default. "
            "The plan names the source and what differs"
        ),
    ] = None
    p: Annotated[int | None, Parameter(help="the modulus; default: 113, or the rows of table:FILE")] = None
    operation: Annotated[str | None, Parameter(help=f"the operation modulo p: {OPERATION_NAMES}; default: add")] = None
    seed: Annotated[int | None, Parameter(help="seed of the weights and the split; default: 0")] = None
    epochs: Annotated[
        int | None, Parameter(help="number of full-batch training steps; more extend a run; default: 40,000")
    ] = None
    frac_train: Annotated[float | None, Parameter(help="fraction of the p^2 pairs to train on; default: 0.3")] = None
    weight_decay: Annotated[float | None, Parameter(help="of AdamW; default: 1")] = None
    lr: Annotated[float | None, Parameter(help="learning rate of AdamW; default: 0.001")] = None
    betas: Annotated[tuple[float, float] | None, Parameter(help="of AdamW; default: 0.9 0.98")] = None
    warmup_steps: Annotated[int | None, Parameter(help="steps of linear warm-up of the learning rate; default: 10")] = (
        None
    )
    arch: Annotated[Arch | None, Parameter(help="transformer, or mlp without attention; default: transformer")] = None
    n_layers: Annotated[int | None, Parameter(help="number of layers, in an MLP of hidden layers; default: 1")] = None
    norm: Annotated[
        Norm | None,
        Parameter(
            help="of a transformer: norms before each sublayer and the unembedding, or after each sublayer; "
            "default: none"
        ),
    ] = None
    norm_kind: Annotated[NormKind | None, Parameter(help="LayerNorm or RMSNorm; default: layer")] = None
    d_model: Annotated[
        int | None, Parameter(help="width of the residual stream, or of the embedding of an MLP; default: 128")
    ] = None
    n_heads: Annotated[int | None, Parameter(help="number of attention heads; default: 4")] = None
    d_mlp: Annotated[int | None, Parameter(help="number of neurons of each layer; default: 512")] = None
    act_fn: Annotated[ActFn | None, Parameter(help="the activation function; default: relu")] = None
    prompt: Annotated[
        str | None, Parameter(help="the tokens that a transformer reads, such as 'x op y ='; default: 'x y ='")
    ] = None
    attn_coeff: Annotated[
        float | None, Parameter(help="c of attention c softmax + (1 - c), as in zhong2023; default: 1")
    ] = None
    positions: Annotated[PositionKind | None, Parameter(help="positions of a transformer; default: learned")] = None
    read_at: Annotated[
        ReadAt | None,
        Parameter(help="the position of the logits; attention is causal if it is the last; default: last"),
    ] = None
    inputs: Annotated[Inputs | None, Parameter(help="of an MLP; default: one-hot")] = None
    joined: Annotated[Joined | None, Parameter(help="how an MLP joins x and y; default: concatenation")] = None
    biases: Annotated[
        Biases | None,
        Parameter(help="biases to train: none, of MLP layers, or also of attention and unembedding; default: mlp"),
    ] = None
    loss: Annotated[
        Loss | None,
        Parameter(
            help="the loss to minimise and record: cross-entropy of the softmax, or of the stablemax (Prieto et al. "
            "2025), which float32 does not round to zero; default: cross-entropy"
        ),
    ] = None
    optimizer: Annotated[
        OptimizerName | None,
        Parameter(
            help="adamw, or orthogonal-grad: AdamW on gradients without their component along the weights (Prieto et "
            "al. 2025, there without weight decay); default: adamw"
        ),
    ] = None
    save_every: Annotated[
        str | None,
        Parameter(help="save a checkpoint every N epochs, or by a schedule STEP:UNTIL,...,STEP; default: 100"),
    ] = None
    test_every: Annotated[int | None, Parameter(help="compute the test loss every N epochs; default: 10")] = None
    stop_when: Annotated[
        float | None,
        Parameter(
            help="stop early, with a checkpoint, once the test loss is below this; another one, or 0 for never, "
            "extends a run"
        ),
    ] = None
    dtype: Annotated[
        Literal["float32", "float64"] | None,
        Parameter(help="precision of all arithmetic except losses, which are float64; default: float32"),
    ] = None
    checkpoint_dtype: Annotated[
        Literal["float32", "float16"] | None, Parameter(help="of the saved checkpoints; default: float32")
    ] = None
    device: Annotated[Device | None, Parameter(help=DEVICE_HELP)] = None
    threads: Annotated[
        int | None,
        Parameter(
            help="number of CPU threads; default: one per core, in a sweep one a run. The number affects rounding"
        ),
    ] = None

    def settings(self, run: Path) -> tuple[TrainableConfig, TrainingConfig]:
        """The model and the training of `run`: of an existing run, those recorded in it, with its end as requested.

        Raises:
            InvalidConfig: a setting is out of range, or the operation is unknown.
            GrokError: the run cannot continue with these options.
        """
        return self._of_existing_run(run) if (run / "run.json").is_file() else self.of_new_run()

    def of_new_run(self) -> tuple[TrainableConfig, TrainingConfig]:
        """Explicit settings, else those of the recipe, else the defaults.

        Raises:
            InvalidConfig: a setting is out of range, or the operation is unknown.
        """
        from engine.training.run_options import settings_of_new_run

        return settings_of_new_run(self.explicit)

    def _of_existing_run(self, run: Path) -> tuple[TrainableConfig, TrainingConfig]:
        from engine.runs.native_run import recorded_settings
        from engine.training.continuation import require_continuable, require_same_settings, settings_json
        from engine.training.run_options import explicit_settings

        explicit, (config, training) = explicit_settings(self.explicit), recorded_settings(run)
        # A value out of range is an error of its own, not a difference.
        replace(training, **{name: value for name, value in explicit.items() if name in vars(training)})
        requested = {**explicit, "save_every": str(explicit.get("save_every", training.save_every))}
        require_same_settings(run, settings_json(config, training), requested)
        end = {name: explicit[name] for name in ("epochs", "stop_when") if name in explicit}
        training = replace(training, **end)
        require_continuable(run, config, training)
        return config, training

    @property
    def explicit(self) -> dict[str, Option]:
        """The options that were passed and that a run records, by name."""
        return {name: value for name, value in vars(self).items() if value is not None and name not in _UNRECORDED}

    def arguments(self, run: Path) -> list[str]:
        """The command-line arguments of these options: `train RUN` and the explicit ones."""
        return ["train", str(run), *self._written(field.name for field in fields(self))]

    def command(self, run: Path) -> str:
        """The command line that continues a training; it repeats only what `run.json` does not record."""
        return shlex.join(["grok-tui", "train", str(run), *self._written(_UNRECORDED)])

    def _written(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            value = getattr(self, name)
            if value is not None:
                yield f"--{name.replace('_', '-')}"
                yield from map(str, value if isinstance(value, tuple) else (value,))
