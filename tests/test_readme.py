"""Every block of the README runs, in a temporary folder.

- `python` blocks run in order in one namespace. One that cannot run follows a line `<!-- not run: REASON -->`; one with
  a test of its own follows `<!-- recipe -->`. Training is cut to 20 epochs. What a comment behind a `print` promises is
  printed. Blocks after `<!-- my_model.py -->` and `<!-- net.py -->` are these files, with which `my-mlp` is read.
- Lines that start with `grok-tui` run if they only read a run or convert one; the command line parses the others, which
  train or serve. `my-run` and `another-run` are tiny runs, `my-runs` has two. Synopses (`show VIEW [RUN]`) are skipped.
- The `latex` block compiles, with the figure and the table that commands of the README write.
- `toml` blocks are valid settings, or those with `[names]` a valid `grok-tui.toml`.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

import engine
from engine import ModelConfig, TrainingConfig
from engine.runs.reading_file import with_reading_file
from engine.state_dicts.model_reading import ModelOverrides
from engine.state_dicts.roles import assign_roles
from grok_tui.cli.main import app, main
from grok_tui.session.settings import read_settings
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"((?:^<!--[^\n]*-->\n)*)^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACEHOLDER = re.compile(r"\[|\b[A-Z][A-Z_-]*\b(?!=)|\S  +\S")
_PROMISED = re.compile(r"^print\(.*\)  # (?=[\[({'\"\d])(.*)$", re.MULTILINE)
_RUN = {"show", "report", "info", "runs", "convert"}
_EPOCHS = 20


class Block(NamedTuple):
    comments: str  # the lines of comment before it
    language: str
    text: str
    line: int


README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [Block(*match.groups(), README.count("\n", 0, match.start(3))) for match in _BLOCK.finditer(README)]


def commands() -> list[str]:
    """The command lines of all blocks, without their comments."""
    shell = [block for block in BLOCKS if block.language in ("", "sh", "shell", "bash", "console")]
    lines = [line for block in shell for line in re.sub(r"\\\n\s*", "", block.text).splitlines()]
    stripped = [line.removeprefix("$ ").split("  #")[0].strip() for line in lines]
    return [line for line in stripped if line.startswith("grok-tui") and not _PLACEHOLDER.search(line)]


@pytest.fixture
def folder(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the runs and the package that the README names."""
    for name in ("my-run", "another-run"):
        shutil.copytree(tiny_run, tmp_path / name)
    for name in ("first", "second"):
        shutil.copytree(tiny_run, tmp_path / "my-runs" / name)
    (tmp_path / "grok_tui").symlink_to(ROOT / "grok_tui")
    monkeypatch.chdir(tmp_path)
    for name in ("my_model.py", "net.py"):
        (block,) = (block for block in BLOCKS if f"<!-- {name} -->" in block.comments)
        (tmp_path / name).write_text(block.text, encoding="utf-8")
    _write_mlp_run(tmp_path)
    return tmp_path


def _write_mlp_run(folder: Path) -> None:
    """Checkpoints of the model in `my_model.py`."""
    namespace: dict[str, Any] = {}
    exec((folder / "my_model.py").read_text(encoding="utf-8"), namespace)
    (folder / "my-mlp").mkdir()
    for epoch in (0, 100):
        state = namespace["Mlp"](7).state_dict()
        torch.save({"model": state, "epoch": epoch, "p": 7}, folder / "my-mlp" / f"step_{epoch}.pt")


def test_the_python_blocks_run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    shutil.rmtree(folder / "my-run")  # trained by a block
    train = engine.train

    def short(config: ModelConfig, training: TrainingConfig | None = None, **options: Any) -> engine.Trained:
        training = training or TrainingConfig()
        return train(config, replace(training, epochs=min(training.epochs, _EPOCHS)), **options)

    monkeypatch.setattr(engine, "train", short)
    blocks = [block for block in BLOCKS if block.language == "python" and not _skipped(block)]
    assert blocks
    namespace: dict[str, Any] = {"__name__": "readme"}
    for block in blocks:
        exec(compile("\n" * block.line + block.text, ROOT / "README.md", "exec"), namespace)
        printed = capsys.readouterr().out.splitlines()
        assert not set(_PROMISED.findall(block.text)) - set(printed)


@pytest.mark.parametrize("command", commands())
def test_a_command_runs(command: str, folder: Path, capsys: pytest.CaptureFixture) -> None:
    arguments = shlex.split(command)[1:]
    if any(argument.endswith((".png", ".pdf", ".svg")) for argument in arguments):
        pytest.importorskip("matplotlib", reason="figures need matplotlib: pip install 'grok-tui[figures]'")
    if any(argument.endswith(".mp4") for argument in arguments) and shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed (apt-get install ffmpeg)")
    subcommand = next(iter(arguments), "")
    if subcommand in _RUN:
        assert main(arguments) == 0, capsys.readouterr().err
    else:
        app.parse_args(arguments, exit_on_error=False, print_error=False)


def test_the_readme_has_commands() -> None:
    """Else the test above would pass because it found none."""
    assert {"show", "report", "train"} <= {shlex.split(command)[1] for command in commands() if " " in command}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_latex_document_compiles(folder: Path, capsys: pytest.CaptureFixture) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib: pip install 'grok-tui[figures]'")
    (document,) = (block.text for block in BLOCKS if block.language == "latex")
    names = re.findall(r"\\(?:includegraphics|input)\{(\w+)\}", document)
    assert len(names) == 2
    for name in names:
        command = [line for line in commands() if re.search(rf"--output {name}\.(pdf|tex)", line)][-1]
        assert main(shlex.split(command)[1:]) == 0, capsys.readouterr().err
    (folder / "article.tex").write_text(document, encoding="utf-8")
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "article.tex"]
    done = subprocess.run(latex, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=PATIENCE_SECONDS)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log
    assert "Overfull" not in log  # nothing is wider than the text
    assert (folder / "article.pdf").read_bytes().startswith(b"%PDF")


TOML = [block.text for block in BLOCKS if block.language == "toml"]


@pytest.mark.parametrize("text", [text for text in TOML if "[names]" in text])
def test_the_reading_file_is_valid(text: str, tmp_path: Path) -> None:
    (tmp_path / "grok-tui.toml").write_text(text, encoding="utf-8")
    overrides = with_reading_file(ModelOverrides(), tmp_path)
    assert overrides.operation == "multiply"
    assert overrides.names == (("W_E", "my.embedding"), ("ignore", "my.buffer"), ("ignore", "my.other.buffer"))


def test_the_names_of_tensors_have_their_role() -> None:
    """The table of names: each name is read as the tensor of its row; two tensors have pairs of names."""
    rows = re.findall(r"^\| (`W_.*?) \| (.*) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 6
    for tensors, names in rows:
        roles = set(re.findall(r"`(\w+)`", tensors))
        for name in re.findall(r"`([\w.]+)`", names.partition("; none is")[0]):
            if name.startswith("mlp.") and name[-1].isdecimal():
                found = assign_roles(["mlp.0.weight", "mlp.2.weight"])
            else:
                found = assign_roles([f"mlp.{name}" if name in ("c_fc", "c_proj") else name])
            assert roles & set(found.names), name


@pytest.mark.parametrize("text", [text for text in TOML if "[names]" not in text])
def test_the_settings_are_valid(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    read_settings(path)


def _skipped(block: Block) -> bool:
    return any(f"<!-- {text}" in block.comments for text in ("not run: ", "recipe -->", "net.py -->"))
