"""Django settings of the tests. The database comes from the environment: see ``tests.databases``."""

from __future__ import annotations

import os
from importlib.util import find_spec

from tests.databases import database

SECRET_KEY = "only for the tests"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
ROOT_URLCONF = "tests.urls"
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

DATABASES = {"default": database(os.environ)}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_q",
    "squid_mesh",
    "rest_framework",
    "drf_spectacular",
    # A host application with workflows and rows of its own.
    *(name for name in ["tests.host"] if find_spec(name)),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
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

Q_CLUSTER = {
    "name": "tests",
    "workers": 2,
    "timeout": 3600,
    "retry": 3700,  # django-q2 warns unless it exceeds the timeout
    "poll": 0.2,
    "save_limit": 0,
    "orm": "default",
    "broker_class": os.environ.get("SQUID_MESH_TEST_BROKER", "squid_mesh.dispatch.broker.Broker"),
}

SQUID_MESH = {"LEASE_SECONDS": float(os.environ.get("SQUID_MESH_TEST_LEASE", "30"))}
REST_FRAMEWORK: dict[str, object] = {}
