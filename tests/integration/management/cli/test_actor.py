"""``--actor`` names one user, exactly."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from squid_mesh.exceptions import InvalidArgument
from squid_mesh.management.cli.actor import person_of


def test_an_actor_is_found_by_the_exact_username() -> None:
    user = get_user_model().objects.create(username="Ada")
    assert person_of({"actor": "Ada"}) == user
    for other in ("ada", "ADA", "Ada ", "Adá"):
        with pytest.raises(InvalidArgument, match="There is no user"):
            person_of({"actor": other})
