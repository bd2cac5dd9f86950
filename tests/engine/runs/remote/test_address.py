"""Addresses are distinguished from paths, checked, and shown without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import WrongUsage
from engine.runs.remote.address import HubAddress, RemoteAddress, parse_hub, parse_location

ANY = ("model", "dataset", "space")


@pytest.mark.parametrize("path", ["runs/a", "/runs/a", "a:b/c", "hf", "~/run", "C:/run"])
def test_what_has_no_scheme_is_a_path(path: str) -> None:
    assert parse_location(path) == Path(path)


def test_a_file_url_is_a_path() -> None:
    assert parse_location("file:///runs/my%20run") == Path("/runs/my run")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("hf://me/run", HubAddress(ANY, "me/run", None, "")),
        ("hf://me/run/", HubAddress(ANY, "me/run", None, "")),
        ("hf://me/run/a/b.pth", HubAddress(ANY, "me/run", None, "a/b.pth")),
        ("hf://me/run@v1.0", HubAddress(ANY, "me/run", "v1.0", "")),
        ("hf://me/run@v1.0/a/b.pth", HubAddress(ANY, "me/run", "v1.0", "a/b.pth")),
        ("hf://me/run@refs/pr/3/a", HubAddress(ANY, "me/run", "refs/pr/3", "a")),
        ("hf://me/run@feature%2Fx/a", HubAddress(ANY, "me/run", "feature/x", "a")),
        ("hf://me/run/a@b.pth", HubAddress(ANY, "me/run", None, "a@b.pth")),
        ("hf://datasets/me/run/a", HubAddress(("dataset",), "me/run", None, "a")),
        ("HF://spaces/me/run", HubAddress(("space",), "me/run", None, "")),
    ],
)
def test_addresses_on_the_hub(url: str, expected: HubAddress) -> None:
    address = parse_location(url)
    assert isinstance(address, RemoteAddress)
    assert parse_hub(address) == expected


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("https://huggingface.co/me/run/blob/main/a/b.pth", "hf://me/run@main/a/b.pth"),
        ("https://huggingface.co/datasets/me/run/resolve/v1/b.pth?download=true", "hf://datasets/me/run@v1/b.pth"),
        ("https://huggingface.co/me/run/tree/main", "hf://me/run@main"),
    ],
)
def test_a_page_of_the_hub_is_an_address_on_it(page: str, address: str) -> None:
    assert str(parse_location(page)) == address


@pytest.mark.parametrize(
    "url", ["hf://me", "hf://me/", "hf://me/run@", "hf://-me/run", "hf://me/run/../x", "hf://me/run/%2e%2e/x", "s3://"]
)
def test_malformed_addresses_are_wrong_usage(url: str) -> None:
    with pytest.raises(WrongUsage, match=r"hf://OWNER/REPO\[@REVISION\]\[/PATH\]"):
        parse_location(url)


@pytest.mark.parametrize("url", ["gopher://host/run", "zip://a.pt::https://host/run.zip", "local:///etc/passwd"])
def test_other_schemes_are_wrong_usage(url: str) -> None:
    with pytest.raises(WrongUsage, match="expected a path, or one of hf, http"):
        parse_location(url)


def test_a_path_made_of_an_address_says_what_to_pass() -> None:
    with pytest.raises(WrongUsage, match="pass the address as a string"):
        parse_location(Path("hf://me/run"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/a.pt?token=secret", "https://host/a.pt?…"),
        ("ssh://me:secret@host:22/runs", "ssh://me:…@host:22/runs"),
        ("ssh://me@host/runs", "ssh://me@host/runs"),
    ],
)
def test_an_address_is_shown_without_secrets(url: str, shown: str) -> None:
    address = parse_location(url)
    assert isinstance(address, RemoteAddress)
    assert str(address) == shown
    assert "secret" not in repr(address)
    assert (str(address) != address.url) == ("secret" in url)
