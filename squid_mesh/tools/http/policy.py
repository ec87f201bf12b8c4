"""The limits of the HTTP tool, and the addresses that it may call."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from squid_mesh.tools.http.transport.addresses import Address, Network, is_public, resolve_with_system
from squid_mesh.tools.names import DEFAULT_NAMES, NameRule

#: ``resolve(host, seconds)`` returns every address of a name, or raises OSError, or TimeoutError.
Resolver = Callable[[str, float], Sequence[Address]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The limits of one call. Times are in seconds, sizes in bytes after decompression.

    ``total_seconds`` limits the whole call, redirects included. ``max_retry_after`` limits the delay that a
    ``Retry-After`` header can set. ``allow_private``, ``allowed_names`` and ``allowed_networks`` allow
    addresses that are not public. ``names`` says which names are those of
    secrets.
    """

    connect_timeout: float = 3.05
    read_timeout: float = 10.0
    total_seconds: float = 30.0
    max_response_bytes: int = 1024 * 1024
    max_redirects: int = 5
    max_retry_after: float = 3600.0
    allow_private: bool = False
    allowed_names: frozenset[str] = frozenset()
    allowed_networks: tuple[Network, ...] = ()
    names: NameRule = DEFAULT_NAMES
    ca_bundle: str | None = None
    user_agent: str = "squid-mesh"
    resolve: Resolver = resolve_with_system

    def __post_init__(self) -> None:
        times = (self.connect_timeout, self.read_timeout, self.total_seconds)
        if not all(isfinite(seconds) and seconds > 0 for seconds in times):
            raise ValueError("The HTTP tool's timeouts must be more than 0 seconds.")
        if min(self.max_response_bytes, self.max_redirects, self.max_retry_after) < 0:
            raise ValueError("The HTTP tool's limits must be at least 0.")

    def allows_name(self, host: str) -> bool:
        """Whether the host is allowed at any address. ``.example.com`` allows all its subdomains."""
        name = host.rstrip(".").lower()
        return name in self.allowed_names or any(
            name.endswith(allowed) for allowed in self.allowed_names if allowed.startswith(".")
        )

    def allows_address(self, address: Address) -> bool:
        """Whether the address is allowed under any name."""
        return (
            self.allow_private
            or is_public(address)
            or any(address in network for network in self.allowed_networks)
        )


def parse_allowed_hosts(entries: Iterable[str]) -> tuple[frozenset[str], tuple[Network, ...]]:
    """Split entries such as ``"intranet"``, ``".example.com"``, ``"10.0.0.0/8"`` into names and networks.

    Raises:
        ValueError: an entry is neither a name nor a network.
    """
    names: set[str] = set()
    networks: list[Network] = []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry))
        except ValueError:
            name = entry.lower().rstrip(".")
            if not name.lstrip(".") or not set(name) <= _NAME_CHARACTERS:
                raise ValueError(f"{entry!r} is not a host name, an address or a network") from None
            names.add(name)
    return frozenset(names), tuple(networks)


_NAME_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_DEFAULTS: Final = Policy()
_provider: Callable[[], Policy] = lambda: _DEFAULTS  # noqa: E731 - the Django app replaces it


def current_policy() -> Policy:
    """Return the policy of calls that pass none."""
    return _provider()


def set_policy_provider(provider: Callable[[], Policy]) -> None:
    """Set the function that returns the policy. It is called for each request."""
    global _provider  # noqa: PLW0603 - one per process, set once by the Django app
    _provider = provider
