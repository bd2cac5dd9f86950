"""Who may connect: from this machine, by its own name, from its own page; from elsewhere with the token."""

from __future__ import annotations

import pytest

from grok_tui.serve.access import Access, is_loopback

LOCAL = Access("127.0.0.1")
REMOTE = Access("0.0.0.0", "secret")


def refused(
    access: Access, called: str = "localhost:8000", origin: str | None = None, token: str | None = None
) -> bool:
    return access.refusal(called=called, origin=origin, token=token) is not None


@pytest.mark.parametrize("called", ["localhost:8000", "localhost", "127.0.0.1:9000", "[::1]:8000"])
def test_this_machine_may_call_it_by_its_names(called: str) -> None:
    assert not refused(LOCAL, called)
    assert not refused(LOCAL, called, origin=f"http://{called}")


@pytest.mark.parametrize("called", ["evil.example", "evil.example:8000", "localhost.evil.example", "", "[", "10.0.0.1"])
def test_a_name_of_another_site_is_refused(called: str) -> None:
    assert refused(LOCAL, called)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8001", "null", "file://"])
def test_the_page_of_another_site_is_refused(origin: str) -> None:
    assert refused(LOCAL, origin=origin)
    assert refused(REMOTE, "gpu-box:8000", origin, "secret")


@pytest.mark.parametrize("token", [None, "", "Secret", "secret ", "sécret"])
def test_a_wrong_token_is_refused(token: str | None) -> None:
    assert refused(REMOTE, "gpu-box:8000", token=token)


def test_with_the_token_any_name_of_the_machine_is_right() -> None:
    assert not refused(REMOTE, "gpu-box:8000", "http://gpu-box:8000", "secret")


def test_loopback_is_what_other_machines_cannot_reach() -> None:
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.1.2.3", "::1"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "192.168.0.1", "gpu-box", "localhost.example"]))
