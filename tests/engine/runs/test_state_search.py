"""The state dict is found under the keys that people use, or in the only place that has one."""

from __future__ import annotations

import pytest
import torch

from engine.errors import UnreadableRun
from engine.runs.state_search import state_in
from engine.runs.torch_format.opaque_objects import InertObject

SOURCE = "run.pth"


def as_attribute(state):
    trainer = InertObject()
    vars(trainer).update(model=state, epoch=3)
    return {"trainer": trainer}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        *(
            lambda state, key=key: {key: state, "epoch": 3}
            for key in ("model", "model_state_dict", "state_dict", "model_state", "net", "network", "params")
        ),
        *(lambda state, key=key: {key: state} for key in ("model_weights", "weights", "module", "ema_model", "state")),
        lambda state: {"state_dict": {"model": state}},
        lambda state: {"model": {"d_model": 8}, "weights": state},
        lambda state: {"model": state, "ema_model": {name: tensor + 1 for name, tensor in state.items()}},
        lambda state: {"student": state, "optimizer": {"state": {"W": torch.ones(2, 2)}}, "epoch": 3},
        lambda state: {"student": state, "copy": state},
        lambda state: {"student": {"model": state}},
        as_attribute,
    ],
)
def test_the_state_dict_may_be_nested(state, wrap):
    assert state_in(wrap(state), SOURCE) == state


def test_a_payload_without_weights_is_rejected():
    with pytest.raises(UnreadableRun, match=r"run\.pth contains optimizer, epoch, but no state dict of a network"):
        state_in({"optimizer": {"W": torch.ones(2, 2)}, "epoch": 3}, SOURCE)
    endless: dict[str, object] = {}
    endless["model"] = endless["other"] = endless
    with pytest.raises(UnreadableRun, match="no state dict"):
        state_in(endless, SOURCE)


def test_measurements_are_no_state_dict():
    with pytest.raises(UnreadableRun, match="contains PARAM_NORM, TEST_LOSS, but no state dict of a network"):
        state_in({"PARAM_NORM": torch.ones(5), "TEST_LOSS": torch.ones(5)}, SOURCE)


def test_of_several_state_dicts_none_is_chosen(state):
    with pytest.raises(
        UnreadableRun, match=r"several state dicts \(student, teacher\); save the one of the network as"
    ):
        state_in({"student": state, "teacher": dict(state)}, SOURCE)
