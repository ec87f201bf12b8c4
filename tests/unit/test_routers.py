"""The router sends the package's tables to their database, and leaves all others to other routers."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings

from squid_mesh.models import Run
from squid_mesh.routers import RunsRouter

ROUTER = RunsRouter()


@pytest.mark.parametrize("alias", ["default", "runs"])
def test_our_tables_are_in_the_database_that_the_setting_names(alias: str) -> None:
    with override_settings(SQUID_MESH={"DATABASE": alias}):
        assert ROUTER.db_for_read(Run) == ROUTER.db_for_write(Run) == alias
        assert ROUTER.allow_migrate(alias, "squid_mesh", model_name="run")
        assert ROUTER.allow_migrate("other", "squid_mesh", model_name="run") is False


def test_it_has_no_opinion_about_other_tables() -> None:
    assert ROUTER.db_for_read(get_user_model()) is None
    assert ROUTER.db_for_write(get_user_model()) is None
    assert ROUTER.allow_migrate("default", "auth") is None


@override_settings(SQUID_MESH={"DATABSE": "runs"})
def test_invalid_settings_are_left_to_the_system_checks() -> None:
    assert ROUTER.db_for_read(Run) is None
    assert ROUTER.allow_migrate("default", "squid_mesh") is None
