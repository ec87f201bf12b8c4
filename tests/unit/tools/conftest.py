"""Sites to call, and policies that allow this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from squid_mesh.tools.http import Policy
from tests.sites import AUTHORITY, Answer, Request, Site

Open = Callable[..., Site]


@pytest.fixture
def site() -> Iterator[Open]:
    """Return a function that opens a site. It returns the given bytes, or the result of a function."""
    with ExitStack() as stack:

        def opened(answer: Answer | Callable[[Request], Answer], **options: Any) -> Site:
            respond = answer if callable(answer) else lambda _request: answer
            return stack.enter_context(Site(respond, **options))

        yield opened


@pytest.fixture
def here() -> Policy:
    """A policy that allows this machine, and no other private address."""
    return Policy(allowed_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def trusting(here: Policy) -> Policy:
    """A policy that trusts the tests' authority and resolves every name to this machine."""
    return replace(here, ca_bundle=str(AUTHORITY), resolve=lambda host, seconds: [ip_address("127.0.0.1")])
