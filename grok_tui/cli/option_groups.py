"""The groups that `--help` and the man page list options in, in their order there."""

from __future__ import annotations

from cyclopts import Group

COMMANDS = Group("Commands", sort_key=0)
ARGUMENTS = Group("Arguments", sort_key=1)
RUNS = Group("Which runs", sort_key=2)
SELECTION = Group("Selection", sort_key=3)
SAMPLING = Group("Sampling", sort_key=4)
ABLATION = Group("Ablation", sort_key=5)
COMPARISON = Group("Comparison", sort_key=6)
TRAINING = Group("Model and training", sort_key=7)
OUTPUT = Group("Output", sort_key=8)
DISPLAY = Group("Display", sort_key=9)
FIGURES = Group("Figures of many runs", sort_key=10)
READING = Group("Reading the run", sort_key=11)
COMPUTATION = Group("Computation", sort_key=12)
JOBS = Group("Where jobs run", sort_key=13)
SERVER = Group("Server", sort_key=14)
OTHER = Group("Options", sort_key=15)
HELP = Group("Help", sort_key=16)
