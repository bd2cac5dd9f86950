"""What is suggested for a mistyped command, run, view, option or value, and what is not."""

from __future__ import annotations

import pytest

from grok_tui.cli.suggestions import closest, repeated_option


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["trian", "x"], 1, "trian does not exist. Did you mean grok-tui train?"),
        (["trian", "x", "--epochs", "3"], 2, "trian does not exist. Did you mean grok-tui train?"),
        (["nothing"], 1, "nothing does not exist. To train a run there: grok-tui train nothing"),
        (["info", "a b"], 1, "a b does not exist. To train a run there: grok-tui train 'a b'"),
        (["info", "trian"], 1, "trian does not exist. To train a run there: grok-tui train trian"),
        (["info", "model.pt"], 1, "model.pt does not exist."),
        (
            ["show", "ablation", "--without-cluster", "rest", "52"],
            2,
            "--without-cluster takes one value; repeat it for another: --without-cluster rest --without-cluster 52.",
        ),
        (["a", "b", "c"], 2, "The explorer takes one run or two; found also 'c'. grok-tui runs PATH... shows many. "),
        (["report", "a", "b"], 2, "'b' is one argument too many; usage: grok-tui report [RUN] [OPTIONS]. "),
        (["show"], 2, "grok-tui show needs VIEW; usage: grok-tui show VIEW [RUN] [OPTIONS]. Try grok-tui show --help."),
        (["show", "losses", "--size"], 2, "--size needs a value. Try grok-tui show --help."),
        (["show", "losses", "--pair", "3"], 2, "--pair needs 2 values; found 1. "),
        (["show", "losses", "--epoch", "x"], 2, "--epoch is a whole number; found 'x'. Try grok-tui show --help."),
        (["show", "losses", "--without-cluster", "x"], 2, "--without-cluster is a whole number or rest; found 'x'. "),
        (["show", "losses", "--epoch", "1", "--epoch", "2"], 2, "--epoch takes one value and was passed more than"),
        (["show", "losses", "--epohc", "1"], 2, "Unknown option: --epohc. Did you mean --epoch? Try grok-tui show"),
        (["show", "losses", "--preset", "keyfrequencies"], 2, 'Did you mean "key-frequencies"? Try grok-tui show'),
        (["--epohc", "1"], 2, "Unknown option: --epohc. Did you mean --epoch? Try grok-tui --help."),
    ],
)
def test_the_sentence_says_what_to_do(arguments, status, sentence, run) -> None:
    found = run(*arguments)
    assert (found.status, found.out) == (status, "")
    assert sentence in found.err
    assert len(found.err.splitlines()) == 1


def test_a_run_of_a_similar_name_comes_before_a_command(tmp_path, run) -> None:
    (tmp_path / "train2").mkdir()
    assert "trian2 does not exist. Did you mean train2? To train a run there: grok-tui" in run("trian2").err
    assert f"Did you mean {tmp_path}/train2?" in run("info", tmp_path / "tarin2").err


def test_a_run_that_has_the_name_of_a_typo_is_opened(tiny_run, tmp_path, run) -> None:
    (tmp_path / "trian").symlink_to(tiny_run)
    assert run("trian").status == 0


def test_unlike_names_are_not_suggested() -> None:
    assert closest("seed1", ["sweep", "show"]) is None
    assert closest("reprot", ["report", "runs"]) == "report"


def test_only_second_values_of_repeatable_options_are_recognised() -> None:
    assert repeated_option(["show", "x", "--epoch", "3", "4"], "4") is None
    assert repeated_option(["show", "x", "--without-head", "3", "run"], "run") is None
    assert repeated_option(["show", "x", "--without-head", "3"], "3") is None
    assert repeated_option(["runs", "."], "52") is None
