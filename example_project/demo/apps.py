"""The demo app's configuration: two commands, no models."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Runs the other two apps for show."""

    name = "demo"
