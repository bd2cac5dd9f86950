"""The commands: where their functions are, and what `--help` says beside their options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cyclopts import Group

from grok_tui.cli import option_groups
from grok_tui.session.workspaces import WORKSPACES

# As `grok_tui.tour.stops.STUDY`, which would import the placeholders.
TOUR_FILE = Path(__file__).parents[1] / "tour" / "study.toml"


@dataclass(frozen=True)
class Command:
    """A command, with its usage, what it does (the first paragraph in one line), and examples.

    `function` is a path for cyclopts, which imports it when the command runs.
    """

    name: str
    function: str
    usage: str
    help: str
    examples: tuple[str, ...]
    notes: str = ""  # below the options
    group: Group = option_groups.OTHER  # of the options that have none

    @property
    def epilogue(self) -> str:
        """What stands below the options: the notes and the examples."""
        examples = "\n".join(["Examples:", *(f"  {example}" for example in self.examples)])
        return f"{self.notes}\n\n{examples}" if self.notes else examples


def views_by_workspace() -> list[tuple[str, str]]:
    """The names of the workspaces, each with the names of its views."""
    return [(workspace.name, " ".join(workspace.all_views)) for workspace in WORKSPACES]


def _views() -> str:
    """The names of the views, a workspace a line."""
    width = max(len(name) for name, _ in views_by_workspace())
    return "\n".join(f"  {name:<{width}}  {views}" for name, views in views_by_workspace())


EXPLORE = Command(
    "",
    "",
    "grok-tui [RUN [RUN_B]] [OPTIONS]\n       grok-tui FOLDER-OF-RUNS\n       grok-tui COMMAND ...",
    "Explore a small network that groks, epoch by epoch.\n\n"
    "Without a command, the explorer opens RUN, or the bundled run; RUN_B is a second run to compare with. "
    "A folder of runs opens as a table. Without a terminal, both are printed as text. "
    "grok-tui COMMAND --help lists the options of a command.",
    (
        "grok-tui                                the bundled run",
        "grok-tui my-run --epoch 9000            a run at one of its epochs",
        "grok-tui my-run another-run             two runs, compared",
        "grok-tui my-runs                        the table of the runs below a folder",
        "grok-tui hf://callummcdougall/grokking_full_run_data/full_run_data.pth",
    ),
    "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.",
)
COMMANDS = (
    Command(
        "show",
        "grok_tui.cli.show:show",
        "grok-tui show VIEW [RUN] [OPTIONS]",
        "Print one view: a drawing as text or ansi, a figure as png, pdf or svg, a table as csv, json, md or tex.",
        (
            "grok-tui show clusters --format csv",
            "grok-tui show neuron my-run --freq 14 --epoch 9000 --size 100x40",
            "grok-tui show losses my-run --output losses.svg",
            "grok-tui show ablation --without-cluster 52 --without-cluster rest",
            "grok-tui show progress my-run --against-run another-run --format json",
        ),
        f"Views, by the workspace of the explorer that has them:\n{_views()}",
        option_groups.OUTPUT,
    ),
    Command(
        "report",
        "grok_tui.cli.report:report",
        "grok-tui report [RUN] [OPTIONS]",
        "Print every metric of one epoch, or write a page for a browser with all epochs.",
        (
            "grok-tui report my-run",
            "grok-tui report my-run --epoch 9000 --format json --output metrics.json",
            "grok-tui report my-run --split random.seed:1 --dtype float64",
            "grok-tui report my-run --output my-run.html",
        ),
        group=option_groups.OUTPUT,
    ),
    Command(
        "tour",
        "grok_tui.cli.tour:tour",
        "grok-tui tour [RUN] [OPTIONS]",
        "Walk through RUN in the explorer: what the network computes, how that is known, and how it was learned.\n\n"
        "A panel below the panes says what to see at each stop and names a key to try; all keys work meanwhile. The "
        "tour resumes where it was left. Without a terminal, its texts are printed.",
        (
            "grok-tui tour",
            "grok-tui tour my-run --restart             from its first stop",
            "grok-tui tour my-run --tour lesson.toml    a tour of your own",
        ),
        f"The tour of the study is a file to copy for a tour of your own:\n  {TOUR_FILE}",
    ),
    Command(
        "info",
        "grok_tui.cli.info:info",
        "grok-tui info [RUN] [OPTIONS]",
        "Describe RUN: its model, checkpoints, recorded losses, split and training settings.",
        ("grok-tui info my-run", "grok-tui info hf://callummcdougall/grokking_full_run_data/full_run_data.pth"),
    ),
    Command(
        "runs",
        "grok_tui.cli.runs:runs",
        "grok-tui runs [PATH...] [OPTIONS]",
        "Print a table of all runs at and below each PATH, of groups of them, or a figure.",
        (
            "grok-tui runs my-runs --measure --sort -test_loss",
            "grok-tui runs my-runs --where 'weight_decay>=1 state=finished' --format csv",
            "grok-tui runs my-runs --group-by '!seed' --view curves --output curves.svg",
        ),
        group=option_groups.RUNS,
    ),
    Command(
        "llc",
        "grok_tui.cli.llc.command:llc",
        "grok-tui llc [RUN] [OPTIONS]",
        "Estimate the local learning coefficient of each checkpoint of RUN, by sampling around its weights.\n\n"
        "Each estimate is cached: after an interruption the same command continues, and the view llc shows what there "
        "is.",
        (
            "grok-tui llc my-run",
            "grok-tui llc my-run --epochs ::4 --format csv --output llc.csv",
            "grok-tui llc my-run --calibrate --epochs 9000",
        ),
        group=option_groups.SAMPLING,
    ),
    Command(
        "train",
        "grok_tui.cli.train.command:train",
        "grok-tui train RUN [OPTIONS]",
        "Train a run into the folder RUN with the study's settings unless overridden, or continue RUN.\n\n"
        "A run continues with its recorded settings: no option is needed. A later end, by more epochs or another "
        "--stop-when, extends it; other settings that differ are refused.",
        (
            "grok-tui train my-run --p 59 --epochs 5000 --watch",
            "grok-tui train my-run --epochs 8000     continue it, to a later end",
            "grok-tui train other --operation divide --seed 3 --save-every 50:1000,500",
        ),
    ),
    Command(
        "sweep",
        "grok_tui.cli.sweep.command:sweep",
        "grok-tui sweep SWEEP [OPTIONS]",
        "Train a run for each point of a grid into the folder SWEEP, or continue SWEEP.\n\n"
        "Only what is missing is trained. A larger grid adds runs; a larger --epochs or another --stop-when extends "
        "all. The training options are those of grok-tui train, for all runs.",
        (
            "grok-tui sweep my-sweep --grid seed=0:8 --grid weight_decay=0.3,1,3 --p 31",
            "grok-tui sweep my-sweep --dry-run",
            "grok-tui sweep my-sweep --on slurm --partition gpu --gpus 1",
        ),
    ),
    Command(
        "serve",
        "grok_tui.cli.serve:serve",
        "grok-tui serve [RUN [RUN_B]] [OPTIONS]",
        "Show the explorer of RUN in browsers.\n\n"
        "Only this machine can connect, unless --host and --allow-remote say otherwise: other machines then need the "
        "token. A visitor explores in a process of their own, and writes nothing here: exports are downloads. "
        "It needs grok-tui[serve].",
        (
            "grok-tui serve my-run",
            "grok-tui serve my-run --host 0.0.0.0 --allow-remote",
            "grok-tui serve my-run --port 0 --max-visitors 20 --idle-minutes 10",
        ),
        group=option_groups.SERVER,
    ),
    Command(
        "convert",
        "grok_tui.cli.convert:convert",
        "grok-tui convert SRC DST [OPTIONS]",
        "Convert any readable run SRC to a native run DST.",
        ("grok-tui convert full_run_data.pth my-run", "grok-tui convert my-run small --dtype float16"),
    ),
    Command(
        "config",
        "grok_tui.cli.config:config",
        "grok-tui config [OPTIONS]",
        "Print the settings and where each comes from, paths, and action ids with their keys.",
        ("grok-tui config", "grok-tui config --format json"),
        group=option_groups.OUTPUT,
    ),
    Command(
        "completion",
        "grok_tui.cli.completion:completion",
        "grok-tui completion SHELL",
        "Print a script that completes commands, options, views and runs in a shell.",
        (
            'eval "$(grok-tui completion bash)"                        in ~/.bashrc',
            "grok-tui completion zsh > ~/.zfunc/_grok-tui              a folder in $fpath",
            "grok-tui completion fish > ~/.config/fish/completions/grok-tui.fish",
        ),
    ),
    Command(
        "help",
        "grok_tui.cli.help_command:show_help",
        "grok-tui help [COMMAND] [OPTIONS]",
        "Print the help of a command, or the man page.",
        ("grok-tui help show", "grok-tui help --man > ~/.local/share/man/man1/grok-tui.1"),
    ),
)
