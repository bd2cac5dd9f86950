"""The page of a run: the figures and the numbers of its report at every epoch, and all neurons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.errors import GrokError, UnreadableRun
from engine.explorer.epoch_report import Report, report
from grok_tui.export.page.about_text import caption_text
from grok_tui.export.page.arrays import ArrayPool, Json
from grok_tui.export.page.document import run_document
from grok_tui.export.page.figures import LAYOUT, PALETTE, figure_json
from grok_tui.export.page.page_neurons import PageNeurons
from grok_tui.export.page.palettes import palettes_json
from grok_tui.queries.operation_note import operation_note
from grok_tui.queries.provenance import provenance_lines
from grok_tui.queries.view_answers import full_answer
from grok_tui.render.cell_text import clean
from grok_tui.session.workspaces import WORKSPACES
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection
    from grok_tui.views.view import View

# The views of the report, by workspace. Those of a neuron are drawn by the page, for the neuron that is selected there.
PAGE_VIEWS: Mapping[str, tuple[str, ...]] = {
    "overview": ("losses", "clusters", "neuron", "spectrum"),
    "neurons": ("frequencies", "neuron-phases"),
    "attention": ("attention", "attention-history"),
    "embedding": ("embedding-spectrum", "embedding-norms", "embedding-history"),
    "logits": ("logit-formula", "algorithm", "algorithm-history"),
    "interventions": ("interventions",),
    "progress": ("progress", "trig-fraction", "phases", "collapse"),
    "emergence": ("emergence", "frequency-history", "weights", "sparsity", "ranks"),
}
_OF_A_NEURON = ("neuron", "spectrum")
# Views that mark something of the neuron with which the page opens. The page moves a mark at a frequency itself.
_MARKS = {"frequencies": "frequency", "neuron-phases": "first neuron"}

# Which part of the network a figure is of. A page with that of all heads and dimensions would be too large.
CHOSEN_PARTS: Mapping[str, str] = {
    "attention-history": "All heads, head {head} first; `grok-tui report --head` puts another first.",
    "embedding-spectrum": "Dimension {dimension} and the next one; `grok-tui report --dimension` takes others.",
}

# A table of the report: title, definition, header, rows.
Section = tuple[str, str, Sequence[str], list[list[str]]]


@dataclass(frozen=True)
class ReportTables:
    """How the report writes its metrics: as tables for people, and as JSON."""

    sections: Callable[[Report, str], list[Section]]
    as_json: Callable[[Report], dict[str, object]]


@dataclass(frozen=True)
class RunPage:
    """The file of a page, and a sentence for each checkpoint that it lacks."""

    document: str
    skipped: Mapping[int, str]


def run_page(explorer: Explorer, selection: Selection, epochs: Iterable[int], tables: ReportTables) -> RunPage:
    """The page of these epochs, which opens at the selected epoch and neuron.

    `epochs` is read once, and slowly: what iterates it can show the progress.

    Raises:
        GrokError: no checkpoint can be read.
    """
    builder = _Builder(explorer, selection, tables)
    for epoch in epochs:
        try:
            metrics = report(explorer, epoch, selection.reference_epoch)
        except UnreadableRun as error:
            builder.skipped[epoch] = str(error)
            continue
        builder.add(epoch, metrics)
    if not builder.epochs:
        raise GrokError(f"{explorer.run.name} has no checkpoint that can be read; a page needs one.")
    name = explorer.run.name
    return RunPage(run_document(f"{name} · grok-tui", builder.data()), builder.skipped)


class _Builder:
    """Collects the data of a page, epoch by epoch."""

    def __init__(self, explorer: Explorer, selection: Selection, tables: ReportTables) -> None:
        self._explorer, self._selection, self._tables = explorer, selection, tables
        self._pool = ArrayPool()
        self._neurons = PageNeurons(explorer, selection, self._pool)
        self._figures: dict[str, list[Json]] = {name: [] for names in PAGE_VIEWS.values() for name in names}
        self._reports: list[Json] = []
        self.epochs: list[int] = []
        self.skipped: dict[int, str] = {}

    def add(self, epoch: int, metrics: Report) -> None:
        """Add what the page shows of an epoch."""
        at_epoch = replace(self._selection, epoch=epoch)
        for name, figures in self._figures.items():
            figures.append(self._figure(VIEWS[name], at_epoch) if name not in _OF_A_NEURON or not figures else None)
        self._neurons.add(epoch)
        operation = self._explorer.run.config.operation
        tables = [
            self._pool.share({"title": title, "definition": definition, "header": list(header), "rows": rows})
            for title, definition, header, rows in self._tables.sections(metrics, operation)
        ]
        self._reports.append({"tables": tables, "json": self._pool.share(self._tables.as_json(metrics))})
        self.epochs.append(epoch)

    def _figure(self, view: View[Any], selection: Selection) -> Json:
        """The figure of a view, or why it is absent."""
        try:
            answer = full_answer(view, self._explorer, selection)
        except GrokError as error:
            return {"absent": clean(str(error))}
        drawing = view.draw(answer, *LAYOUT, PALETTE)
        return figure_json(drawing, self._pool) or {"absent": "nothing to draw."}

    def data(self) -> dict[str, Json]:
        """The data of the page."""
        explorer, selection = self._explorer, self._selection
        provenance = explorer.provenance(selection.epoch, selection.reference_epoch)
        start = self.epochs.index(selection.epoch) if selection.epoch in self.epochs else len(self.epochs) - 1
        return {
            "kind": "run",
            "run": explorer.run.name,
            "version": provenance["version"],
            "head": [clean(line) for line in provenance_lines({**provenance, "epoch": None})],
            "note": operation_note(explorer),
            "skipped": [[epoch, clean(sentence)] for epoch, sentence in self.skipped.items()],
            "epochs": self.epochs,
            "start": start,
            "palettes": palettes_json(),
            "groups": [group for workspace in WORKSPACES if (group := self._group(workspace.name)) is not None],
            "reports": self._reports,
            "neurons": self._neurons.data(),
            "arrays": self._pool.arrays,
            "objects": self._pool.objects,
        }

    def _group(self, workspace: str) -> Json:
        names = PAGE_VIEWS.get(workspace)
        return None if names is None else {"name": workspace, "views": [self._view(VIEWS[name]) for name in names]}

    def _view(self, view: View[Any]) -> Json:
        operation = self._explorer.run.config.operation
        about = view.about
        return {
            "name": view.name,
            "ofNeuron": view.name in _OF_A_NEURON,
            "chosen": self._chosen(view),
            "marks": _MARKS.get(view.name),
            "caption": caption_text(about.shows, operation),
            "definition": caption_text(about.definition, operation),
            "reading": caption_text(about.reading, operation),
            "figures": self._figures[view.name],
        }

    def _chosen(self, view: View[Any]) -> str | None:
        """Which head or dimension the figure is of."""
        sentence = CHOSEN_PARTS.get(view.name)
        return sentence and sentence.format(head=self._selection.head, dimension=self._selection.dimension)
