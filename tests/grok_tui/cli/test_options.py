"""Every argument that names a run takes an address as well as a path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import open_run
from tests.engine.runs.remote.servers import files_of, serving

ADDRESS = "memory://host/tiny"


@pytest.fixture
def address(tiny_run: Path) -> Iterator[str]:
    """The tiny run at an address."""
    pytest.importorskip("fsspec", reason="the extra `remote` is not installed")
    from fsspec.implementations.memory import MemoryFileSystem

    memory = MemoryFileSystem()
    for name, data in files_of(tiny_run).items():
        memory.pipe_file(f"/host/tiny/{name}", data)
    yield ADDRESS
    memory.rm("/host", recursive=True)


def test_info_names_the_address(address, run) -> None:
    status, out, _ = run("info", address)
    assert status == 0
    assert out.splitlines()[0] == f"run          {ADDRESS}"
    assert "5, epochs 0 to 40" in out


def test_a_report_has_the_address_in_its_provenance(address, run, tiny_run) -> None:
    options = ("--format", "json", "--key-frequencies", "1,2,3")
    at_address, on_disk = (json.loads(run("report", where, *options).out) for where in (address, tiny_run))
    assert (at_address.pop("run"), on_disk.pop("run")) == (ADDRESS, "tiny")
    assert at_address == on_disk


def test_show_compares_with_a_run_at_an_address(address, run, tiny_run) -> None:
    status, out, _ = run("show", "losses", tiny_run, "--against-run", address, "--format", "csv")
    assert status == 0
    assert out.count("\n") > 5


def test_the_overview_is_printed(address, run) -> None:
    status, out, _ = run(address, "--key-frequencies", "1,2,3")
    assert status == 0
    assert ADDRESS in out


def test_a_run_at_an_address_is_converted(address, run, tmp_path) -> None:
    assert run("convert", address, tmp_path / "copy").status == 0
    assert open_run(tmp_path / "copy").epochs == (0, 10, 20, 30, 40)


@pytest.mark.parametrize("address", ["gopher://host/run", "hf://only-an-owner", "memory://"])
def test_a_malformed_address_is_wrong_usage(address, run) -> None:
    status, out, err = run("info", address)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1


def test_a_run_on_the_hub_is_shown_online_and_offline(tiny_run, tmp_path) -> None:
    """In processes of their own: huggingface_hub reads its environment when it is imported."""
    pytest.importorskip("huggingface_hub", reason="the extra `hub` is not installed")
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "grok_tui", "info", "hf://me/tiny"]
    with serving() as server:
        server.repos["datasets", "me/tiny"] = files_of(tiny_run)
        environment["HF_ENDPOINT"] = server.url
        online = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    offline = subprocess.run(
        command, env={**environment, "HF_HUB_OFFLINE": "1"}, capture_output=True, text=True, check=False
    )
    assert (online.returncode, online.stderr) == (0, "")
    assert "5, epochs 0 to 40" in online.stdout
    assert offline.returncode == 0
    assert "1, epochs 40 to 40" in offline.stdout
    assert (
        "hf://me/tiny is not fetched, because HF_HUB_OFFLINE is set. What is in the cache is shown." in offline.stdout
    )
