"""Connections to allowed addresses only: the address that is checked is the one that is used."""

from __future__ import annotations

import ssl
from functools import lru_cache
from socket import socket
from typing import Any

import certifi
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import connection as urllib3_sockets

from squid_mesh.tools.http.errors import HttpBlocked, HttpTransport
from squid_mesh.tools.http.policy import Policy
from squid_mesh.tools.http.transport.addresses import Address, is_obfuscated_ip, parse_ip
from squid_mesh.tools.http.transport.budget import Budget, BudgetedSocket


def resolve_allowed_addresses(host: str, policy: Policy, budget: Budget) -> list[Address]:
    """Return the addresses of a host if the policy allows all of them. Calls the resolver once.

    Raises:
        HttpBlocked: the policy doesn't allow one of them.
        HttpTransport: the name has no address.
        HttpTimeout: resolving the name took too long.
    """
    if is_obfuscated_ip(host):
        raise HttpBlocked("is blocked: the host is an IP address in an unusual form")
    host = host.strip("[]")
    address = parse_ip(host)
    try:
        found = [address] if address else list(policy.resolve(host, budget.seconds_left(budget.connect)))
    except TimeoutError:
        raise budget.timed_out(
            f"timed out: the host name wasn't resolved within {budget.connect:g} s"
        ) from None
    except OSError:
        found = []
    if not found:
        raise HttpTransport("failed: the host name can't be resolved")
    if not policy.allows_name(host) and not all(policy.allows_address(one) for one in found):
        raise HttpBlocked("is blocked: the host is not public; add it to ALLOWED_HOSTS to allow it")
    return list(dict.fromkeys(found))


class _Guarded(HTTPConnection):
    """A connection to a checked address that keeps the name for ``Host``, SNI and the certificate."""

    def __init__(self, *args: Any, policy: Policy, budget: Budget, **options: Any) -> None:
        super().__init__(*args, **options)
        self._policy = policy
        self._budget = budget

    def _new_conn(self) -> socket:
        failed: OSError | None = None
        for address in resolve_allowed_addresses(self._dns_host, self._policy, self._budget):
            try:
                sock = urllib3_sockets.create_connection(
                    (str(address), self.port),
                    self._budget.seconds_left(self._budget.connect),
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failed = error
            else:
                sock.settimeout(self._budget.seconds_left(self._budget.connect))  # for the TLS handshake
                return sock
        raise failed or HttpTransport("failed: the host name can't be resolved")

    def connect(self) -> None:
        """Connect, with the TLS handshake if there is one."""
        try:
            super().connect()
        except TimeoutError:
            raise self._budget.timed_out(
                f"timed out: no connection within {self._budget.connect:g} s"
            ) from None
        self.sock = self._spoken = BudgetedSocket(self.sock, self._budget)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3's own
        """Return the response. Unlike ``http.client``, reject headers that a broken connection cut off."""
        response = super().getresponse()
        if self._spoken.has_ended:
            response.close()
            raise HttpTransport("failed: the connection broke while reading the headers")
        return response


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same, with TLS on top."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


class GuardedAdapter(HTTPAdapter):
    """The requests adapter of one call: no retries, no proxies, no connection without the policy."""

    def __init__(self, policy: Policy, budget: Budget) -> None:
        super().__init__(max_retries=0)
        self._policy = policy
        self._budget = budget

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Remove the pools of requests itself, so that no version of it can connect past the policy."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {}

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        """Return a new pool of one connection. Raises InvalidURL of requests."""
        place, _ = self.build_connection_pool_key_attributes(request, verify, cert)
        guards: dict[str, Any] = {"policy": self._policy, "budget": self._budget, "maxsize": 1}
        if place["scheme"] == "https":
            context = _tls_context(self._policy.ca_bundle or certifi.where())
            return _TlsPool(place["host"], place["port"] or 443, ssl_context=context, **guards)
        return _Pool(place["host"], place["port"] or 80, **guards)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: the TLS context always verifies."""


@lru_cache(maxsize=4)
def _tls_context(ca_bundle: str) -> ssl.SSLContext:
    """Return the TLS context, cached because reading the certificates is slow."""
    return ssl.create_default_context(cafile=ca_bundle)
