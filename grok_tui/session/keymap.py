"""The key table: bindings, footer, help and documentation are generated from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from grok_tui.session.workspaces import WORKSPACES

Category = Literal[
    "Epochs",
    "Compare",
    "Selection",
    "Charts and maps",
    "Ablation",
    "Workspaces",
    "Panes",
    "Export",
    "Application",
]


@dataclass(frozen=True)
class Key:
    """One action: its id, its category, its keys and their descriptions."""

    id: str
    category: Category
    keys: tuple[str, ...]  # in Textual's names
    shown: str  # the same keys as help and footer write them
    what: str  # what the action does
    hint: str = ""  # its name in the footer; empty: not shown there


KEYS: tuple[Key, ...] = (
    Key("epoch.next", "Epochs", ("right", "l"), "→ l", "next checkpoint", "epoch"),
    Key("epoch.previous", "Epochs", ("left", "h"), "← h", "previous checkpoint"),
    Key("epoch.next10", "Epochs", ("shift+right", "L"), "shift+→ L", "ten checkpoints forward"),
    Key("epoch.previous10", "Epochs", ("shift+left", "H"), "shift+← H", "ten checkpoints back"),
    Key("epoch.first", "Epochs", ("home",), "home", "first epoch"),
    Key("epoch.last", "Epochs", ("end",), "end", "last epoch"),
    Key("epoch.goto", "Epochs", ("g",), "g", "go to an epoch by number", "go to"),
    Key("epoch.play", "Epochs", ("space",), "space", "play the epochs, or stop", "play"),
    Key("play.faster", "Epochs", ("greater_than_sign",), ">", "play faster"),
    Key("play.slower", "Epochs", ("less_than_sign",), "<", "play slower"),
    Key("play.backwards", "Epochs", ("R",), "R", "switch between playing forwards and backwards"),
    Key("play.loop", "Epochs", ("o",), "o", "switch between playing in a loop and once"),
    Key("epoch.reference", "Epochs", ("r",), "r", "make this epoch the reference for key frequencies", "reference"),
    Key("compare.pin", "Compare", ("P",), "P", "pin this epoch to compare others with it, or unpin it"),
    Key("compare.difference", "Compare", ("equals_sign",), "=", "switch between both sides and their difference"),
    Key("neuron.next", "Selection", ("down", "j"), "↓ j", "next neuron in the cluster", "neuron"),
    Key("neuron.previous", "Selection", ("up", "k"), "↑ k", "previous neuron in the cluster"),
    Key("neuron.goto", "Selection", ("n",), "n", "go to a neuron by number"),
    Key("cluster.next", "Selection", ("right_square_bracket",), "]", "next cluster", "cluster"),
    Key("cluster.previous", "Selection", ("left_square_bracket",), "[", "previous cluster"),
    Key("pair.goto", "Selection", ("p",), "p", "go to an input pair x y", "pair"),
    Key("head.next", "Selection", ("full_stop",), ".", "next attention head", "head"),
    Key("head.previous", "Selection", ("comma",), ",", "previous attention head"),
    Key("dimension.next", "Selection", ("d",), "d", "next dimension of the residual stream", "dimension"),
    Key("dimension.previous", "Selection", ("D",), "D", "previous dimension of the residual stream"),
    Key("axis.x", "Charts and maps", ("x",), "x", "linear or logarithmic epoch axis", "log x"),
    Key("axis.y", "Charts and maps", ("y",), "y", "linear or logarithmic values in charts over epochs", "log y"),
    Key(
        "crosshair",
        "Charts and maps",
        ("c",),
        "c",
        "crosshair: arrows move it (in charts over epochs: step the epoch), enter selects the pair of a map",
        "crosshair",
    ),
    Key(
        "map.unwrap",
        "Charts and maps",
        ("u",),
        "u",
        "order of a map's tokens: natural, unwrapped (a wave is one cycle), by logarithm (multiply, divide)",
        "unwrap",
    ),
    Key("ablate.cluster", "Ablation", ("b",), "b", "ablate the neuron's cluster, or restore it", "ablate cluster"),
    Key("ablate.head", "Ablation", ("B",), "B", "ablate the attention head, or restore it", "ablate head"),
    Key(
        "ablate.direct",
        "Ablation",
        ("m",),
        "m",
        "ablate the direct path, which bypasses the MLP, or restore it",
        "ablate direct path",
    ),
    Key("ablate.preset", "Ablation", ("M",), "M", "keep only key frequencies, only sum directions, or all", "preset"),
    Key("ablate.fill", "Ablation", ("v",), "v", "switch between zero and mean ablation", "zero or mean"),
    Key("ablate.whole", "Ablation", ("backspace",), "backspace", "remove all ablations", "restore all"),
    *(
        Key(f"workspace.{number}", "Workspaces", (str(number),), str(number), f"workspace {workspace.name}")
        for number, workspace in enumerate(WORKSPACES, start=1)
    ),
    Key("pane.next", "Panes", ("tab",), "tab", "next pane"),
    Key("pane.previous", "Panes", ("shift+tab",), "shift+tab", "previous pane"),
    Key("pane.zoom", "Panes", ("z",), "z", "show the focused pane alone, or all panes", "zoom"),
    Key("export.pane", "Export", ("e",), "e", "write the focused pane to a txt, ansi, csv, json or svg file", "export"),
    Key("export.screen", "Export", ("E",), "E", "write the whole screen to an svg, txt, ansi or json file"),
    Key("export.copy", "Export", ("Y",), "Y", "copy the focused pane as text, and write it to a file"),
    Key("palette", "Application", ("ctrl+p",), "ctrl+p", "find any action, view or run by name", "find"),
    Key("help", "Application", ("question_mark",), "?", "explain the focused pane and list all keys", "help"),
    Key("suspend", "Application", ("ctrl+z",), "ctrl+z", "suspend the explorer; the shell's fg continues it"),
    Key("quit", "Application", ("q",), "q", "quit", "quit"),
)
# The actions that need no open run, with the names of their methods in the app. All others are the RunScreen's.
APP_ACTIONS: Mapping[str, str] = {"palette": "command_palette", "suspend": "suspend_process", "quit": "quit"}
# Ids of earlier versions, still valid in config.toml.
OLD_KEY_IDS: Mapping[str, str] = {
    f"knock.{part}": f"ablate.{part}" for part in ("cluster", "head", "direct", "preset", "fill", "whole")
}


def by_category(keys: Iterable[Key]) -> list[tuple[Category, list[Key]]]:
    """The keys of each category, in the order of the table."""
    return [(category, list(group)) for category, group in groupby(keys, key=lambda key: key.category)]


def configured_keys(overrides: Mapping[str, str]) -> tuple[Key, ...]:
    """The key table with the user's own keys: comma-separated, by action id."""
    return tuple(
        replace(key, keys=tuple(names), shown=" ".join(names))
        if (names := split_keys(overrides.get(key.id, "")))
        else key
        for key in KEYS
    )


def split_keys(text: str) -> list[str]:
    """The keys of a setting: `ctrl+n, right` is two."""
    return [word.strip() for word in text.split(",") if word.strip()]


def key_label(key_id: str, overrides: Mapping[str, str]) -> str:
    """The first key of an action, as help and footer write it."""
    return next(key.shown.split()[0] for key in configured_keys(overrides) if key.id == key_id)


def keys_markdown() -> str:
    """The key table of the README: one Markdown table per category."""
    tables = []
    for category, keys in by_category(KEYS):
        rows = [f"| {' '.join(f'`{word}`' for word in key.shown.split())} | {key.what} |" for key in keys]
        tables.append("\n".join([f"**{category}**", "", "| keys | action |", "|---|---|", *rows]))
    return "\n\n".join(tables)
