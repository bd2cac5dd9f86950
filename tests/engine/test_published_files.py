"""Files of the kinds that people publish are read right, or refused with the right reason."""

from __future__ import annotations

import json
import math

import pytest
import torch

from engine import Explorer, GrokError, open_run, report, report_json

READ_WITH_TRUTH = [
    *("A01/mul.pt", "A02/mixed.pt", "A02/model_bare.pt", "A05/activation.pt", "A05/model_config.pt", "A05/nested.pt"),
    *("A07/nested.pt", "A07/op.pt", "A07/task.pt", "A11/ckpt_600.pt"),
]


@pytest.mark.parametrize("name", READ_WITH_TRUTH)
def test_loss_and_accuracy_are_those_of_the_trained_network(name, case) -> None:
    path = case(name)
    truth = json.loads(path.with_name("truth.json").read_text())
    explorer = Explorer(open_run(path))
    scores = explorer.summary(explorer.epochs[-1]).losses
    assert scores.loss.all == pytest.approx(truth["loss_all"], rel=0.01)
    assert scores.accuracy.all == pytest.approx(truth["accuracy_all"], abs=0.005)
    if explorer.run.split is not None:
        assert scores.loss.train == pytest.approx(truth["loss_train"], rel=0.01)
        assert scores.loss.test == pytest.approx(truth["loss_test"], rel=0.01)
    check = explorer.reading_check
    assert check is None or not check.contradictions


SAME_NETWORK = [  # as A11, written otherwise
    *("A13/run", "A14/run", "A18/run", "A17/nctx8.pt", "B00/ok.pt", "B13/k", "B13/sci"),
    *(f"A15/{name}.pt" for name in ("model_state", "model_weights", "net", "params", "weights")),
    *(f"A27/{name}.pt" for name in ("_fsdp_wrapped_module", "ema_model", "net", "transformer")),
    *(f"A34/operation_{name}.pt" for name in ("+", "addition", "modular_addition")),
]


@pytest.mark.parametrize("name", SAME_NETWORK)
def test_the_same_network_under_other_names_and_in_other_containers(name, case) -> None:
    truth = json.loads(case("A11/truth.json").read_text())
    explorer = Explorer(open_run(case(name)))
    scores = explorer.summary(explorer.epochs[-1]).losses
    assert scores.loss.all == pytest.approx(truth["loss_all"], rel=0.01)
    assert scores.accuracy.all == pytest.approx(truth["accuracy_all"], abs=0.005)


def test_half_of_an_even_p_is_a_frequency(case) -> None:
    path = case("A09/p24.pt")
    truth = json.loads(path.with_name("truth.json").read_text())["neurons_at_frequency_12"]
    explorer = Explorer(open_run(path))
    neurons = explorer.summary(explorer.epochs[-1]).neurons
    assert all(neurons.frequency[int(neuron)] == 12 for neuron in truth)
    found = {neuron: float(neurons.variance_explained[int(neuron)]) for neuron in truth}
    assert found == pytest.approx(truth, abs=1e-4)
    assert 12 in explorer.keys(explorer.epochs[-1])


def test_numbers_in_names_are_epochs(case) -> None:
    assert open_run(case("B13/k")).epochs == (1_000, 10_000)
    assert open_run(case("B13/sci")).epochs == (100, 1_000)
    assert open_run(case("A27/hf")).epochs == (100, 500)


def test_one_loss_in_each_checkpoint_is_a_curve(case) -> None:
    losses = open_run(case("A13/run")).losses
    assert losses is not None
    assert losses.epochs.tolist() == [0, 100, 200, 300, 400, 500, 600]


def test_losses_of_every_tenth_epoch_are_dated(case) -> None:
    losses = open_run(case("A18/run")).losses
    assert losses is not None
    assert losses.epochs.tolist() == list(range(0, 601, 10))


def test_no_positional_embedding_and_a_tied_unembedding(case) -> None:
    assert "W_pos" in open_run(case("A35/nopos.pt")).inferred
    assert "W_U" in open_run(case("A35/tied.pt")).inferred


def test_a_recorded_operation_that_the_network_does_not_do_is_noticed(case) -> None:
    run = open_run(case("A34/operation_subtraction.pt"))
    assert run.config.operation == "subtract"
    assert "pass --operation add" in run.warnings[0]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("measures.pt", "contains PARAM_NORM, TEST_LOSS, but no state dict"),
        ("norm_factor.pt", r"unknown tensors: blocks.0.attn.norm_factor \[\].*--name ignore="),
    ],
)
def test_other_files_are_refused_with_the_right_reason(name, reason, case) -> None:
    with pytest.raises(GrokError, match=reason):
        open_run(case(f"A19/{name}"))


def test_a_chain_of_square_layers_is_an_mlp_of_summed_inputs(case) -> None:
    config = open_run(case("A19/mlp_layers.pt")).config
    assert (config.p, config.description) == (4, "an MLP with 2 hidden layers")


FAMILY = {
    "model_A": ("model_A.pt", None),
    "model_B": ("model_B.pt", None),
    "bare_names_p53.epoch_1000": ("bare_names_p53", 1000),
    "bare_names_p53.epoch_5000": ("bare_names_p53", 5000),
    "bare_names_p53.epoch_8500": ("bare_names_p53", 8500),
    "linear_layers_p113": ("linear_layers_p113/model_final.pt", None),
    "prenorm_p59": ("prenorm_p59.pt", None),
    "encoder_2_layers_p97": ("encoder_2_layers_p97.pt", None),
    "mlp_sum_p23.20000": ("mlp_sum_p23", 20_000),
    "mlp_sum_p23.final": ("mlp_sum_p23", None),
    "mlp_concat_p113": ("mlp_concat_p113/model_final.pt", None),
}
# What the file leaves open, and the program asks for.
OPTIONS = {"encoder_2_layers_p97": {"n_heads": 4}}


@pytest.mark.parametrize(("dtype", "rel"), [(torch.float32, 1e-3), (torch.float64, 1e-7)])
@pytest.mark.parametrize("name", FAMILY)
def test_published_models_have_their_independent_values(name, dtype, rel, real) -> None:
    path, epoch = FAMILY[name]
    expected = json.loads(real(f"families/{name}.expected.json").read_text())
    keys = expected["key_frequencies"] or None
    explorer = Explorer(open_run(real(f"families/{path}"), **OPTIONS.get(name, {})), dtype=dtype)
    epoch = explorer.epochs[-1] if epoch is None else epoch
    found = report_json(report(explorer, epoch, epoch))
    assert found["key_frequencies"] == (keys or [])
    # The reference counts dead neurons as 0 in this mean; the definition leaves them out.
    alive = (explorer.summary(epoch).neurons.frequency > 0).mean()
    found["trig_fraction"]["neurons_post"] = (found["trig_fraction"]["neurons_post"] or 0.0) * alive or None
    for field in expected.keys() - {"config", "key_frequencies", "logit_energy_top", "algorithm"}:
        agree(found[field], expected[field], rel, field)
    energy = {str(entry["frequency"]): entry["energy"] for entry in found["logit_frequencies"]}
    expected_energy = {k: share for k, share in expected["logit_energy_top"].items() if share >= 0.01}
    agree(energy, expected_energy, rel, "logit_frequencies")


def agree(found: object, expected: object, rel: float, path: str) -> None:
    """Values that are expected must be found; what else the report holds is not compared."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), path
        for name, value in expected.items():
            agree(found[name], value, rel, f"{path}.{name}")
    elif isinstance(expected, list):
        assert isinstance(found, list), path
        for index, (one, other) in enumerate(zip(found, expected, strict=True)):
            agree(one, other, rel, f"{path}[{index}]")
    elif isinstance(expected, float) and math.isnan(expected):  # a mean over no neurons, or in the reference over dead
        assert found is None or path.endswith("_mean"), path
    elif isinstance(expected, float) and isinstance(found, float):
        assert math.isclose(found, expected, rel_tol=rel, abs_tol=1e-12 if rel < 1e-5 else 1e-9), path
    else:
        assert found == expected, path
