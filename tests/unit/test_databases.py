"""The tests' own choice of a database."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.databases import database, server


def test_without_a_word_the_tests_run_on_a_sqlite_file_of_their_session() -> None:
    chosen = database({"SQUID_MESH_TEST_FOLDER": "/somewhere"})

    assert chosen["ENGINE"] == "django.db.backends.sqlite3"
    assert chosen["TEST"] == {"NAME": "/somewhere/tests.sqlite3"}
    assert chosen["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_url_is_taken_apart_and_unquoted() -> None:
    assert server("postgresql://ann:p%40ss@db.example:5433/house") == {
        "NAME": "house",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
    }


def test_a_socket_folder_in_the_query_is_the_host() -> None:
    assert server("postgresql://postgres:@/house?host=/run/pg")["HOST"] == "/run/pg"


def test_a_subprocess_opens_exactly_the_database_it_is_given() -> None:
    chosen = database(
        {
            "SQUID_MESH_TEST_DB": "postgres",
            "SQUID_MESH_TEST_POSTGRES": "postgresql://ann@localhost/house",
            "SQUID_MESH_TEST_DATABASE_NAME": "test_house_gw1",
        }
    )

    assert chosen["NAME"] == "test_house_gw1"


@pytest.mark.parametrize("kind", ["postgres", "mariadb", "oracle"])
def test_a_database_that_cannot_be_reached_is_refused_by_name(kind: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"(?i){kind}"):
        database({"SQUID_MESH_TEST_DB": kind})
