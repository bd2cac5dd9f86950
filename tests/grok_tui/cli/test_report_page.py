"""`grok-tui report --format html`: the numbers of the page, its options and its errors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine import TrainingConfig, train
from engine.networks.config import Prompt
from engine.networks.transformer_config import TransformerConfig
from tests.grok_tui.export.page.embedded import data_of, plots, resolved
from tests.losses_only import write_losses_only


def page_of(run, *arguments: object) -> dict:
    status, out, err = run("report", *arguments, "--format", "html")
    assert status == 0, err
    return data_of(out)


@pytest.mark.parametrize("epoch", [0, 20, 40])
def test_the_numbers_of_an_epoch_are_those_of_the_report(tiny_run, run, epoch: int) -> None:
    data = page_of(run, tiny_run)
    assert data["epochs"] == [0, 10, 20, 30, 40]
    report = data["reports"][data["epochs"].index(epoch)]
    expected = json.loads(run("report", tiny_run, "--epoch", epoch, "--format", "json").out)
    assert resolved(data, report["json"]) == expected
    tables = [resolved(data, table) for table in report["tables"]]
    loss = next(table for table in tables if table["title"] == "Loss")
    assert loss["rows"][0] == ["loss", *(f"{expected['loss'][side]:.6e}" for side in ("all", "train", "test"))]


def test_the_page_names_what_was_inferred_or_assumed(single, run) -> None:
    head = page_of(run, single)["head"]
    words = " ".join(head)
    assert "p = 7" in words
    assert "assumed" in words or "inferred" in words
    assert "grok-tui" in words


def test_the_page_opens_at_an_epoch_and_a_neuron_and_has_only_some_epochs(tiny_run, run) -> None:
    data = page_of(run, tiny_run, "--epoch", 20, "--neuron", 5, "--epochs", "0,15:30")
    assert (data["epochs"], data["start"], data["neurons"]["start"]) == ([0, 20, 30], 1, 5)
    assert all(len(view["figures"]) in (1, 3) for group in data["groups"] for view in group["views"])


def test_the_figures_of_one_head_or_dimension_say_which(tiny_run, run) -> None:
    data = page_of(run, tiny_run, "--head", 1, "--dimension", 3, "--epochs", "40")
    views = {view["name"]: view for group in data["groups"] for view in group["views"]}
    assert views["attention-history"]["chosen"].startswith("All heads, head 1 first;")
    assert views["embedding-spectrum"]["chosen"].startswith("Dimension 3 and the next one;")
    assert "dimension 3, squared" in json.dumps(data)
    assert views["losses"]["chosen"] is None


def test_a_view_that_the_network_lacks_says_why(tmp_path: Path, squaring_run, run) -> None:
    data = page_of(run, squaring_run, "--epochs", "40")
    views = {view["name"]: view["figures"] for group in data["groups"] for view in group["views"]}
    assert "interventions" in views
    assert all("absent" in figure for figure in views["interventions"])
    assert "sum" in views["interventions"][0]["absent"]
    assert plots(data, views["losses"][0])


def test_a_deep_network_has_stored_maps_of_its_strongest_neurons(tmp_path: Path, run) -> None:
    config = TransformerConfig(
        p=5, d_model=8, n_layers=2, n_heads=2, d_head=4, d_mlp=12, prompt=Prompt.parse("x y =", p=5), d_vocab=6,
        d_vocab_out=5,
    )  # fmt: skip
    train(config, TrainingConfig(epochs=2, frac_train=0.6), path=tmp_path / "deep")
    data = page_of(run, tmp_path / "deep", "--neuron", 7)
    stored = data["neurons"]["stored"]
    assert 7 in stored
    assert all(set(tables["maps"]) == set(map(str, stored)) for tables in data["neurons"]["tables"])


def test_a_checkpoint_that_cannot_be_read_is_named(tiny_run, tmp_path: Path, run) -> None:
    copy = shutil.copytree(tiny_run, tmp_path / "copy")
    (copy / "checkpoints" / "epoch-000020.safetensors").write_bytes(b"damaged")
    status, out, err = run("report", copy, "--format", "html")
    assert status == 0
    data = data_of(out)
    assert 20 not in data["epochs"]
    assert "20" in err


def test_hostile_names_stay_text(tiny_run, tmp_path: Path, run) -> None:
    copy = shutil.copytree(tiny_run, tmp_path / "<img src=x onerror=alert(1)>")
    status, out, _ = run("report", copy, "--format", "html", "--epochs", "40")
    assert status == 0
    assert "<img" not in out
    assert data_of(out)["run"] == copy.name


def test_the_file_is_written_at_once_and_not_over_another(tiny_run, tmp_path: Path, run) -> None:
    path = tmp_path / "page.html"
    assert run("report", tiny_run, "--output", path, "--epochs", "0").status == 0
    before = path.read_bytes()
    status, _, err = run("report", tiny_run, "--output", path)
    assert status == 1
    assert "--force" in err
    assert path.read_bytes() == before
    assert run("report", tiny_run, "--output", path, "--epochs", "40", "--force").status == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "json", "--epochs", "0"), "--format html"),
        (("--format", "json", "--head", "0"), "--format html"),
        (("--format", "html", "--epochs", "5"), "no checkpoint at epoch 5"),
        (("--format", "html", "--epochs", "a"), "a list such as 0,9000,40000 or a range"),
    ],
)
def test_wrong_options_are_a_sentence(tiny_run, run, arguments, words: str) -> None:
    status, out, err = run("report", tiny_run, *arguments)
    assert status in (1, 2)
    assert words in err
    assert not out


def test_a_folder_of_runs_names_the_other_command(tiny_run, run) -> None:
    status, _, err = run("report", tiny_run.parent, "--format", "html")
    assert status == 2
    assert f"grok-tui runs {tiny_run.parent} --output runs.html" in err


def test_a_run_without_checkpoints_is_a_sentence(tmp_path: Path, run) -> None:
    status, _, err = run("report", write_losses_only(tmp_path / "losses"), "--format", "html")
    assert status == 1
    assert "weights" in err
