"""A run answers by epoch, and its warnings are safe to print."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import UnknownQuery
from engine.networks.split import Split, random_seed_split
from engine.runs.open_run import open_run
from engine.runs.run import RecordedLosses, shorten_list


@pytest.fixture
def run(native):
    return open_run(native)


def test_a_checkpoint_by_epoch(run):
    assert run.epochs == (0, 10, 20, 30, 40)
    assert run.checkpoint(20).epoch == 20
    assert run.weights(20).W_E.equal(run.checkpoint(20).load().W_E)


@pytest.mark.parametrize(("epoch", "nearest"), [(13, "10 and 20"), (-1, "0"), (50, "40")])
def test_an_unknown_epoch_names_the_nearest(run, epoch, nearest):
    with pytest.raises(UnknownQuery, match=rf"has no checkpoint at epoch {epoch}; nearest: {nearest}\.$"):
        run.checkpoint(epoch)


def test_warnings_have_no_control_characters(run):
    assert replace(run, warnings=("\x1b[2Jbest.pt was skipped",)).warnings == ("\\x1b[2Jbest.pt was skipped",)


def test_the_number_of_training_pairs(run):
    split = Split(random_seed_split(7, 0, 14), "random.seed", 0)
    assert replace(run, split=split).n_train == 14
    assert replace(run, split=None, training={"frac_train": 0.5}).n_train == 24
    assert replace(run, split=None, training={"frac_train": 2.0}).n_train is None
    assert replace(run, split=None, training={}).n_train is None


def test_recorded_losses_at_an_epoch():
    losses = RecordedLosses(np.array([0, 10]), np.array([2.0, np.nan]), np.array([np.nan, 3.0]))
    assert [losses.at(epoch) for epoch in (0, 5, 10, 11)] == [(2.0, None), (None, None), (None, 3.0), (None, None)]


def test_many_warnings_are_shortened():
    warnings = [f"File {number} was skipped." for number in range(26)]
    assert shorten_list(warnings) == [*warnings[:10], "16 more warnings of this kind."]
    assert shorten_list(warnings[:11]) == warnings[:11]
