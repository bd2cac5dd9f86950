"""The key table: bindings, footer, help and documentation are all made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grok_tui.session.workspaces import WORKSPACES


@dataclass(frozen=True)
class Key:
    """One action, the keys that start it and the words for it; `hint` is what the footer calls it, if it has it."""

    id: str
    keys: tuple[str, ...]  # as Textual names them
    action: str
    shown: str  # as a person reads them
    what: str
    hint: str = ""


KEYS: tuple[Key, ...] = (
    Key("epoch.next", ("right", "l"), "step_epoch(1)", "→ l", "next checkpoint", "epoch"),
    Key("epoch.previous", ("left", "h"), "step_epoch(-1)", "← h", "previous checkpoint"),
    Key("epoch.next10", ("shift+right", "L"), "step_epoch(10)", "shift+→ L", "ten checkpoints on"),
    Key("epoch.previous10", ("shift+left", "H"), "step_epoch(-10)", "shift+← H", "ten checkpoints back"),
    Key("epoch.first", ("home",), "first_epoch", "home", "first epoch"),
    Key("epoch.last", ("end",), "last_epoch", "end", "last epoch"),
    Key("epoch.goto", ("g",), "goto_epoch", "g", "go to an epoch by its number", "go to"),
    Key("epoch.play", ("space",), "play", "space", "play the epochs; again to stop", "play"),
    Key("play.faster", ("greater_than_sign",), "play_speed(1)", ">", "play faster"),
    Key("play.slower", ("less_than_sign",), "play_speed(-1)", "<", "play slower"),
    Key("play.backwards", ("R",), "play_backwards", "R", "play backwards, or forwards again"),
    Key("play.loop", ("o",), "play_loop", "o", "play round and round, or once"),
    Key("epoch.reference", ("r",), "reference", "r", "make this epoch the reference for key frequencies", "reference"),
    Key("compare.pin", ("P",), "pin", "P", "pin this epoch to compare others with; again to unpin"),
    Key("compare.difference", ("equals_sign",), "difference", "=", "what is compared side by side, or the difference"),
    Key("neuron.next", ("down", "j"), "step_neuron(1)", "↓ j", "next neuron in the cluster", "neuron"),
    Key("neuron.previous", ("up", "k"), "step_neuron(-1)", "↑ k", "previous neuron in the cluster"),
    Key("neuron.goto", ("n",), "goto_neuron", "n", "go to a neuron by its number"),
    Key("cluster.next", ("right_square_bracket",), "step_cluster(1)", "]", "next cluster", "cluster"),
    Key("cluster.previous", ("left_square_bracket",), "step_cluster(-1)", "[", "previous cluster"),
    Key("pair.goto", ("p",), "goto_pair", "p", "go to an input x y", "pair"),
    Key("head.next", ("full_stop",), "step_head(1)", ".", "next attention head", "head"),
    Key("head.previous", ("comma",), "step_head(-1)", ",", "previous attention head"),
    Key("dimension.next", ("d",), "step_dimension(1)", "d", "next dimension of the residual stream", "dimension"),
    Key("dimension.previous", ("D",), "step_dimension(-1)", "D", "previous dimension of the residual stream"),
    Key("axis.x", ("x",), "log_axis('x')", "x", "logarithmic epochs in charts over epochs, or back", "log x"),
    Key("axis.y", ("y",), "log_axis('y')", "y", "linear or logarithmic values in charts over epochs", "log y"),
    Key(
        "crosshair",
        ("c",),
        "crosshair",
        "c",
        "crosshair: arrows move it (on curves: the epoch), enter takes the pair of a map",
        "crosshair",
    ),
    Key(
        "map.unwrap",
        ("u",),
        "unwrap",
        "u",
        "order the map's tokens so that its wave is one cycle, or back",
        "unwrap",
    ),
    Key(
        "ablate.cluster",
        ("b",),
        "ablate_cluster",
        "b",
        "bench: knock out the neuron's cluster, or bring it back",
        "cluster out",
    ),
    Key("ablate.head", ("B",), "ablate_head", "B", "bench: knock out the attention head, or bring it back", "head out"),
    Key(
        "ablate.direct",
        ("m",),
        "ablate_direct",
        "m",
        "bench: knock out the path around the MLP, or bring it back",
        "direct out",
    ),
    Key(
        "ablate.preset",
        ("M",),
        "next_preset",
        "M",
        "bench: keep only key frequencies, only sum directions, or all",
        "preset",
    ),
    Key("ablate.fill", ("v",), "toggle_fill", "v", "bench: zero in place of what is out, or its mean", "fill"),
    Key("ablate.whole", ("backspace",), "whole_model", "backspace", "bench: the whole model again", "whole"),
    *(
        Key(f"workspace.{number}", (str(number),), f"workspace({number - 1})", str(number), f"workspace {one.name}")
        for number, one in enumerate(WORKSPACES, start=1)
    ),
    Key("pane.next", ("tab",), "app.focus_next", "tab", "next pane"),
    Key("pane.previous", ("shift+tab",), "app.focus_previous", "shift+tab", "previous pane"),
    Key("pane.zoom", ("z",), "zoom", "z", "the focused pane alone, or all again", "zoom"),
    Key("export.pane", ("e",), "export", "e", "write the focused pane to a txt, ansi, csv, json or svg file", "export"),
    Key("export.screen", ("E",), "export_screen", "E", "write the whole screen to an svg, txt, ansi or json file"),
    Key("export.copy", ("Y",), "copy", "Y", "copy the focused pane as text, and write it to a file"),
    Key("palette", ("ctrl+p",), "command_palette", "ctrl+p", "find any action, view or run by name", "find"),
    Key("help", ("question_mark",), "help", "?", "what the focused pane shows, and all keys", "help"),
    Key("quit", ("q",), "quit", "q", "quit", "quit"),
)


def configured_keys(overrides: Mapping[str, str]) -> tuple[Key, ...]:
    """The key table with a person's own keys, by an action's id."""
    return tuple(
        replace(key, keys=tuple(own), shown=" ".join(own))
        if (own := [word.strip() for word in overrides.get(key.id, "").split(",") if word.strip()])
        else key
        for key in KEYS
    )


def key_label(key_id: str, overrides: Mapping[str, str]) -> str:
    """How a person presses an action's first key, by the action's id."""
    return next(key.shown.split()[0] for key in configured_keys(overrides) if key.id == key_id)


def keys_markdown() -> str:
    """The key table as the README has it."""
    rows = [f"| {' '.join(f'`{word}`' for word in key.shown.split())} | {key.what} |" for key in KEYS]
    return "\n".join(["| keys | |", "|---|---|", *rows])
