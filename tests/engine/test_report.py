"""The report against independent float64 values for three public models."""

import json

import pytest
import torch

from engine import Explorer, open_run, report, report_json

MODELS = {
    "neel_2022_layout_p113.pth": "random.seed",
    "transformerlens_layout_p113.pt": "torch.randperm",
    "no_equals_prompt_p59.pt": None,
}
# The fit's expected values were made with less than float64 cosines: they differ from the exact projections by 2e-6.
LOOSER = {"logit_fit": 5e-6}
# `total` and `rest` aside, what the expected files do not say.
OURS_ALONE = {"run", "epoch", "version", "dtype", "device", "reference_epoch"}


@pytest.mark.parametrize(("dtype", "rel"), [(torch.float32, 1e-3), (torch.float64, 1e-6)])
@pytest.mark.parametrize("name", MODELS)
def test_every_field_agrees_with_outside_values(name, dtype, rel, real) -> None:
    path = real(name)
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text())
    explorer = Explorer(open_run(path), dtype=dtype)
    last = explorer.epochs[-1]
    found = report_json(report(explorer, last, last))
    assert set(found) == set(expected) | OURS_ALONE
    for field, values in expected.items():
        agree(found[field], values, max(rel, LOOSER.get(field, 0.0)), field)
    assert (found["split"] or {}).get("source") == MODELS[name]


def agree(found: object, expected: object, rel: float, where: str) -> None:
    if isinstance(expected, dict):
        assert isinstance(found, dict), where
        for key, value in expected.items():
            agree(found[key], value, rel, f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list), where
        assert len(found) == len(expected), where
        for index, (one, other) in enumerate(zip(found, expected, strict=True)):
            agree(one, other, rel, f"{where}[{index}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=rel), where
    else:
        assert found == expected, where


def test_a_report_is_strict_json_and_says_what_is_absent(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), no_split=True)
    found = json.loads(json.dumps(report_json(report(explorer, 20, 40)), allow_nan=False))
    assert found["split"] is None
    assert found["loss"]["train"] is None
    assert found["loss"]["all"] > 0
    assert found["epoch"] == 20
    assert found["reference_epoch"] == 40
    assert found["config"] == {
        "p": 7, "d_model": 8, "n_heads": 2, "d_head": 4, "d_mlp": 12, "act_fn": "relu", "prompt": "x y =",
    }  # fmt: skip
    assert sum(cluster["neurons"] for cluster in found["clusters"]) == 12


def test_key_frequencies_can_be_told(tiny_run) -> None:
    explorer = Explorer(open_run(tiny_run), keys=[3, 1])
    found = report_json(report(explorer, 40, 40))
    assert found["key_frequencies"] == [1, 3]
    assert list(found["excluded_loss"]) == ["1", "3"]
    assert [cluster["frequency"] for cluster in found["clusters"]] == [1, 3, None]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_gives_what_the_cpu_gives(tiny_run) -> None:
    found = [report_json(report(Explorer(open_run(tiny_run), keys=[1, 3], device=d), 20, 40)) for d in ("cpu", "cuda")]
    assert found[1].pop("device") == "cuda"
    found[0].pop("device")
    agree(found[1], found[0], 1e-3, "report")
