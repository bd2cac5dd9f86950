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
        ("seed1e100", (100,)),
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
    assert split_name("p7_epoch=3-loss=12") == ((3,), ("p7_epoch=", "-loss=#"))
    assert split_name("step_1k")[1] == split_name("step_500")[1] == ("step_", "")
    assert split_name("p7_3")[1] != split_name("p9_3")[1]


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
