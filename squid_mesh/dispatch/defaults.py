"""What a cluster needs and the project's settings don't say: broker, workers, options of databases."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string
from django_q.conf import Conf

from squid_mesh import conf
from squid_mesh.hooks import GuardedLogger

logger = GuardedLogger("squid_mesh.dispatch")

BROKER: Final = "squid_mesh.dispatch.broker.Broker"
#: Seconds that a task of the project may take if there is no ``Q_CLUSTER``, and until it is delivered again.
_TASK_TIMEOUT: Final = 300
_TASK_RETRY: Final = 360
#: SQLite with several writers: a transaction takes its lock when it starts, and waits for it.
_SQLITE: Final = {"transaction_mode": "IMMEDIATE", "timeout": 20}
_SQLITE_PRAGMAS: Final = "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"


def complete_django_q() -> None:
    """Let django-q2 use our broker, in every process of a project that has no ``Q_CLUSTER``."""
    if getattr(settings, "Q_CLUSTER", None) is None:
        Conf.BROKER_CLASS, Conf.ORM = BROKER, "default"
        Conf.TIMEOUT, Conf.RETRY = _TASK_TIMEOUT, _TASK_RETRY


def prepare_cluster(workers: int | None = None) -> None:
    """Set what this process, the leader of a cluster, passes on to the processes that it forks.

    ``workers`` comes before ``SQUID_MESH["WORKERS"]``, and that before ``Q_CLUSTER["workers"]``.
    """
    Conf.WORKERS = count_workers(workers)
    if not is_our_broker(Conf.BROKER_CLASS):
        logger.info("This cluster uses %s, and not the broker in Q_CLUSTER.", BROKER)
        Conf.BROKER_CLASS = BROKER
    Conf.ORM = Conf.ORM or "default"
    prepare_connections()


def count_workers(workers: int | None = None) -> int:
    """Return how many workers a cluster has."""
    return int(workers or conf.current().WORKERS or Conf.WORKERS)


def prepare_connections() -> None:
    """Set options of this process's future connections: workers are fast, and several can share SQLite.

    Options that the project has set stay as they are.
    """
    for alias in {conf.database(), Conf.ORM or "default"}:
        connection = connections[alias]
        own: dict[str, Any] = connection.settings_dict
        options: dict[str, Any] = own.setdefault("OPTIONS", {})
        if connection.vendor == "sqlite":
            for key, value in _SQLITE.items():
                options.setdefault(key, value)
            options.setdefault("init_command", _SQLITE_PRAGMAS)
        elif own.get("CONN_MAX_AGE") == 0 and not options.get("pool"):
            own["CONN_MAX_AGE"] = None


def is_our_broker(broker: Any) -> bool:
    """Return whether that dotted path is our broker, or a subclass of it."""
    if not broker or broker == BROKER:
        return bool(broker)
    try:
        found = import_string(broker)
    except ImportError:
        return False
    return any(f"{base.__module__}.{base.__qualname__}" == BROKER for base in getattr(found, "__mro__", ()))
