"""The options of `grok-tui train`: their defaults, their help, and as arguments."""

from __future__ import annotations

from pathlib import Path

from engine import ModelConfig, TrainingConfig
from grok_tui.cli.main import app
from grok_tui.cli.train.options import TrainOptions


def test_without_options_the_settings_are_the_engine_s_defaults() -> None:
    assert TrainOptions().of_new_run() == (ModelConfig.standard(), TrainingConfig())


def test_the_help_states_the_engine_s_defaults(run) -> None:
    words = " ".join(run("train", "--help").out.replace("│", " ").split())
    config, training = ModelConfig.standard(), TrainingConfig()
    values = {**vars(config), **vars(training), "betas": "0.9 0.98", "epochs": f"{training.epochs:,}"}
    for name in ("operation", "d_model", "d_mlp", "n_heads", "act_fn", *vars(training)):
        if values[name] is not None:
            value = f"{values[name]:g}" if isinstance(values[name], float) else values[name]
            text = words.partition(f"--{name.replace('_', '-')} ")[2].partition(" --")[0]
            assert f"default: {value}" in text, name


def test_explicit_options_can_be_written_as_arguments() -> None:
    assert TrainOptions().arguments(Path("here")) == ["train", "here"]
    options = TrainOptions(
        p=7,
        operation="subtract",
        betas=(0.5, 0.75),
        stop_when=1e-3,
        save_every="2:10,5",
        dtype="float64",
        d_mlp=3,
        lr=1e-3,
    )
    _, bound, _ = app.parse_args(options.arguments(Path("here")))
    assert bound.arguments["options"] == options
