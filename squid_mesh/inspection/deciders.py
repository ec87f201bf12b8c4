"""Permissions and groups that steps name and that don't exist, so that no user could answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connections, router
from django.db.models import Model

from squid_mesh.definitions import registry
from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.request import EscalationPolicy, Request, read_request


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownDecider:
    """A permission or a group that doesn't exist, the step that names it, and a similar name as a hint."""

    kind: Literal["permission", "group"]
    name: str
    workflow: str
    step: str
    hint: str = ""

    @property
    def problem(self) -> str:
        """What is wrong, as a sentence."""
        return (
            f"Step {self.step} of workflow {self.workflow} asks people of the {self.kind} {self.name!r}, "
            f"which doesn't exist{self.hint}."
        )

    @property
    def fix(self) -> str:
        """What to do, as a sentence."""
        return f"Correct the name in the workflow, or create the {self.kind}; only superusers can answer now."


def find_misspelt_permissions() -> list[UnknownDecider]:
    """Return the permissions that no model declares and that resemble a declared one. No query."""
    declared = _declared_permissions()
    return [
        UnknownDecider(kind="permission", name=name, workflow=workflow, step=step, hint=hint)
        for kind, name, workflow, step in _iterate_named()
        if kind == "permission" and name not in declared and (hint := did_you_mean(name, declared))
    ]


def find_unknown_deciders(databases: Collection[str]) -> list[UnknownDecider]:
    """Return what isn't in these databases, without what :func:`find_misspelt_permissions` returns.

    Nothing is found in a database without the tables of users: ``migrate`` creates them later.
    """
    named = list(_iterate_named())
    if not named:
        return []
    known = {"permission": _read_permissions(databases), "group": _read_groups(databases)}
    reported = {one.name for one in find_misspelt_permissions()}
    return [
        UnknownDecider(kind=kind, name=name, workflow=workflow, step=step, hint=did_you_mean(name, names))
        for kind, name, workflow, step in named
        if (names := known[kind]) is not None
        and name not in names
        and not (kind == "permission" and name in reported)
    ]


def _iterate_named() -> Iterator[tuple[Literal["permission", "group"], str, str, str]]:
    """Yield the kind, the name, the workflow and the step of all that installed workflows name, each once."""
    named = dict.fromkeys(
        (kind, name, cls.workflow_name, step.name)
        for cls in registry.list_workflows()
        for step in cls.blueprint.steps
        if (request := read_request(step.options.get("request"))) is not None
        for kind, name in _iterate_request(request)
    )
    yield from named


def _iterate_request(request: Request) -> Iterator[tuple[Literal["permission", "group"], str]]:
    stage: Request | EscalationPolicy | str | None = request
    while isinstance(stage, Request | EscalationPolicy):
        if stage.permission:
            yield "permission", stage.permission
        for group in stage.groups:
            yield "group", group
        stage = stage.on_timeout


def _declared_permissions() -> set[str]:
    """Return the permissions of the installed models."""
    found = set()
    for model in apps.get_models():
        options = model._meta
        names = [get_permission_codename(action, options) for action in options.default_permissions]
        names += [codename for codename, _name in options.permissions]
        found |= {f"{options.app_label}.{name}" for name in names}
    return found


def _read_permissions(databases: Collection[str]) -> set[str] | None:
    """Return all permissions; None if they aren't in one of these databases."""
    using = _find_database(Permission, databases)
    if using is None:
        return None
    rows = Permission.objects.using(using).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows} | _declared_permissions()


def _read_groups(databases: Collection[str]) -> set[str] | None:
    """Return the names of all groups; None if they aren't in one of these databases."""
    using = _find_database(Group, databases)
    return None if using is None else set(Group.objects.using(using).values_list("name", flat=True))


def _find_database(model: type[Model], databases: Collection[str]) -> str | None:
    """Return the alias of the database that has the table of that model, if it is one of these."""
    using = router.db_for_read(model)
    if using not in databases:
        return None
    try:
        tables = connections[using].introspection.table_names()
    except DatabaseError:
        return None
    return using if model._meta.db_table in tables else None
