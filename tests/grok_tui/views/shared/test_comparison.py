"""Comparisons of every view: with a pinned epoch of the same run, and with a second run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import Explorer, ModelConfig, SaveSchedule, TrainingConfig, open_run, train
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.render.table import Table, three_digits
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from grok_tui.views.shared.comparison import Comparison, view_for
from grok_tui.views.shared.epoch_curves import Curves
from tests.grok_tui.views.other_runs import other_explorer

SIZES_AND_PALETTES = ((80, 22, DARK), (80, 22, MONO), (30, 10, ASCII))
# Views that draw the difference of the numbers in a field of their answers: (view, field).
NUMBERS = (
    ("neuron", "pre"),
    ("neuron", "post"),
    ("spectrum", "spectrum"),
    ("spectrum", "energy"),
    ("attention-map", "attention"),
    ("attention-spectrum", "spectrum"),
    ("attention-spectrum", "energy"),
    ("ov-spectrum", "coefficients"),
    ("embedding-spectrum", "energy"),
    ("embedding-norms", "norms"),
    ("mean-spectrum", "spectrum"),
    ("mean-spectrum", "energy"),
    ("unembedding", "energy"),
    ("unembedding", "norms"),
)
LINES = (("ov", "heads"), ("qk", "heads"), ("embedding", "dimensions"), ("logit-weights", "lines"))
MAPS_OVER_EPOCHS = ("embedding-history", "emergence", "frequency-history", "learned")
CURVES = [name for name, view in VIEWS.items() if view.over_epochs and name not in MAPS_OVER_EPOCHS]


@pytest.fixture(scope="module")
def run(tiny_run) -> Explorer:
    """The tiny run, with the metrics of all checkpoints."""
    return measured(Explorer(open_run(tiny_run), keys=[1, 2, 3]))


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> Explorer:
    """Another run of p = 7: another seed, other checkpoints, fewer neurons and heads."""
    path = tmp_path_factory.mktemp("runs") / "second"
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=10)
    train(config, TrainingConfig(seed=1, epochs=30, save_every=SaveSchedule.parse("15"), frac_train=0.5), path=path)
    return measured(Explorer(open_run(path), keys=[1, 2]))


def measured(explorer: Explorer) -> Explorer:
    list(explorer.run_metrics(explorer.epochs[-1]).steps())
    return explorer


def compared(
    name: str, run: Explorer, second: Explorer | None = None, *, difference: bool = False, **fields
) -> Comparison:
    """A view at the last epoch against epoch 10, or against the second run."""
    pinned = 10 if second is None else None
    selection = replace(initial_selection(run), pinned_epoch=pinned, difference=difference, **fields)
    comparison = answer_view(VIEWS[name], run, selection, counterpart_of(run, selection, second))
    assert isinstance(comparison, Comparison)
    return comparison


def answer_at(name: str, run: Explorer, epoch: int):
    return VIEWS[name].query(run, replace(initial_selection(run), epoch=epoch))


def drawn(name: str, comparison: Comparison, width: int = 80, height: int = 22, palette=MONO) -> str:
    return view_for(VIEWS[name], comparison).draw(comparison, width, height, palette).plain()


def deltas(name: str, comparison: Comparison) -> list[dict[str, object]]:
    table = view_for(VIEWS[name], comparison).table(comparison)
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


@pytest.mark.parametrize("difference", [False, True], ids=["both", "difference"])
@pytest.mark.parametrize("other", ["epoch", "run", "another p"])
@pytest.mark.parametrize("name", VIEWS)
def test_every_view_draws_and_tables_a_comparison(name, other, difference, run, second) -> None:
    others = {"epoch": None, "run": second, "another p": measured(other_explorer("x y"))}
    comparison = compared(name, run, others[other], difference=difference)
    view = view_for(VIEWS[name], comparison)
    for width, height, palette in SIZES_AND_PALETTES:
        drawing = view.draw(comparison, width, height, palette)
        assert (drawing.width, drawing.height) == (width, height)
        assert drawing.plain().strip()
        assert palette is not ASCII or drawing.plain().isascii()
    table = view.table(comparison)
    assert all(len(row) == len(table.columns) for row in table.rows)
    if comparison.b is not None:  # a prompt that ends in y has no QK circuit
        assert view.title(comparison).startswith("40 " if other == "epoch" else "A ")
    else:
        assert (name, other) == ("qk", "another p")


@pytest.mark.parametrize("pinned", [10, 40])
def test_the_earlier_epoch_is_on_the_left_and_the_title_names_each_once(run, pinned) -> None:
    selection = replace(initial_selection(run), epoch=50 - pinned, pinned_epoch=pinned)
    comparison = answer_view(VIEWS["neuron"], run, selection, counterpart_of(run, selection, None))
    heads = drawn("neuron", comparison, 120).splitlines()[0]
    assert heads.index("epoch 10") < heads.index("epoch 40")
    title = view_for(VIEWS["neuron"], comparison).title(comparison)
    assert title.startswith(f"{50 - pinned} against {pinned} · neuron")
    assert "epoch" not in title


@pytest.mark.parametrize("name", VIEWS)
def test_the_keys_of_a_table_name_each_row_once(name, run) -> None:
    table = VIEWS[name].table(answer_at(name, run, 40))
    keys = [row[: table.keys] for row in table.rows]
    assert keys
    assert len(set(keys)) == len(keys)


def rows_of(table: Table, epoch: int) -> Table:
    rows = tuple(row[1:] for row in table.rows if row[0] == epoch)
    assert rows
    return Table(table.columns[1:], rows, table.keys - 1)


@pytest.mark.parametrize("name", VIEWS)
def test_deltas_are_a_minus_b_row_by_row(name, run) -> None:
    view = VIEWS[name]
    first, other = (view.table(answer_at(name, run, epoch)) for epoch in (40, 10))
    if first.columns[0].name == "epoch":  # a table of the whole run: compare its rows of the two epochs
        first, other = (
            replace(
                table,
                columns=table.columns[1:],
                keys=table.keys - 1,
                rows=tuple(r[1:] for r in table.rows if r[0] == at),
            )
            for table, at in ((first, 40), (other, 10))
        )
    rows_b = {row[: other.keys]: row for row in other.rows}
    rows = {tuple(list(row.values())[: first.keys]): row for row in deltas(name, compared(name, run))}
    assert set(rows) == {row[: first.keys] for row in first.rows} | set(rows_b)
    for row in first.rows:
        counterpart, joined = rows_b.get(row[: first.keys]), rows[row[: first.keys]]
        for index, column in list(enumerate(first.columns))[first.keys :]:
            a, b = row[index], None if counterpart is None else counterpart[index]
            assert (joined[f"{column.name}_a"], joined[f"{column.name}_b"]) == (a, b)
            if f"{column.name}_delta" in joined:
                known = a is not None and b is not None
                assert joined[f"{column.name}_delta"] == (pytest.approx(a - b) if known else None)
            else:
                assert column.names or {type(value[index]) for value in first.rows} & {str, bool}


def test_a_row_that_one_side_lacks_has_no_delta(run, second) -> None:
    rows = deltas("clusters", compared("clusters", run, second))
    assert [row["frequency"] for row in rows] == [1, 2, 3, None]  # the second run's key frequencies are 1 and 2
    (third,) = (row for row in rows if row["frequency"] == 3)
    assert third["neurons_a"] is not None
    assert (third["neurons_b"], third["neurons_delta"]) == (None, None)


def test_names_are_compared_but_not_subtracted(run) -> None:
    row = deltas("frequencies", compared("frequencies", run))[0]
    assert {"frequency_a", "frequency_b", "share_delta"} <= set(row)
    assert "frequency_delta" not in row


@pytest.mark.parametrize(("name", "field"), NUMBERS)
def test_a_difference_is_a_minus_b_around_zero(name, field, run) -> None:
    (difference,) = compared(name, run, difference=True).drawn
    expected = getattr(answer_at(name, run, 40), field) - getattr(answer_at(name, run, 10), field)
    np.testing.assert_array_equal(getattr(difference, field), expected)
    scale = difference.scale(field)
    assert scale.diverging
    assert (scale.low, scale.high) == (-np.abs(expected).max(), np.abs(expected).max())


@pytest.mark.parametrize(("name", "field"), NUMBERS)
def test_both_sides_are_on_one_scale(name, field, run) -> None:
    comparison = compared(name, run)
    values = [getattr(answer_at(name, run, epoch), field) for epoch in (40, 10)]
    for side in comparison.drawn:
        assert side.scale(field) == Scale.of(np.concatenate([array.ravel() for array in values]))


@pytest.mark.parametrize(("name", "field"), LINES)
def test_lines_are_overlaid_or_subtracted(name, field, run) -> None:
    first, other = (getattr(answer_at(name, run, epoch), field) for epoch in (40, 10))
    (overlaid,) = compared(name, run).drawn
    (difference,) = compared(name, run, difference=True).drawn
    for a, b, both, minus in zip(first, other, getattr(overlaid, field), getattr(difference, field), strict=True):
        np.testing.assert_array_equal(both.values, a.values)
        np.testing.assert_array_equal(both.against.values, b.values)
        np.testing.assert_array_equal(minus.values, a.values - b.values)


@pytest.mark.parametrize("name", CURVES)
def test_curves_of_one_run_mark_the_pinned_epoch(name, run) -> None:
    (answer,) = compared(name, run).drawn
    assert answer.curves.marked_epoch == 10
    again = compared(name, run, epoch=20)
    assert again.drawn[0].curves is answer.curves  # charts are cached by this object
    assert "△" in drawn(name, compared(name, run))


@pytest.mark.parametrize("name", CURVES)
def test_curves_of_two_runs_share_a_chart_and_are_named(name, run, second) -> None:
    comparison = compared(name, run, second)
    (answer,) = comparison.drawn
    assert isinstance(answer.curves, Curves)
    assert answer.curves.against.epochs.tolist() == [0, 15, 30]
    text = drawn(name, comparison, 120, 40)
    lines = text.split("\n")
    assert any(" A " in f"{line} " for line in lines)
    assert " B" in text


def test_losses_of_two_runs_share_a_chart(run, second) -> None:
    text = drawn("losses", compared("losses", run, second), 120, 30)
    assert all(name in text for name in ("train A", "train B", "test A", "test B"))
    assert "△" in drawn("losses", compared("losses", run))


def test_the_difference_of_curves_is_their_values_at_both_epochs(run) -> None:
    text = drawn("progress", compared("progress", run, difference=True))
    losses = [run.summary(epoch).losses.loss.test for epoch in (40, 10)]
    assert f"{losses[0]:.4g}" in text
    assert f"{losses[0] - losses[1]:+.4g}" in text


def test_blocks_of_different_frequencies_have_no_difference(run) -> None:
    seen = set()
    for neuron in range(run.run.config.d_mlp):
        frequencies = [run.summary(epoch).neurons.frequency[neuron] for epoch in (40, 10)]
        comparison = compared("block", run, difference=True, neuron=neuron)
        if 0 in frequencies:
            case = "constant"
        else:
            case = "subtracted" if frequencies[0] == frequencies[1] else "different frequencies"
        assert case == "subtracted" or case in comparison.note
        assert len(comparison.drawn) == (1 if case == "subtracted" else 2)
        seen.add(case)
    assert seen >= {"subtracted", "different frequencies"}


def test_runs_of_different_p_have_no_difference_and_a_note(run) -> None:
    comparison = compared("neuron", run, other_explorer("x y"), difference=True)
    assert len(comparison.drawn) == 2
    assert "run A has p = 7, run B has p = 8" in " ".join(drawn("neuron", comparison).split())


def test_a_second_run_is_shown_at_its_nearest_checkpoint(run, second) -> None:
    for epoch, nearest in ((0, 0), (10, 15), (20, 15), (30, 30), (40, 30)):
        selection = replace(initial_selection(run), epoch=epoch)
        other = counterpart_of(run, selection, second)
        assert (other.selection.epoch, other.selection.reference_epoch) == (nearest, 30)
    pinned = counterpart_of(run, replace(initial_selection(run), pinned_epoch=10), second)
    assert pinned.selection.epoch == 15
    moved = counterpart_of(run, replace(initial_selection(run), reference_epoch=10), second)
    assert moved.selection.reference_epoch == 15
    assert counterpart_of(run, initial_selection(run), None) is None


def test_a_neuron_that_the_second_run_lacks_is_named_in_a_note(run, second) -> None:
    comparison = compared("neuron", run, second, neuron=11)
    assert comparison.b is None
    text = " ".join(drawn("neuron", comparison).split())
    assert "second has neurons 0 to 9; found 11." in text
    assert "active" in text  # the first run's is shown


def test_losses_of_two_epochs_have_both_values_and_their_ratio(run) -> None:
    at_10, at_40 = (run.summary(epoch).losses.loss for epoch in (10, 40))
    for name in ("train", "test"):
        first, other = getattr(at_10, name), getattr(at_40, name)
        expected = f"{name} {first:.3g}→{other:.3g} (× {other / first:.3g})"
        for pinned in (10, 40):
            selection = replace(initial_selection(run), epoch=50 - pinned, pinned_epoch=pinned)
            comparison = answer_view(VIEWS["losses"], run, selection, counterpart_of(run, selection, None))
            assert expected in drawn("losses", comparison)
        difference = drawn("losses", compared("losses", run, difference=True))
        assert f"({other - first:+.3g}, × {other / first:.3g})" in difference
        assert "△" in difference  # the curves are there too


def test_interventions_of_two_epochs_share_a_table(run) -> None:
    lines = drawn("interventions", compared("interventions", run)).splitlines()
    assert lines[0].split() == ["intervention", "loss,", "10", "loss,", "40", "ratio"]
    sides = [{i.name: i.loss for i in answer_at("interventions", run, epoch).interventions} for epoch in (10, 40)]
    for name in sides[0]:
        first, other = (side[name] for side in sides)
        (line,) = (line for line in lines if line.strip("▸ ").startswith(f"{name}  "))
        assert line.split()[-3:] == [f"{first:.2e}", f"{other:.2e}", three_digits(other / first)]


def test_cluster_spectra_have_the_same_clusters_on_both_sides(run) -> None:
    frequencies = [{c.frequency for c in answer_at("cluster-spectra", run, epoch).clusters} for epoch in (10, 40)]
    a, b = compared("cluster-spectra", run).drawn
    for side in (a, b):
        assert [c.frequency for c in side.clusters] == sorted(
            frequencies[0] | frequencies[1], key=lambda k: (k is None, k or 0)
        )
    assert a.clusters[a.selected].frequency == b.clusters[b.selected].frequency
    lacking = [c for side in (a, b) for c in side.clusters if not c.neurons]
    text = drawn("cluster-spectra", compared("cluster-spectra", run), 200, 60)
    assert text.count("no neurons") == len(lacking)


def test_a_frequency_has_the_same_colour_in_both_runs(run) -> None:
    others = Explorer(run.run, keys=[2, 3])
    selection = initial_selection(run)
    comparison = answer_view(VIEWS["spectrum"], run, selection, counterpart_of(run, selection, others))
    assert (comparison.sides.a.keys, comparison.sides.b.keys) == ((1, 2, 3), (2, 3))
    drawing = view_for(VIEWS["spectrum"], comparison).draw(comparison, 160, 30, DARK)
    pointers = [span for line in drawing.lines for span in line if "▲" in span.text]
    first, second, third = (DARK.series[frequency_colour(k, (1, 2, 3))] for k in (1, 2, 3))
    found = [span.style.fg for span in pointers for _ in range(span.text.count("▲"))]
    assert found == [first, second, third, second, third]


def test_halves_of_a_low_pane_are_beside_each_other(run) -> None:
    heads = [drawn("neuron", compared("neuron", run), 38, height).splitlines()[0] for height in (9, 22)]
    assert ["epoch 10" in head and "epoch 40" in head for head in heads] == [True, False]
