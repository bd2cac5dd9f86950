"""Everything the engine computes on a GPU stays there: a pretend device refuses CPU tensors as CUDA does.

The pretend device computes on the CPU by the same operations, so its results equal the CPU's exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine import Ablation, Explorer, ModelConfig, TrainingConfig, Weights, open_run, report, report_json, train
from engine.metrics.ablation_spec import Fill
from engine.networks.training_config import SaveSchedule
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.engine.networks.torch_modules import study_transformer
from tests.engine.training.architectures import ARCHITECTURES, settings
from tests.pretend_device import PretendTensor, pretend_cuda

EPOCH, REFERENCE = 20, 40
QUERIES = {
    "clusters": lambda e: e.clusters(EPOCH, REFERENCE),
    "folded": lambda e: (e.network(EPOCH).post(3), e.network(EPOCH).all_logits()),
    "interventions": lambda e: e.interventions(EPOCH, REFERENCE),
    "mean_spectra": lambda e: e.mean_spectra(EPOCH, REFERENCE),
    "neuron_activation": lambda e: e.neuron_activation(EPOCH, 3, REFERENCE),
    "neuron_facts": lambda e: e.neuron_facts(EPOCH, 3, REFERENCE),
    "neuron_spectrum": lambda e: e.neuron_spectrum(EPOCH, 3, REFERENCE),
    "pre_spectra": lambda e: e.pre_spectra(EPOCH),
    "recorded_losses": lambda e: e.recorded_losses,
    "split": lambda e: e.described_split,
    "stored_weights": lambda e: dict(e.stored_weights(EPOCH).items()),
    "summary": lambda e: e.summary(EPOCH),
    "weights": lambda e: dict(e.weights(EPOCH).items()),
}
ARGUMENTS: dict[str, tuple[int, ...]] = {
    "interventions": (EPOCH, EPOCH),
    "neuron_spectrum": (EPOCH, 3, EPOCH),
    "pre_spectra": (EPOCH,),
    "summary": (EPOCH,),
}
ABLATIONS = {
    "cluster": Ablation(clusters=frozenset({1})),
    "rest": Ablation(clusters=frozenset({None})),
    "head": Ablation(heads=frozenset({0})),
    "direct": Ablation(direct=True),
    "key-frequencies": Ablation(preset="key-frequencies"),
    "key-frequencies-no-rest": Ablation(preset="key-frequencies-no-rest"),
    "sum-directions": Ablation(preset="sum-directions"),
}


@pytest.fixture
def pretend() -> Iterator[None]:
    with pretend_cuda():
        yield


@pytest.fixture
def both(tiny_run: Path, pretend: None) -> tuple[Explorer, Explorer]:
    """The tiny run on the pretend device, and on the CPU."""
    on_device, on_cpu = (Explorer(open_run(tiny_run), keys=[1, 2, 3], device=device) for device in ("cuda", "cpu"))
    return on_device, on_cpu


def test_the_explorer_computes_on_the_device(both: tuple[Explorer, Explorer]) -> None:
    weights = both[0].weights(EPOCH)
    assert all(isinstance(tensor, PretendTensor) for _, tensor in weights.items())
    assert isinstance(both[0].network(EPOCH).all_logits(), PretendTensor)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_on_the_device_equals_the_cpu(name: str, both: tuple[Explorer, Explorer]) -> None:
    on_device, on_cpu = (QUERIES[name](explorer) for explorer in both)
    assert_equal(on_device, on_cpu)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_on_the_device_equals_the_cpu(name: str, both: tuple[Explorer, Explorer]) -> None:
    on_device, on_cpu = (
        VIEWS[name].query(explorer, initial_selection(explorer, epoch=EPOCH, neuron=3)) for explorer in both
    )
    assert_equal(on_device, on_cpu)


@pytest.mark.parametrize("name", ABLATIONS)
@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_an_ablation_on_the_device_equals_the_cpu(name: str, fill: Fill, both: tuple[Explorer, Explorer]) -> None:
    ablation = replace(ABLATIONS[name], fill=fill)
    on_device, on_cpu = (explorer.ablate(EPOCH, REFERENCE, ablation, 2, 5) for explorer in both)
    assert_equal(on_device, on_cpu)


def test_run_metrics_on_the_device_equal_the_cpu(both: tuple[Explorer, Explorer]) -> None:
    snapshots = []
    for explorer in both:
        metrics = explorer.run_metrics(REFERENCE)
        for _ in metrics.steps():
            pass
        snapshots.append(metrics.snapshot())
    assert_equal(*snapshots)


def test_the_report_on_the_device_equals_the_cpu(both: tuple[Explorer, Explorer]) -> None:
    on_device, on_cpu = (report_json(report(explorer, EPOCH, REFERENCE)) for explorer in both)
    assert on_device.pop("device") == "cuda"
    assert on_cpu.pop("device") == "cpu"
    assert_equal(on_device, on_cpu)


def test_a_module_of_the_users_on_the_device_equals_the_cpu(tiny_run: Path, pretend: None) -> None:
    run = open_run(tiny_run)
    weights = run.weights(40)
    assert isinstance(weights, Weights)
    assert isinstance(run.config, ModelConfig)
    module = study_transformer(weights, run.config)
    on_device, on_cpu = (
        Explorer.from_module(
            module, p=7, neurons="act", attention="softmax", W_U="unembed", keys=[1, 2, 3], epoch=EPOCH, device=device
        )
        for device in ("cuda", "cpu")
    )
    network = on_device.network(EPOCH)
    assert isinstance(network.post(3), PretendTensor)
    assert isinstance(network.logits(slice(0, 2), network.post_rows(slice(0, 2)) + 1), PretendTensor)
    for query in ("interventions", "neuron_spectrum", "pre_spectra", "summary"):
        assert_equal(*(getattr(each, query)(*ARGUMENTS[query]) for each in (on_device, on_cpu)))
    ablation = Ablation(clusters=frozenset({None}), fill="mean")
    assert_equal(*(each.ablate(EPOCH, EPOCH, ablation, 2, 5) for each in (on_device, on_cpu)))


STUDY = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12), TrainingConfig(frac_train=0.5)


@pytest.mark.parametrize("name", ["study", *ARCHITECTURES])
def test_training_on_the_device_equals_the_cpu(tmp_path: Path, pretend: None, name: str) -> None:
    """Also when it is stopped and resumed, which reads the optimiser's state from a file."""
    config, training = STUDY if name == "study" else settings(name)
    training = replace(training, epochs=4, save_every=SaveSchedule.parse("2"))
    final: list[Weights] = []
    for device in ("cuda", "cpu"):
        train(config, training, path=tmp_path / device, device=device, should_stop=iter([False, True]).__next__)
        final.append(train(config, training, path=tmp_path / device, device=device).weights)
    assert_equal(*(dict(weights.items()) for weights in final))
    assert_equal(*(open_run(tmp_path / device).losses for device in ("cuda", "cpu")))


def test_the_pretend_device_refuses_what_cuda_refuses(pretend: None) -> None:
    """Without this the tests above could not fail."""
    here, there, index = torch.ones(2, 2, device="cuda"), torch.ones(2, 2), torch.tensor([1, 0])
    for mix in (
        lambda: here + there,
        lambda: there @ here,
        lambda: torch.where(here > 0, here, there),
        lambda: torch.stack([here, there]),
        lambda: here.add_(there),
        lambda: there[index.to("cuda")],
        lambda: here.index_put_((index,), there),
    ):
        with pytest.raises(RuntimeError, match="on the same device"):
            mix()
    for convert in (here.numpy, lambda: np.asarray(here)):
        with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
            convert()


def test_the_pretend_device_takes_what_cuda_takes(pretend: None) -> None:
    here, index = torch.arange(3.0, device="cuda"), torch.tensor([2, 0])
    assert (here + torch.tensor(1.0)).tolist() == [1, 2, 3]
    assert here[index].tolist() == [2, 0]
    assert here.copy_(torch.ones(3)).cpu().tolist() == [1, 1, 1]
    assert here.device == torch.zeros(1).to("cuda").device == torch.device("cuda", 0)


def assert_equal(on_device: Any, on_cpu: Any, where: str = "answer") -> None:
    """Equal to the last bit, through dataclasses, mappings and sequences."""
    if isinstance(on_cpu, torch.Tensor):
        on_device, on_cpu = on_device.cpu().numpy(), on_cpu.numpy()
    if isinstance(on_cpu, np.ndarray):
        np.testing.assert_array_equal(on_device, on_cpu, err_msg=where)
    elif is_dataclass(on_cpu):
        for field in fields(on_cpu):
            assert_equal(getattr(on_device, field.name), getattr(on_cpu, field.name), f"{where}.{field.name}")
    elif isinstance(on_cpu, dict):
        assert list(on_device) == list(on_cpu), where
        for key, value in on_cpu.items():
            assert_equal(on_device[key], value, f"{where}[{key!r}]")
    elif isinstance(on_cpu, (list, tuple)):
        assert len(on_device) == len(on_cpu), where
        for index, value in enumerate(on_cpu):
            assert_equal(on_device[index], value, f"{where}[{index}]")
    else:
        np.testing.assert_equal(on_device, on_cpu, err_msg=where)  # nan equals nan
