"""The text on the screen of a running app."""

from __future__ import annotations

from xml.etree import ElementTree

from textual.app import App

_TEXT = "{http://www.w3.org/2000/svg}text"


def screen_text(app: App[None]) -> str:
    """All texts on the screen, one run of cells of equal style per line, from Textual's own screenshot."""
    texts = ElementTree.fromstring(app.export_screenshot()).iter(_TEXT)
    # Screenshots write blanks as no-break spaces.
    return "\n".join((text.text or "").replace("\xa0", " ") for text in texts)


def screen_lines(app: App[None]) -> list[str]:
    """The lines of the screen, with what lies under a transparent one."""
    return [strip.text for strip in app.screen._compositor.render_strips()]
