"""`grok-tui.toml` beside a run gives settings and names of tensors."""

from __future__ import annotations

import pytest
import torch

from engine import GrokError, open_run


@pytest.fixture
def renamed(state, tmp_path):
    """A file whose embedding has a name that nobody knows."""
    tensors = {"my.thing" if name == "embed.W_E" else name: tensor for name, tensor in state.items()}
    torch.save(tensors, tmp_path / "run.pt")
    return tmp_path / "run.pt"


def test_unknown_names_are_listed_with_the_missing_roles(renamed) -> None:
    with pytest.raises(GrokError, match=r"has no tensor W_E; tensors with unknown names: my\.thing .*--name W_E=my"):
        open_run(renamed)


def test_names_can_be_assigned_by_option_or_by_file(renamed) -> None:
    by_option = open_run(renamed, names=[("W_E", "my.thing")])
    renamed.with_name("grok-tui.toml").write_text('act_fn = "gelu"\n[names]\nW_E = "my.thing"\n')
    by_file = open_run(renamed)
    assert torch.equal(by_file.weights(0).W_E, by_option.weights(0).W_E)
    assert (by_option.config.act_fn, by_file.config.act_fn) == ("relu", "gelu")
    assert by_file.reading.explicit == ("act_fn",)


def test_options_override_the_file(renamed) -> None:
    renamed.with_name("grok-tui.toml").write_text('act_fn = "gelu"\n[names]\nW_E = "nothing"\n')
    run = open_run(renamed, act_fn="relu", names=[("W_E", "my.thing")])
    assert run.config.act_fn == "relu"


def test_a_tensor_can_be_ignored(state, tmp_path) -> None:
    torch.save(state | {"blocks.0.attn.extra": torch.ones(2)}, tmp_path / "run.pt")
    with pytest.raises(GrokError, match=r"--name ignore=blocks\.0\.attn\.extra"):
        open_run(tmp_path / "run.pt")
    assert open_run(tmp_path / "run.pt", names=[("ignore", "blocks.0.attn.extra")]).config.p == 7


def test_ignored_tensors_of_option_and_file_add_up(state, tmp_path) -> None:
    torch.save(state | {name: torch.ones(2) for name in ("a.extra", "b.extra", "c.extra")}, tmp_path / "run.pt")
    (tmp_path / "grok-tui.toml").write_text('[names]\nignore = ["a.extra", "b.extra"]\n')
    assert open_run(tmp_path / "run.pt", names=[("ignore", "c.extra")]).config.p == 7


def test_an_explicit_operation_replaces_the_table_of_the_file(state, tmp_path) -> None:
    torch.save(state, tmp_path / "run.pt")
    (tmp_path / "answers.txt").write_text("0 1 2 3 4 5 6\n" * 7)
    (tmp_path / "grok-tui.toml").write_text('operation = "table:answers.txt"\n')
    assert open_run(tmp_path / "run.pt").config.table == (0, 1, 2, 3, 4, 5, 6) * 7
    assert open_run(tmp_path / "run.pt", operation="add").config.table is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("p = ", "is not valid TOML"),
        ("modulus = 7", "unknown key 'modulus'; known: names, p, prompt"),
        ('p = "7"', "p must be a number; found '7'"),
        ("[names]\nW_E = 3", "names must be a table"),
        ('[names]\nW_X = "my.thing"', "W_X is not a tensor of this network; expected W_E"),
        ('[names]\nW_E = "other"', "has no tensor other; it contains"),
        ('operation = "max"', "The operation is one of add"),
        ('act_fn = "sigmoid"', "act_fn must be one of relu"),
    ],
)
def test_an_invalid_file_is_refused_in_a_sentence(renamed, text, reason) -> None:
    renamed.with_name("grok-tui.toml").write_text(text)
    with pytest.raises(GrokError, match=reason):
        open_run(renamed)
