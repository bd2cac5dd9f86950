"""The completion scripts in real shells: what the tab key offers."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import termios
import time
from pathlib import Path

import pytest

from grok_tui.cli.commands import COMMANDS
from grok_tui.session.workspaces import VIEW_NAMES

_BASH = """
source {script}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_grok_tui
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def script(run, tmp_path: Path):
    """The script of a shell in a file, or a skip where there is no such shell."""

    def write(shell: str) -> Path:
        if shutil.which(shell) is None:
            pytest.skip(f"there is no {shell}")
        path = tmp_path / f"completion.{shell}"
        status, out, err = run("completion", shell)
        assert (status, err) == (0, "")
        path.write_text(out, encoding="utf-8")
        return path

    return write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with a run, a folder of runs with the name of a command, and a file."""
    path = tmp_path / "work"
    for name in ("my run", "runs/first"):
        (path / name).mkdir(parents=True)
    (path / "model.pt").touch()
    return path


def shell(program: list[str], folder: Path) -> list[str]:
    result = subprocess.run(program, cwd=folder, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    return result.stdout.split("\n")[:-1]


def in_bash(script: Path, folder: Path, *words: str) -> list[str]:
    """What COMPREPLY offers for the last of the words."""
    return [line for line in shell(["bash", "-c", _BASH.format(script=script), "bash", *words], folder) if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["sho"], ["show"]),
        (["r"], ["report", "runs", "runs/"]),
        (["show", "cl"], ["clusters", "cluster-spectra"]),
        (["show", "losses", "m"], [r"my\ run/", "model.pt"]),
        (["show", "losses", "runs", "--format", "c"], ["csv"]),
        (["show", "losses", "--format", "=", "c"], ["csv"]),
        (
            ["show", "losses", "--format", "="],
            ["text", "ansi", "csv", "json", "md", "tex", "png", "pdf", "svg", "svg-screen", "gif", "apng", "mp4"],
        ),
        (["show", "--epoch", "10", "losses", "mod"], ["model.pt"]),
        (["show", "losses", "--epoch", ""], []),
        (["show", "losses", "--outp"], ["--output"]),
        (["show", "losses", "--output", "mod"], ["model.pt"]),
        (["report", "runs/"], ["runs/first/"]),
        (["runs", "runs", "my", "mod"], ["model.pt"]),
        (["--wor"], []),
        (["my run", "--epo"], ["--epoch"]),
        (["sweep", "runs", "--requeue", "--no-re"], ["--no-requeue"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["train", "show", "--act-fn", "ge"], ["gelu", "gelu_new"]),
    ],
)
def test_bash_offers(words, offered, script, folder) -> None:
    assert sorted(in_bash(script("bash"), folder, "grok-tui", *words)) == sorted(offered)


def test_bash_offers_all_commands_and_all_views(script, folder) -> None:
    path = script("bash")
    assert {command.name for command in COMMANDS} <= set(in_bash(path, folder, "grok-tui", ""))
    assert set(in_bash(path, folder, "grok-tui", "show", "")) == set(VIEW_NAMES)


def test_bash_registers_the_script_and_it_leaves_no_variables(script, folder) -> None:
    path = script("bash")
    program = f"source {path}; complete -p grok-tui; compgen -v > a; COMP_WORDS=(grok-tui show ''); COMP_CWORD=2; "
    program += "COMPREPLY=(); compgen -v > a; _grok_tui; compgen -v > b; comm -13 <(sort a) <(sort b)"
    assert shell(["bash", "-c", program], folder) == ["complete -F _grok_tui grok-tui"]


@pytest.mark.parametrize("name", ["zsh", "bash", "fish"])
def test_the_script_has_no_syntax_error(name, script, folder) -> None:
    assert shell([name, "-n", str(script(name))], folder) == []


def test_fish_offers(script, folder) -> None:
    path = script("fish")

    def offered(line: str) -> list[str]:
        lines = shell(["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"], folder)
        return [offer.split("\t")[0] for offer in lines]

    assert offered("grok-tui show clu") == ["clusters", "cluster-spectra"]
    assert offered("grok-tui show losses --format c") == ["csv"]
    assert offered("grok-tui show losses my") == ["my run/"]
    assert {command.name for command in COMMANDS} <= set(offered("grok-tui "))


class Zsh:
    """An interactive zsh in a terminal; `seen` is what it wrote, without control characters."""

    def __init__(self, folder: Path) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 200))
        self.process = subprocess.Popen(
            ["zsh", "-f", "-i"], cwd=folder, stdin=slave, stdout=slave, stderr=slave, env=os.environ | {"TERM": "dumb"}
        )
        os.close(slave)
        self.seen = ""

    def type(self, keys: str, until: str) -> None:
        """Send keys, and wait until a text has come; it must come within a minute."""
        os.write(self.master, keys.encode())
        self.seen = ""
        end = time.monotonic() + 60
        while until not in self.seen and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                text = os.read(self.master, 4096).decode(errors="replace")
                self.seen += re.sub(r"\x1b\[[\d;?]*[a-zA-Z]|[^\x20-\x7e]", "", text)
        assert until in self.seen, f"{until!r} did not come: {self.seen!r}"

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def zsh(folder):
    if shutil.which("zsh") is None:
        pytest.skip("there is no zsh")
    shell = Zsh(folder)
    yield shell
    shell.close()


@pytest.mark.parametrize("way", ["autoload", "eval"])
def test_zsh_offers(way, script, zsh, tmp_path) -> None:
    path = script("zsh")
    shutil.copy(path, tmp_path / "_grok-tui")
    setup = f"fpath=({tmp_path} $fpath); " if way == "autoload" else ""
    setup += "autoload -U compinit; compinit -u -D; "
    setup += f'eval "$(cat {path})"; ' if way == "eval" else ""
    zsh.type(f"{setup}print rea''dy\n", "ready")
    for typed, completed in (
        ("grok-tui sho", "grok-tui show "),
        ("grok-tui show quad", "grok-tui show quadratic "),
        ("grok-tui show losses --format c", "--format csv "),
        ("grok-tui show losses my", "losses my\\ run/"),
    ):
        zsh.type(f"{typed}\t", completed)
        zsh.type("\x15print ne''xt\n", "next")


def test_an_unknown_shell_is_refused_with_the_choices(run) -> None:
    status, out, err = run("completion", "tcsh")
    assert (status, out) == (2, "")
    assert 'Choose from: "bash", "zsh", "fish".' in err
