"""The host application; its workflows are found by autodiscovery, as in any project."""

from django.apps import AppConfig


class OnSquidMesh(AppConfig):
    name = "benchmarks.systems.on_squid_mesh"
    label = "on_squid_mesh"
    default_auto_field = "django.db.models.BigAutoField"
