"""Settings of the news desk: an ordinary Django project that runs workflows."""

import os
from pathlib import Path

from config.database import database

BASE_DIR = Path(__file__).resolve().parents[1]
#: Databases and logs: made here, never committed.
VAR_DIR = Path(os.environ.get("NEWSDESK_VAR", BASE_DIR / "var")).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

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
    # The three apps below are what you would write yourself; the fourth runs them as a demonstration.
    "digest",
    "onboarding",
    "expenses",
    "demo",
]

# SQLite in VAR_DIR, unless DATABASE_URL names something else; `demo` uses a file of its own.
SQLITE_FILE = VAR_DIR / os.environ.get("NEWSDESK_FILE", "newsdesk.sqlite3")
DATABASES = {"default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{SQLITE_FILE}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One cluster for everything: workflow steps, and whatever tasks the project has besides.
# `retry` must be longer than `timeout`, or django-q2 delivers a task that is still running.
Q_CLUSTER = {
    "name": "newsdesk",
    # `demo` names one whose clock is set to just before nine.
    "broker_class": os.environ.get("NEWSDESK_BROKER", "squid_mesh.dispatch.broker.Broker"),
    "orm": "default",
    "workers": 2,
    "poll": 0.2,
    "timeout": 300,
    "retry": 360,
    "save_limit": 250,
}

# The HTTP tool refuses addresses that aren't public; the demonstration serves feed and webhook here.
SQUID_MESH = {"HTTP": {"ALLOWED_HOSTS": ["127.0.0.1"], "USER_AGENT": "newsdesk/1.0"}}

# The digest's daily run takes these; a run started by hand may name others.
DIGEST_FEED_URL = os.environ.get("DIGEST_FEED_URL", "https://example.com/feed.xml")
DISCORD_WEBHOOK_URL = os.environ.get("DISCORD_WEBHOOK_URL", "https://example.com/webhook")

# Mails are files that one can look into.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"

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
