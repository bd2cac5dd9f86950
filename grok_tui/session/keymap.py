"""The key table: bindings, footer, help and documentation are generated from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from grok_tui.session.key_names import key_name
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
    "Tour",
    "Application",
    "Table of runs",
    "Figures of many runs",
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


def without_keys(key: Key, taken: Collection[str]) -> Key:
    """The key table's entry without those of its further keys that another action has; the first one stays."""
    names = tuple(name for index, name in enumerate(key.keys) if index == 0 or name not in taken)
    return key if names == key.keys else replace(key, keys=names, shown=" ".join(names))


KEYS: tuple[Key, ...] = (
    Key("epoch.next", "Epochs", ("right", "l"), "→ l", "next checkpoint", "epoch"),
    Key("epoch.previous", "Epochs", ("left", "h"), "← h", "previous checkpoint"),
    Key("epoch.next10", "Epochs", ("shift+right", "L", "ctrl+d"), "shift+→ L ctrl+d", "ten checkpoints forward"),
    Key("epoch.previous10", "Epochs", ("shift+left", "H", "ctrl+u"), "shift+← H ctrl+u", "ten checkpoints back"),
    Key("epoch.first", "Epochs", ("home",), "home gg", "first epoch"),
    Key("epoch.last", "Epochs", ("end", "G"), "end G", "last epoch"),
    Key("epoch.goto", "Epochs", ("g",), "g", "go to an epoch by number; the same key again goes to the first", "go to"),
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
    Key("layer.next", "Selection", ("right_curly_bracket",), "}", "next layer of a deeper network", "layer"),
    Key("layer.previous", "Selection", ("left_curly_bracket",), "{", "previous layer of a deeper network"),
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
    Key(
        "map.window", "Charts and maps", ("w",), "w", "maps: as many tokens as fit, the next of them, or all", "window"
    ),
    Key("map.activation", "Charts and maps", ("a",), "a", "map of a neuron: pre, post or both", "pre/post"),
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
        Key(
            f"workspace.{number}",
            "Workspaces",
            (str(number),),
            str(number),
            f"workspace {workspace.name}",
            "workspace" if number == 1 else "",  # one entry for all: see `footer_entries`
        )
        for number, workspace in enumerate(WORKSPACES, start=1)
    ),
    Key("pane.next", "Panes", ("tab",), "tab", "next pane", "pane"),
    Key("pane.previous", "Panes", ("shift+tab",), "shift+tab", "previous pane"),
    Key("pane.zoom", "Panes", ("z",), "z", "show the focused pane alone, or all panes", "zoom"),
    Key("jump", "Panes", ("f",), "f", "put a letter on every pane, tab and row; that letter goes there", "jump"),
    Key(
        "export.pane",
        "Export",
        ("e",),
        "e",
        "write the focused pane to a txt, ansi, csv, json, md, tex, png, pdf or svg file",
        "export",
    ),
    Key("export.screen", "Export", ("E",), "E", "write the whole screen to an svg, txt, ansi or json file"),
    Key("export.copy", "Export", ("Y",), "Y", "copy the focused pane as text, and write it to a file"),
    Key("tour", "Tour", ("t",), "t", "tour of the study: start or resume it, or leave it", "leave tour"),
    Key("tour.next", "Tour", ("enter", "s"), "enter s", "go on to the next stop", "next stop"),
    Key("tour.previous", "Tour", ("S",), "S", "go back to the previous stop", "previous stop"),
    Key(
        "palette",
        "Application",
        ("ctrl+p", "colon", "slash"),
        "ctrl+p : /",
        "find any action, view or run by name",
        "find",
    ),
    Key(
        "count",
        "Application",
        ("apostrophe",),
        "'",
        "a number before a key that steps: '10j is ten down, '9000G goes to epoch 9,000",
    ),
    Key("help", "Application", ("question_mark",), "?", "explain the focused pane and list all keys", "help"),
    Key("runs.back", "Application", ("escape",), "escape", "back to the table of runs", "runs"),
    Key("redraw", "Application", ("ctrl+l",), "ctrl+l", "write the whole screen again, if something wrote over it"),
    Key("suspend", "Application", ("ctrl+z",), "ctrl+z", "suspend the explorer; the shell's fg continues it"),
    Key("quit", "Application", ("q",), "q", "quit", "quit"),
)
# The keys of the table of runs alone; `TABLE_SHARED` are those of the explorer that the table has, too.
TABLE_KEYS: tuple[Key, ...] = (
    Key("runs.next", "Table of runs", ("down", "j"), "↓ j", "next run", "run"),
    Key("runs.previous", "Table of runs", ("up", "k"), "↑ k", "previous run"),
    Key("runs.next10", "Table of runs", ("ctrl+d", "pagedown"), "ctrl+d pagedown", "ten runs down"),
    Key("runs.previous10", "Table of runs", ("ctrl+u", "pageup"), "ctrl+u pageup", "ten runs up"),
    Key("runs.first", "Table of runs", ("home", "g"), "home g", "first run"),
    Key("runs.last", "Table of runs", ("end", "G"), "end G", "last run"),
    Key("runs.open", "Table of runs", ("enter",), "enter", "open the run in the explorer; escape comes back", "open"),
    Key("runs.mark", "Table of runs", ("space",), "space", "mark the run, or unmark it", "mark"),
    Key("runs.unmark", "Table of runs", ("u",), "u", "unmark all runs"),
    Key("runs.compare", "Table of runs", ("c",), "c", "compare the two marked runs in the explorer", "compare"),
    Key("runs.sort", "Table of runs", ("s",), "s", "sort by a field; -field sorts downwards", "sort"),
    Key("runs.reverse", "Table of runs", ("S",), "S", "reverse the order"),
    Key(
        "runs.filter", "Table of runs", ("slash",), "/", "show only some runs, such as weight_decay>=1 seed<4", "filter"
    ),
    Key("runs.group", "Table of runs", ("b",), "b", "group by settings, such as weight_decay, or !seed", "group by"),
    Key("figure.1", "Figures of many runs", ("1",), "1", "loss curves of the runs and of their groups", "curves"),
    Key("figure.2", "Figures of many runs", ("2",), "2", "phase diagram: a metric over one or two settings", "phases"),
    Key("figure.3", "Figures of many runs", ("3",), "3", "histogram of the key frequencies", "histogram"),
    Key("figure.4", "Figures of many runs", ("4",), "4", "table of the groups", "groups"),
    Key("figure.metric", "Figures of many runs", ("m",), "m", "next metric of phase diagram and groups", "metric"),
    Key("figure.metric_back", "Figures of many runs", ("M",), "M", "previous metric"),
    Key("figure.x", "Figures of many runs", ("x",), "x", "next setting across the phase diagram", "x"),
    Key("figure.y", "Figures of many runs", ("y",), "y", "next setting up the phase diagram, or none", "y"),
    Key(
        "figure.align",
        "Figures of many runs",
        ("a",),
        "a",
        "align curves by epoch or by the epoch of grokking",
        "align",
    ),
    Key("figure.centre", "Figures of many runs", ("v",), "v", "mean or median of a group's curves", "mean or median"),
    Key(
        "figure.curve",
        "Figures of many runs",
        ("t",),
        "t",
        "curves of the test loss or of the train loss",
        "test or train",
    ),
    Key("figure.log", "Figures of many runs", ("l",), "l", "linear or logarithmic epochs of curves"),
)
TABLE_SHARED = (
    "pane.next",
    "pane.previous",
    "pane.zoom",
    "jump",
    "export.pane",
    "export.screen",
    "export.copy",
    "palette",
    "count",
    "help",
    "redraw",
    "suspend",
    "quit",
)
_TABLE_NAMES = {name for key in TABLE_KEYS for name in key.keys}
# The keys of each screen; a key has one action on each. In the table of runs `/` filters.
SCREENS: tuple[tuple[Key, ...], ...] = (
    KEYS,
    (*TABLE_KEYS, *(without_keys(key, _TABLE_NAMES) for key in KEYS if key.id in TABLE_SHARED)),
)
# The actions that need no open run, with the names of their methods in the app. All others are those of a screen.
APP_ACTIONS: Mapping[str, str] = {
    "palette": "command_palette",
    "runs.back": "back_to_table",
    "redraw": "redraw",
    "suspend": "suspend_process",
    "quit": "quit",
}
# Ids of earlier versions, still valid in config.toml.
OLD_KEY_IDS: Mapping[str, str] = {
    f"knock.{part}": f"ablate.{part}" for part in ("cluster", "head", "direct", "preset", "fill", "whole")
}


def by_category(keys: Iterable[Key]) -> list[tuple[Category, list[Key]]]:
    """The keys of each category, in the order of the table."""
    return [(category, list(group)) for category, group in groupby(keys, key=lambda key: key.category)]


def configured_keys(overrides: Mapping[str, str], keys: Iterable[Key] = KEYS) -> tuple[Key, ...]:
    """Keys of the table, by default the explorer's, with the user's own: comma-separated, by action id.

    A key that the user gives to an action is no longer one of the further default keys of another.
    """
    table = tuple(keys)
    own = {key.id: names for key in table if (names := split_keys(overrides.get(key.id, "")))}
    taken = {key_name(name) for names in own.values() for name in names}
    return tuple(
        replace(key, keys=tuple(own[key.id]), shown=" ".join(own[key.id]))
        if key.id in own
        else without_keys(key, taken)
        for key in table
    )


def explorer_keys(overrides: Mapping[str, str], *, has_table: bool, has_layers: bool = False) -> tuple[Key, ...]:
    """The keys of the explorer for its footer.

    With the way back if the run was opened from a table of runs, and with layers if the network has several.
    """
    absent = {"runs.back": not has_table, "layer.next": not has_layers}
    return tuple(key for key in configured_keys(overrides) if not absent.get(key.id, False))


def table_keys(overrides: Mapping[str, str]) -> tuple[Key, ...]:
    """The keys of the table of runs."""
    return configured_keys(overrides, SCREENS[1])


def footer_entries(keys: Sequence[Key]) -> dict[str, tuple[str, str]]:
    """The entries of a footer by action id: the key and its hint.

    >>> footer_entries(KEYS)["help"], footer_entries(KEYS)["workspace.1"]
    (('?', 'help'), ('1-9', 'workspace'))
    """
    entries = {key.id: (key.shown.split()[0], key.hint) for key in keys if key.hint}
    workspaces = [key.shown.split()[0] for key in keys if key.category == "Workspaces"]
    if workspaces:
        entries["workspace.1"] = f"{workspaces[0]}-{workspaces[-1]}", "workspace"
    return entries


def split_keys(text: str) -> list[str]:
    """The keys of a setting: `ctrl+n, right` is two."""
    return [word.strip() for word in text.split(",") if word.strip()]


def key_label(key_id: str, overrides: Mapping[str, str]) -> str:
    """The first key of an action, as help and footer write it."""
    keys = configured_keys(overrides, (*KEYS, *TABLE_KEYS))
    return next(key.shown.split()[0] for key in keys if key.id == key_id)


def keys_markdown() -> str:
    """The key table of the README: one Markdown table per category."""
    tables = []
    for category, keys in by_category((*KEYS, *TABLE_KEYS)):
        rows = [f"| {' '.join(f'`{word}`' for word in key.shown.split())} | {key.what} |" for key in keys]
        tables.append("\n".join([f"**{category}**", "", "| keys | action |", "|---|---|", *rows]))
    return "\n\n".join(tables)
