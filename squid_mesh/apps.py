"""Wiring into Django: labels, autodiscovery of ``workflows.py``, system checks."""

from __future__ import annotations

import logging

from django.apps import AppConfig, apps
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from squid_mesh import conf
from squid_mesh.contrib import extras
from squid_mesh.definitions import registry
from squid_mesh.tools.http import policy

logger = logging.getLogger("squid_mesh")


class SquidMeshConfig(AppConfig):
    """The app as Django sees it."""

    name = "squid_mesh"
    label = "squid_mesh"
    verbose_name = _("Workflows")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find every workflow; broken ones are reported by the system checks, all at once."""
        from squid_mesh import checks  # noqa: F401, PLC0415 - registering needs the app registry

        policy.set_policy_provider(conf.http_policy)
        registry.use_app_labels({config.name: config.label for config in apps.get_app_configs()})
        with registry.collect_problems():
            autodiscover_modules("workflows")
        if _wants_spans():
            from squid_mesh.contrib.opentelemetry import instrument  # noqa: PLC0415 - the extra may be missing

            instrument()


def _wants_spans() -> bool:
    try:
        wanted = conf.current().OPENTELEMETRY
    except ValidationError:  # the system checks tell of it
        return False
    if wanted and not extras.is_installed("opentelemetry"):
        logger.error("SQUID_MESH['OPENTELEMETRY'] is set, but the extra isn't installed: no spans are made.")
        return False
    return wanted
