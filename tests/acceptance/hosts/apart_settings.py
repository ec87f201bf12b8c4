"""A host with runs in their own database, a replica, requests in transactions, and its own user model."""

from __future__ import annotations

from tests.acceptance.hosts.databases import host_databases
from tests.settings import *  # noqa: F403 - the same project, but for what follows
from tests.settings import INSTALLED_APPS as EVERYWHERE

[_MAIN, _RUNS] = host_databases()
DATABASES = {
    "default": {**_MAIN, "ATOMIC_REQUESTS": True},
    "replica": _MAIN,
    "runs": {**_RUNS, "ATOMIC_REQUESTS": True},
}
DATABASE_ROUTERS = ["tests.acceptance.hosts.routers.Replicas"]
SQUID_MESH = {"DATABASE": "runs"}
AUTH_USER_MODEL = "accounts.Person"
INSTALLED_APPS = [
    *(name for name in EVERYWHERE if name != "tests.host"),
    "tests.acceptance.hosts.accounts",
    "tests.acceptance.hosts.shop",
]
SILENCED_SYSTEM_CHECKS = ["models.W037"]  # on MariaDB, about indexes of django-q2 as well
ROOT_URLCONF = "tests.acceptance.hosts.urls"
