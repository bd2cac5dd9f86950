"""Objects of unknown classes keep their attributes, and what lies beside them is read."""

from __future__ import annotations

import argparse
import collections
import enum
import functools
import pathlib
import pickle
import sys
import types
from dataclasses import dataclass

import pytest
import torch

from engine.runs.recorded_config import config_in
from engine.runs.torch_format.checkpoint_file import read_file
from engine.runs.torch_format.errors import MalformedCheckpoint
from engine.runs.torch_format.opaque_objects import InertObject, OpaqueGlobal
from engine.runs.torch_format.unpickler import unpickle
from tests.engine.runs.torch_format.crafted import dict_of, name, program, text


@dataclass
class Config:
    p: int = 7
    folder: pathlib.Path = pathlib.Path("/runs/a")


class Slots:
    __slots__ = ("p",)

    def __init__(self) -> None:
        self.p = 7


class Items(dict):  # type: ignore[type-arg]
    pass


class Activation(enum.Enum):
    RELU = "relu"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    ("config", "settings"),
    [
        (argparse.Namespace(p=7), {"p": 7}),
        (types.SimpleNamespace(p=7, inner=argparse.Namespace(q=8)), {"p": 7, "inner": {"q": 8}}),
        (Config(), {"p": 7, "folder": "/runs/a"}),
        (Slots(), {"p": 7}),
        (Items(p=7), {"p": 7}),
        (collections.defaultdict(list, p=[7]), {"p": [7]}),
        ({"p": 7, "act_fn": torch.nn.functional.gelu, "norm": torch.nn.LayerNorm}, {"p": 7, "act_fn": "gelu"}),
        ({"p": 7, "act_fn": Activation.RELU, "call": functools.partial(max, 1)}, {"p": 7}),
        (
            {"p": collections.deque([7], 3), "counts": collections.Counter("aab")},
            {"p": [7], "counts": {"a": 2, "b": 1}},
        ),
    ],
    ids=lambda value: type(value).__name__,  # the same in every process
)
def test_settings_of_any_class(tmp_path, state, config, settings, protocol):
    torch.save({"model": state, "config": config}, tmp_path / "run.pth", pickle_protocol=protocol)
    payload = read_file(tmp_path / "run.pth")
    assert settings.items() <= config_in(payload).items()
    assert all(torch.equal(payload["model"][name], tensor) for name, tensor in state.items())


def test_the_container_of_omegaconf(monkeypatch):
    """Classes with the names and attributes of OmegaConf's: items are nodes, and each node refers to its parent."""
    classes = {}
    for module, class_name in (("dictconfig", "DictConfig"), ("nodes", "AnyNode")):
        monkeypatch.setitem(sys.modules, f"omegaconf.{module}", types.ModuleType(module))
        classes[class_name] = type(class_name, (), {"__module__": f"omegaconf.{module}"})
        setattr(sys.modules[f"omegaconf.{module}"], class_name, classes[class_name])
    monkeypatch.setitem(sys.modules, "omegaconf", types.ModuleType("omegaconf"))

    def node(value: object, parent: object) -> object:
        made = classes["AnyNode"]()
        vars(made).update(_metadata=None, _parent=parent, _val=value)
        return made

    config, inner = classes["DictConfig"](), classes["DictConfig"]()
    vars(inner).update(_metadata=None, _parent=config, _content={"act_fn": node("gelu", inner)})
    vars(config).update(_metadata=None, _parent=None, _content={"p": node(7, config), "model": inner})
    data = pickle.dumps({"config": config})
    monkeypatch.undo()
    assert config_in(unpickle(data)[0]) == {"p": 7, "model": {"act_fn": "gelu"}}


def test_an_opaque_list_loses_its_items_and_a_result_can_be_called():
    unpickled, _ = unpickle(program(name("foo.List") + b")\x81](K\x01ea"))
    assert isinstance(unpickled, InertObject)
    called = name("builtins.getattr") + b"(" + name("foo.Class") + text("make") + b"tR(K\x01tR"
    assert isinstance(unpickle(program(called))[0], InertObject)
    assert unpickle(program(name("foo.function")))[0] == OpaqueGlobal("foo.function")


def test_repeated_states_are_charged():
    state = dict_of(**{f"attribute_{number}": b"N" for number in range(1000)}) + b"q\x02"
    one = name("foo.Bar") + b"q\x01)\x81" + state + b"b"
    with pytest.raises(MalformedCheckpoint, match="far more than it contains"):
        unpickle(program(b"](" + one + b"h\x01)\x81h\x02b" * 10_000 + b"e"))
