"""Who may use the server: the checks of a request before anything else happens. Imports no web server."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether a server on this host can be reached from this machine alone.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("0.0.0.0"), is_loopback("gpu-box")
    (True, True, False, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Access:
    """The host that the server listens on, and the token that a visitor needs; None: no token."""

    host: str
    token: str | None = None

    def refusal(self, *, called: str, origin: str | None, token: str | None) -> str | None:
        """Why a request is refused; None if it is allowed.

        Args:
            called: the header Host: the name and port by which the browser called the server.
            origin: the header Origin: the page that connects; None where the browser sends none.
            token: the token of the request.
        """
        if self.token is not None and not compare_digest(self.token.encode(), (token or "").encode()):
            return "A token is needed: open the address that the server printed when it started."
        # A page elsewhere must not connect, nor reach a server on loopback by a name of its own (DNS rebinding).
        if origin is not None and urlsplit(origin).netloc != called:
            return f"The page of {origin} may not connect to this server."
        if self.token is None and _name_of(called) not in (*_LOCAL_NAMES, self.host):
            return f"This server is called localhost, not {called}."
        return None


def _name_of(called: str) -> str | None:
    """The name in a Host header, without the port and the brackets of IPv6."""
    try:
        return urlsplit(f"//{called}").hostname
    except ValueError:
        return None
