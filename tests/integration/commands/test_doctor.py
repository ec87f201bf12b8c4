"""``manage.py squid_mesh doctor``, also as a separate process on a project with problems."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.models import Cluster, Trigger
from tests.host.shell import shell

ROOT = Path(__file__).resolve().parents[3]


def test_a_healthy_installation_exits_with_0() -> None:
    api.refresh_triggers()
    ClusterHeartbeat(1).beat()
    assert (shell("doctor").out, shell("doctor").code) == ("Nothing is wrong.\n", 0)
    assert (shell("doctor", "--json").json, shell("doctor", "--json").code) == ([], 0)


def test_a_warning_alone_exits_with_0() -> None:
    api.refresh_triggers()
    ClusterHeartbeat(1).beat()
    Trigger.objects.filter(name="every").update(expression="0 0 * * *")
    said = shell("doctor")
    assert said.code == 0
    assert said.out.startswith("warning: Trigger host.Clocked.every differs from the code")
    assert "[trigger_drift]\n    Run manage.py squid_mesh triggers --sync.\n" in said.out


def test_an_error_exits_with_1_and_json_has_each_finding() -> None:
    api.refresh_triggers()
    Cluster.objects.all().delete()
    said = shell("doctor", "--json")
    assert said.code == 1
    (finding,) = said.json
    assert finding == api.diagnose()[0].model_dump(mode="json")
    assert finding.keys() == {"code", "severity", "problem", "fix", "details"}


class TestProcess:
    """A project with its own settings, on SQLite."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def manage(self, *arguments: str, settings: str = "") -> tuple[str, int]:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.folder / "db")}
        base = f"from tests.settings import *\nDATABASES = {{'default': {database!r}}}\n"
        (self.folder / "own_settings.py").write_text(base + settings)
        path = os.pathsep.join((str(self.folder), str(ROOT)))
        done = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "own_settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout, done.returncode

    def doctor(self, settings: str = "") -> dict[str, Any]:
        out, code = self.manage("squid_mesh", "doctor", "--json", settings=settings)
        found = {finding["code"]: finding for finding in json.loads(out)}
        assert code == (1 if any(f["severity"] == "error" for f in found.values()) else 0)
        return found

    def test_a_new_project_gets_from_one_fix_to_the_next(self) -> None:
        found = self.doctor()
        assert {"migrations_missing", "squid_mesh.W002"} == found.keys()
        out, code = self.manage("squid_mesh", "runs", "--json")
        assert (json.loads(out)["code"], code) == ("database_error", 1)
        assert self.manage("migrate")[1] == 0
        found = self.doctor()
        assert "migrations_missing" not in found
        assert {"no_cluster", "trigger_drift", "sqlite_journal"} <= found.keys()
        assert found["sqlite_journal"]["details"] == {"journal_mode": "delete"}
        options = (
            "DATABASES['default']['OPTIONS'] = {'transaction_mode': 'IMMEDIATE', 'timeout': 20,"
            " 'init_command': 'PRAGMA journal_mode=WAL;'}\n"
        )
        found = self.doctor(options)
        assert {"no_cluster", "trigger_drift"} == found.keys()

    def test_a_database_that_does_not_answer_is_a_finding(self) -> None:
        found = self.doctor("DATABASES['default']['NAME'] = '/no/such/folder/at.all'\n")
        assert "unable to open database file" in found["database_unreachable"]["problem"]
        assert "migrations_missing" not in found

    def test_what_the_system_checks_refuse_is_a_finding_and_stops_other_verbs(self) -> None:
        broken = "SQUID_MESH = {'DATABASE': 'nowhere'}\n"
        assert self.doctor(broken)["squid_mesh.E006"]["severity"] == "error"
        out, code = self.manage("squid_mesh", "runs", settings=broken)
        assert (out, code) == ("", 1)
