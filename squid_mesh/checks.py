"""System checks: what is wrong with the settings and the workflows, each with its mend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections
from django.utils.module_loading import import_string
from pydantic import ValidationError

from squid_mesh import conf
from squid_mesh.contrib import extras
from squid_mesh.definitions import registry

BROKER = "squid_mesh.dispatch.broker.Broker"
_SQLITE = (
    'Set "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": '
    '"PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"} in that database\'s settings.'
)


@checks.register("squid_mesh")
def check_settings(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """E001: the ``SQUID_MESH`` dict. E002: django-q2 isn't installed. E003: naive times."""
    found: list[checks.CheckMessage] = []
    try:
        conf.current()
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"])
            model = conf.HttpSettings if problem["loc"][:1] == ("HTTP",) else conf.Settings
            known = ", ".join(model.model_fields)
            found.append(
                checks.Error(
                    f"SQUID_MESH[{where!r}]: {problem['msg']}.", hint=f"Known: {known}.", id="squid_mesh.E001"
                )
            )
    if "django_q" not in settings.INSTALLED_APPS:
        found.append(checks.Error("django_q is not in INSTALLED_APPS.", hint="Add it.", id="squid_mesh.E002"))
    if not settings.USE_TZ:
        found.append(checks.Error("USE_TZ is False.", hint="Set it to True.", id="squid_mesh.E003"))
    return found


@checks.register("squid_mesh")
def check_workflows(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """E004: every problem of every workflow, with its file and line."""
    return [
        checks.Error(str(problem), obj=problem.workflow, id="squid_mesh.E004")
        for problem in registry.list_problems()
    ]


@checks.register("squid_mesh")
def check_cluster(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """E005, E006, W001: nothing can run workflows. E007: joins could be lost.

    W002: SQLite would lock. W003: a connection per task.
    """
    found: list[checks.CheckMessage] = []
    cluster = getattr(settings, "Q_CLUSTER", {})
    alternatives = cluster.get("ALT_CLUSTERS", {}).values()
    clusters = (cluster, *({**cluster, **alternative} for alternative in alternatives))
    ours = [c for c in clusters if _is_ours(c.get("broker_class"))]
    if not ours:
        hint = f'Set Q_CLUSTER["broker_class"] = "{BROKER}", there or in one of its ALT_CLUSTERS.'
        found.append(checks.Warning("No cluster executes workflows.", hint=hint, id="squid_mesh.W001"))
    if any(not c.get("orm") for c in ours):
        hint = 'Set Q_CLUSTER["orm"] to the alias of the database for your own tasks, such as "default".'
        found.append(checks.Error("Q_CLUSTER has no orm database.", hint=hint, id="squid_mesh.E005"))
    try:
        alias = conf.database()
    except ValidationError:
        return found
    if alias not in settings.DATABASES:
        message = f'SQUID_MESH["DATABASE"] is {alias!r}, which DATABASES doesn\'t have.'
        hint = f"Known: {', '.join(settings.DATABASES)}."
        return [*found, checks.Error(message, hint=hint, id="squid_mesh.E006")]
    connection = connections[alias]
    options = connection.settings_dict.get("OPTIONS", {})
    if connection.vendor == "sqlite" and options.get("transaction_mode") != "IMMEDIATE":
        message = f"SQLite database {alias!r} would often be locked under several workers."
        found.append(checks.Warning(message, hint=_SQLITE, id="squid_mesh.W002"))
    pooled = bool(options.get("pool"))
    if connection.vendor != "sqlite" and not pooled and connection.settings_dict.get("CONN_MAX_AGE") == 0:
        message = f"Database {alias!r} is connected to anew for every slice of work."
        hint = "Set CONN_MAX_AGE to None where clusters run."
        found.append(checks.Warning(message, hint=hint, id="squid_mesh.W003"))
    level = _stricter(options.get("isolation_level"))
    if connection.vendor != "sqlite" and level:
        message = f"Database {alias!r} has isolation_level {level}: a join could miss the end of a branch."
        hint = "Leave it at read committed, in which what waits for a lock sees what its holder wrote."
        found.append(checks.Error(message, hint=hint, id="squid_mesh.E007"))
    return found


@checks.register("squid_mesh")
def check_extras(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """E008: the settings ask for an extra that isn't installed."""
    try:
        asked = conf.current()
    except ValidationError:  # E001 tells of it
        return []
    wanted = {"OPENTELEMETRY": asked.OPENTELEMETRY, "METRICS_TOKEN": asked.METRICS_TOKEN is not None}
    return [
        checks.Error(
            f"SQUID_MESH[{key!r}] needs the extra {extra!r}, which isn't installed.",
            hint=f"pip install 'squid-mesh[{extra}]', or leave the setting out.",
            id="squid_mesh.E008",
        )
        for key, extra in (("OPENTELEMETRY", "opentelemetry"), ("METRICS_TOKEN", "prometheus"))
        if wanted[key] and not extras.is_installed(extra)
    ]


def _stricter(level: Any) -> str:
    """The name of a level stricter than read committed: psycopg's member or number, or MySQL's text."""
    name = str(getattr(level, "name", level)).lower().replace("_", " ")
    name = {"2": "repeatable read", "3": "serializable"}.get(name, name)
    return name if name in ("repeatable read", "serializable") else ""


def _is_ours(broker: Any) -> bool:
    """Whether that dotted path leads to our broker, or to a class derived from it."""
    if not broker or broker == BROKER:
        return bool(broker)
    try:
        found = import_string(broker)
    except ImportError:
        return False
    return any(f"{base.__module__}.{base.__qualname__}" == BROKER for base in getattr(found, "__mro__", ()))
