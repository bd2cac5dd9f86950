"""The overview workspace as text, printed when stdout is not a terminal."""

from __future__ import annotations

from engine.errors import NeedsWeights
from grok_tui.export.render import export_palette
from grok_tui.queries.provenance import provenance_lines, provenance_of
from grok_tui.queries.view_answers import full_answer
from grok_tui.render.cells import Drawing, above
from grok_tui.render.formats.text_and_data import to_text
from grok_tui.render.palette import Markers
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.saved_session import OpenRun
from grok_tui.views import VIEWS
from grok_tui.views.shared.comparison import view_for

_WIDTH = 100
_HEIGHTS = {"losses": 18, "clusters": 10, "neuron": 32, "spectrum": 34}


def overview_text(opened: OpenRun, markers: Markers = "braille") -> str:
    """The panes of the overview, one below the other, under their provenance."""
    palette = export_palette("text", markers)
    explorer, selection = opened.explorer, opened.selection
    target = counterpart_of(explorer, selection, opened.second)
    provenance = provenance_of(explorer, selection, [VIEWS[name] for name in _HEIGHTS], target)
    parts = [Drawing.of_lines(map(palette.text, provenance_lines(provenance)))]
    for name, height in _HEIGHTS.items():
        try:
            answer = full_answer(VIEWS[name], explorer, selection, target)
        except NeedsWeights as error:
            parts.append(Drawing.of_lines(["", palette.text(str(error))]))
            continue
        view = view_for(VIEWS[name], answer)
        parts += [Drawing.of_lines(["", palette.text(view.title(answer))]), view.draw(answer, _WIDTH, height, palette)]
    return to_text(above(*parts))
