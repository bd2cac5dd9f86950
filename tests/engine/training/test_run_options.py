"""Options by name, and the settings that they mean."""

from __future__ import annotations

import pytest

from engine import InvalidConfig, ModelConfig, SaveSchedule, TrainingConfig
from engine.training.run_options import OPTION_NAMES, parse_option, settings_of_new_run
from grok_tui.cli.train.options import TrainOptions


def test_without_options_the_settings_are_the_studys() -> None:
    assert settings_of_new_run({}) == (ModelConfig.standard(), TrainingConfig())


def test_options_override_the_recipe() -> None:
    config, training = settings_of_new_run({"recipe": "nanda2023", "p": 59, "weight_decay": 0.3})
    assert (config.p, config.d_mlp) == (59, 512)
    assert (training.weight_decay, training.warmup_steps, training.recipe) == (0.3, 10, "nanda2023")


def test_a_schedule_and_never_are_written_as_text_and_0() -> None:
    _, training = settings_of_new_run({"save_every": "50:1000,500", "stop_when": 0.0})
    assert (training.save_every, training.stop_when) == (SaveSchedule(((50, 1000), (500, None))), None)


def test_p_of_a_table_is_its_number_of_rows(tmp_path) -> None:
    (tmp_path / "max.txt").write_text("0 1 2\n1 1 2\n2 2 2\n")
    config, _ = settings_of_new_run({"operation": f"table:{tmp_path / 'max.txt'}"})
    assert (config.p, config.table) == (3, (0, 1, 2, 1, 1, 2, 2, 2, 2))


def test_the_options_are_those_of_the_command_line() -> None:
    assert set(OPTION_NAMES) == {*vars(TrainOptions())} - {"device", "threads"}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("seed", "1.5", "seed must be a whole number; found '1.5'."),
        ("lr", "small", "lr must be a number; found 'small'."),
        ("betas", "0.9,0.98", "betas must be numbers separated by blanks; found '0.9,0.98'."),
    ],
)
def test_a_text_of_another_type_is_refused(name, text, expected) -> None:
    with pytest.raises(InvalidConfig) as error:
        parse_option(name, text)
    assert str(error.value) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("betas", (0.9,), r"betas must be two numbers in \[0, 1\); found \(0.9,\)"),
        ("recipe", "mine", "recipe must be one of nanda2023, zhong2023, .*; found 'mine'"),
        ("operation", "power", "The operation is one of add"),
        ("act_fn", "step", "act_fn must be one of relu"),
        ("dtype", "float8", "dtype must be float32 or float64"),
    ],
)
def test_a_value_out_of_range_is_refused(name, value, expected) -> None:
    with pytest.raises(InvalidConfig, match=expected):
        settings_of_new_run({name: value})
