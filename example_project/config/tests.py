"""``DATABASE_URL`` and what it becomes."""
# ruff: noqa: PT009 - for Django's own test runner

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from config.database import SAFE_SQLITE_OPTIONS, database


class DatabaseUrl(SimpleTestCase):
    """Each scheme, and what is refused."""

    def test_sqlite_is_a_path_with_the_safe_options(self) -> None:
        for url, name in (("sqlite:////srv/a.db", "/srv/a.db"), ("sqlite:///a%20b.db", "a b.db")):
            entry = database(url)
            self.assertEqual(entry["ENGINE"], "django.db.backends.sqlite3")
            self.assertEqual((entry["NAME"], entry["OPTIONS"]), (name, SAFE_SQLITE_OPTIONS))

    def test_a_server_is_named_with_all_its_parts(self) -> None:
        self.assertEqual(
            database("postgres://ann:p%40ss@db.example:5433/news?sslmode=require"),
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "news",
                "USER": "ann",
                "PASSWORD": "p@ss",
                "HOST": "db.example",
                "PORT": "5433",
                "OPTIONS": {"sslmode": "require"},
                "CONN_MAX_AGE": None,
            },
        )

    def test_a_socket_needs_no_host(self) -> None:
        entry = database("postgresql:///news?host=/run/postgresql")
        self.assertEqual((entry["HOST"], entry["OPTIONS"]), ("", {"host": "/run/postgresql"}))

    def test_mariadb_is_mysql_with_all_of_unicode(self) -> None:
        for scheme in ("mysql", "mariadb"):
            entry = database(f"{scheme}://ann@localhost/news")
            self.assertEqual(entry["ENGINE"], "django.db.backends.mysql")
            self.assertEqual(entry["OPTIONS"]["charset"], "utf8mb4")

    def test_connections_stay_open(self) -> None:
        for url in ("sqlite:///a.db", "postgres://localhost/a", "mariadb://localhost/a"):
            self.assertIsNone(database(url)["CONN_MAX_AGE"])

    def test_an_unknown_scheme_is_refused_by_name(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "the scheme 'oracle'; use sqlite, postgres"):
            database("oracle://localhost/news")

    def test_a_url_without_a_database_is_refused(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "write postgres://…/NAME"):
            database("postgres://localhost")
