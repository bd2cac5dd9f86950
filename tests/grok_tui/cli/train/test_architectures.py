"""`grok-tui train` of transformers of any depth and of MLPs."""

from __future__ import annotations

import pytest

TINY = ("--p", "5", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8")


@pytest.mark.parametrize(
    ("options", "model"),
    [
        (("--arch", "mlp", "--p", 5, "--d-mlp", 8), "an MLP, x and y one-hot, concatenated, 8 neurons, relu, biases"),
        (
            (*TINY, "--norm", "pre", "--n-layers", 2),
            "a 2-layer transformer with LayerNorm, norms before attention and the MLP, final norm, ",
        ),
        ((*TINY, "--prompt", "x y", "--biases", "none"), "d_mlp 8, relu, prompt x y, biases none: "),
    ],
)
def test_every_architecture_is_trained_continued_and_described(tmp_path, run, options, model) -> None:
    status, _, err = run("train", tmp_path / "run", *options, "--epochs", 10)
    assert status == 0
    assert model in err.splitlines()[0]
    assert run("train", tmp_path / "run", *options, "--epochs", 20)[0] == 0
    status, _, err = run("train", tmp_path / "run", "--epochs", 30)
    assert status == 0
    assert err.splitlines()[-1] == f"Wrote 2 checkpoints to {tmp_path / 'run'}."
    described = run("info", tmp_path / "run").out
    assert "inferred" not in described
    assert "assumed" not in described


def test_other_options_of_the_architecture_do_not_continue_a_run(tmp_path, run) -> None:
    path = tmp_path / "run"
    assert run("train", path, *TINY, "--norm", "pre", "--epochs", 10)[0] == 0
    assert run("train", path, "--norm", "pre", "--arch", "transformer", "--biases", "mlp", "--read-at", "last")[0] == 0
    for options, difference in (
        (("--norm", "post"), "norm: recorded pre, requested post"),
        (("--n-layers", 2), "n_layers: recorded 1, requested 2"),
        (("--arch", "mlp"), "arch: recorded transformer, requested mlp"),
        (("--biases", "all"), "biases: recorded mlp, requested all"),
        (("--positions", "rotary"), "positions: recorded learned, requested rotary"),
    ):
        status, _, err = run("train", path, *options)
        assert status == 1
        assert f"is a run with other settings ({difference})" in err


def test_an_option_that_does_not_apply_is_refused(tmp_path, run) -> None:
    status, _, err = run("train", tmp_path / "run", "--arch", "mlp", "--n-heads", 2)
    assert (status, err) == (2, "--n-heads does not apply to --arch mlp; leave it out.\n")
    assert not (tmp_path / "run").exists()
