"""Staff who use the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.host.people import person

Staff = Callable[..., Client]


@pytest.fixture
def staff() -> Staff:
    """Return a function that logs in a new member of staff with those permissions and groups."""

    def signed_in(*permissions: str, name: str = "ada", groups: tuple[str, ...] = ()) -> Client:
        client = Client()
        client.force_login(person(name, *permissions, groups=groups, is_staff=True))
        return client

    return signed_in
