"""System checks of the settings and the workflows. Each message has a fix as its hint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections
from django.utils.module_loading import import_string
from pydantic import BaseModel

from squid_mesh import conf
from squid_mesh.contrib import extras
from squid_mesh.definitions import registry
from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.dispatch.defaults import BROKER, is_our_broker
from squid_mesh.exceptions import InvalidSettings
from squid_mesh.inspection.deciders import UnknownDecider, find_misspelt_permissions, find_unknown_deciders
from squid_mesh.models.exact_text import can_compare_exactly

_SQLITE = (
    'Set "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": '
    '"PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"} in that database\'s settings.'
)


_NESTED: Mapping[Any, type[BaseModel]] = {"HTTP": conf.HttpSettings, "LIMITS": conf.LimitSettings}


@checks.register("squid_mesh")
def check_settings(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """E001: a setting is wrong. E002: django-q2 isn't installed. E003: times without a time zone."""
    found: list[checks.CheckMessage] = []
    try:
        conf.current()
    except InvalidSettings as error:
        for problem in error.details["problems"]:
            where = problem["setting"]
            known = ", ".join(_NESTED.get(where.partition(".")[0], conf.Settings).model_fields)
            found.append(
                checks.Error(
                    f"SQUID_MESH[{where!r}]: {problem['message']}.",
                    hint=f"Known settings: {known}.",
                    id="squid_mesh.E001",
                )
            )
    if "django_q" not in settings.INSTALLED_APPS:
        found.append(
            checks.Error(
                "django_q is not in INSTALLED_APPS.",
                hint='Add "django_q" to INSTALLED_APPS.',
                id="squid_mesh.E002",
            )
        )
    if not settings.USE_TZ:
        found.append(checks.Error("USE_TZ is False.", hint="Set USE_TZ to True.", id="squid_mesh.E003"))
    return found


@checks.register("squid_mesh")
def check_workflows(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """E004: a workflow's definition is invalid. One message per problem, with its file and line."""
    return [
        checks.Error(str(problem), obj=problem.workflow, id="squid_mesh.E004")
        for problem in registry.list_problems()
    ]


@checks.register("squid_mesh")
def check_cluster(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """E005, E006, W001: workflows can't be executed. E007: a join could miss the end of a branch.

    W002: SQLite would be locked often. W003: each slice of work opens a connection.
    """
    found: list[checks.CheckMessage] = []
    # Without Q_CLUSTER, ours is the broker.
    cluster = getattr(settings, "Q_CLUSTER", None) or {"broker_class": BROKER, "orm": "default"}
    alternatives = cluster.get("ALT_CLUSTERS", {}).values()
    clusters = (cluster, *({**cluster, **alternative} for alternative in alternatives))
    ours = [c for c in clusters if is_our_broker(c.get("broker_class"))]
    if not ours:
        hint = (
            "Run manage.py squid_mesh worker, and silence this warning. Or set "
            f'"broker_class": "{BROKER}" in Q_CLUSTER or in one of its ALT_CLUSTERS.'
        )
        wrong = "".join(f" {_describe_broker(c['broker_class'])}" for c in clusters if c.get("broker_class"))
        message = f"No qcluster executes workflows.{wrong}"
        found.append(checks.Warning(message, hint=hint, id="squid_mesh.W001"))
    if any(not c.get("orm") for c in ours):
        hint = 'Set Q_CLUSTER["orm"] to the alias of the database for your own tasks, such as "default".'
        found.append(checks.Error("Q_CLUSTER has no orm database.", hint=hint, id="squid_mesh.E005"))
    try:
        alias = conf.database()
    except InvalidSettings:
        return found
    if alias not in settings.DATABASES:
        message = f'SQUID_MESH["DATABASE"] is {alias!r}, which is not in DATABASES.'
        hint = f"Set it to one of: {', '.join(settings.DATABASES)}."
        return [*found, checks.Error(message, hint=hint, id="squid_mesh.E006")]
    connection = connections[alias]
    options = connection.settings_dict.get("OPTIONS", {})
    if connection.vendor == "sqlite" and options.get("transaction_mode") != "IMMEDIATE":
        message = f"SQLite database {alias!r} will often be locked with several workers."
        found.append(checks.Warning(message, hint=_SQLITE, id="squid_mesh.W002"))
    pooled = bool(options.get("pool"))
    if connection.vendor != "sqlite" and not pooled and connection.settings_dict.get("CONN_MAX_AGE") == 0:
        message = f"Database {alias!r} gets a new connection for each slice of work."
        hint = "Set CONN_MAX_AGE to None in the settings of the clusters."
        found.append(checks.Warning(message, hint=hint, id="squid_mesh.W003"))
    level = _stricter(options.get("isolation_level"))
    if connection.vendor != "sqlite" and level:
        message = f"Database {alias!r} has isolation level {level}: a join could miss the end of a branch."
        hint = "Remove isolation_level from OPTIONS: read committed is the default, and workflows need it."
        found.append(checks.Error(message, hint=hint, id="squid_mesh.E007"))
    return found


@checks.register("squid_mesh")
def check_extras(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """E008: a setting needs an extra that isn't installed."""
    try:
        current = conf.current()
    except InvalidSettings:  # E001 reports it
        return []
    wanted = {"OPENTELEMETRY": current.OPENTELEMETRY, "METRICS_TOKEN": current.METRICS_TOKEN is not None}
    return [
        checks.Error(
            f"SQUID_MESH[{key!r}] needs the extra {extra!r}, which isn't installed.",
            hint=f"Run: pip install 'squid-mesh[{extra}]'. Or remove the setting.",
            id="squid_mesh.E008",
        )
        for key, extra in (("OPENTELEMETRY", "opentelemetry"), ("METRICS_TOKEN", "prometheus"))
        if wanted[key] and not extras.is_installed(extra)
    ]


@checks.register("squid_mesh")
def check_deciders(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """W004: an approval or a pause names a permission that looks misspelt."""
    return [_decider_warning(one) for one in find_misspelt_permissions()]


@checks.register(checks.Tags.database)
def check_stored_deciders(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """W004, W005: an approval or a pause names a permission or a group that isn't in the database."""
    return [_decider_warning(one) for one in find_unknown_deciders(databases or ())]


def _decider_warning(unknown: UnknownDecider) -> checks.CheckMessage:
    id = "squid_mesh.W004" if unknown.kind == "permission" else "squid_mesh.W005"
    return checks.Warning(unknown.problem, hint=unknown.fix, obj=unknown.workflow, id=id)


@checks.register(checks.Tags.database)
def check_database(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """E009: the database can't compare texts exactly. ``migrate`` runs it, and ``check --database``."""
    try:
        alias = conf.database()
    except InvalidSettings:  # E001 reports it
        return []
    if alias not in (databases or ()) or can_compare_exactly(connections[alias]):
        return []
    message = f"Database {alias!r} ignores spaces at the end of a text: keys and names can be confused."
    hint = "Use MySQL 8.0.17 or later, MariaDB, PostgreSQL or SQLite."
    return [checks.Error(message, hint=hint, id="squid_mesh.E009")]


def _stricter(level: Any) -> str:
    """Return the level's name if it is stricter than read committed. It is a member, number or text."""
    name = str(getattr(level, "name", level)).lower().replace("_", " ")
    name = {"2": "repeatable read", "3": "serializable"}.get(name, name)
    return name if name in ("repeatable read", "serializable") else ""


def _describe_broker(broker: Any) -> str:
    """Return the sentence that says why that broker executes no workflows."""
    try:
        import_string(broker)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        hint = did_you_mean(broker, [BROKER])
        return f'"broker_class" is {broker!r}, which can\'t be imported{hint}: {error}.'
    return f'"broker_class" is {broker!r}, which is another broker.'
