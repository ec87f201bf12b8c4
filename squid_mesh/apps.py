"""Wiring into Django: labels, autodiscovery of ``workflows.py``, system checks."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from squid_mesh import conf
from squid_mesh.contrib import extras
from squid_mesh.definitions import registry
from squid_mesh.dispatch.defaults import complete_django_q
from squid_mesh.exceptions import InvalidSettings
from squid_mesh.hooks import GuardedLogger, guard_logger
from squid_mesh.tools.http import policy

logger = GuardedLogger("squid_mesh")

#: The logger of django-q2. Its first line in each process of a cluster could end that process.
_QUEUE_LOGGER = "django-q"


class SquidMeshConfig(AppConfig):
    """The app's configuration."""

    name = "squid_mesh"
    label = "squid_mesh"
    verbose_name = _("Workflows")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import every ``workflows.py``. The system checks report all invalid workflows together."""
        from squid_mesh import checks  # noqa: F401, PLC0415 - they need the app registry

        complete_django_q()
        guard_logger(_QUEUE_LOGGER)
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
    except InvalidSettings:  # the system checks report it
        return False
    if wanted and not extras.is_installed("opentelemetry"):
        logger.error("SQUID_MESH['OPENTELEMETRY'] records no spans: the extra isn't installed.")
        return False
    return wanted
