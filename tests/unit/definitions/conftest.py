"""Each test has a registry of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from squid_mesh.definitions import registry


@pytest.fixture(autouse=True)
def own_registry() -> Iterator[None]:
    with registry.isolate():
        yield
