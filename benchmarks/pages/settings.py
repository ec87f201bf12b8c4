"""The host project's settings: the stock admin, and one database, named in the environment."""

import os

from psycopg.conninfo import conninfo_to_dict

from benchmarks.pages.settings_name import DATABASE_VARIABLE

_given = conninfo_to_dict(os.environ[DATABASE_VARIABLE])

SECRET_KEY = "benchmarks"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.pages.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_q",
    "squid_mesh",
    "benchmarks.pages",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
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
    "name": "pages",
    "orm": "default",
    "broker_class": "squid_mesh.dispatch.broker.Broker",
    "timeout": 3600,
    "retry": 3700,
}
