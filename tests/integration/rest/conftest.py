"""Users of REST: each has a session, as in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from tests.host.people import person

#: A function that logs in a new user with those permissions of this app.
SignIn = Callable[..., APIClient]
REST = "/rest/"


@pytest.fixture
def sign_in() -> SignIn:
    """Return a function that logs in a new user with those permissions of this app and groups."""

    def signed_in(*codenames: str, name: str = "ada", groups: tuple[str, ...] = ()) -> APIClient:
        client = APIClient()
        permissions = [f"squid_mesh.{codename}" for codename in codenames]
        client.force_login(person(name, *permissions, groups=groups))
        return client

    return signed_in


@pytest.fixture
def viewer(sign_in: SignIn) -> APIClient:
    """Return a client of a user who may view runs and do nothing else."""
    return sign_in("view_run")


@pytest.fixture(autouse=True)
def no_throttle() -> None:
    """Let no test know how often earlier ones asked."""
    cache.clear()
