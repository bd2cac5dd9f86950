"""Names of columns are recognised in the spellings that people use, and no others."""

from __future__ import annotations

import pytest

from engine.runs.losses.column_names import epoch_rank, is_group, parse_column


@pytest.mark.parametrize(
    "name",
    [
        *("train_loss", "train/loss", "loss/train", "Loss/train", "train loss", "trainLoss", "train_losses"),
        *("training_loss", "train_nll", "train.cross_entropy", "train_loss_epoch", "avg_train_loss", "loss", "nll"),
        *("history/train_loss", "metrics/train/loss", "history/loss", "tr_loss", "losses/train"),
        *("loss_history", "train_loss_history", "all_train_losses", "train_loss_list", "train_loss (nats)"),
    ],
)
def test_train_loss(name):
    parsed = parse_column(name)
    assert parsed is not None
    assert parsed.series == "train"


@pytest.mark.parametrize(
    "name",
    [
        *("test_loss", "val_loss", "valid_loss", "eval_loss", "validation/loss", "Loss/test", "test_nll", "loss_val"),
        *("test/cross_entropy_loss", "mean_test_loss", "dev_loss", "testLosses"),
    ],
)
def test_test_loss(name):
    parsed = parse_column(name)
    assert parsed is not None
    assert parsed.series == "test"


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("train_acc", "train_accuracy"),
        ("accuracy", "train_accuracy"),
        ("Accuracy/train", "train_accuracy"),
        ("val_acc", "test_accuracy"),
        ("eval_accuracy", "test_accuracy"),
        ("test_accs", "test_accuracy"),
    ],
)
def test_accuracies(name, series):
    parsed = parse_column(name)
    assert parsed is not None
    assert parsed.series == series


@pytest.mark.parametrize(
    "name",
    [
        *("weight_norm", "lr", "", "train", "test", "train_time", "log_train_loss", "train_loss_step", "train_loss_2"),
        *("total_loss", "excluded_loss", "trig_loss", "test_accuracy_top5", "seed_0/train_loss", "l" * 10_000 + "loss"),
    ],
)
def test_other_names_are_not_recognised(name):
    assert parse_column(name) is None


def test_test_is_preferred_to_validation_and_a_named_split_to_none():
    ranks = [parse_column(name) for name in ("test_loss", "val_loss", "eval_loss")]
    assert [parsed.rank for parsed in ranks if parsed] == sorted(parsed.rank for parsed in ranks if parsed)
    train, unnamed = parse_column("train_loss"), parse_column("loss")
    assert train is not None
    assert unnamed is not None
    assert train.rank < unnamed.rank


def test_names_of_epochs():
    names = ("epoch", "step", "global_step", "trainer/global_step", "_step", "iteration", "iter", "Epochs")
    assert all(epoch_rank(name) is not None for name in names)
    assert all(epoch_rank(name) is None for name in ("time", "loss", "epoch_time", "", "0"))


def test_groups():
    assert is_group("metrics")
    assert is_group("train")
    assert not is_group("model")
