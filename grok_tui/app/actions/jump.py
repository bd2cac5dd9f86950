"""Jump mode, and counts before keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from grok_tui.app.actions.context import Handlers, ScreenContext
from grok_tui.app.widgets.jump_screen import Go, JumpPlace, JumpScreen
from grok_tui.app.widgets.view_pane import ViewPane
from grok_tui.render.target import Target


class JumpActions:
    """The places are the panes, the workspaces, and the rows of the panes that can be selected."""

    def __init__(
        self, screen: ScreenContext, choose: Callable[[Target], None], tabs: Callable[[], Sequence[JumpPlace]]
    ) -> None:
        self._screen = screen
        self._choose = choose
        self._tabs = tabs

    def handlers(self) -> Handlers:
        return {"jump": self._jump, "count": self._count}

    def _jump(self) -> None:
        def go(chosen: Go | None) -> None:
            if chosen is not None:
                chosen()

        self._screen.app.push_screen(JumpScreen(self._places()), go)

    def _places(self) -> list[JumpPlace]:
        panes = [pane for pane in self._screen.grid.panes if pane.display]
        titles = [JumpPlace(*pane.region.offset, partial(self._focus, pane)) for pane in panes]
        rows = [place for pane in panes for place in self._rows(pane)]
        width, height = self._screen.app.size
        tabs = self._tabs()
        listed = {place.y for place in tabs if place.text}
        # Between the header and the footer, and not below the list of workspaces; panes may be scrolled.
        visible = set(range(1, height - 1)) - listed

        def on_screen(places: Sequence[JumpPlace]) -> list[JumpPlace]:
            return [place for place in places if place.y in visible and place.x < width]

        return [*on_screen(titles), *tabs, *on_screen(rows)]

    def _rows(self, pane: ViewPane) -> Iterator[JumpPlace]:
        for (column, row), target in pane.selectable_rows:
            yield JumpPlace(pane.region.x + column, pane.region.y + row, partial(self._select, pane, target))

    def _focus(self, pane: ViewPane) -> None:
        self._screen.grid.focus_view(pane.view.name)

    def _select(self, pane: ViewPane, target: Target) -> None:
        self._focus(pane)
        self._choose(target)

    def _count(self) -> None:
        from grok_tui.app.widgets.count_prompt import CountPrompt

        self._screen.app.push_screen(CountPrompt(self._screen.key_label("count")), self._run_counted)

    async def _run_counted(self, typed: tuple[str, int | None] | None) -> None:
        if typed is not None:
            await self._screen.press_counted(*typed)
