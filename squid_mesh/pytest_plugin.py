"""The pytest plugin ``squid_mesh_kit``. It imports nothing of Django, because settings may not be set yet.

It opens :func:`squid_mesh.testing.virtual_time` for each test, and has the fixtures ``fake`` and ``fail_at``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from squid_mesh.definitions.declare.step import StepDeclaration
    from squid_mesh.testing.fakes import Faked


@pytest.fixture(autouse=True)
def _squid_mesh_virtual_time() -> Iterator[None]:
    """Reset the time after the test, if the project uses Squid Mesh and Django is set up."""
    if not _is_set_up():
        yield
        return
    from squid_mesh.testing import virtual_time  # noqa: PLC0415 - only now

    with virtual_time():
        yield


@pytest.fixture
def fake() -> Iterator[Callable[..., Faked]]:
    """Replace the code of steps until the end of the test: ``fake(Flow.charge, returns={"paid": True})``."""
    from squid_mesh.testing import fake as faking  # noqa: PLC0415

    with ExitStack() as active:

        def start(step: StepDeclaration, **behaviour: Any) -> Faked:
            return active.enter_context(faking(step, **behaviour))

        yield start


@pytest.fixture
def fail_at() -> Iterator[Callable[..., None]]:
    """Cause faults in the test: ``fail_at("lost_lease", Flow.charge)``. It fails if one doesn't happen."""
    from squid_mesh.testing import fail_at as failing  # noqa: PLC0415

    with ExitStack() as active:

        def start(point: str, step: StepDeclaration | None = None, *, times: int = 1) -> None:
            active.enter_context(failing(point, step, times=times))

        yield start


def _is_set_up() -> bool:
    django_apps = sys.modules.get("django.apps")
    return django_apps is not None and django_apps.apps.ready and django_apps.apps.is_installed("squid_mesh")
