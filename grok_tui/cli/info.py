"""`grok-tui info [RUN]`: what a run is, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.networks.config import ModelConfig
from engine.networks.parts import PARTS
from grok_tui.cli.network_text import describe_network
from grok_tui.cli.open_explorer import open_run_or_demo
from grok_tui.cli.options import DEFAULT_RUN_OPTIONS, RunArgument, RunOptions
from grok_tui.queries.applicable_views import views_without_parts
from grok_tui.queries.provenance import layer_text, split_text
from grok_tui.render.cell_text import clean
from grok_tui.render.operation_signs import result

if TYPE_CHECKING:
    from engine import ReadingCheck, Run
    from engine.networks.network_config import NetworkConfig


def info(run: RunArgument = None, /, *, run_options: RunOptions = DEFAULT_RUN_OPTIONS) -> None:
    """Describe RUN: its model, checkpoints, recorded losses, split and training settings.

    Raises:
        GrokError: the run cannot be read.
    """
    from engine import Explorer

    opened = open_run_or_demo(run, run_options)
    print(describe_run(opened, None if opened.reading is None else Explorer(opened).reading_check))


def describe_run(run: Run, check: ReadingCheck | None = None) -> str:
    """Model, sources of its settings, checkpoints, recorded losses, split and training settings, a line each.

    `check` compares the recorded losses with the computed ones.
    """
    rows = [
        ("run", run.name if run.name == run.location else f"{run.name} ({run.location})"),
        ("container", run.container),
        *(_network(run) if run.has_weights else [("checkpoints", "none, so that only the losses are known")]),
        ("losses", _losses(run)),
        *([] if check is None else [("check", _check(check))]),
        *([("split", _split(run))] if run.has_weights else []),
    ]
    if run.training:
        rows.append(("training", ", ".join(f"{name} {value}" for name, value in run.training.items())))
    if run.settings_files:
        rows.append(("read from", ", ".join(run.settings_files)))
    rows += [("warning", warning) for warning in run.warnings]
    return "\n".join(f"{name:<12} {clean(text)}" for name, text in rows)


def _network(run: Run) -> list[tuple[str, str]]:
    return [
        *_model(run.config),
        *_sources(run),
        ("checkpoints", f"{len(run.epochs):,}, epochs {run.epochs[0]:,} to {run.epochs[-1]:,}"),
    ]


def _model(config: NetworkConfig) -> list[tuple[str, str]]:
    task = f"{result(config.operation)}, p = {config.p}"
    if not isinstance(config, ModelConfig):
        reported = config.reported()
        missing = (f"{', '.join(names)} (no {part})" for part, names in views_without_parts(config).items())
        views = f"all but {', '.join(missing)}" if config.parts < frozenset(PARTS) else "all"
        layer = layer_text(reported)
        shown = f"{layer.removeprefix('layer ')}, whose neurons the views show (--layer {reported.get('layer')})"
        return [
            ("model", f"{task}, {describe_network(config)}"),
            *([("layer", shown)] if layer else []),
            ("views", views),
        ]
    return [
        (
            "model",
            f"{task}, d_model {config.d_model}, {config.n_heads} heads of "
            f"{config.d_head}, d_mlp {config.d_mlp}, {config.act_fn}, attn_coeff {config.attn_coeff:g}",
        ),
        ("prompt", f"{config.prompt.describe(config.p)} ({config.d_vocab} tokens in, {config.d_vocab_out} logits)"),
    ]


def _sources(run: Run) -> list[tuple[str, str]]:
    """Where the settings come from, with their values; nothing for a native run, which records all of them."""
    if run.reading is None:
        return []
    from engine.state_dicts.model_reading import settings_in

    rows = []
    for source in ("explicit", "recorded", "inferred", "assumed"):
        settings = settings_in(run.reading, getattr(run.reading, source))
        if settings:
            rows.append((source, ", ".join(f"{name} {value}" for name, value in settings.items())))
    return rows


def _check(check: ReadingCheck) -> str:
    verdict = "contradicts the recorded values" if check.contradictions else "agrees with the recorded values"
    return f"epoch {check.epoch:,} {verdict}: {'; '.join(map(str, check.values))}"


def _losses(run: Run) -> str:
    if run.losses is None:
        return "none recorded"
    first, last = run.losses.epochs[0], run.losses.epochs[-1]
    recorded = f"{len(run.losses.epochs):,} epochs recorded, {first:,} to {last:,}"
    trained = "" if run.losses.loss == "cross-entropy" else f" ({run.losses.loss}, as trained)"
    return f"{recorded}: {run.losses.source}{trained}" if run.losses.source else recorded


def _split(run: Run) -> str:
    from engine.explorer.provenance import describe_split

    return "not stored; report infers it" if run.split is None else split_text(describe_split(run.split))
