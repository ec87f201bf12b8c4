"""The recipes' workflows, which no other test sees; other systems as new, for each test; two users."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from squid_mesh.definitions import registry
from tests.recipes import partners

with registry.isolate():
    for _recipe in sorted(Path(__file__).parent.glob("*.py")):
        if not _recipe.stem.startswith(("_", "test_", "conftest")):
            import_module(f"tests.recipes.{_recipe.stem}")
    WORKFLOWS = registry.list_workflows()


@pytest.fixture(autouse=True)
def only_recipes() -> Iterator[None]:
    """Register the recipes' workflows, and no others, during a test."""
    with registry.isolate():
        for workflow in WORKFLOWS:
            registry.register(workflow)
        yield


@pytest.fixture(autouse=True)
def other_systems() -> None:
    """Let the bank and the printing office forget what earlier tests did."""
    vars(partners.bank).update(vars(partners.Bank()))
    vars(partners.printer).update(vars(partners.Printer()))


@pytest.fixture
def grace(db: None) -> User:
    """Return an employee without any permission."""
    return User.objects.create_user("grace")


@pytest.fixture
def manager(db: None) -> User:
    """Return a member of the group Managers."""
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.create(name="Managers"))
    return user
