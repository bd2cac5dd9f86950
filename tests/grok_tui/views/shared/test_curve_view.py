"""The factory of views over epochs: what it fills in by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import Explorer
from grok_tui.render.palette import MONO
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from grok_tui.views.shared.curve_view import curve_view
from grok_tui.views.shared.epoch_charts import Panel
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About


def view_of(*panels: Panel):
    return curve_view(
        name="losses-of-x±y",
        about=About("", "", ""),
        title="losses of x±y",
        curves=lambda run_metrics, _: [
            Curve("test_loss", "test", metric_series(run_metrics, "loss", "test")),
            Curve("train_loss", "train", metric_series(run_metrics, "loss", "train")),
        ],
        panels=panels,
        facts_format=".2f",
    )


def test_the_title_has_the_sign_of_the_operation_and_the_epoch(exact: Explorer) -> None:
    view = view_of(Panel(("test_loss",), "loss"))
    sign = "+" if exact.run.config.operation == "add" else "-"
    assert view.title(view.query(exact, initial_selection(exact))) == f"losses of x{sign}y · epoch 40"


def test_the_default_facts_are_the_values_of_the_first_panel(exact: Explorer) -> None:
    view = view_of(Panel(("train_loss",), "loss"), Panel(("test_loss",), "loss"))
    first_line = view.draw(view.query(exact, initial_selection(exact)), 80, 24, MONO).plain().splitlines()[0]
    assert first_line.strip() == f"train {exact.summary(40).losses.loss.train:.2f}"


def test_the_y_axes_are_logarithmic_if_any_panel_is() -> None:
    assert view_of(Panel(("test_loss",), "loss"), Panel(("train_loss",), "loss", log_y=True)).log_y
    assert not view_of(Panel(("test_loss",), "loss")).log_y


@pytest.mark.parametrize("name", ["progress", "trig-fraction", "logit-formula"])
def test_the_curves_are_the_same_object_at_every_epoch(name: str, exact: Explorer) -> None:
    answers = [VIEWS[name].query(exact, replace(initial_selection(exact), epoch=epoch)) for epoch in (10, 20)]
    assert answers[0].curves is answers[1].curves  # charts are cached by this object
