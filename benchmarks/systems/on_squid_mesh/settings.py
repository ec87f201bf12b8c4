"""The host project's settings: the recommended ones, and nothing tuned for the measurements."""

import os

from psycopg.conninfo import conninfo_to_dict

from benchmarks.systems.on_squid_mesh.environment import DATABASE_VARIABLE, WORKERS_VARIABLE

_given = conninfo_to_dict(os.environ[DATABASE_VARIABLE])

SECRET_KEY = "benchmarks"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_q",
    "squid_mesh",
    "benchmarks.systems.on_squid_mesh",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _given.pop("dbname"),
        "USER": _given.pop("user", ""),
        "PASSWORD": _given.pop("password", ""),
        "HOST": _given.pop("host", ""),
        "PORT": _given.pop("port", ""),
        "CONN_MAX_AGE": None,
        "OPTIONS": _given,
    }
}
Q_CLUSTER = {
    "name": "benchmarks",
    "workers": int(os.environ[WORKERS_VARIABLE]),
    "orm": "default",
    "broker_class": "squid_mesh.dispatch.broker.Broker",
    "poll": 0.2,
    "timeout": 3600,
    "retry": 3700,
    "log_level": "WARNING",
}
