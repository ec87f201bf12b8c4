"""The settings of the news desk, an ordinary Django project that runs workflows."""

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import dj_database_url

BASE_DIR = Path(__file__).resolve().parents[1]
#: The folder of SQLite files, logs and mails. It is never committed.
DATA_DIR = Path(os.environ.get("EXAMPLE_DATA_DIR", BASE_DIR / "var")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = os.environ.get("SECRET_KEY", "an-example-key-that-protects-nothing")
DEBUG = os.environ.get("DEBUG", "1") == "1"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "squid_mesh",
    # REST, and the page that shows its schema.
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    # Three apps such as you write yourself; "demo" runs them as a demonstration.
    "digest",
    "onboarding",
    "expenses",
    "demo",
]

# A SQLite file in DATA_DIR, unless DATABASE_URL names another database. `demo` uses a file of its own.
SQLITE_FILE = DATA_DIR / os.environ.get("EXAMPLE_SQLITE_FILE", "newsdesk.sqlite3")
DATABASE_URL = os.environ.get("DATABASE_URL") or f"sqlite:///{quote(str(SQLITE_FILE))}"
# Open connections are kept: a worker that reconnects for every task is half as fast.
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=None)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Several processes share the file without "database is locked": a transaction takes its lock when it
    # starts and waits for it, and readers never wait for the writer.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.mysql" and find_spec("MySQLdb") is None:
    import pymysql  # works without a compiler

    pymysql.install_as_MySQLdb()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One cluster executes the workflow steps and all other tasks of the project.
# `retry` must be longer than `timeout`, or django-q2 delivers tasks again that are still running.
Q_CLUSTER = {
    "name": "newsdesk",
    # `demo` sets a broker whose clock is shortly before nine.
    "broker_class": os.environ.get("EXAMPLE_BROKER", "squid_mesh.dispatch.broker.Broker"),
    "orm": "default",
    "workers": 2,
    "poll": 0.2,
    "timeout": 300,
    "retry": 360,
    "save_limit": 250,
}

# The HTTP tool blocks addresses that aren't public, but the demo's feed and webhook are local.
SQUID_MESH = {"HTTP": {"ALLOWED_HOSTS": ["127.0.0.1"], "USER_AGENT": "newsdesk/1.0"}}

# The defaults of the digest's payload. A run that is started by hand can override them.
DIGEST_FEED_URL = os.environ.get("DIGEST_FEED_URL", "https://example.com/feed.xml")
DISCORD_WEBHOOK_URL = os.environ.get("DISCORD_WEBHOOK_URL", "https://example.com/webhook")

# Mails are written to files.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
            ],
        },
    }
]

# The schema page loads its scripts from this site.
SPECTACULAR_SETTINGS = {
    "TITLE": "News desk",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"squid_mesh": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")}},
}
