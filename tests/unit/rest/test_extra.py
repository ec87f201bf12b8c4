"""The package without the extra ``rest``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
#: Imports every module but those of rest, where django-rest-framework can't be imported.
CODE = """
import importlib, pkgutil, sys
for name in ("rest_framework", "drf_spectacular"):
    sys.modules[name] = None
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.messages", "django.contrib.sessions", "django_q", "squid_mesh"],
    Q_CLUSTER={"orm": "default"}, SECRET_KEY="x",
)
django.setup()
import squid_mesh
walked = pkgutil.walk_packages(squid_mesh.__path__, "squid_mesh.", onerror=lambda name: None)
found = [one.name for one in walked if not one.name.startswith("squid_mesh.rest")]
for name in found:
    importlib.import_module(name)
assert len(found) > 300, found
try:
    import squid_mesh.rest.urls
except ImportError as error:
    print(error)
"""


def test_everything_but_rest_can_be_imported_without_the_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "rest_framework" in done.stdout or "drf_spectacular" in done.stdout
