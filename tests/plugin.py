"""Pytest plugin: chooses the database and starts what it needs, before Django reads its settings."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests import databases, sessions


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None]:
    """Open this session's folder, and in it a PostgreSQL server if one is wanted and none is named.

    pytest-xdist, if it is loaded, keeps groups of tests on one worker.

    A wrapper, because pytest-django loads the settings in the same hook. The workers of pytest-xdist
    find all of it done by their controller, through the environment.
    """
    if early_config.pluginmanager.has_plugin("xdist"):
        args.insert(0, "--dist=loadgroup")  # before those of the command line, which override it
    if "SQUID_MESH_TEST_FOLDER" not in os.environ:
        folder = sessions.open_folder()
        early_config.add_cleanup(folder.close)
        _set(early_config, "SQUID_MESH_TEST_FOLDER", str(folder.path))
        named = os.environ.get("SQUID_MESH_TEST_POSTGRES")
        if databases.kind(os.environ) == databases.POSTGRES and not named:
            server = sessions.start_postgres(folder.path)
            early_config.add_cleanup(server.cleanup)
            _set(early_config, "SQUID_MESH_TEST_POSTGRES", server.get_uri("squid_mesh"))
    return (yield)


def _set(config: pytest.Config, name: str, value: str) -> None:
    def forget() -> None:
        os.environ.pop(name, None)

    os.environ[name] = value
    config.add_cleanup(forget)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by folder. What starts clusters of its own shares one xdist worker, so runs one at a time."""
    for item in items:
        for heavy in ("acceptance", "faults"):
            if item.nodeid.startswith(f"tests/{heavy}/"):
                item.add_marker(heavy)
                item.add_marker(pytest.mark.xdist_group("clusters"))


def pytest_report_header(config: pytest.Config) -> str:
    """Say on what the tests run."""
    from django.db import connection

    return f"database: {databases.kind(os.environ)} ({connection.settings_dict['ENGINE']})"
