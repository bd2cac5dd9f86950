"""Training: what is recorded, when it ends, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine import GrokError, ModelConfig, Prompt, SaveSchedule, TrainingConfig, Weights, open_run, train
from engine.networks.config import OPERATIONS, InvalidConfig
from engine.networks.pair_forward import initial_weights, pair_logits
from engine.networks.task import answers
from engine.networks.weights import BIASES
from tests.engine.networks.plain_model import plain_forward

CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
TRAINING = TrainingConfig(epochs=30, save_every=SaveSchedule.parse("10"), frac_train=0.5)


def test_pair_logits_match_the_oracle(random_weights) -> None:
    weights = random_weights(CONFIG, dtype=torch.float64)
    absent = {name: tensor for name, tensor in weights.items() if name in ("b_Q", "b_K", "b_V", "b_O", "b_U")}
    for tensor in absent.values():
        tensor.zero_()  # not trained
    x, y = torch.cartesian_prod(torch.arange(7), torch.arange(7)).T
    found = pair_logits(dict(weights.items()), CONFIG, x, y)[:, :7]
    torch.testing.assert_close(found, plain_forward(weights, CONFIG).logits.flatten(0, 1))


def test_a_complete_run_is_written(tmp_path) -> None:
    train(CONFIG, TRAINING, path=tmp_path / "run")
    run = open_run(tmp_path / "run")
    assert run.container == "native"
    assert run.config == CONFIG
    assert run.epochs == (0, 10, 20, 30)
    assert run.split is not None
    assert run.split.n_train == 24
    assert run.losses is not None
    assert run.losses.epochs.tolist() == list(range(31))
    assert not np.isnan(run.losses.train).any()
    assert np.flatnonzero(~np.isnan(run.losses.test)).tolist() == [0, 10, 20, 30]
    assert run.training["weight_decay"] == 1.0


@pytest.mark.parametrize("operation", OPERATIONS)
def test_recorded_losses_match_the_checkpoints(tmp_path, operation) -> None:
    table = tuple(x * x * y % 7 for x in range(7) for y in range(7)) if operation == "table" else None
    config = replace(CONFIG, operation=operation, table=table)
    train(config, TRAINING, path=tmp_path / "run")
    run = open_run(tmp_path / "run")
    assert run.config == config
    assert run.split is not None
    assert run.losses is not None
    for epoch in run.epochs:
        weights = run.weights(epoch)
        tensors = {name: tensor.double() for name, tensor in weights.items()}
        x, y = torch.from_numpy(run.split.train).nonzero().T
        logits = pair_logits(tensors, CONFIG, x, y)  # all 8, as the trainer counts
        loss = torch.nn.functional.cross_entropy(logits, answers(config.task)[x, y]).item()
        assert run.losses.at(epoch)[0] == pytest.approx(loss, rel=1e-5)


def test_the_learning_rate_warms_up_linearly_from_zero(tmp_path) -> None:
    """In its first steps Adam moves every weight by the learning rate, whatever the gradient."""
    save_all = SaveSchedule.parse("1")
    for warmup_steps, rates in ((10, (0.0, 1e-4)), (0, (1e-3,))):
        path = tmp_path / str(warmup_steps)
        settings = TrainingConfig(epochs=2, warmup_steps=warmup_steps, weight_decay=0.0, save_every=save_all)
        train(CONFIG, settings, path=path)
        run = open_run(path)
        for epoch, rate in enumerate(rates):
            moved = (run.weights(epoch + 1).W_out - run.weights(epoch).W_out).abs()
            assert moved.max().item() == pytest.approx(rate, rel=1e-2)


def test_the_same_seed_gives_the_same_bytes(tmp_path) -> None:
    for name in ("first", "second"):
        train(CONFIG, TRAINING, path=tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*") if path.is_file())
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_seed_0_starts_with_the_losses_of_the_study() -> None:
    """Its losses at epoch 0, over all 114 logits: train 4.764052, test 4.768348."""
    from engine.networks.split import random_seed_split

    config = ModelConfig.standard()
    weights = initial_weights(config, 0)
    train_pairs = random_seed_split(113, 0, 3830)
    for mask, expected in ((train_pairs, 4.764052), (~train_pairs, 4.768348)):
        x, y = torch.from_numpy(mask).nonzero().T
        logits = pair_logits(weights, config, x, y).double()
        assert torch.nn.functional.cross_entropy(logits, (x + y) % 113).item() == pytest.approx(expected, abs=1e-6)


def test_zero_biases_are_not_written(tmp_path) -> None:
    train(CONFIG, TRAINING, path=tmp_path / "run")
    stored = set(load_file(tmp_path / "run" / "checkpoints" / "epoch-000030.safetensors"))
    assert stored & set(BIASES) == {"b_in", "b_out"}


@pytest.mark.parametrize(
    ("text", "last", "epochs"),
    [("100", 250, [0, 100, 200, 250]), ("5:10,20", 50, [0, 5, 10, 20, 40, 50]), ("7:3", 9, [0, 9])],
)
def test_save_schedules(text, last, epochs) -> None:
    assert sorted(SaveSchedule.parse(text).epochs(last)) == epochs


@pytest.mark.parametrize("text", ["", "0", "ten", "5:x", "-5", "9" * 5_000])
def test_invalid_schedules_are_refused(text) -> None:
    with pytest.raises(InvalidConfig, match="A save schedule is N or STEP:UNTIL"):
        SaveSchedule.parse(text)


@pytest.mark.parametrize("text", ["50,10", "50:100,10:50,7", "50:100,10:100,7"])
def test_schedules_with_unordered_pieces_are_refused(text) -> None:
    with pytest.raises(InvalidConfig, match="must be later than the one before"):
        SaveSchedule.parse(text)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(seed) -> None:
    with pytest.raises(InvalidConfig, match="seed must be an integer"):
        TrainingConfig(seed=seed)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_training_on_cuda_agrees_with_the_cpu(tmp_path) -> None:
    for device in ("cpu", "cuda"):
        train(CONFIG, TRAINING, path=tmp_path / device, device=device)
    cpu, cuda = (open_run(tmp_path / device).losses for device in ("cpu", "cuda"))
    assert cpu is not None
    assert cuda is not None
    np.testing.assert_allclose(cuda.train, cpu.train, rtol=1e-3)


def test_tokens_of_y_of_its_own_are_refused(tmp_path) -> None:
    config = replace(CONFIG, prompt=Prompt.parse("x y+7 =", 7), d_vocab=15)
    with pytest.raises(GrokError, match=r"gives x and y the same tokens, as in 'x y ='; found the prompt 'x y\+7 ='"):
        train(config, TRAINING, path=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_training_needs_no_folder() -> None:
    """`on_checkpoint` receives copies, which further training does not change."""
    weights_at: dict[int, Weights] = {}
    trained = train(CONFIG, TRAINING, on_checkpoint=weights_at.__setitem__)
    assert list(weights_at) == [0, 10, 20, 30]
    start = initial_weights(CONFIG, TRAINING.seed)
    assert all(torch.equal(tensor, start[name]) for name, tensor in weights_at[0].items() if name in start)
    assert trained.ending == "epochs"
    assert all(torch.equal(tensor, getattr(trained.weights, name)) for name, tensor in weights_at[30].items())
    assert not torch.equal(weights_at[20].W_E, weights_at[30].W_E)


def test_on_checkpoint_is_called_once_the_checkpoint_is_on_disk(tmp_path) -> None:
    def on_checkpoint(epoch: int, weights: Weights) -> None:
        stored = open_run(tmp_path / "run").weights(epoch)
        assert all(torch.equal(tensor, getattr(stored, name)) for name, tensor in weights.items())

    train(CONFIG, TRAINING, path=tmp_path / "run", on_checkpoint=on_checkpoint)


def test_training_stops_below_the_test_loss_threshold(tmp_path) -> None:
    """It saves that epoch, which is not in the schedule, and does not resume afterwards."""
    easy = replace(TRAINING, frac_train=0.9, epochs=400, save_every=SaveSchedule.parse("1000"), test_every=7)
    whole = train(CONFIG, easy, path=tmp_path / "whole")
    losses = open_run(tmp_path / "whole").losses
    assert losses is not None
    test_losses = [(epoch, test) for epoch, test in zip(losses.epochs, losses.test, strict=True) if not np.isnan(test)]
    threshold = (test_losses[0][1] + min(test for _, test in test_losses)) / 2
    expected = next(epoch for epoch, test in test_losses if test < threshold)
    settings = replace(easy, stop_when=threshold)
    stopped = train(CONFIG, settings, path=tmp_path / "run")
    assert (stopped.ending, stopped.progress.epoch) == ("test_loss", expected)
    assert open_run(tmp_path / "run").epochs == (0, expected)
    again = train(CONFIG, settings, path=tmp_path / "run")
    assert (again.ending, again.progress.steps) == ("test_loss", 0)
    assert whole.ending == "epochs"


def test_float64_starts_from_the_same_weights(tmp_path) -> None:
    for dtype in ("float32", "float64"):
        train(CONFIG, replace(TRAINING, dtype=dtype), path=tmp_path / dtype)
    single, double = (open_run(tmp_path / dtype).losses for dtype in ("float32", "float64"))
    assert single is not None
    assert double is not None
    np.testing.assert_allclose(double.train, single.train, rtol=1e-4)
    assert (double.train != single.train).any()
    stored = load_file(tmp_path / "float64" / "resume.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float64}


def test_divergence_is_an_error_and_saved_checkpoints_remain(tmp_path) -> None:
    settings = replace(TRAINING, lr=1e30, epochs=200)
    with pytest.raises(GrokError, match=r"The train loss is (nan|inf) at epoch \d+: training diverged"):
        train(CONFIG, settings, path=tmp_path / "run")
    assert open_run(tmp_path / "run").epochs[0] == 0


def test_a_fraction_without_train_pairs_is_refused() -> None:
    with pytest.raises(GrokError, match=r"frac_train 0.01 of 49 pairs is 0; training needs at least one train pair"):
        train(CONFIG, replace(TRAINING, frac_train=0.01))
