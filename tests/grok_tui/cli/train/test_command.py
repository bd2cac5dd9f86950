"""`grok-tui train`: the plan, the log for programs, stopping and continuing, progress, watching."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from engine import ModelConfig, TrainingConfig, TrainingProgress, train_packed
from engine.training.graceful_stop import GracefulStop
from grok_tui.cli.main import app, main
from grok_tui.cli.train.options import TrainOptions
from grok_tui.cli.train.plan import size
from grok_tui.cli.train.progress import PlainLines, duration, progress_narration
from grok_tui.cli.train.watch import Trainer
from tests.grok_tui.pseudo_terminal import Terminal
from tests.soak.kill_training import require_same
from tests.waiting import PATIENCE_SECONDS

TINY = ("--p", "5", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8")
SMALL = (*TINY, "--save-every", "10")
ENDLESS = (*TINY, "--save-every", "100000", "--epochs", "100000000")


def test_the_plan_is_printed_first(tmp_path, run) -> None:
    status, out, err = run("train", tmp_path / "run", *SMALL, "--epochs", 20, "--dtype", "float64")
    assert (status, out) == (0, "")
    lines = err.splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["model", "data", "training", "checkpoints", "disk"]
    assert lines[0].endswith("(x + y) mod 5, d_model 8, 2 heads of 4, d_mlp 8, relu: 520 parameters")
    assert "7 pairs to train on, 18 to test" in lines[1]
    assert "20 epochs, seed 0, lr 0.001, weight decay 1, on cpu in float64" in lines[2]
    assert "3 in float32, " in lines[3]
    assert lines[3].endswith("each; schedule 10")
    assert lines[-1] == f"Wrote 3 checkpoints to {tmp_path / 'run'}."


@pytest.mark.parametrize(
    ("operation", "model"),
    [("multiply", "(x · y) mod 5"), ("divide", "(x / y) mod 5"), ("x^2+xy+y^2", "(x^2 + x·y + y^2) mod 5")],
)
def test_every_operation_is_trained(tmp_path, run, operation, model) -> None:
    status, _, err = run("train", tmp_path / "run", *SMALL, "--epochs", 10, "--operation", operation)
    assert status == 0
    assert model in err.splitlines()[0]
    assert f"model        {model.replace('(', '').replace(') mod ', ', p = ')}" in run("info", tmp_path / "run").out


def test_a_table_of_answers_is_trained_with_as_many_numbers_as_it_has_rows(tmp_path, run) -> None:
    table = tmp_path / "table.txt"
    table.write_text("\n".join(" ".join(str(max(x, y)) for y in range(6)) for x in range(6)))
    settings = ("--operation", f"table:{table}", *SMALL[2:], "--epochs", 10)
    status, _, err = run("train", tmp_path / "run", *settings)
    assert status == 0
    assert "(table(x, y)) mod 6" in err.splitlines()[0]
    status, _, err = run("train", tmp_path / "other", *settings, "--p", 5)
    assert (status, err) == (2, "The operation 'table' with p = 5 needs a table of 25 answers; found 36.\n")
    status, _, err = run("train", tmp_path / "other", *SMALL, "--operation", "power")
    assert status == 2
    assert "or table:FILE; found 'power'" in err


def test_a_trained_run_is_not_trained_again(tmp_path, run) -> None:
    for _ in range(2):
        status, _, err = run("train", tmp_path / "run", *SMALL, "--epochs", 20)
        assert status == 0
    assert err.splitlines()[-1] == f"{tmp_path / 'run'} is already trained to epoch 20; a larger --epochs extends it."


def test_threads_are_set_for_the_training(tmp_path, run, monkeypatch) -> None:
    threads = []
    monkeypatch.setattr("torch.set_num_threads", threads.append)
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 10, "--threads", 2)[0] == 0
    assert threads == [2]
    status, _, err = run("train", tmp_path / "other", *SMALL, "--threads", 0)
    assert (status, err) == (1, "--threads is between 1 and 1,024; found 0.\n")


def test_the_log_for_programs(tmp_path, run) -> None:
    path = tmp_path / "run"
    _, out, _ = run("train", path, *SMALL, "--epochs", 20, "--test-every", 5, "--json-log")
    events = [json.loads(line) for line in out.splitlines()]
    order = [(event["event"], event.get("epoch")) for event in events]
    assert order == [
        ("plan", None), ("checkpoint", 0), ("progress", 0), ("progress", 5), ("checkpoint", 10), ("progress", 10),
        ("progress", 15), ("checkpoint", 20), ("progress", 20), ("done", 20),
    ]  # fmt: skip
    plan, first, last = events[0], events[2], events[-1]
    assert (plan["model"]["p"], plan["training"]["epochs"], plan["train_pairs"], plan["checkpoints"]) == (5, 20, 7, 3)
    assert (first["epochs_per_second"], last["reason"]) == (None, "epochs")
    assert all(Path(event["file"]).is_file() for event in events if event["event"] == "checkpoint")
    recorded = (path / "losses.csv").read_text().splitlines()[-1].split(",")
    assert recorded == ["20", repr(last["train_loss"]), repr(last["test_loss"])]


def test_the_log_has_the_error(tmp_path, run) -> None:
    (tmp_path / "mine").touch()
    status, out, err = run("train", tmp_path, *SMALL, "--json-log")
    event = json.loads(out.splitlines()[-1])
    assert (status, event["event"], event["reason"]) == (1, "stopped", "error")
    assert event["message"] == err.splitlines()[-1]
    assert "is not a run; train into a new folder" in event["message"]


def test_training_continues_if_the_reader_of_the_log_has_ended(tmp_path, monkeypatch, capsys) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as log:
        monkeypatch.setattr("sys.stdout", log)
        assert main(["train", str(tmp_path / "run"), *SMALL, "--epochs", "20", "--json-log"]) == 0
    assert capsys.readouterr().err.splitlines()[-1].startswith("Wrote 3 checkpoints")


def test_a_second_training_is_refused_and_a_signal_stops_the_first(tmp_path, run) -> None:
    path = tmp_path / "run"
    command = [sys.executable, "-m", "grok_tui", "train", str(path), *ENDLESS, "--json-log"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as training:
        assert training.stdout is not None
        while json.loads(training.stdout.readline())["event"] != "checkpoint":
            pass
        status, _, refusal = run("train", path, *ENDLESS)
        training.send_signal(signal.SIGTERM)
        out, err = training.communicate(timeout=PATIENCE_SECONDS)
    assert status == 1
    assert f"is being trained by process {training.pid} on " in refusal.splitlines()[-1]
    assert training.returncode == 128 + signal.SIGTERM
    stopped = json.loads(out.splitlines()[-1])
    assert (stopped["event"], stopped["reason"]) == ("stopped", "SIGTERM")
    assert f"Stopped at epoch {stopped['epoch']:,}; everything is saved. To continue: grok-tui train" in err
    assert (path / "losses.csv").read_text().splitlines()[-1].startswith(f"{stopped['epoch']},")
    assert not (path / "training.lock").exists()


def test_the_suggested_command_continues_to_the_same_run(tmp_path, run, monkeypatch) -> None:
    settings = (*SMALL, "--epochs", "40", "--betas", "0.8", "0.95")
    assert run("train", tmp_path / "whole", *settings)[0] == 0
    with monkeypatch.context() as patched:
        patched.setattr(GracefulStop, "reason", "SIGTERM", raising=False)
        patched.setattr(
            GracefulStop, "requested", lambda self: (tmp_path / "run/checkpoints/epoch-000010.safetensors").exists()
        )
        patched.setattr(GracefulStop, "status", 143)
        status, _, err = run("train", tmp_path / "run", *settings)
    assert status == 143
    command = err.splitlines()[-1].partition("grok-tui ")[2]
    assert command.startswith("train ")
    status, _, err = run(*command.split())
    assert status == 0
    assert "Continuing from epoch 11." in err
    require_same(tmp_path / "run", tmp_path / "whole")


def test_a_run_continues_without_options(tmp_path, run, monkeypatch) -> None:
    settings = (*SMALL, "--epochs", "40", "--seed", "3", "--stop-when", "1e-9", "--operation", "subtract")
    assert run("train", tmp_path / "whole", *settings)[0] == 0
    with monkeypatch.context() as patched:
        patched.setattr(GracefulStop, "reason", "SIGTERM", raising=False)
        patched.setattr(GracefulStop, "requested", lambda self: (tmp_path / "run/resume.safetensors").exists())
        patched.setattr(GracefulStop, "status", 143)
        _, _, err = run("train", tmp_path / "run", *settings, "--threads", "1")
    assert err.splitlines()[-1].endswith(f"To continue: grok-tui train {tmp_path / 'run'} --threads 1")
    assert run("train", tmp_path / "run")[0] == 0
    require_same(tmp_path / "run", tmp_path / "whole")


def test_a_finished_run_is_extended(tmp_path, run) -> None:
    assert run("train", tmp_path / "whole", *SMALL, "--epochs", 40)[0] == 0
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 25)[0] == 0
    status, _, err = run("train", tmp_path / "run", "--epochs", 40)
    assert status == 0
    assert "Continuing from epoch 25." in err
    require_same(tmp_path / "run", tmp_path / "whole")


def test_stop_when_0_means_never(tmp_path, run) -> None:
    settings = (*SMALL, "--epochs", 40, "--frac-train", 0.9)
    assert run("train", tmp_path / "whole", *settings)[0] == 0
    err = run("train", tmp_path / "run", *settings, "--stop-when", 1.71).err  # the test loss is 1.713 first, then 1.706
    assert "The test loss is below 1.71 at epoch 10." in err
    again = run("train", tmp_path / "run").err
    assert again.splitlines()[-1].endswith("is already trained to epoch 10; a smaller --stop-when extends it.")
    assert run("train", tmp_path / "run", "--stop-when", 0)[0] == 0
    require_same(tmp_path / "run", tmp_path / "whole")


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        (("--lr", "0.1"), "lr: recorded 0.001, requested 0.1"),
        (("--p", "7"), "p: recorded 5, requested 7"),
        (("--epochs", "10"), "epochs: recorded 20, requested 10"),
        (("--operation", "subtract"), "operation: recorded add, requested subtract"),
        (("--betas", "0.9", "0.99"), "betas: recorded (0.9, 0.98), requested (0.9, 0.99)"),
        (("--save-every", "20"), "save_every: recorded 10, requested 20"),
        (("--recipe", "nanda2023"), "recipe: recorded none, requested nanda2023"),
        (("--lr", "1", "--seed", "1"), "seed: recorded 0, requested 1; lr: recorded 0.001, requested 1.0"),
    ],
)
def test_other_settings_are_refused_before_the_plan(tmp_path, run, options, difference) -> None:
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 20)[0] == 0
    status, out, err = run("train", tmp_path / "run", *options, "--json-log")
    assert status == 1
    assert err.startswith(f"{tmp_path / 'run'} is a run with other settings ({difference}); ")
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["stopped"]


def test_the_same_options_continue_a_run(tmp_path, run) -> None:
    settings = (*TINY, "--epochs", 20, "--betas", "0.5", "0.75", "--stop-when", "1e-9", "--save-every", "010")
    for _ in range(2):
        assert run("train", tmp_path / "run", *settings)[0] == 0


def test_a_stop_when_reached_before_is_refused_before_the_plan(tmp_path, run) -> None:
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 20)[0] == 0
    status, _, err = run("train", tmp_path / "run", "--stop-when", 100)
    assert status == 1
    assert err.startswith(f"With --stop-when 100, {tmp_path / 'run'} would have ended at epoch 0, ")


def test_a_recipe_is_recorded_and_explicit_options_override_it(tmp_path, run) -> None:
    options = ("--recipe", "nanda2023", *SMALL, "--epochs", 20)
    status, _, err = run("train", tmp_path / "run", *options)
    assert status == 0
    assert err.splitlines()[2].endswith("in float32; recipe nanda2023")
    recorded = json.loads((tmp_path / "run" / "run.json").read_text())
    assert recorded["training"]["recipe"] == "nanda2023"
    assert (recorded["model"]["p"], recorded["training"]["epochs"], recorded["training"]["lr"]) == (5, 20, 1e-3)
    for again in ((), options, ("--recipe", "nanda2023")):
        assert run("train", tmp_path / "run", *again)[0] == 0
    assert "recipe nanda2023" in run("info", tmp_path / "run").out


def test_the_plan_and_info_show_that_a_run_was_packed(tmp_path, run) -> None:
    for seed in (0, 1):
        assert run("train", tmp_path / str(seed), *SMALL, "--epochs", 10, "--seed", seed)[0] == 0
    runs = [tmp_path / "0", tmp_path / "1"]
    for path in runs:
        recorded = json.loads((path / "run.json").read_text())
        recorded["training"]["epochs"] = 20
        (path / "run.json").write_text(json.dumps(recorded))
    assert len(train_packed(runs)) == 2
    status, _, err = run("train", runs[0], "--epochs", 30)
    assert status == 0
    assert err.splitlines()[2].endswith("in float32; packed before, as one of 2 runs")
    assert "packed 2" in run("info", runs[0]).out


def test_an_unknown_recipe_names_those_that_there_are(tmp_path, run) -> None:
    status, _, err = run("train", tmp_path / "run", "--recipe", "zhang2023")
    assert status == 2
    assert "nanda2023" in err
    assert not (tmp_path / "run").exists()


def test_without_options_the_settings_are_the_engine_s_defaults() -> None:
    assert TrainOptions().of_new_run() == (ModelConfig.standard(), TrainingConfig())


def test_the_help_states_the_engine_s_defaults(run) -> None:
    words = " ".join(run("train", "--help").out.replace("│", " ").split())
    config, training = ModelConfig.standard(), TrainingConfig()
    values = {**vars(config), **vars(training), "betas": "0.9 0.98", "epochs": f"{training.epochs:,}"}
    for name in ("operation", "d_model", "d_mlp", "n_heads", "act_fn", *vars(training)):
        if values[name] is not None:
            value = f"{values[name]:g}" if isinstance(values[name], float) else values[name]
            text = words.partition(f"--{name.replace('_', '-')} ")[2].partition(" --")[0]
            assert f"default: {value}" in text, name


def test_explicit_options_can_be_written_as_arguments() -> None:
    assert TrainOptions().arguments(Path("here")) == ["train", "here"]
    options = TrainOptions(
        p=7,
        operation="subtract",
        betas=(0.5, 0.75),
        stop_when=1e-3,
        save_every="2:10,5",
        dtype="float64",
        d_mlp=3,
        lr=1e-3,
    )
    _, bound, _ = app.parse_args(options.arguments(Path("here")))
    assert bound.arguments["options"] == options


def test_without_a_terminal_progress_is_lines() -> None:
    lines: list[str] = []
    clock = iter(range(0, 10_000, 3))  # read at every epoch and after every line
    report = PlainLines(lines.append, lambda: next(clock))
    for step in range(101):
        report(TrainingProgress(step + 100, 200, 0.5, None, step * 0.25, step))
    assert lines[0] == "Continuing from epoch 100."
    assert lines[1] == "epoch 100/200  train 5.000e-01  test –"
    assert "About 12 s left, at 4.0 epochs per second." in lines
    assert lines[-1] == "epoch 200/200  train 5.000e-01  test –  4.0 epochs/s"
    assert 20 < len(lines) < 40


def test_on_a_terminal_progress_is_a_bar() -> None:
    written = io.StringIO()
    with progress_narration(Console(file=written, force_terminal=True, width=100, color_system=None)) as advance:
        advance(TrainingProgress(0, 10, 2.5, 2.25, 0.0, 0))
        advance(TrainingProgress(10, 10, 0.5, 0.25, 2.0, 10))
    assert "10/10" in written.getvalue()
    assert "train 5.000e-01  test 2.500e-01  5.0 epochs/s" in written.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(45.2, "45 s"), (91, "2 min"), (1860, "31 min"), (7500, "2 h 05 min"), (90000, "25 h 00 min")],
)
def test_durations_as_text(seconds, words) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(12, "12 bytes"), (999, "999 bytes"), (907_000, "907 kB"), (2.7e6, "2.7 MB"), (12e9, "12 GB")]
)
def test_sizes_as_text(count, words) -> None:
    assert size(int(count)) == words


def test_watching_needs_a_terminal(tmp_path, run) -> None:
    status, _, err = run("train", tmp_path / "run", *SMALL, "--watch")
    assert status == 1
    assert "--watch needs a terminal" in err
    assert not (tmp_path / "run").exists()


def test_watching_explores_the_run_and_quitting_stops_the_training(tmp_path) -> None:
    terminal = Terminal("train", str(tmp_path / "run"), *ENDLESS, "--watch", columns=120, rows=40, OMP_NUM_THREADS="1")
    terminal.read_until(b"\x1b[?1049h")
    before_screen, _, screen = terminal.seen.partition(b"\x1b[?1049h")
    terminal.read_until(b"of ", since=len(terminal.seen) - len(screen))
    assert before_screen.rstrip().endswith(b"\r\x1b[K")  # the line is erased when the wait ends
    assert b"Waiting for the first checkpoint of" in before_screen
    terminal.send("q")
    terminal.read_until(b"Stopping the training.")
    assert terminal.status() == 0
    left = terminal.seen[terminal.seen.rindex(b"\x1b[?1049l") :].decode(errors="replace")
    assert "Stopping the training." in left
    assert "everything is saved. To continue: grok-tui train" in left.replace("\r\n", "")
    assert not (tmp_path / "run" / "training.lock").exists()


def test_watching_reports_how_the_training_ended() -> None:
    """The log tells whether there is a checkpoint and whether it failed; the last line of stderr is the message."""
    starts = 'print({"event": "checkpoint"}, flush=True)'
    stops = 'sys.stdin.read(); print({"event": "stopped", "reason": "stdin"})'
    fails = 'print({"event": "stopped", "reason": "error"})'
    for program, has_checkpoint, failed in (
        (f"{starts}; {stops}", True, False),
        (f"{starts}; {fails}", True, True),
        (fails, False, True),
        ("pass", False, True),
    ):
        prelude = "import json, sys; print = lambda event, flush=True: sys.stdout.write(json.dumps(event) + '\\n'); "
        with Trainer([sys.executable, "-uc", f"{prelude}{program}; sys.stderr.write('one\\ntwo\\n')"]) as trainer:
            assert trainer.wait_for_checkpoint() is has_checkpoint
        assert trainer.failed is failed
        assert trainer.last_line() == "two"


@pytest.mark.parametrize(
    ("options", "model"),
    [
        (("--arch", "mlp", "--p", 5, "--d-mlp", 8), "an MLP, d_mlp 8, hidden 8, inputs one-hot"),
        ((*TINY, "--norm", "pre", "--n-layers", 2), "a 2-layer transformer with LayerNorm, d_model 8, n_layers 2"),
        ((*TINY, "--prompt", "x y", "--biases", "none"), "d_mlp 8, relu, prompt x y, biases none: "),
    ],
)
def test_every_architecture_is_trained_continued_and_described(tmp_path, run, options, model) -> None:
    status, _, err = run("train", tmp_path / "run", *options, "--epochs", 10)
    assert status == 0
    assert model in err.splitlines()[0]
    assert run("train", tmp_path / "run", *options, "--epochs", 20)[0] == 0
    status, _, err = run("train", tmp_path / "run", "--epochs", 30)
    assert status == 0
    assert err.splitlines()[-1] == f"Wrote 2 checkpoints to {tmp_path / 'run'}."
    described = run("info", tmp_path / "run").out
    assert "inferred" not in described
    assert "assumed" not in described


def test_other_options_of_the_architecture_do_not_continue_a_run(tmp_path, run) -> None:
    path = tmp_path / "run"
    assert run("train", path, *TINY, "--norm", "pre", "--epochs", 10)[0] == 0
    assert run("train", path, "--norm", "pre", "--arch", "transformer", "--biases", "mlp", "--read-at", "last")[0] == 0
    for options, difference in (
        (("--norm", "post"), "norm: recorded pre, requested post"),
        (("--n-layers", 2), "n_layers: recorded 1, requested 2"),
        (("--arch", "mlp"), "arch: recorded transformer, requested mlp"),
        (("--biases", "all"), "biases: recorded mlp, requested all"),
        (("--positions", "rotary"), "positions: recorded learned, requested rotary"),
    ):
        status, _, err = run("train", path, *options)
        assert status == 1
        assert f"is a run with other settings ({difference})" in err


def test_an_option_that_does_not_apply_is_refused(tmp_path, run) -> None:
    status, _, err = run("train", tmp_path / "run", "--arch", "mlp", "--n-heads", 2)
    assert (status, err) == (2, "--n-heads does not apply to --arch mlp; leave it out.\n")
    assert not (tmp_path / "run").exists()


def test_a_dry_run_prints_the_plan_with_the_time_and_writes_nothing(tmp_path, run) -> None:
    status, out, _ = run("train", tmp_path / "run", *TINY, "--norm", "post", "--epochs", 20, "--dry-run")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        *("model", "data", "training", "checkpoints", "disk", "time"),
    ]
    assert re.search(r"parameters\n", out)
    assert re.fullmatch(r"time +about .* for 20 epochs, [\d.]+ per second", out.splitlines()[-1])
    assert not (tmp_path / "run").exists()


def test_the_plan_of_a_recipe_names_its_source_and_what_differs(tmp_path, run) -> None:
    _, out, _ = run("train", tmp_path / "run", "--recipe", "gromov2023", "--p", 5, "--d-mlp", 8, "--dry-run")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert "gromov2023: Gromov 2023, Grokking modular arithmetic, arXiv:2301.02679" in rows["recipe"]
    assert "the loss there is the mean squared error, here cross-entropy" in rows["differs"]
    assert "epochs, seed 0, lr 0.01, weight decay 1" in rows["training"]
