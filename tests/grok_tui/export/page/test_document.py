"""The HTML file: self-contained, and no text of a run ends its data."""

from __future__ import annotations

import re

import pytest

from grok_tui.export.page.document import embedded_json, run_document, runs_document
from tests.grok_tui.export.page.embedded import data_of

HOSTILE = "</script><!--<script>alert('&')\u2028"


def test_hostile_texts_stay_data() -> None:
    document = run_document(HOSTILE, {"run": HOSTILE, "nested": [{HOSTILE: HOSTILE}]})
    assert "alert('&')" not in document
    assert data_of(document) == {"run": HOSTILE, "nested": [{HOSTILE: HOSTILE}]}
    assert "<title>&lt;/script&gt;" in document


def test_data_is_valid_json_whatever_it_holds() -> None:
    assert embedded_json({"a": float("nan"), "b": float("inf"), "c": "\udcff"}) == '{"a":null,"b":null,"c":"\ufffd"}'


def test_a_name_of_the_template_in_the_data_is_not_replaced() -> None:
    assert data_of(run_document("@@SCRIPT@@", {"run": "@@STYLE@@"})) == {"run": "@@STYLE@@"}


@pytest.mark.parametrize("write", [run_document, runs_document])
def test_nothing_is_loaded_from_elsewhere(write) -> None:
    document = write("a", {})
    assert "default-src 'none'" in document
    assert set(re.findall(r"https?://[^\s\"']+", document)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(?:src|href)=[\"'](?!data:)", document)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(", document)
