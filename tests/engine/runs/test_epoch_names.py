"""The epoch is the number after a word such as `step`, else the one at the end of a name."""

from __future__ import annotations

import pytest

from engine.runs.epoch_names import epoch_of_single, parse_epoch, split_name


@pytest.mark.parametrize(
    ("stem", "numbers"),
    [
        ("step_10k", (10_000,)),
        ("step_1.5k", (1500,)),
        ("step_2M", (2_000_000,)),
        ("step_1e3", (1000,)),
        ("ckpt_1E+04", (10_000,)),
        ("global_step500", (500,)),
        ("ep12_p7", (12,)),
        ("model_iteration_30", (30,)),
        ("epoch=3-step=400", (3, 400)),
        ("run_7", (7,)),
        ("run_1k", (1000,)),
        ("x1e100", (100,)),
        ("step_12,000", (12_000,)),
        ("300_seed7", (300,)),
        ("grok_40_p_113", (40,)),
        ("wd1.0_lr1e-3_500", (500,)),
        ("model_7_20240105_123000", (7,)),
        ("2024-01-05_12-30-00_step_8", (8,)),
        ("seed3", None),
        ("lr1e-3", None),
        ("model_p113", None),
        ("model_20240105", None),
        ("step_100abc", (100,)),
        ("step_1.5", (1,)),
        ("rep5_of_deep9_x", None),
        ("best", None),
        (f"step_{10**30}", None),
    ],
)
def test_numbers_of_a_name(stem, numbers):
    named = split_name(stem)
    assert (named and named.numbers) == numbers


def test_names_of_one_run_have_one_pattern():
    assert split_name("p7_epoch=3-loss=0.12") == ((3,), ("p7_epoch=", "-loss*", "p7"))
    assert split_name("step_1k")[1] == split_name("step_500")[1] == ("step_", "")
    assert split_name("p7_3")[1] != split_name("p9_3")[1]
    assert split_name("epoch_3_seed1")[1] != split_name("epoch_3_seed2")[1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("loss_2.50_epoch_0", "loss_0.01_epoch_100"),
        ("epoch_0_loss_3.25e+00", "epoch_100_loss_1.20e-02"),
        ("model_acc0.1_ep0", "model_acc0.95_ep100"),
        ("2024-01-05_12-30-00_epoch_0", "2024-01-05_12-45-10_epoch_100"),
        ("20240105-123000_model_0", "20240106-094510_model_100"),
        ("step_900", "step_1,000"),
    ],
)
def test_dates_and_losses_do_not_distinguish_runs(first, second):
    assert split_name(first).pattern == split_name(second).pattern


@pytest.mark.parametrize(
    ("text", "epoch"),
    [("500", 500), ("500.0", 500), ("1e3", 1000), ("1.5k", 1500), ("2m", 2_000_000), ("9" * 5000, None)]
    + [(text, None) for text in ("0.5", "-1", "1e-3", "nan", "many", "", "1e999", "9" * 20, "٣k")],
)
def test_text_that_spells_an_epoch(text, epoch):
    assert parse_epoch(text) == epoch


def test_the_name_of_a_single_file():
    assert [epoch_of_single(stem) for stem in ("step_1k", "300", "model_epoch_5_p7", "final_p7", "seed_3")] == [
        1000,
        300,
        5,
        None,
        None,
    ]
