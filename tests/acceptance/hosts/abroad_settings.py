"""A host in Berlin: numbers with separators, local database times, its own admin site, broken logging."""

from __future__ import annotations

import logging
from typing import Any

from tests.acceptance.hosts.databases import host_databases
from tests.settings import *  # noqa: F403 - the same project, but for what follows
from tests.settings import INSTALLED_APPS as EVERYWHERE

[_MAIN] = host_databases()
DATABASES = {"default": {**_MAIN, "TIME_ZONE": "Europe/Berlin"}}
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "de"
USE_THOUSAND_SEPARATOR = True
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    *(name for name in EVERYWHERE if name not in ("tests.host", "django.contrib.admin")),
    "tests.acceptance.hosts.shop",
]
SILENCED_SYSTEM_CHECKS = ["models.W037"]  # on MariaDB, about indexes of django-q2 as well
ROOT_URLCONF = "tests.acceptance.hosts.office"


class RequestFilter(logging.Filter):
    """Reads what only records of requests have."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Raise AttributeError for all others."""
        return bool(record.request)


class BrokenHandler(logging.Handler):
    """A handler whose target is away."""

    def emit(self, record: logging.LogRecord) -> None:
        """Raise an error."""
        raise ConnectionError("The log server is away.")


_make_record = logging.getLogRecordFactory()


def make_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """Raise for what the engine logs, which belongs to no tenant."""
    record = _make_record(*args, **kwargs)
    if record.name == "squid_mesh.engine":
        raise LookupError("No tenant.")
    return record


logging.setLogRecordFactory(make_record)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": RequestFilter}},
    "handlers": {
        "filtered": {"class": "logging.StreamHandler", "filters": ["request"]},
        "broken": {"()": BrokenHandler},
    },
    "loggers": {
        "squid_mesh": {"handlers": ["filtered"], "level": "DEBUG", "propagate": False},
        "django-q": {"handlers": ["broken"], "level": "DEBUG", "propagate": False},
    },
}
