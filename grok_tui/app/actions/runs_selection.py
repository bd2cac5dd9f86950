"""Move in the table of runs, mark, sort, filter, group, open and compare."""

from __future__ import annotations

from engine.errors import GrokError
from engine.many_runs.fields import known_fields
from grok_tui.app.actions.context import Counted, Handlers, RunsContext, stepping
from grok_tui.app.widgets.text_prompt import TextPrompt
from grok_tui.render.target import Target
from grok_tui.run_views.run_view import marked_paths
from grok_tui.session.runs_selection import reversed_order

_TEN = 10
_FARTHEST = 10**9


class RunsActions:
    """The cursor stays on its run when rows come, go or change their order."""

    def __init__(self, screen: RunsContext) -> None:
        self._screen = screen

    def handlers(self) -> Handlers:
        grid = self._screen.grid
        return {
            "runs.next": stepping(self._move, 1),
            "runs.previous": stepping(self._move, -1),
            "runs.next10": stepping(self._move, _TEN),
            "runs.previous10": stepping(self._move, -_TEN),
            "runs.first": Counted(lambda count: self._move_to(count or 1)),
            "runs.last": Counted(lambda count: self._move_to(count or _FARTHEST)),
            "runs.open": self._open,
            "runs.mark": self._mark,
            "runs.unmark": lambda: self._screen.change(marks=frozenset()),
            "runs.compare": self._compare,
            "runs.sort": self._ask_order,
            "runs.reverse": lambda: self._screen.change(order=reversed_order(self._screen.selection.order)),
            "runs.filter": self._ask_filter,
            "runs.group": self._ask_groups,
            "pane.next": stepping(grid.focus_step, 1),
            "pane.previous": stepping(grid.focus_step, -1),
            "pane.zoom": grid.toggle_zoom,
        }

    def sort_by(self, order: str) -> None:
        """Sort by a field; again by the same, in the other direction."""
        now = self._screen.selection.order
        self._screen.change(order=reversed_order(now) if now.lstrip("-") == order else order)

    def choose(self, target: Target) -> None:
        """Move the cursor to a clicked row, or to a run of a clicked part of a figure: again, to the next of them."""
        if target.run is not None:
            self._screen.change(cursor=target.run)
            return
        runs = [row for row in self._screen.runs.shown.rows if row.path in set(target.runs)]
        if not runs:
            return
        current = self._screen.runs.current
        place = (runs.index(current) + 1) % len(runs) if current in runs else 0
        self._screen.change(cursor=runs[place].path)

    def _move(self, by: int) -> None:
        rows, cursor = self._screen.runs.shown.rows, self._screen.runs.cursor
        if cursor is not None:
            self._screen.change(cursor=rows[min(max(cursor + by, 0), len(rows) - 1)].path)

    def _move_to(self, row: int) -> None:
        """Move the cursor to a row, counted from 1, or to the last one."""
        self._move(min(row, _FARTHEST) - 1 - (self._screen.runs.cursor or 0))

    def _mark(self) -> None:
        row = self._screen.runs.current
        if row is not None:
            self._screen.change(cursor=row.path, marks=self._screen.selection.marks ^ {row.path})

    def _open(self) -> None:
        row = self._screen.runs.current
        if row is None:
            return
        if row.state == "damaged":
            raise GrokError(row.problem or f"{row.name} cannot be read.")
        self._screen.open_runs([row.path])

    def _compare(self) -> None:
        screen = self._screen
        marked = marked_paths(screen.runs)
        if len(marked) != 2:
            mark = screen.key_label("runs.mark")
            raise GrokError(f"Two marked runs are compared; {len(marked):,} marked: {mark} marks one.")
        screen.open_runs([row.path for row in screen.runs.shown.rows if row.path in marked])

    def _ask_order(self) -> None:
        question = "sort by FIELD,FIELD or -FIELD, such as -test_loss"
        self._ask("order", question, fallback="name")

    def _ask_filter(self) -> None:
        question = "show only runs with, such as weight_decay>=1 seed=0,1 grokked!=none; empty: all"
        self._ask("where", question)

    def _ask_groups(self) -> None:
        question = "group by FIELD,FIELD or !FIELD (all that varies but FIELD); none: one group; empty: !seed"
        self._ask("group_by", question)

    def _ask(self, name: str, question: str, fallback: str = "") -> None:
        """Ask for a text of the selection; one that is wrong is asked again."""
        screen = self._screen

        def accept(text: str | None) -> None:
            if text is not None:
                screen.change(**{name: text or fallback})

        def check(text: str) -> None:
            screen.check(**{name: text or fallback})

        value = getattr(screen.selection, name)
        fields = sorted(known_fields(screen.rows.values()))
        screen.app.push_screen(TextPrompt(question, "" if value == fallback else value, check, fields), accept)
