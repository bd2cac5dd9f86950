"""Tables as LaTeX."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from grok_tui.render.formats.latex import escape, to_latex
from grok_tui.render.table import Column, Table
from tests.waiting import PATIENCE_SECONDS

TABLE = Table(
    (Column("name_of", title="freq & name"), Column("loss", format=".3e"), Column("share", format=".2f")),
    (("100% of {x_1} ~ ^ \\ # $", 2.734e-07, 0.5), ("rest", None, 12.0)),
)


def test_a_table_has_rules_and_its_numbers_are_aligned_right() -> None:
    assert to_latex(TABLE, ["run a_b"]).splitlines() == [
        "% run a_b",
        r"% \usepackage{booktabs}",
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r"freq \& name & loss & share \\",
        r"\midrule",
        r"100\% of \{x\_1\} \textasciitilde{} \textasciicircum{} \textbackslash{} \# \$"
        r" & $2.734\times 10^{-7}$ & 0.50 \\",
        r"rest & -- & 12.00 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_a_line_break_cannot_end_a_comment() -> None:
    first, *_ = to_latex(TABLE, ["run\n\\input{x}"]).splitlines()
    assert first.startswith("% run")
    assert "input{x}" in first


def test_a_text_that_looks_like_a_number_stays_a_text() -> None:
    assert "1e5 & " in to_latex(Table((Column("a"), Column("b")), (("1e5", 2),)))


def test_signs_of_the_views_have_commands() -> None:
    assert escape("Σ w² × ±1 – …") == r"$\Sigma$ w$^2$ $\times$ $\pm$1 -- \dots{}"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_it_compiles(tmp_path) -> None:
    body = r"\documentclass{article}\usepackage{booktabs}\begin{document}" + f"\n{to_latex(TABLE)}" + r"\end{document}"
    (tmp_path / "a.tex").write_text(body)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, check=True, timeout=PATIENCE_SECONDS)
