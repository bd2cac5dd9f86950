"""Runs that a function of the user's reads, and that nothing is executed without the option."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine import Explorer, GrokError, InvalidConfig, Run, UnreadableRun, UnsupportedModel, WrongUsage, open_run
from engine.networks.user_code import UserCodeError
from engine.runs.refresh import refresh
from engine.runs.run_json import config_to_json
from tests.engine.runs.own_networks import write_code, write_unreadable_run


@pytest.fixture
def own_run(tmp_path: Path, tiny_run: Path) -> Path:
    """A run of p = 7 under names that no reader knows; its config records p."""
    return write_unreadable_run(tmp_path / "own", tiny_run, {"p": 7, "n_layers": 2})


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return write_code(tmp_path)


def same_losses(own: Run, native: Path) -> None:
    expected = Explorer(open_run(native), no_split=True)
    actual = Explorer(own, no_split=True)
    assert actual.epochs == expected.epochs
    for epoch in (0, 20, 40):
        assert actual.summary(epoch).losses.loss.all == pytest.approx(expected.summary(epoch).losses.loss.all, abs=1e-5)


def test_a_function_reads_the_checkpoints_of_a_run(own_run, code, tiny_run) -> None:
    with pytest.raises((UnsupportedModel, UnreadableRun)):
        open_run(own_run)
    run = open_run(own_run, network=f"{code}:build", neurons="act")
    same_losses(run, tiny_run)
    assert run.reading is not None
    assert run.reading.explicit == ("neurons",)
    assert run.reading.recorded == ("p",)
    assert run.config.reported()["network"] == f"{code}:build"


def test_the_function_describes_what_is_read(own_run, code, tiny_run) -> None:
    run = open_run(own_run, network=f"{code}:build_and_describe")
    same_losses(run, tiny_run)
    assert run.reading is not None
    assert run.reading.explicit == ("p", "neurons", "pre", "attention", "W_U")
    expected = Explorer(open_run(tiny_run)).neuron_activation(40, 3, 40)
    actual = Explorer(run).neuron_activation(40, 3, 40)
    np.testing.assert_allclose(actual.pre, expected.pre, atol=1e-5)
    np.testing.assert_allclose(actual.post, expected.post, atol=1e-5)
    assert open_run(own_run, network=f"{code}:build_and_describe", p=5).config.p == 5


def test_a_native_run_can_be_read_by_a_function_too(tmp_path, tiny_run) -> None:
    code = write_code(
        tmp_path,
        """
from engine import ModelConfig
from tests.engine.networks.torch_modules import study_transformer
from engine.networks.weights import Weights

def build(state, config):
    model = ModelConfig.standard(p=config["p"], d_model=config["d_model"], n_heads=2, d_mlp=12)
    return study_transformer(Weights.of(state, model, "the run"), model)
""",
    )
    run = open_run(tiny_run, network=f"{code}:build")
    native = open_run(tiny_run)
    same_losses(run, tiny_run)
    assert run.losses is not None
    assert run.split is not None
    assert native.split is not None
    assert (run.split.train == native.split.train).all()
    assert refresh(run) is run
    check = Explorer(run).reading_check
    assert check is not None
    assert check.values
    assert not check.contradictions


def test_a_growing_run_is_followed_without_reading_the_file_again(own_run, code) -> None:
    last = own_run / "step_40.pt"
    later = last.read_bytes()
    last.unlink()
    run = open_run(own_run, network=f"{code}:build")
    code.write_text("raise RuntimeError('read again')")
    last.write_bytes(later)
    grown = refresh(run)
    assert grown.epochs == (0, 10, 20, 30, 40)
    assert grown.weights(40).dtype == torch.float32


def test_the_operation_is_inferred_by_behaviour(tmp_path) -> None:
    answers = (torch.arange(11)[:, None] - torch.arange(11)) % 11
    torch.save({"table": torch.nn.functional.one_hot(answers, 11).flatten(0, 1).float(), "p": 11}, tmp_path / "m.pt")
    code = write_code(
        tmp_path,
        """
import torch
from torch import nn

class Lookup(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.table, self.act = nn.Parameter(table), nn.ReLU()

    def forward(self, x, y):
        return self.act(self.table[x * 11 + y] - 0.5) * 30

def build(state, config):
    return Lookup(state["table"]), dict(prompt="x, y")
""",
    )
    run = open_run(tmp_path / "m.pt", network=f"{code}:build")
    assert run.config.operation == "subtract"
    assert run.inferred == ("operation", "neurons")
    assert open_run(tmp_path / "m.pt", network=f"{code}:build", operation="add").config.operation == "add"


def test_a_folder_beside_the_code_can_be_imported_from(own_run, code, tiny_run) -> None:
    (code.parent / "my_models_of_a_test.py").write_text(code.read_text())
    (code.parent / "net2.py").write_text("from my_models_of_a_test import build")
    before = list(sys.path)
    run = open_run(own_run, network=f"{code.parent / 'net2.py'}:build")
    same_losses(run, tiny_run)
    assert sys.path == before
    assert not list(code.parent.glob("**/__pycache__"))


def test_a_change_of_the_code_changes_the_cache_key(own_run, code) -> None:
    def key() -> dict[str, Any]:
        return config_to_json(open_run(own_run, network=f"{code}:build").config)

    before = key()
    assert key() == before
    code.write_text(code.read_text() + "\n# changed\n")
    assert key()["code_sha256"] != before["code_sha256"]


def test_a_change_of_an_imported_file_is_seen_and_changes_the_cache_key(own_run, code) -> None:
    (code.parent / "architecture_of_a_test.py").write_text(
        """
from torch import nn
from tests.engine.networks.torch_modules import StudyTransformer

class Mine(StudyTransformer):
    scale = 1

    def forward(self, tokens):
        return self.scale * super().forward(tokens)
"""
    )
    code.write_text(code.read_text().replace("from tests.engine.networks.torch_modules", "from architecture_of_a_test"))
    code.write_text(code.read_text().replace("import StudyTransformer", "import Mine as StudyTransformer"))
    first = open_run(own_run, network=f"{code}:build")
    architecture = code.parent / "architecture_of_a_test.py"
    architecture.write_text(architecture.read_text().replace("scale = 1", "scale = 2"))
    second = open_run(own_run, network=f"{code}:build")
    digests = [config_to_json(run.config)["code_sha256"] for run in (first, second)]
    assert digests[0] != digests[1]
    logits = [next(Explorer(run).network(40).logit_slabs())[1] for run in (first, second)]
    torch.testing.assert_close(2 * logits[0], logits[1])


def test_metrics_are_cached_by_the_code(own_run, code, tmp_path) -> None:
    def cached() -> int:
        run = open_run(own_run, network=f"{code}:build")
        list(Explorer(run, cache=tmp_path / "cache", keys=[1], no_split=True).run_metrics(40).steps())
        return len(list((tmp_path / "cache").iterdir()))

    assert [cached(), cached()] == [5, 5]
    code.write_text(code.read_text() + "\n# changed\n")
    assert cached() == 10


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("fails", r"net.py:fails failed in line 25 of .*net.py: KeyError: 'no such tensor'\.$"),
        ("exits", r"net.py:exits failed in line 28 of .*net.py: SystemExit: 3\.$"),
        ("returns_a_list", r"net.py:returns_a_list returned a list; expected a torch.nn.Module"),
        ("wrong_setting", r"returned the setting \['neuron'\]; expected some of p, prompt"),
        ("without_weights", r"without the weights of the checkpoint; call module.load_state_dict\(state_dict\)"),
        ("module_fails", r"StudyTransformer failed in line 38 of .*net.py: ZeroDivisionError: division by zero"),
        ("missing", r"net.py has no function missing; it has build, build_and_describe, without_weights"),
    ],
)
def test_errors_of_the_code_are_one_sentence(function, message, own_run, code) -> None:
    with pytest.raises((GrokError, UserCodeError), match=message):
        open_run(own_run, network=f"{code}:{function}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def build(:\n", r"Importing .*net.py failed in line 1 of .*net.py: SyntaxError"),
        ("x = 1\nimport no_such_package\n", r"failed in line 2 of .*net.py: ModuleNotFoundError: No module named"),
        ("import sys\nsys.exit('bye')\n", r"failed in line 2 of .*net.py: SystemExit: bye\.$"),
    ],
)
def test_code_that_cannot_be_imported_is_one_sentence(text, message, own_run, code) -> None:
    code.write_text(text)
    with pytest.raises(UserCodeError, match=message):
        open_run(own_run, network=f"{code}:build")


@pytest.mark.parametrize("option", ["net.py", "net:build", "net.py:", "net.py:not a name", "build"])
def test_the_option_has_a_form(option, own_run) -> None:
    with pytest.raises(WrongUsage, match=r"--network is FILE.py:FUNCTION, for example --network net.py:build"):
        open_run(own_run, network=option)


def test_what_is_missing_is_one_sentence(own_run, code, tmp_path, tiny_run) -> None:
    with pytest.raises(WrongUsage, match=r"absent.py cannot be read: No such file"):
        open_run(own_run, network=f"{tmp_path / 'absent.py'}:build")
    with pytest.raises(WrongUsage, match="pass --network"):
        open_run(own_run, neurons="act")
    with pytest.raises(InvalidConfig, match=r"has no module actt; it has act"):
        open_run(own_run, network=f"{code}:build", neurons="actt")
    mute = write_unreadable_run(tmp_path / "mute", tiny_run)
    with pytest.raises(InvalidConfig, match="does not record p; pass --p, for example --p 113"):
        open_run(mute, network=f"{code}:build")
    assert open_run(mute, network=f"{code}:build", p=7).assumed == ("prompt", "operation")


def test_code_beside_a_run_is_never_executed_without_the_option(tmp_path, tiny_run, monkeypatch) -> None:
    """Not under the names that people use, not by a grok-tui.toml, and not as a package of that name."""
    monkeypatch.chdir(tmp_path)
    marker, folder = tmp_path / "executed", tmp_path / "run"
    shutil.copytree(tiny_run, folder)
    foreign = write_unreadable_run(tmp_path / "foreign", tiny_run, {"p": 7, "network": "net.py:build"})
    run = open_run(tiny_run)
    readable = tmp_path / "readable"
    readable.mkdir()
    torch.save({"model": dict(run.weights(40).items()), "network": "net.py:build"}, readable / "step_40.pt")
    trap = f"open({str(marker)!r}, 'w').close()\ndef build(state, config): ...\n"
    for place in (tmp_path, folder, foreign, readable):
        for name in ("net", "model", "train", "network", "conftest", "__init__", "config"):
            (place / f"{name}.py").write_text(trap)
    open_run(folder)
    open_run(readable)
    open_run(readable / "step_40.pt")
    with pytest.raises(GrokError):
        open_run(foreign)
    (readable / "grok-tui.toml").write_text('network = "net.py:build"\n')
    with pytest.raises(InvalidConfig, match="unknown key 'network'"):
        open_run(readable)
    assert not marker.exists()
    with pytest.raises(GrokError):
        open_run(folder, network="net.py:build")
    assert marker.exists()
