"""The groups of runs as a table: number of runs, share grokked, mean and standard deviation of their metrics."""

from __future__ import annotations

from dataclasses import dataclass

from engine.many_runs.groups import Group
from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table, Value, draw_table
from grok_tui.render.target import runs_target
from grok_tui.run_views.run_view import RunsView, ShownRuns, group_fields, groups_of, metric_format, metric_label
from grok_tui.views.view import About

# The metrics of the table; that of the diagram comes first.
_METRICS = ("grokked", "n_key_frequencies", "test_loss", "test_accuracy")
# The names of these metrics in titles of columns.
_SHORT = {
    "grokked": "grokked at",
    "n_key_frequencies": "key freqs",
    "test_loss": "test loss",
    "test_accuracy": "test acc",
}


@dataclass(frozen=True, eq=False)
class GroupsAnswer:
    groups: tuple[Group, ...]
    fields: tuple[str, ...]
    metrics: tuple[str, ...]
    current: int | None  # the group of the run under the cursor
    n_runs: int


def query(runs: ShownRuns) -> GroupsAnswer:
    rows, selection = runs.chosen.rows, runs.selection
    groups = tuple(groups_of(rows, selection.group_by))
    fields = group_fields(rows, selection.group_by)
    metrics = dict.fromkeys((selection.figure.metric, *_METRICS))
    metrics.pop("share_grokked", None)
    current = next((index for index, group in enumerate(groups) if runs.current in group.rows), None)
    return GroupsAnswer(groups, fields, tuple(metrics), current, len(rows))


def title(answer: GroupsAnswer) -> str:
    by = f" by {', '.join(answer.fields)}" if answer.fields else ""
    return f"{len(answer.groups):,} {'group' if len(answer.groups) == 1 else 'groups'} of {answer.n_runs:,} runs{by}"


def draw(answer: GroupsAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """Mean and standard deviation in one column each, to four digits; `table` has them in full."""
    columns = [*(Column(name, names=True) for name in answer.fields), Column("n", format=",d")]
    columns += [Column("grokked", title="share grokked", whole=True)]
    titles = {metric: f"{_SHORT.get(metric, metric_label(metric))} ± sd" for metric in answer.metrics}
    columns += [Column(metric, title=title, whole=True) for metric, title in titles.items()]
    rows = []
    for group in answer.groups:
        cells = [_text(group, metric) for metric in answer.metrics]
        rows.append((*_values(group), len(group.rows), _share(group), *cells))
    shown = Table(tuple(columns), tuple(rows), keys=max(len(answer.fields), 1))
    targets = [runs_target(row.path for row in group.rows) for group in answer.groups]
    return draw_table(shown, width, height, palette, selected=answer.current, targets=targets)


def _share(group: Group) -> str:
    found = group.statistic("share_grokked")
    return "–" if found.mean is None else f"{round(found.mean * found.n)} of {found.n}"


def _text(group: Group, metric: str) -> str:
    found = group.statistic(metric)
    if found.mean is None:
        return "–"
    form = metric_format(metric)
    spread = "" if found.sd is None else f" ± {format(found.sd, form)}"
    return f"{format(found.mean, form)}{spread}" + (f" ({found.n})" if found.absent else "")


def _values(group: Group) -> tuple[Value, ...]:
    return tuple(" ".join(map(str, value)) if isinstance(value, tuple) else value for value in group.values.values())


def table(answer: GroupsAnswer) -> Table:
    """For each metric its n, mean and standard deviation, in full."""
    columns = [*(Column(name, names=True) for name in answer.fields), Column("n", format=",d")]
    columns += [Column("share_grokked", format=".3f"), Column("share_grokked_n", format=",d")]
    for metric in answer.metrics:
        columns += [Column(f"{metric}_{part}", format=".6g") for part in ("mean", "sd")] + [Column(f"{metric}_n")]
    rows = []
    for group in answer.groups:
        share = group.statistic("share_grokked")
        row: list[Value] = [*_values(group), len(group.rows), share.mean, share.n]
        for metric in answer.metrics:
            found = group.statistic(metric)
            row += [found.mean, found.sd, found.n]
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows), keys=len(answer.fields))


VIEW = RunsView(
    name="groups",
    about=About(
        shows=(
            "A row for each group of runs: how many there are, how many of those with metrics have grokked, and mean ± "
            "standard deviation of the epoch of grokking, the number of key frequencies, the final test loss and the "
            "test accuracy. A number in brackets is how many runs have a value, if some have none. The lit row is the "
            "group of the run under the cursor."
        ),
        definition=(
            "Groups are runs with equal values of the settings that {runs.group} names; by default of all settings "
            "that vary but the seed. The standard deviation is that of the sample (n - 1), absent for a single run. A "
            "run without a value is in no mean. Exports have n, mean and standard deviation in columns of their own."
        ),
        reading=(
            "The mean epoch of grokking is over the runs that have grokked: with a share below 1 it is too early. "
            "Distributions over seeds have long tails: see the curves, too. A click on a row goes to its runs in the "
            "table, one after the other."
        ),
    ),
    keys=("runs.group", "figure.metric"),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
