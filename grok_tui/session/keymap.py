"""The key table: bindings, footer, help and documentation are all made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grok_tui.session.workspaces import WORKSPACES


@dataclass(frozen=True)
class Key:
    """One action by its id, its keys and the words for it; `hint` is its name in the footer."""

    id: str
    keys: tuple[str, ...]  # as Textual names them
    shown: str  # as a person reads them
    what: str
    hint: str = ""


KEYS: tuple[Key, ...] = (
    Key("epoch.next", ("right", "l"), "→ l", "next checkpoint", "epoch"),
    Key("epoch.previous", ("left", "h"), "← h", "previous checkpoint"),
    Key("epoch.next10", ("shift+right", "L"), "shift+→ L", "ten checkpoints on"),
    Key("epoch.previous10", ("shift+left", "H"), "shift+← H", "ten checkpoints back"),
    Key("epoch.first", ("home",), "home", "first epoch"),
    Key("epoch.last", ("end",), "end", "last epoch"),
    Key("epoch.goto", ("g",), "g", "go to an epoch by its number", "go to"),
    Key("epoch.play", ("space",), "space", "play the epochs; again to stop", "play"),
    Key("play.faster", ("greater_than_sign",), ">", "play faster"),
    Key("play.slower", ("less_than_sign",), "<", "play slower"),
    Key("play.backwards", ("R",), "R", "play backwards, or forwards again"),
    Key("play.loop", ("o",), "o", "play round and round, or once"),
    Key("epoch.reference", ("r",), "r", "make this epoch the reference for key frequencies", "reference"),
    Key("compare.pin", ("P",), "P", "pin this epoch to compare others with; again to unpin"),
    Key("compare.difference", ("equals_sign",), "=", "what is compared side by side, or the difference"),
    Key("neuron.next", ("down", "j"), "↓ j", "next neuron in the cluster", "neuron"),
    Key("neuron.previous", ("up", "k"), "↑ k", "previous neuron in the cluster"),
    Key("neuron.goto", ("n",), "n", "go to a neuron by its number"),
    Key("cluster.next", ("right_square_bracket",), "]", "next cluster", "cluster"),
    Key("cluster.previous", ("left_square_bracket",), "[", "previous cluster"),
    Key("pair.goto", ("p",), "p", "go to an input x y", "pair"),
    Key("head.next", ("full_stop",), ".", "next attention head", "head"),
    Key("head.previous", ("comma",), ",", "previous attention head"),
    Key("dimension.next", ("d",), "d", "next dimension of the residual stream", "dimension"),
    Key("dimension.previous", ("D",), "D", "previous dimension of the residual stream"),
    Key("axis.x", ("x",), "x", "logarithmic epochs in charts over epochs, or back", "log x"),
    Key("axis.y", ("y",), "y", "linear or logarithmic values in charts over epochs", "log y"),
    Key(
        "crosshair",
        ("c",),
        "c",
        "crosshair: arrows move it (on curves: the epoch), enter takes the pair of a map",
        "crosshair",
    ),
    Key(
        "map.unwrap",
        ("u",),
        "u",
        "order the map's tokens so that its wave is one cycle, or back",
        "unwrap",
    ),
    Key(
        "ablate.cluster",
        ("b",),
        "b",
        "bench: knock out the neuron's cluster, or bring it back",
        "cluster out",
    ),
    Key("ablate.head", ("B",), "B", "bench: knock out the attention head, or bring it back", "head out"),
    Key(
        "ablate.direct",
        ("m",),
        "m",
        "bench: knock out the path around the MLP, or bring it back",
        "direct out",
    ),
    Key(
        "ablate.preset",
        ("M",),
        "M",
        "bench: keep only key frequencies, only sum directions, or all",
        "preset",
    ),
    Key("ablate.fill", ("v",), "v", "bench: zero in place of what is out, or its mean", "fill"),
    Key("ablate.whole", ("backspace",), "backspace", "bench: the whole model again", "whole"),
    *(
        Key(f"workspace.{number}", (str(number),), str(number), f"workspace {one.name}")
        for number, one in enumerate(WORKSPACES, start=1)
    ),
    Key("pane.next", ("tab",), "tab", "next pane"),
    Key("pane.previous", ("shift+tab",), "shift+tab", "previous pane"),
    Key("pane.zoom", ("z",), "z", "the focused pane alone, or all again", "zoom"),
    Key("export.pane", ("e",), "e", "write the focused pane to a txt, ansi, csv, json or svg file", "export"),
    Key("export.screen", ("E",), "E", "write the whole screen to an svg, txt, ansi or json file"),
    Key("export.copy", ("Y",), "Y", "copy the focused pane as text, and write it to a file"),
    Key("palette", ("ctrl+p",), "ctrl+p", "find any action, view or run by name", "find"),
    Key("help", ("question_mark",), "?", "what the focused pane shows, and all keys", "help"),
    Key("quit", ("q",), "q", "quit", "quit"),
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
