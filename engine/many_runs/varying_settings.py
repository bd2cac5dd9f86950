"""Which settings differ among runs: the columns that tell the runs of a sweep apart."""

from __future__ import annotations

from collections.abc import Sequence

from engine.many_runs.run_row import RunRow

# Settings that usually follow from others: they are left out where they do.
_STRUCTURE = ("arch", "n_layers", "norm")
_DERIVED = {
    "d_vocab": ("p", "prompt"),
    "d_vocab_out": ("p", "prompt", *_STRUCTURE),
    "d_head": ("d_model", "n_heads", "arch"),
    "hidden": ("d_mlp", "n_layers", "arch"),
    # What one architecture has and another lacks.
    **dict.fromkeys(("n_heads", "prompt", "attn_coeff", "joined", "d_embed", "y_embedding"), _STRUCTURE),
    **dict.fromkeys(
        ("norms", "norm_kind", "norm_order", "norm_eps", "position_kind", "rotary_pairs", "rotary_base"), _STRUCTURE
    ),
    **dict.fromkeys(("causal", "read_at", "gated", "n_key_value_heads", "attn_scale", "layer", "biases"), _STRUCTURE),
}
# The name of a preset, and with how many others a run was trained as one batch: they change nothing.
_LABELS = ("recipe", "packed")


def varying_settings(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """The settings with more than one value among the readable rows, in the order in which they are recorded.

    A setting that one run records and another does not differs, too. One that follows from others, such as `d_vocab`
    from p, is left out.
    """
    readable = [row for row in rows if row.state != "damaged"]
    names: dict[str, None] = {}
    for row in readable:
        if not row.settings.keys() <= names.keys():
            names.update(dict.fromkeys(row.settings))
    return tuple(
        name for name in names if name not in _LABELS and _varies(name, readable) and not _follows(name, readable)
    )


def _varies(name: str, rows: Sequence[RunRow]) -> bool:
    first = rows[0].settings.get(name)
    return any(row.settings.get(name) != first for row in rows)


def _value(row: RunRow, name: str) -> object:
    return row.settings.get(name)


def _follows(name: str, rows: Sequence[RunRow]) -> bool:
    """Whether other settings determine this one among the rows."""
    if name not in _DERIVED:
        return False
    values: dict[tuple[object, ...], object] = {}
    for row in rows:
        others = tuple(_value(row, other) for other in _DERIVED[name])
        if values.setdefault(others, _value(row, name)) != _value(row, name):
            return False
    return True
