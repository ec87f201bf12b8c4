"""Sites to call, and a policy under which this machine may be called."""

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
    """Opens a site that answers what it is given: bytes, or what a function makes of the request."""
    with ExitStack() as stack:

        def opened(answer: Answer | Callable[[Request], Answer], **options: Any) -> Site:
            said = answer if callable(answer) else lambda _request: answer
            return stack.enter_context(Site(said, **options))

        yield opened


@pytest.fixture
def here() -> Policy:
    """Allows this machine's addresses, and no other private ones."""
    return Policy(allowed_networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def trusting(here: Policy) -> Policy:
    """Trusts the tests' authority, and finds every name on this machine."""
    return replace(here, ca_bundle=str(AUTHORITY), resolve=lambda host, seconds: [ip_address("127.0.0.1")])
