"""The report as text and Markdown: tables of metrics, each under its definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from grok_tui.queries.provenance import provenance_lines
from grok_tui.render.cell_text import clean
from grok_tui.render.operation_signs import with_operation_signs
from grok_tui.views.shared.frequency_rules import FrequencyRules

if TYPE_CHECKING:
    from engine import Report
    from engine.metrics.algorithm import Algorithm
    from engine.metrics.frequency_filtering import InterventionLosses
    from engine.metrics.losses import BySplit

Section = tuple[str, str, Sequence[str], list[list[str]]]  # title, definition, header, rows

_WIDTH = 100


def report_text(report: Report, operation: str) -> str:
    """The report as plain text; `operation` decides between + and - in the definitions."""
    return _text(_head(report), report_sections(report, operation))


def report_markdown(report: Report, operation: str) -> str:
    """The report as Markdown."""
    return _markdown(_head(report), report_sections(report, operation))


def _head(report: Report) -> list[str]:
    return [clean(line) for line in provenance_lines(dict(report.provenance))]


def report_sections(report: Report, operation: str) -> list[Section]:
    """The tables of the report, with the signs of the operation in the definitions."""
    return [
        (title, with_operation_signs(definition, operation), header, rows)
        for title, definition, header, rows in _sections(report)
    ]


def _sections(report: Report) -> Iterable[Section]:
    from engine.networks.fourier import component_name  # imports torch

    split_header = ("", "all", "train", "test")
    yield (
        "Loss",
        "mean cross-entropy in nats over the p answers, float64, as log1p(sum over wrong z of exp(l_z - l_right))",
        split_header,
        [_split_row("loss", report.loss), _split_row("accuracy", report.accuracy, ".4%")],
    )
    yield (
        "Clusters",
        "share: max E_k / sum E_k (the study's frac explained); variance explained: max E_k / all energy (the "
        "paper's); a neuron is in a cluster if share >= 0.85 and its frequency is key",
        ("frequency", "neurons", "share", "variance explained", "fraction active"),
        [
            [
                "rest" if cluster.frequency is None else str(cluster.frequency),
                str(len(cluster.neurons)),
                _number(cluster.share_mean, ".4f"),
                _number(cluster.variance_explained_mean, ".4f"),
                _number(cluster.fraction_active_mean, ".4f"),
            ]
            for cluster in report.clusters
        ],
    )
    yield _frequencies(report)
    yield (
        "Trig loss and excluded loss",
        "trig: only the logits on cos/sin w_k(x±y) of the key frequencies, bias-corrected (the paper's restricted "
        "loss keeps the same signal); excluded: without those of one frequency, or of all, no bias correction; both in "
        "nats",
        split_header,
        [
            _split_row("trig", report.trig_loss),
            *(_split_row(f"excluded {k}", loss) for k, loss in report.excluded_loss.items()),
            _split_row("excluded all", report.excluded_loss_all_key),
        ],
    )
    if report.interventions is not None:
        yield _interventions(report.interventions)
    yield (
        "Trig fraction",
        "variance on cos/sin w_k(x±y) of the key frequencies over variance, mean over units",
        ("logits", "neurons pre", "neurons post"),
        [
            [
                _number(report.trig_fraction.logits, ".4f"),
                _number(report.trig_fraction.neurons_pre, ".4f"),
                _number(report.trig_fraction.neurons_post, ".4f"),
            ]
        ],
    )
    yield (
        "Logit formula",
        "least-squares c_k of sum c_k cos w_k(x±y-z) on the logits; fve: fraction of their variance around their mean",
        ("k", "c_k"),
        [
            *([str(k), _number(c, ".4f")] for k, c in report.logit_fit.coefficients.items()),
            ["fve", _number(report.logit_fit.fve, ".4f")],
        ],
    )
    if report.attention is not None:
        yield (
            "Attention",
            "of the position that is read, usually the last; mean over inputs",
            ("head", *(f"position {position}" for position in range(len(report.attention[0])))),
            [[str(head), *(f"{weight:.4f}" for weight in row)] for head, row in enumerate(report.attention)],
        )
    yield _algorithm(report.algorithm)
    yield (
        "Sparsity",
        "Gini coefficient of the norms of the Fourier components",
        ("W_E", "W_L = W_logit"),
        [[_number(report.gini_W_E, ".4f"), _number(report.gini_W_L, ".4f")]],
    )
    yield (
        "Sum of squared weights",
        "per parameter, and in total",
        ("parameter", "sum of squares"),
        [[name, f"{value:,.2f}"] for name, value in report.sum_sq_weights.items()],
    )
    if report.embedding_norms is not None:
        strongest = sorted(enumerate(report.embedding_norms), key=lambda pair: -pair[1])[:12]
        yield (
            "Embedding norms",
            "||(B W_E)_i||^2 per Fourier component i (2k-1: cos k, 2k: sin k); the 12 largest",
            ("component", "norm squared"),
            [[f"{i} ({component_name(i)})", f"{norm:.4f}"] for i, norm in strongest],
        )
    if report.settings is not None:
        yield _settings(report.settings)


def _algorithm(found: Algorithm) -> Section:
    names = {
        "distance_irrelevance": "distance irrelevance",
        "gradient_symmetricity": "gradient symmetricity, 100 triples",
        "gradient_symmetricity_right_answers": "gradient symmetricity, right answers",
        "circularity": "circularity",
    }
    return (
        "Clock or pizza",
        "distance irrelevance: mean over x∓y of the standard deviation of the right answer's logit, over that of all "
        "pairs, near 1 for a clock; gradient symmetricity: mean cosine of d logit / d embedding of x and of y, near 1 "
        "for a pizza; circularity: largest share of one frequency in each of the first 4 principal components of W_E, "
        "mean (Zhong et al. 2023)",
        ("", "value", "absent"),
        [[text, _number(getattr(found, name), ".6f"), found.absent.get(name, "")] for name, text in names.items()],
    )


def _settings(settings: Mapping[str, Any]) -> Section:
    rows = [
        [f"{part} {clean(name)}", _setting(value)]
        for part in ("model", "training")
        for name, value in settings[part].items()
    ]
    return ("Settings", "as recorded in run.json", ("setting", "value"), rows)


def _setting(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_setting, value))
    return "–" if value is None else clean(str(value))


def _frequencies(report: Report) -> Section:
    keys = [cluster.frequency for cluster in report.clusters if cluster.frequency is not None]
    rules = FrequencyRules.of(keys, report.logit_frequencies, report.embedding_frequencies)
    logits = {found.frequency: found.energy for found in report.logit_frequencies or ()}
    embedding = {found.frequency: found.energy for found in report.embedding_frequencies or ()}
    once = rules.found_once
    return (
        "Frequencies by energy",
        "logits: share of the energy of the logits, minus their mean over inputs, on cos/sin w_k(x±y), if at least 1%; "
        "W_E: share of its energy over tokens without the constant, if at least twice an even share; only: the "
        "frequencies that a single rule finds",
        ("frequency", "key", "logits", "W_E", "only"),
        [
            [
                str(k),
                "yes" if k in keys else "–",
                _number(logits.get(k), ".4f"),
                _number(embedding.get(k), ".4f"),
                once.get(k, ""),
            ]
            for k in sorted({*keys, *logits, *embedding})
        ],
    )


def _interventions(losses: InterventionLosses) -> Section:
    return (
        "Interventions on neurons",
        "each cluster's activations projected on the 9 terms of its frequency; loss on all pairs in nats, "
        "bias-corrected",
        ("intervention", "loss"),
        [
            ["key frequencies and the rest", _number(losses.key_frequency_only_with_rest)],
            ["key frequencies alone", _number(losses.key_frequency_only_without_rest)],
            *(
                [f"without {'the rest' if k is None else f'cluster {k}'}", _number(loss)]
                for k, loss in losses.without_cluster.items()
            ),
        ],
    )


def _split_row(name: str, values: BySplit | None, spec: str = ".6e") -> list[str]:
    each = (None, None, None) if values is None else (values.all, values.train, values.test)
    return [name, *(_number(value, spec) for value in each)]


def _number(value: float | None, spec: str = ".6e") -> str:
    return "–" if value is None else format(value, spec)


def _text(head: list[str], sections: list[Section]) -> str:
    lines = list(head)
    for title, definition, header, rows in sections:
        widths = [max(len(row[i]) for row in [list(header), *rows]) for i in range(len(header))]
        lines += ["", *wrap(f"{title}: {definition}", _WIDTH, subsequent_indent="  ")]
        for row in [list(header), *rows]:
            first, rest = (
                row[0].ljust(widths[0]),
                (cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
            )
            lines.append("  ".join(["", first, *rest]).rstrip())
    return "\n".join(lines)


def _markdown(head: list[str], sections: list[Section]) -> str:
    lines = ["# Report", "", *(f"{line}  " for line in head)]
    for title, definition, header, rows in sections:
        lines += ["", f"## {title}", "", f"{definition[0].upper()}{definition[1:]}.", ""]
        lines += [
            f"| {' | '.join(header)} |",
            f"|{'---|' * len(header)}",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    return "\n".join(lines)
